"""Which papers meet a topic, how well, and why: every distinct topic is scored once, for everybody who has it. PURE."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial

from digest.model import Hit, Paper, Reasons, Topic
from digest.selection.answer import Matched, Matches
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned
from digest.selection.query import Query, expanded, own_scores, question
from digest.selection.reasons import SHOWN_HITS, reasons
from digest.selection.themes import themes
from digest.selection.weights import Weights

#: Relevance is scaled so that this much is enough: see `digest.selection.query.scale`.
THRESHOLD = 1.0
#: What a followed author adds: enough by itself.
AUTHOR_WORTH = THRESHOLD
#: Of that, what her own words must bring, or papers she likes; what is merely related cannot do it alone.
OWN_SHARE = 0.6
#: Below this a paper has nothing to do with a topic, and is not even a near miss.
WORTH_MENTIONING = 0.2


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a paper met a topic, or which rule stopped it and by how much."""

    topic: Topic
    paper: Paper
    score: float
    threshold: float
    hits: tuple[Hit, ...] = ()             #: all of them, largest first
    followed: str = ""
    stopped_by: str = ""                   #: "", "not a candidate", "excluded term", "category", "threshold" or "withdrawn"
    detail: str = ""                       #: the term or category, or how much was missing


@dataclass(slots=True)
class _Asked:
    """A topic's question to a corpus with what it takes to say why a paper met it: the source of its matches."""

    topic: Topic
    corpus: Corpus
    query: Query
    followed: Mapping[int, str]            #: whom she follows, by position of the paper
    ordered: Iterable[str] = ()            #: names of the papers that met it, best first
    led: dict[str, str] | None = None      #: those that stand for the theme of another, once asked
    known: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    short: Container[int] = ()             #: candidates that fall short: what is near them in meaning does not count
    silent: Container[int] | None = None   #: those that a rule keeps out and that do not speak for others, once asked

    def matches(self, scores: Sequence[tuple[int, float]]) -> Matches:
        """The papers of these positions and scores."""
        names = {self.corpus.papers[position].id: score for position, score in scores}
        followed = {self.corpus.papers[position].id: self.followed[position] for position, _ in scores if position in self.followed}
        self.ordered = self.ordered or names
        return Matches(self.topic, names, followed, self)

    def paper(self, name: str) -> Paper:
        return self.corpus.papers[self.corpus.place(name)]

    def hits(self, name: str) -> tuple[Hit, ...]:
        if (known := self.known.get(name)) is None:
            known = self.known[name] = Reasons(self.hits_at(self.corpus.place(name), SHOWN_HITS))
        return known

    def hits_at(self, position: int, at_most: int | None = None) -> tuple[Hit, ...]:
        beside = (*self._by_whom_she_follows(position), *self._near_in_meaning(position))
        return reasons(self.query, self.corpus, position, at_most=at_most, beside=beside)

    def _by_whom_she_follows(self, position: int) -> tuple[Hit, ...]:
        return (Hit("author", self.followed[position], "authors", AUTHOR_WORTH),) if position in self.followed else ()

    def _near_in_meaning(self, position: int) -> tuple[Hit, ...]:
        """What papers near it in meaning add, in the name of the one that says most."""
        neighbours = self.corpus.neighbours
        if not neighbours or position in self.short:
            return ()
        said = {each: self._says(each) for each in neighbours.near[position]}
        worth = neighbours.worth(position, said.__getitem__)
        loudest = max(said, key=said.__getitem__, default=0)  # of equals the nearest
        return (Hit("semantic", self.corpus.papers[loudest].title, "", worth),) if worth else ()

    def _says(self, position: int) -> float:
        if self.silent is None:
            self.silent = _stopped(self.topic, self.corpus, self.followed)
        if position in self.silent:
            return 0.0
        own = (self.query.asked, self.query.like)
        return sum([value for weights in own for _, value in self.corpus.contributions(weights, position)])

    def theme(self, name: str) -> str:
        if self.led is None:
            self.led = themes(self.ordered, self._vector, beside=set(self.query.asked.features))
        return self.led.get(name, name)

    def _vector(self, name: str) -> Weights:
        return self.corpus.vector(self.corpus.place(name))


