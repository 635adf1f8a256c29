"""The papers of the day and of the last weeks, indexed once: what every topic is scored against. PURE.

Each paper is a bag of features: its words, and the stems in which their forms meet (their names begin with `~`). Phrases (`"`) and
prefixes (which end with `*`) become features of the same kind when somebody asks for them. What a feature is worth in a paper is
BM25's (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009); its frequency is that of all
papers, candidates and background.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from digest.model import Paper
from digest.selection.acronyms import Acronyms
from digest.selection.authors import papers_by_name_word, papers_of
from digest.selection.frequencies import usual_shares
from digest.selection.semantic import NO_NEIGHBOURS, Neighbours
from digest.selection.spelling import Spelling
from digest.selection.terms import all_words, is_telling, singular, stem_of, words
from digest.selection.weights import Weights

#: BM25's saturation of repeated words and its correction for length; the figures are flat around these values.
K1 = 1.5
B = 0.75
#: A word in the title counts as this many in the abstract.
TITLE_WEIGHT = 4
#: How many papers the shipped table of frequencies counts for: decisive in an empty store, forgotten in a full one.
PRIOR_PAPERS = 200
#: How many of its heaviest stems stand for a paper where it is compared with others.
VECTOR_SIZE = 80

#: So many papers are looked at one by one; for more of them all are scored at once.
FEW = 30

#: So many papers of the background are looked at for each feature, those for which it is worth most.
CHAMPIONS = 100

#: Papers, in an order of their own, and what a feature is worth in each.
Posting: TypeAlias = "tuple[array[int], array[float]]"

STEM = "~"
PHRASE = '"'
PREFIX = "*"


def newest_first(paper: Paper) -> tuple[float, str]:
    """What papers are sorted by where nothing else tells them apart: date, then name; what has no date comes last."""
    return (-paper.published.timestamp() if paper.published else 0.0, paper.id)


def phrase_name(found: Iterable[str], *, open_end: bool = False) -> str:
    """The name of the feature of words that stand side by side, singular or plural; the last one only begun when it is open."""
    if not open_end:
        return PHRASE + " ".join(map(singular, found))
    *first, last = found
    return PHRASE + " ".join([*map(singular, first), last]) + PREFIX


@dataclass(slots=True)
class Corpus:
    """Candidates first, then background: `papers[:size]` are the ones to be ranked. Make one with `Corpus.of`."""

    papers: tuple[Paper, ...]
    size: int
    names: list[str] = field(default_factory=list)                       #: of each feature
    withdrawn: list[int] = field(default_factory=list)                   #: candidates that must not be sent
    neighbours: Neighbours = NO_NEIGHBOURS                               #: what is near in meaning, where a model knows
    _features: dict[str, int] = field(default_factory=dict)              #: by name
    _telling: bytearray = field(default_factory=bytearray)               #: of each feature: whether it can say something by itself
    _forms: dict[str, tuple[int, int]] = field(default_factory=dict)     #: of a word: itself and its stem
    _family: list[int] = field(default_factory=list)                     #: of each feature: the stem of a word, else itself
    _families: dict[int, list[int]] = field(default_factory=dict)        #: of a stem: its words
    _documents: list[list[int]] = field(default_factory=list)            #: of each feature: the papers that have it, in order,
    _counts: list[array[int]] = field(default_factory=list)              #: and how often
    _postings: dict[int, Posting] = field(default_factory=dict)          #: the candidates among them; made when asked for
    _joint: dict[int, Posting] = field(default_factory=dict)             #: of a word: its stem's, with what both are worth together
    _champions: dict[int, Posting] = field(default_factory=dict)         #: some of the background
    _bags: list[tuple[array[int], array[int]]] = field(default_factory=list)  #: of each paper: words and stems, and how often
    _spelling: Spelling = field(default_factory=Spelling)
    _damping: list[float] = field(default_factory=list)                  #: of each paper: BM25's correction for its length
    _average: float = 1.0
    _made_from: int = 0                                                  #: features from here on were made on demand
    _bag_worths: dict[int, dict[int, float]] = field(default_factory=dict)  #: of a paper: what each feature of its bag is worth
    _factors: dict[int, float] = field(default_factory=dict)
    _idfs: dict[str, float] = field(default_factory=dict)
    _readable: dict[int, str] = field(default_factory=dict)
    _vectors: dict[int, Weights] = field(default_factory=dict)
    _positions: dict[str, int] = field(default_factory=dict)
    _by_name_word: dict[str, list[int]] = field(default_factory=dict)
    _acronyms: Acronyms | None = None

    @classmethod
    def of(cls, papers: Iterable[Paper], *, background: Iterable[Paper] = ()) -> Corpus:
        """Index the candidates and what they are compared with. Their order does not matter: both are sorted, newest first."""
        candidates = {paper.id: paper for paper in papers}
        others = {paper.id: paper for paper in background if paper.id not in candidates}
        ordered = tuple(paper for group in (candidates, others) for paper in sorted(group.values(), key=newest_first))
        corpus = cls(ordered, len(candidates))
        corpus._index()
        return corpus

    @property
    def acronyms(self) -> Acronyms:
        """As candidates and background explain them; found out when somebody asks."""
        if self._acronyms is None:
            self._acronyms = Acronyms.of(f"{paper.title}. {paper.abstract}" for paper in self.papers)
        return self._acronyms

    @property
    def candidates(self) -> tuple[Paper, ...]:
        return self.papers[: self.size]

    def position(self, paper: Paper) -> int | None:
        """Where a candidate stands in `papers`, or None when it is none."""
        found = self._positions.get(paper.id)
        return found if found is not None and found < self.size else None

    def place(self, name: str) -> int:
        """Where the paper of that name stands in `papers`."""
        return self._positions[name]

    def find(self, name: str) -> int | None:
        """The feature of a word, `~stem`, `"phrase`, `prefix*` or `"phrase pref*`, or None when no paper has it."""
        if name not in self._features and (made := self._made(name)):
            self._add(name, made)
        return self._features.get(name)

    def idf(self, name: str) -> float:
        """Inverse document frequency, in nats, above 0; the shipped table stands in where the corpus is small."""
        if (known := self._idfs.get(name)) is None:
            feature = self.find(name)
            having = (0 if feature is None else len(self._documents[feature])) + PRIOR_PAPERS * usual_shares().get(name, 0.0)
            known = self._idfs[name] = math.log(1 + (len(self.papers) + PRIOR_PAPERS - having + 0.5) / (having + 0.5))
        return known

    def scores(self, weights: Weights) -> list[float]:
        """What weighted features are worth together in each candidate."""
        scores = [0.0] * self.size
        for posting, weight in self._read(weights):
            for document, worth in zip(*posting, strict=True):
                scores[document] += weight * worth
        return scores

    def background_scores(self, weights: Weights) -> dict[int, float]:
        """The same in papers of the background, by position: of each feature in the papers only for which it is worth most, which
        is enough to find the best for all of them."""
        scores: dict[int, float] = {}
        for feature, weight in weights if self.size < len(self.papers) else ():
            for document, worth in zip(*self._champions_of(feature), strict=True):
                scores[document] = scores.get(document, 0.0) + weight * worth
        return scores

    def scores_in(self, weights: Weights, documents: Sequence[int]) -> list[float]:
        """The same for words and stems (no phrases or prefixes) in some candidates."""
        if len(documents) > FEW:
            scores = self.scores(weights)
            return [scores[each] for each in documents]
        wanted, found = list(weights), map(self.worths, documents)
        return [sum([weight * worths[feature] for feature, weight in wanted if feature in worths]) for worths in found]

    def contributions(self, weights: Weights, document: int) -> list[tuple[int, float]]:
        """What each weighted feature that a paper has adds there."""
        worths, made_from = self.worths(document), self._made_from
        found = [(feature, weight * worths[feature]) for feature, weight in weights if feature in worths]
        made = [(feature, weight * self.worth(feature, document)) for feature, weight in weights if feature >= made_from]
        return found + [each for each in made if each[1]]

    def worth(self, feature: int, document: int) -> float:
        """What a feature is worth in one candidate; 0.0 where it is absent."""
        if feature < self._made_from:
            return self.worths(document).get(feature, 0.0)
        documents, worths = self._posted(feature)
        at = bisect_left(documents, document)
        return worths[at] if at < len(documents) and documents[at] == document else 0.0

    def worths(self, document: int) -> dict[int, float]:
        """What each word and stem of a paper is worth there."""
        if (known := self._bag_worths.get(document)) is None:
            known = self._worths_in(document)
            if document < self.size:
                self._bag_worths[document] = known
        return known

    def vector(self, document: int) -> Weights:
        """The heaviest telling stems of an indexed paper, as part of a vector of length 1."""
        if (known := self._vectors.get(document)) is None:
            known = self._vectors[document] = self._heaviest(self._worths_in(document).items())
        return known

    def worths_of(self, paper: Paper) -> dict[int, float]:
        """What each word and stem of any paper is worth there, as far as the corpus knows it."""
        if (known := self._positions.get(paper.id)) is not None:
            return self.worths(known)
        title, abstract = words(paper.title), words(paper.abstract)
        damping = K1 * (1 - B + B * (TITLE_WEIGHT * len(title) + len(abstract)) / self._average)
        return {each: self._factor(each) * count / (count + damping) for each, count in self._bag(title, abstract).items()}

    def vector_of(self, paper: Paper) -> Weights:
        """The vector of any paper."""
        known = self._positions.get(paper.id)
        return self._heaviest(self.worths_of(paper).items()) if known is None else self.vector(known)

    def having(self, term: str) -> list[int]:
        """The candidates that hold a word, a phrase, any word that begins with `prefix*`, or a `phrase that ends so*`."""
        found = words(term) or all_words(term)
        feature = self.find(whole_name(term)) if found else None
        return [] if feature is None else [each for each in self._documents[feature] if each < self.size]

    def papers_of(self, author: str) -> list[int]:
        """The candidates that a person is an author of."""
        if not self._by_name_word:
            self._by_name_word = papers_by_name_word(self.candidates)
        return papers_of(author, self.candidates, self._by_name_word)

    def family_of(self, feature: int) -> int:
        """The stem of a word or stem; of a phrase or prefix itself."""
        return self._family[feature]

    def word_of(self, feature: int) -> str:
        """The commonest word of a feature's family, for people to read: of `~oper`, `operators`."""
        if (known := self._readable.get(feature)) is None:
            family = self._families[self._family[feature]]
            known = self.names[min(family, key=lambda each: (-len(self._documents[each]), self.names[each]))]
            self._readable[feature] = known
        return known

    def word_in(self, feature: int, document: int) -> str:
        """The telling word that stands for a feature in one paper: of `~oper` perhaps `operating`; "" when only prose does."""
        name = self.names[feature]
        if name.startswith(PHRASE):
            return name.strip(PHRASE + PREFIX)
        family = self._families[feature] if name.startswith(STEM) else self._begun_with(name[:-1]) if PREFIX in name else [feature]
        worths = self.worths(document)
        present = [(-worths[each], self.names[each]) for each in family if each in worths and self._telling[each]]
        return min(present)[1] if present else ""

    def papers_with(self, feature: int) -> int:
        """How many papers have a feature, candidates and background."""
        return len(self._documents[feature])

    def field_of(self, term: str, document: int) -> str:
        """Where a paper holds a term: the title if any of its words stands there, else the abstract."""
        return "title" if self._spelling.in_title(term, document) else "abstract"

    def _index(self) -> None:
        lengths = array("d")
        for document, paper in enumerate(self.papers):
            self._positions[paper.id] = document
            title, abstract = words(paper.title), words(paper.abstract)
            self._spelling.add(title, abstract)
            self._file(document, title, abstract)
            lengths.append(TITLE_WEIGHT * len(title) + len(abstract))
        self._made_from = len(self.names)
        self.withdrawn = [position for position, paper in enumerate(self.candidates) if paper.withdrawn]
        self._average = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        self._damping = [K1 * (1 - B + B * length / self._average) for length in lengths]

    def _file(self, document: int, title: Sequence[str], abstract: Sequence[str]) -> None:
        for word in (*title, *abstract):
            if word not in self._forms:
                self._meet(word)
        bag = self._bag(title, abstract)
        for feature, count in bag.items():
            self._documents[feature].append(document)
            self._counts[feature].append(count)
        self._bags.append((array("I", bag.keys()), array("I", bag.values())))

    def _bag(self, title: Sequence[str], abstract: Sequence[str]) -> dict[int, int]:
        """The weighted counts of a text's words and stems, as far as they are known."""
        bag: dict[int, int] = {}
        for found, weight in ((title, TITLE_WEIGHT), (abstract, 1)):
            for word in found:
                for feature in self._forms.get(word, ()):
                    bag[feature] = bag.get(feature, 0) + weight
        return bag

    def _meet(self, word: str) -> None:
        """Make the features of a word that is seen for the first time: itself and its stem."""
        itself, family = self._feature(word), self._feature(STEM + stem_of(word))
        self._telling[itself] = is_telling(word)
        self._telling[family] |= self._telling[itself]
        self._family[itself] = family
        self._families.setdefault(family, []).append(itself)
        self._forms[word] = (itself, family)

    def _feature(self, name: str) -> int:
        feature = self._features.get(name)
        if feature is None:
            feature = self._features[name] = len(self.names)
            self.names.append(name)
            self._family.append(feature)
            self._telling.append(False)
            self._documents.append([])
            self._counts.append(array("I"))
        return feature

    def _made(self, name: str) -> list[tuple[int, int]]:
        """The papers that have a phrase or prefix, with weighted counts."""
        if name.startswith(PHRASE):
            return self._search(name[1:].removesuffix(PREFIX).split(" "), open_end=name.endswith(PREFIX))
        return self._begin_with(name[:-1]) if name.endswith(PREFIX) and len(name) > 1 else []

    def _add(self, name: str, found: Iterable[tuple[int, int]]) -> None:
        feature = self._feature(name)
        for document, count in found:
            self._documents[feature].append(document)
            self._counts[feature].append(count)

    def _search(self, forms: Sequence[str], *, open_end: bool) -> list[tuple[int, int]]:
        families = [self._features.get(STEM + stem_of(form)) for form in (forms[:-1] if open_end else forms)]
        if None in families:
            return []
        near = min((self._documents[each] for each in families if each is not None), key=len, default=range(len(self.papers)))
        found = self._spelling.counted(forms, near, open_end=open_end)
        return [(document, TITLE_WEIGHT * in_title + in_abstract) for document, in_title, in_abstract in found]

    def _begun_with(self, beginning: str) -> list[int]:
        return [feature for word, (feature, _) in self._forms.items() if word.startswith(beginning)]

    def _begin_with(self, beginning: str) -> list[tuple[int, int]]:
        counts: dict[int, int] = {}
        for feature in self._begun_with(beginning):
            for document, count in zip(self._documents[feature], self._counts[feature], strict=True):
                counts[document] = counts.get(document, 0) + count
        return sorted(counts.items())

    def _read(self, weights: Weights) -> Iterator[tuple[Posting, float]]:
        """The postings of weighted features. A word and its stem that weigh the same, as they mostly do, are read as one."""
        left = dict(weights)
        for feature, weight in weights:
            family = self._family[feature]
            if family != feature and left.get(family) == weight:
                del left[family], left[feature]
                yield self._posted_jointly(feature, family), weight
        for feature, weight in left.items():
            yield self._posted(feature), weight

    def _posted_jointly(self, word: int, family: int) -> Posting:
        """The candidates that have a stem, in order, and what it and one of its words are worth there together."""
        if (known := self._joint.get(word)) is None:
            documents, worths = self._posted(family)
            together = worths[:]
            for document, worth in zip(*self._posted(word), strict=True):
                together[bisect_left(documents, document)] += worth
            known = self._joint[word] = documents, together
        return known

    def _posted(self, feature: int) -> Posting:
        """The candidates that have a feature, in order, and what it is worth there."""
        if (known := self._postings.get(feature)) is None:
            last = bisect_left(self._documents[feature], self.size)
            documents, counts = self._documents[feature][:last], self._counts[feature][:last]
            factor, damping = self._factor(feature), self._damping
            worths = [factor * count / (count + damping[each]) for each, count in zip(documents, counts, strict=True)]
            known = self._postings[feature] = array("I", documents), array("d", worths)
        return known

    def _champions_of(self, feature: int) -> Posting:
        """Of the background the papers for which a feature is worth most, and how much.

        Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 7.1.3.
        """
        if (known := self._champions.get(feature)) is None:
            first = bisect_left(self._documents[feature], self.size)
            documents, counts = self._documents[feature][first:], self._counts[feature][first:]
            factor, damping = self._factor(feature), self._damping
            worths = [(-factor * count / (count + damping[each]), each) for each, count in zip(documents, counts, strict=True)]
            best = sorted(worths)[:CHAMPIONS]
            known = self._champions[feature] = array("I", [each for _, each in best]), array("d", [-worth for worth, _ in best])
        return known

    def _worths_in(self, document: int) -> dict[int, float]:
        damping, factor = self._damping[document], self._factor
        return {each: factor(each) * count / (count + damping) for each, count in zip(*self._bags[document], strict=True)}

    def _factor(self, feature: int) -> float:
        if (factor := self._factors.get(feature)) is None:
            factor = self._factors[feature] = self.idf(self.names[feature]) * (K1 + 1)
        return factor

    def _heaviest(self, worths: Iterable[tuple[int, float]]) -> Weights:
        weighed = [(worth, feature) for feature, worth in worths]
        length = math.sqrt(sum(worth * worth for worth, _ in weighed)) or 1.0
        names, is_told = self.names, self._telling
        stems = [(-worth, feature) for worth, feature in weighed if is_told[feature] and names[feature].startswith(STEM)]
        return Weights.of({feature: -worth / length for worth, feature in sorted(stems)[:VECTOR_SIZE]})


def whole_name(term: str) -> str:
    """The name of the feature of a word or phrase as a whole, `prefix*` included."""
    found, is_open = words(term) or all_words(term), term.rstrip().endswith(PREFIX)
    return found[0] + PREFIX if is_open and len(found) == 1 else phrase_name(found, open_end=is_open) if found else ""
