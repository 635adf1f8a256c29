"""The papers of the day and of the last weeks, indexed once: what every topic is scored against. PURE.

Each paper is a bag of features: its words, and their stems (marked `~`), at half weight each, so that the very form counts and other forms
count half. Phrases and prefixes become features of the same kind when somebody asks for them. A feature's worth in a paper is BM25's (Robertson
and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009); its frequencies come from all papers, candidates and background.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.model import Paper
from digest.selection.authors import papers_by_name_word, papers_of
from digest.selection.frequencies import usual_shares
from digest.selection.terms import all_words, singular, stem_of, words

#: BM25's saturation of repeated words and its correction for length; both are flat around these values.
K1 = 1.5
B = 0.75
#: A word in the title counts as this many in the abstract.
TITLE_WEIGHT = 4
#: How many papers the shipped table of frequencies counts for: decisive in an empty store, forgotten in a full one.
PRIOR_PAPERS = 200

STEM = "~"
PHRASE = '"'


@dataclass(slots=True)
class Corpus:
    """Candidates first, then background: `papers[:size]` are the ones to be ranked. Make one with `Corpus.of`."""

    papers: tuple[Paper, ...]
    size: int
    features: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    bags: list[dict[int, int]] = field(default_factory=list)      #: of each paper: feature -> weighted count
    _documents: list[list[int]] = field(default_factory=list)     #: of each feature: the papers that have it, in order
    _counts: list[list[int]] = field(default_factory=list)        #: beside them, how often
    _worths: dict[int, list[float]] = field(default_factory=dict)  #: beside them, what it is worth there; made when asked for
    _letters: dict[str, str] = field(default_factory=dict)        #: the character that stands for a word in its singular
    _titles: list[str] = field(default_factory=list)              #: in order, a character a word
    _abstracts: list[str] = field(default_factory=list)
    _damping: list[float] = field(default_factory=list)
    _position: dict[str, int] = field(default_factory=dict)
    _vectors: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    _forms: dict[str, tuple[int, int]] = field(default_factory=dict)    #: of a word: itself and its stem
    _families: dict[int, list[int]] = field(default_factory=dict)       #: of a stem: its words
    _average: float = 1.0
    _words: int = 0                                               #: features below are words and stems, the others made on demand
    _by_name_word: dict[str, list[int]] | None = None

    @classmethod
    def of(cls, papers: Iterable[Paper], *, background: Iterable[Paper] = ()) -> Corpus:
        """Index the candidates and what they are compared with. The order of neither matters: both are sorted by id."""
        candidates = {paper.id: paper for paper in papers}
        others = {paper.id: paper for paper in background if paper.id not in candidates}
        ordered = tuple(each[name] for each in (candidates, others) for name in sorted(each))
        corpus = cls(ordered, len(candidates))
        corpus._index()
        return corpus

    @property
    def candidates(self) -> tuple[Paper, ...]:
        return self.papers[: self.size]

    def position(self, paper: Paper) -> int | None:
        """Where a paper stands in `papers`, or None when it was not indexed."""
        return self._position.get(paper.id)

    def forms(self, word: str) -> tuple[int, ...]:
        """The features of a word: itself and its stem, or its stem alone, as far as any paper has them."""
        if found := self._forms.get(word):
            return found
        family = self.features.get(STEM + stem_of(word))
        return () if family is None else (family,)

    def phrase(self, found: Sequence[str]) -> int | None:
        """The feature of words that stand side by side, whatever their number, or None when they nowhere do."""
        forms = tuple(map(singular, found))
        name = PHRASE + " ".join(forms)
        if name not in self.features:
            self._add(name, self._search(forms))
        feature = self.features[name]
        return feature if self._documents[feature] else None

    def prefix(self, beginning: str) -> int | None:
        """The feature of all words that begin so, or None when there are none."""
        name = beginning + "*"
        if name not in self.features:
            self._add(name, self._begin_with(beginning))
        feature = self.features[name]
        return feature if self._documents[feature] else None

    def having(self, term: str) -> list[int]:
        """The candidates that hold a word, a phrase or any word that begins with `prefix*`."""
        found = words(term) or all_words(term)
        if term.rstrip().endswith("*") and len(found) == 1:
            feature = self.prefix(found[0])
        else:
            feature = self.phrase(found) if found else None
        return [] if feature is None else [each for each in self._documents[feature] if each < self.size]

    def papers_of(self, author: str) -> list[int]:
        """The candidates that a person is an author of."""
        if self._by_name_word is None:
            self._by_name_word = papers_by_name_word(self.candidates)
        return papers_of(author, self.candidates, self._by_name_word)

    def is_made(self, feature: int) -> bool:
        """Whether a feature was made for a query: a phrase or prefix, which stands in no bag."""
        return feature >= self._words

    def word_of(self, feature: int) -> str:
        """The commonest word of a feature's family, for people to read: of `~oper`, `operators`."""
        name = self.names[feature]
        family = self._families[feature if name.startswith(STEM) else self._forms[name][1]]
        return self.names[min(family, key=lambda each: (-len(self._documents[each]), self.names[each]))]

    def field_of(self, term: str, document: int) -> str:
        """Where a paper holds a term: the title if any of its words stands there, else the abstract."""
        title = self._titles[document]
        return "title" if any(self._letters.get(singular(word), " ") in title for word in words(term)) else "abstract"

    def is_phrase(self, feature: int) -> bool:
        return self.names[feature].startswith(PHRASE)

    def idf(self, feature: int) -> float:
        """Inverse document frequency, in nats, above 0; the shipped table stands in where the corpus is small."""
        total = len(self.papers) + PRIOR_PAPERS
        having = len(self._documents[feature]) + PRIOR_PAPERS * usual_shares().get(self.names[feature], 0.0)
        return math.log(1 + (total - having + 0.5) / (having + 0.5))

    def worths(self, feature: int, *, candidates_only: bool) -> Iterable[tuple[int, float]]:
        """The papers that have a feature, by position, each with what the feature is worth there at query weight 1."""
        documents, worths = self._documents[feature], self._worths_of(feature)
        if candidates_only and documents and documents[-1] >= self.size:
            end = bisect_left(documents, self.size)
            return zip(documents[:end], worths, strict=False)
        return zip(documents, worths, strict=True)

    def worth(self, feature: int, document: int) -> float:
        """What a feature is worth in one paper; 0.0 where it is absent."""
        documents = self._documents[feature]
        at = bisect_left(documents, document)
        return self._worths_of(feature)[at] if at < len(documents) and documents[at] == document else 0.0

    def vector(self, document: int, size: int) -> list[tuple[int, float]]:
        """The `size` heaviest features of a paper, heaviest first, as part of a vector of length 1; names that stand once are left out."""
        if (known := self._vectors.get(document)) is None:
            known = self._vectors[document] = self._vector(document, size)
        return known

    def vector_of(self, paper: Paper, size: int) -> list[tuple[int, float]]:
        """The same of any paper, indexed or not."""
        bag, length = self._bag(words(paper.title), words(paper.abstract)), 0
        damping = self._damping_of(TITLE_WEIGHT * len(words(paper.title)) + len(words(paper.abstract)))
        weighed = sorted((-self.idf(each) * count * (K1 + 1) / (count + damping), each) for each, count in bag.items())
        length = math.sqrt(sum(worth * worth for worth, _ in weighed)) or 1.0
        return [(feature, -worth / length) for worth, feature in weighed[:size]]

    def _vector(self, document: int, size: int) -> list[tuple[int, float]]:
        weighed = sorted(((-self.worth(each, document), each) for each in self.bags[document] if len(self._documents[each]) > 1))
        length = math.sqrt(sum(worth * worth for worth, _ in weighed)) or 1.0
        return [(feature, -worth / length) for worth, feature in weighed[:size]]

    def _worths_of(self, feature: int) -> list[float]:
        if (worths := self._worths.get(feature)) is None:
            factor, damping = self.idf(feature) * (K1 + 1), self._damping
            pairs = zip(self._documents[feature], self._counts[feature], strict=True)
            worths = self._worths[feature] = [factor * count / (count + damping[document]) for document, count in pairs]
        return worths

    def _index(self) -> None:
        lengths = []
        for document, paper in enumerate(self.papers):
            self._position[paper.id] = document
            title, abstract = words(paper.title), words(paper.abstract)
            self._titles.append(self._encoded(title))
            self._abstracts.append(self._encoded(abstract))
            self._file(document, title, abstract)
            lengths.append(TITLE_WEIGHT * len(title) + len(abstract))
        self._average = (sum(lengths) / len(lengths) if lengths else 0) or 1.0
        self._damping = [self._damping_of(length) for length in lengths]
        self._words = len(self.names)

    def _damping_of(self, length: int) -> float:
        return K1 * (1 - B + B * length / self._average)

    def _file(self, document: int, title: list[str], abstract: list[str]) -> None:
        bag: dict[int, int] = {}
        for found, weight in ((title, TITLE_WEIGHT), (abstract, 1)):
            for word in found:
                for feature in self._forms.get(word) or self._new_forms(word):
                    bag[feature] = bag.get(feature, 0) + weight
        for feature, count in bag.items():
            self._documents[feature].append(document)
            self._counts[feature].append(count)
        self.bags.append(bag)

    def _bag(self, title: list[str], abstract: list[str]) -> dict[int, int]:
        bag: dict[int, int] = {}
        for found, weight in ((title, TITLE_WEIGHT), (abstract, 1)):
            for word in found:
                for feature in self.forms(word):
                    bag[feature] = bag.get(feature, 0) + weight
        return bag

    def _new_forms(self, word: str) -> tuple[int, int]:
        """The features of a word that is met for the first time: itself and its stem."""
        itself, family = self._feature(word), self._feature(STEM + stem_of(word))
        self._families.setdefault(family, []).append(itself)
        self._forms[word] = forms = (itself, family)
        return forms

    def _feature(self, name: str) -> int:
        feature = self.features.get(name)
        if feature is None:
            feature = self.features[name] = len(self.names)
            self.names.append(name)
            self._documents.append([])
            self._counts.append([])
        return feature

    def _add(self, name: str, found: Iterable[tuple[int, int]]) -> None:
        feature = self._feature(name)
        for document, count in found:
            self._documents[feature].append(document)
            self._counts[feature].append(count)

    def _encoded(self, found: Iterable[str]) -> str:
        """Words as a string of one character each, in which a phrase is searched at the speed of `str.count`."""
        letters = self._letters
        return "".join([letters.setdefault(singular(word), chr(len(letters) + 1)) for word in found])

    def _search(self, forms: Sequence[str]) -> Iterable[tuple[int, int]]:
        known = [self.features.get(STEM + stem_of(form)) for form in forms]
        features = [each for each in known if each is not None]
        if len(features) < len(known) or any(form not in self._letters for form in forms):
            return
        rarest = min(features, key=lambda each: len(self._documents[each]))
        sequence = "".join(self._letters[form] for form in forms)
        for document in self._documents[rarest]:
            if count := TITLE_WEIGHT * self._titles[document].count(sequence) + self._abstracts[document].count(sequence):
                yield document, count

    def _begin_with(self, beginning: str) -> Iterable[tuple[int, int]]:
        counts: dict[int, int] = {}
        for name, feature in self.features.items():
            if name.startswith(beginning) and not name.endswith("*"):
                for document, count in zip(self._documents[feature], self._counts[feature], strict=True):
                    counts[document] = counts.get(document, 0) + count
        return sorted(counts.items())