@dataclass(frozen=True, slots=True)
class _Scored:
    """One topic against the candidates, by position."""

    asked: _Asked
    own: Sequence[float]                   #: of each: the score without what is merely related and without followed authors
    whole: frozenset[int]                  #: the candidates that hold a keyword as it is written
    stopped: Mapping[int, tuple[str, str]]

    @property
    def followed(self) -> Mapping[int, str]:
        return self.asked.followed

    def scores(self, positions: Sequence[int]) -> dict[int, float]:
        """The relevance of candidates, with what is merely related, with whom she follows and what she taught."""
        related, learned = self._sums(self.asked.query.related, positions), self._sums(self.asked.query.learned, positions)
        sums = zip(positions, related, learned, strict=True)
        return {position: self._base(position) + one + other for position, one, other in sums}

    def _base(self, position: int) -> float:
        return self.own[position] + (AUTHOR_WORTH if position in self.followed else 0.0)

    def _sums(self, weights: Weights, positions: Sequence[int]) -> Sequence[float]:
        return self.asked.corpus.scores_in(weights, positions) if weights else [0.0] * len(positions)

    def ordered(self, scores: Mapping[int, float]) -> Mapping[int, float]:
        """The relevance of papers that met the topic with what papers near in meaning say: it orders them, and lets none in."""
        near = self.asked.corpus.neighbours
        return {each: score + near.worth(each, self._says) for each, score in scores.items()} if near else scores

    def _says(self, position: int) -> float:
        return 0.0 if position in self.stopped else self.own[position]

    def nearby(self) -> list[int]:
        """The candidates that may be relevant enough, since they say enough, or somebody whom she follows wrote them."""
        speaking = {position for position, own in enumerate(self.own) if own >= OWN_SHARE}
        return sorted((speaking | self.whole | self.followed.keys()) - self.stopped.keys())

    def falls_short(self, position: int, score: float) -> str:
        """What a paper lacks, "" when it is relevant enough. Lessons may lift a paper over the threshold, but never pull one below:
        they must not silence a topic that she asked for."""
        if position in self.followed:
            return ""
        if self.own[position] < OWN_SHARE and position not in self.whole:
            return "own words"                 # neither a whole keyword, nor much of it here and there
        pulled_down = min(0.0, *self._sums(self.asked.query.learned, (position,)))
        return "threshold" if score - pulled_down < THRESHOLD else ""


def match(
    topics: Iterable[Topic],
    corpus: Corpus,
    *,
    liked: Mapping[str, Paper] | None = None,
    learned: Mapping[Topic, Learned] | None = None,
) -> dict[Topic, Matched]:
    """Every distinct topic against all candidates. `liked` holds the papers that topics name, `learned` what one person taught
    hers."""
    known: dict[Topic, Matched] = {}
    answers: dict[Topic, Matched] = {}
    for topic in dict.fromkeys(topics):
        alike = (
            topic
            if learned and topic in learned
            else replace(topic, name=topic.name if topic.query == topic.name else "", weight=1.0)
        )
        if alike not in known:
            seeds = [liked[name] for name in topic.like if name in liked] if liked else []
            known[alike] = _matched(alike, corpus, seeds, (learned or {}).get(topic, NOTHING_LEARNED))
        answers[topic] = known[alike] if alike == topic else known[alike].of_topic(topic)
    corpus.rest()
    return answers


def rank(topic: Topic, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED) -> Matches:
    """All candidates with a score above 0, best first, without a threshold; what the topic excludes is left out."""
    scored = _expanded(_weighed(topic, corpus, liked), learned)
    scores = scored.scores([position for position in range(corpus.size) if position not in scored.stopped])
    met = {position: score for position, score in scores.items() if score > 0}
    return scored.asked.matches(_best_first(scored.ordered(met).items()))


