"""Which papers meet a topic, how well, and why: every distinct topic is scored once, for everybody who has it. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.model import Hit, Match, Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned
from digest.selection.query import Query, expanded, own_scores, question
from digest.selection.reasons import SHOWN_HITS, reasons

#: Relevance is scaled so that this much is enough: see `digest.selection.query.scale`.
THRESHOLD = 1.0
#: What a followed author adds: enough by itself.
AUTHOR_WORTH = THRESHOLD
#: Of that, what her own words must bring, or papers she likes; what is merely related cannot do it alone.
OWN_SHARE = 0.6
#: Below this a paper has nothing to do with a topic, and is not even a near miss.
WORTH_MENTIONING = 0.2


@dataclass(frozen=True, slots=True)
class Matched:
    """The papers above the threshold, best first, and the best of those below it."""

    matches: tuple[Match, ...] = ()
    near_miss: Match | None = None
    threshold: float = THRESHOLD


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


@dataclass(frozen=True, slots=True)
class _Scored:
    """One topic against the candidates, by position."""

    topic: Topic
    corpus: Corpus
    query: Query
    own: Sequence[float]                   #: of each: the score without what is merely related and without followed authors
    whole: frozenset[int]                  #: those that hold a keyword as it is written
    followed: Mapping[int, str]
    stopped: Mapping[int, tuple[str, str]]
    related: Sequence[float] = ()          #: of each: what is merely related, once expanded
    learned: Sequence[float] = ()          #: of each: what was learned, () where nothing was

    def base(self, position: int) -> float:
        """The score without what was learned."""
        return self.own[position] + self.related[position] + (AUTHOR_WORTH if position in self.followed else 0.0)

    def score(self, position: int) -> float:
        return self.base(position) + (self.learned[position] if self.learned else 0.0)

    def speaks(self, position: int) -> bool:
        """Whether a paper says enough of what the topic says itself: a whole keyword, or much of it here and there."""
        return self.own[position] >= OWN_SHARE or position in self.whole

    def falls_short(self, position: int) -> str:
        """What a paper lacks, "" when it is relevant enough. What was learned may lift a paper over the threshold, but never
        pulls one below: it must not silence a topic that she asked for."""
        if position in self.followed:
            return ""
        if not self.speaks(position):
            return "own words"
        return "threshold" if max(self.base(position), self.score(position)) < THRESHOLD else ""

    def match(self, position: int, score: float) -> Match:
        author = self.followed.get(position, "")
        return Match(self.corpus.papers[position], self.topic, score, self.hits(position, SHOWN_HITS), author)

    def hits(self, position: int, at_most: int | None = None) -> tuple[Hit, ...]:
        hits = reasons(self.query, self.corpus, position, at_most=at_most)
        return (Hit("author", self.followed[position], "authors", AUTHOR_WORTH), *hits) if position in self.followed else hits


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
        answers[topic] = known[alike] if alike == topic else _renamed(known[alike], topic)
    return answers


def rank(topic: Topic, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED) -> list[Match]:
    """All candidates with a score above 0, best first, without a threshold; what the topic excludes is left out."""
    scored = _expanded(_weighed(topic, corpus, liked, learned))
    scores = [scored.score(position) for position in range(corpus.size)]
    found = sorted((-score, position) for position, score in enumerate(scores) if score > 0 and position not in scored.stopped)
    return [scored.match(position, -score) for score, position in found]


def explain(
    topic: Topic, paper: Paper, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED
) -> Explanation:
    """Every contribution to a paper's relevance for a topic, and the rule that stopped it, if one did."""
    position = corpus.position(paper)
    if position is None:
        return Explanation(topic, paper, 0.0, THRESHOLD, stopped_by="not a candidate")
    scored = _expanded(_weighed(topic, corpus, liked, learned))
    score, own = scored.score(position), scored.own[position]
    lacks = {
        "": "",
        "threshold": f"{THRESHOLD - score:.2f} short of {THRESHOLD:.2f}",
        "own words": f"her own words bring {own:.2f} of the {OWN_SHARE:.2f} that they must; what is merely related is not enough",
    }
    short = scored.falls_short(position)
    rule, detail = scored.stopped.get(position, (short, lacks[short]))
    return Explanation(topic, paper, score, THRESHOLD, scored.hits(position), scored.followed.get(position, ""), rule, detail)


def _matched(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned) -> Matched:
    """Only papers for which her own words speak are looked at closely: the others cannot be enough."""
    scored = _weighed(topic, corpus, liked, learned)
    near = [each for each in range(corpus.size) if (scored.speaks(each) or each in scored.followed) and each not in scored.stopped]
    if not near:
        return Matched(near_miss=_near_miss(replace(scored, related=[0.0] * corpus.size)))
    scored = _expanded(scored)
    enough = sorted((-scored.score(position), position) for position in near if not scored.falls_short(position))
    return Matched(tuple(scored.match(position, -score) for score, position in enough), _near_miss(scored))


def _near_miss(scored: _Scored) -> Match | None:
    """Of the papers that fall short the one for which her own words say most, None when they say next to nothing."""
    near = ((own, -each) for each, own in enumerate(scored.own) if own > WORTH_MENTIONING and each not in scored.stopped)
    for _, position in sorted(near, reverse=True):
        if scored.falls_short(-position):
            return scored.match(-position, scored.score(-position))
    return None


def _weighed(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned) -> _Scored:
    query = question(topic, corpus, liked, learned)
    followed = {position: author for author in reversed(topic.authors) for position in corpus.papers_of(author)}
    whole = frozenset(position for keyword in topic.keywords for position in corpus.having(keyword))
    return _Scored(topic, corpus, query, own_scores(query, corpus), whole, followed, _stopped(topic, corpus, followed))


def _expanded(scored: _Scored) -> _Scored:
    """The same with what is related and what was learned, for all candidates."""
    query, corpus = expanded(scored.query, scored.own, scored.corpus), scored.corpus
    related = corpus.scores(query.layers["related"], 0, corpus.size)
    learned = corpus.scores(query.layers["learned"], 0, corpus.size) if query.layers["learned"] else ()
    return replace(scored, query=query, related=related, learned=learned)


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


def _renamed(matched: Matched, topic: Topic) -> Matched:
    """The same answer for a topic that differs only in its label or weight."""
    near = matched.near_miss
    return Matched(tuple(replace(each, topic=topic) for each in matched.matches), near and replace(near, topic=topic))
