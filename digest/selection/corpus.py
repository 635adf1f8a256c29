"""The papers of the day and of the last weeks, indexed once: what every topic is scored against. PURE.

Each paper is a bag of features: its words, and the stems in which their forms meet (their names begin with `~`). Phrases (`"`),
prefixes (which end with `*`) and words in their other number (`=`) become features of the same kind when somebody asks for them.
What a feature is worth in a paper is said in `digest.selection.postings`; its frequency is that of all papers, candidates and
background.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from digest.model import Paper
from digest.selection.acronyms import Acronyms
from digest.selection.authors import papers_by_name_word, papers_of
from digest.selection.frequencies import usual_shares
from digest.selection.postings import Posting, Postings, damping
from digest.selection.semantic import NO_NEIGHBOURS, Neighbours
from digest.selection.spelling import Spelling
from digest.selection.terms import all_words, in_full, is_telling, singular, stem_of, with_small_words, words
from digest.selection.weights import Weights

#: A word in the title counts as this many in the abstract.
TITLE_WEIGHT = 4
#: How many papers the shipped table of frequencies counts for: decisive in an empty store, forgotten in a full one.
PRIOR_PAPERS = 200
#: How many of its heaviest stems stand for a paper where it is compared with others.
VECTOR_SIZE = 80

#: So many papers are looked at one by one; for more of them all are scored at once.
FEW = 30
#: Of so many papers it is kept at hand what their features are worth, while somebody asks why one met a topic.
AT_HAND = 50

STEM = "~"
PHRASE = '"'
PREFIX = "*"
OTHER_NUMBER = "="


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
    _postings: Postings
    names: list[str] = field(default_factory=list)                       #: of each feature
    withdrawn: list[int] = field(default_factory=list)                   #: candidates that must not be sent
    neighbours: Neighbours = NO_NEIGHBOURS                               #: what is near in meaning, where a model knows
    _features: dict[str, int | None] = field(default_factory=dict)       #: by name; None for what was asked for and no paper has
    _telling: bytearray = field(default_factory=bytearray)               #: of each feature: whether it can say something by itself
    _forms: dict[str, tuple[int, int]] = field(default_factory=dict)     #: of a word: itself and its stem
    _family: list[int] = field(default_factory=list)                     #: of each feature: the stem of a word, else itself
    _families: dict[int, list[int]] = field(default_factory=dict)        #: of a stem: its words
    _bags: list[tuple[array[int], array[int]]] = field(default_factory=list)  #: of each paper: words and stems, and how often
    _spelling: Spelling = field(default_factory=Spelling)
    _average: float = 1.0
    _made_from: int = 0                                                  #: features from here on were made on demand
    _while_scoring: dict[int, dict[int, float]] = field(default_factory=dict)  #: of a paper: what each feature of its bag is worth
    _at_hand: dict[int, dict[int, float]] = field(default_factory=dict)        #: the same of few
    _readable: dict[int, str] = field(default_factory=dict)
    _told: dict[int, str] = field(default_factory=dict)
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
        corpus = cls(ordered, len(candidates), Postings(len(candidates)))
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
        """The feature of a word, `~stem`, `"phrase`, `prefix*`, `"phrase pref*` or `=word`, or None when no paper has it."""
        if name not in self._features:
            self._look_for(name)
        return self._features[name]

    def idf(self, name: str) -> float:
        """Inverse document frequency, in nats, above 0; the shipped table stands in where the corpus is small."""
        feature = self.find(name)
        return self._rarity(name, 0) if feature is None else self._postings.idfs[feature]

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
            for document, worth in zip(*self._postings.champions(feature), strict=True):
                scores[document] = scores.get(document, 0.0) + weight * worth
        return scores

    def scores_in(self, weights: Weights, documents: Sequence[int]) -> list[float]:
        """The same for words and stems (no phrases or prefixes) in some candidates."""
        if len(documents) > FEW:
            scores = self.scores(weights)
            return [scores[each] for each in documents]
        wanted, found = list(weights), map(self._kept_while_scoring, documents)
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
        return self._postings.worth(feature, document)

    def worths(self, document: int) -> dict[int, float]:
        """What each word and stem of a paper is worth there."""
        if (known := self._at_hand.get(document)) is None:
            if len(self._at_hand) >= AT_HAND:
                self._at_hand.clear()
            known = self._at_hand[document] = self._worths_in(document)
        return known

    def rest(self) -> None:
        """All topics are scored: what was kept for that alone, most of the memory, is given back."""
        self._while_scoring.clear()

    def vector(self, document: int) -> Weights:
        """The heaviest telling stems of an indexed paper, as part of a vector of length 1."""
        if (known := self._vectors.get(document)) is None:
            known = self._vectors[document] = self._heaviest(self._worths_in(document))
        return known

    def worths_of(self, paper: Paper) -> dict[int, float]:
        """What each word and stem of any paper is worth there, as far as the corpus knows it."""
        if (known := self._positions.get(paper.id)) is not None:
            return self.worths(known)
        title, abstract = words(paper.title), words(paper.abstract)
        damped = damping(_length(title, abstract), self._average)
        return self._postings.worths(self._bag(_counted(title, abstract)).items(), damped)

    def vector_of(self, paper: Paper) -> Weights:
        """The vector of any paper."""
        known = self._positions.get(paper.id)
        return self._heaviest(self.worths_of(paper)) if known is None else self.vector(known)

    def having(self, term: str) -> list[int]:
        """The candidates that hold a word, a phrase, any word that begins with `prefix*`, or a `phrase that ends so*`."""
        feature = self.find(whole_name(term)) if all_words(term) else None
        near = [] if feature is None else [each for each in self._postings.papers[feature] if each < self.size]
        return [each for each in near if self.says(term, each)]

    def says(self, term: str, document: int) -> bool:
        """Whether the small words of a term stand there too, which are no features: `vitamin A` is not `vitamin D`."""
        wanted = with_small_words(term)
        if wanted and document not in self._told:
            paper = self.papers[document]
            self._told[document] = f"{in_full(paper.title)}/{in_full(paper.abstract)}"
        return wanted in self._told[document] if wanted else True

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
            known = self.names[min(family, key=lambda each: (-self.papers_with(each), self.names[each]))]
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
        return len(self._postings.papers[feature])

    def field_of(self, term: str, document: int) -> str:
        """Where a paper holds a term: the title if any of its words stands there, else the abstract."""
        return "title" if self._spelling.in_title(term, document) else "abstract"

    def _index(self) -> None:
        lengths = array("d")
        for document, paper in enumerate(self.papers):
            self._positions[paper.id] = document
            title, abstract = words(paper.title), words(paper.abstract)
            self._spelling.add(title, abstract)
            self._file(document, _counted(title, abstract))
            lengths.append(_length(title, abstract))
        self._made_from = len(self.names)
        self.withdrawn = [position for position, paper in enumerate(self.candidates) if paper.withdrawn]
        self._average = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        self._postings.dampings = [damping(length, self._average) for length in lengths]
        self._postings.idfs = [self._rarity(name, self.papers_with(feature)) for feature, name in enumerate(self.names)]

    def _file(self, document: int, counts: Mapping[str, int]) -> None:
        for word in counts:
            if word not in self._forms:
                self._meet(word)
        bag = self._bag(counts)
        self._postings.file(document, bag)
        self._bags.append((array("I", bag.keys()), array("I", bag.values())))

    def _bag(self, counts: Mapping[str, int]) -> dict[int, int]:
        """The counts of words and stems, as far as they are known."""
        bag: dict[int, int] = {}
        for word, count in counts.items():
            if word in self._forms:
                itself, family = self._forms[word]
                bag[itself] = count
                bag[family] = bag.get(family, 0) + count
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
            self._postings.open()
        return feature

    def _look_for(self, name: str) -> None:
        """Make the feature of a phrase, a prefix or the other number of a word that is asked for the first time."""
        if not (found := self._made(name)):
            self._features[name] = None
            return
        feature = self._feature(name)
        if name.startswith(OTHER_NUMBER) and (family := self.find(STEM + stem_of(name[1:]))) is not None:
            self._family[feature] = family
        for document, count in found:
            self._postings.file(document, {feature: count})
        self._postings.idfs.append(self._rarity(name, len(found)))

    def _made(self, name: str) -> list[tuple[int, int]]:
        """The papers that have what is asked for, with weighted counts."""
        if name.startswith(OTHER_NUMBER):
            return self._in_other_number(name[1:])
        if name.startswith(PHRASE):
            return self._search(name[1:].removesuffix(PREFIX).split(" "), open_end=name.endswith(PREFIX))
        return self._begin_with(name[:-1]) if name.endswith(PREFIX) and len(name) > 1 else []

    def _rarity(self, name: str, papers: int) -> float:
        """The inverse document frequency of what so many papers have."""
        having = papers + PRIOR_PAPERS * usual_shares().get(name, 0.0)
        return math.log(1 + (len(self.papers) + PRIOR_PAPERS - having + 0.5) / (having + 0.5))

    def _search(self, forms: Sequence[str], *, open_end: bool) -> list[tuple[int, int]]:
        families = [self._features.get(STEM + stem_of(form)) for form in (forms[:-1] if open_end else forms)]
        if None in families:
            return []
        near = min((self._postings.papers[each] for each in families if each is not None), key=len, default=range(len(self.papers)))
        found = self._spelling.counted(forms, near, open_end=open_end)
        return [(document, TITLE_WEIGHT * in_title + in_abstract) for document, in_title, in_abstract in found]

    def _begun_with(self, beginning: str) -> list[int]:
        return [feature for word, (feature, _) in self._forms.items() if word.startswith(beginning)]

    def _begin_with(self, beginning: str) -> list[tuple[int, int]]:
        return self._counted(self._begun_with(beginning))

    def _in_other_number(self, word: str) -> list[tuple[int, int]]:
        """The papers that have a word in the plural but never as it is written, or the other way round."""
        family = self._features.get(STEM + stem_of(word))
        forms = self._families[family] if family is not None else ()
        others = [each for each in forms if self.names[each] != word and singular(self.names[each]) == singular(word)]
        itself = self._features.get(word)
        had = set(self._postings.papers[itself]) if itself is not None else ()
        return [(document, count) for document, count in self._counted(others) if document not in had]

    def _counted(self, features: Iterable[int]) -> list[tuple[int, int]]:
        """The papers that have any of some words, and how often they have them."""
        counts: dict[int, int] = {}
        for feature in features:
            for document, count in zip(self._postings.papers[feature], self._postings.counts[feature], strict=True):
                counts[document] = counts.get(document, 0) + count
        return sorted(counts.items())

    def _read(self, weights: Weights) -> Iterator[tuple[Posting, float]]:
        """The postings of weighted features. A word and its stem that weigh the same, as they mostly do, are read as one."""
        left = dict(weights)
        for feature, weight in weights:
            family = self._family[feature]
            if family != feature and left.get(family) == weight:
                del left[family], left[feature]
                yield self._postings.jointly(feature, family), weight
        for feature, weight in left.items():
            yield self._postings.of(feature), weight

    def _kept_while_scoring(self, document: int) -> dict[int, float]:
        if (known := self._while_scoring.get(document)) is None:
            known = self._while_scoring[document] = self._worths_in(document)
        return known

    def _worths_in(self, document: int) -> dict[int, float]:
        return self._postings.worths(zip(*self._bags[document], strict=True), self._postings.dampings[document])

    def _heaviest(self, worths: Mapping[int, float]) -> Weights:
        length = math.sqrt(sum([worth * worth for worth in worths.values()])) or 1.0
        family, is_told = self._family, self._telling
        stems = [(-worth, feature) for feature, worth in worths.items() if is_told[feature] and family[feature] == feature]
        return Weights.of({feature: -worth / length for worth, feature in sorted(stems)[:VECTOR_SIZE]})


def whole_name(term: str) -> str:
    """The name of the feature of a word or phrase as a whole, `prefix*` included."""
    found, is_open = words(term) or all_words(term), term.rstrip().endswith(PREFIX)
    return found[0] + PREFIX if is_open and len(found) == 1 else phrase_name(found, open_end=is_open) if found else ""


def _counted(title: Sequence[str], abstract: Sequence[str]) -> Counter[str]:
    """How often a text holds each of its words, a word in the title as often as it weighs."""
    return Counter([*title] * TITLE_WEIGHT + [*abstract])


def _length(title: Sequence[str], abstract: Sequence[str]) -> int:
    return TITLE_WEIGHT * len(title) + len(abstract)