def explain(
    topic: Topic, paper: Paper, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED
) -> Explanation:
    """Every contribution to a paper's relevance for a topic, and the rule that stopped it, if one did."""
    position = corpus.position(paper)
    if position is None:
        return Explanation(topic, paper, 0.0, THRESHOLD, stopped_by="not a candidate")
    scored = _expanded(_weighed(topic, corpus, liked), learned)
    score, own = scored.scores((position,))[position], scored.own[position]
    short = scored.falls_short(position, score)
    lacks = {
        "": "",
        "threshold": f"{THRESHOLD - score:.2f} short of {THRESHOLD:.2f}",
        "own words": f"her own words bring {own:.2f} of the {OWN_SHARE:.2f} that they must; what is merely related is not enough",
    }
    rule, detail = scored.stopped.get(position, (short, lacks[short]))
    if rule:
        scored.asked.short = (position,)
    else:
        score = scored.ordered({position: score})[position]
    followed = scored.followed.get(position, "")
    return Explanation(topic, paper, score, THRESHOLD, scored.asked.hits_at(position), followed, rule, detail)


def _matched(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned) -> Matched:
    """Only papers for which her own words speak are looked at closely: the others cannot be enough."""
    scored = _weighed(topic, corpus, liked)
    nearby = scored.nearby()
    scored = _expanded(scored, learned) if nearby else scored
    scores = scored.scores(nearby)
    enough = {position: score for position, score in scores.items() if not scored.falls_short(position, score)}
    nearest = cache(partial(_nearest, topic, corpus, liked, learned, enough.keys()))
    return Matched(scored.asked.matches(_best_first(scored.ordered(enough).items())), nearest)


def _best_first(scores: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Positions with their scores, equals in order of position, which is newest first."""
    return sorted(scores, key=lambda each: (-each[1], each[0]))


def _nearest(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned, enough: Container[int]) -> Matches:
    """Of the other papers those for which her own words say most, if they say anything: one of each day, since people look through
    different days."""
    scored = _weighed(topic, corpus, liked)
    said = [(-score, each) for each, score in enumerate(scored.own) if score > WORTH_MENTIONING and each not in scored.stopped]
    nearest: dict[date | None, int] = {}
    for _, position in sorted(said):
        if position not in enough:
            nearest.setdefault(_first_day(corpus.papers[position]), position)
    scored = _expanded(scored, learned) if scored.nearby() else scored
    scored.asked.short = nearest.values()
    return scored.asked.matches(list(scored.scores(list(nearest.values())).items()))


def _first_day(paper: Paper) -> date | None:
    return paper.first_seen.date() if paper.first_seen else None


def _weighed(topic: Topic, corpus: Corpus, liked: Sequence[Paper]) -> _Scored:
    query = question(topic, corpus, liked)
    followed = {position: author for author in reversed(topic.authors) for position in corpus.papers_of(author)}
    whole = frozenset(position for keyword in topic.keywords for position in corpus.having(keyword))
    return _Scored(_Asked(topic, corpus, query, followed), own_scores(query, corpus), whole, _stopped(topic, corpus, followed))


def _expanded(scored: _Scored, learned: Learned) -> _Scored:
    """The same with what is related, and what was learned."""
    asked, own = scored.asked, scored.own
    return replace(scored, asked=replace(asked, query=expanded(asked.query, own, asked.corpus, learned)))


def _stopped(topic: Topic, corpus: Corpus, followed: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """The candidates that a rule keeps out, by position: the rule and what it fell over. An excluded term stops even a followed
    author."""
    stopped = {}
    if topic.categories:
        for position, paper in enumerate(corpus.candidates):
            if paper.categories and position not in followed and not _within(paper.categories, topic.categories):
                stopped[position] = "category", ", ".join(paper.categories)
    for term in topic.exclude:
        for position in corpus.having(term):
            stopped[position] = "excluded term", term
    for position in corpus.withdrawn:
        stopped[position] = "withdrawn", ""
    return stopped


def _within(categories: Iterable[str], wanted: Iterable[str]) -> bool:
    """`math.NA` is within `math.NA` and within `math`; case does not matter."""
    asked = [each.casefold() for each in wanted]
    return any(each == one or each.startswith(one + ".") for each in map(str.casefold, categories) for one in asked)
