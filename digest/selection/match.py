"""Which papers meet a topic, how well, and why: every distinct topic is scored once, for everybody who has it. PURE."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.model import Hit, Match, Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned
from digest.selection.query import Query, question
from digest.selection.reasons import reasons, shortened

#: Relevance is scaled so that this much is enough: see `digest.selection.query.scale`.
THRESHOLD = 1.0
#: What a followed author adds: enough by itself.
AUTHOR_WORTH = THRESHOLD


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
    """One topic against all candidates, by position."""

    topic: Topic
    corpus: Corpus
    query: Query
    scores: list[float]
    followed: Mapping[int, str]
    stopped: Mapping[int, tuple[str, str]]

    def order(self, *, above: float, below: float = math.inf) -> list[int]:
        """Positions of the papers that no rule stops and whose score is above 0 and in [above, below), best first, equals by id."""
        within = [(-score, position) for position, score in enumerate(self.scores) if above <= score < below and score > 0]
        return [position for _, position in sorted(within) if position not in self.stopped]

    def reasons(self, position: int) -> tuple[Hit, ...]:
        hits = reasons(self.query, self.corpus, position)
        author = self.followed.get(position)
        return (Hit("author", author, "authors", AUTHOR_WORTH), *hits) if author else hits


def match(
    topics: Iterable[Topic], corpus: Corpus, *, liked: Mapping[str, Paper] | None = None, learned: Mapping[Topic, Learned] | None = None
) -> dict[Topic, Matched]:
    """Every distinct topic against all candidates. `liked` holds the papers that topics name, `learned` what one person taught hers."""
    known: dict[Topic, Matched] = {}
    answers: dict[Topic, Matched] = {}
    for topic in dict.fromkeys(topics):
        alike = topic if learned and topic in learned else replace(topic, name=topic.name if topic.query == topic.name else "", weight=1.0)
        if alike not in known:
            seeds = [liked[name] for name in topic.like if name in liked] if liked else []
            known[alike] = _matched(alike, corpus, seeds, (learned or {}).get(topic, NOTHING_LEARNED))
        answers[topic] = known[alike] if alike == topic else _renamed(known[alike], topic)
    return answers


def rank(topic: Topic, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED) -> list[Match]:
    """All candidates with a score above 0, best first, without a threshold; what the topic excludes is left out."""
    scored = _score(topic, corpus, liked, learned)
    return [_match(scored, position) for position in scored.order(above=0.0)]


def explain(
    topic: Topic, paper: Paper, corpus: Corpus, *, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED
) -> Explanation:
    """Every contribution to a paper's relevance for a topic, and the rule that stopped it, if one did."""
    position = corpus.position(paper)
    if position is None or position >= corpus.size:
        return Explanation(topic, paper, 0.0, THRESHOLD, stopped_by="not a candidate")
    scored = _score(topic, corpus, liked, learned)
    score = scored.scores[position]
    rule, detail = scored.stopped.get(position, ("", ""))
    if not rule and score < THRESHOLD:
        rule, detail = "threshold", f"{THRESHOLD - score:.2f} short of {THRESHOLD:.2f}"
    return Explanation(topic, paper, score, THRESHOLD, scored.reasons(position), scored.followed.get(position, ""), rule, detail)


def _matched(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned) -> Matched:
    scored = _score(topic, corpus, liked, learned)
    near = scored.order(above=0.0, below=THRESHOLD)
    return Matched(
        tuple(_match(scored, position) for position in scored.order(above=THRESHOLD)),
        _match(scored, near[0]) if near else None,
    )


def _score(topic: Topic, corpus: Corpus, liked: Sequence[Paper], learned: Learned) -> _Scored:
    query = question(topic, corpus, liked, learned)
    scores = [0.0] * corpus.size
    for weights in query.layers.values():
        for feature, weight in weights.items():
            for position, worth in corpus.worths(feature, candidates_only=True):
                scores[position] += weight * worth
    followed = {position: author for author in reversed(topic.authors) for position in corpus.papers_of(author)}
    for position in followed:
        scores[position] = max(scores[position], 0.0) + AUTHOR_WORTH
    return _Scored(topic, corpus, query, scores, followed, _stopped(topic, corpus, followed))


def _stopped(topic: Topic, corpus: Corpus, followed: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """The candidates that a rule keeps out, by position: the rule and what it fell over. An excluded term stops even a followed author."""
    stopped = {}
    if topic.categories:
        for position, paper in enumerate(corpus.candidates):
            if paper.categories and position not in followed and not _within(paper.categories, topic.categories):
                stopped[position] = "category", ", ".join(paper.categories)
    for term in topic.exclude:
        for position in corpus.having(term):
            stopped[position] = "excluded term", term
    for position, paper in enumerate(corpus.candidates):
        if paper.withdrawn:
            stopped[position] = "withdrawn", ""
    return stopped


def _within(categories: Iterable[str], wanted: Iterable[str]) -> bool:
    """`math.NA` is within `math.NA` and within `math`; case does not matter."""
    asked = [each.casefold() for each in wanted]
    return any(each == one or each.startswith(one + ".") for each in map(str.casefold, categories) for one in asked)


def _match(scored: _Scored, position: int) -> Match:
    hits = shortened(scored.reasons(position))
    return Match(scored.corpus.papers[position], scored.topic, scored.scores[position], hits, scored.followed.get(position, ""))


def _renamed(matched: Matched, topic: Topic) -> Matched:
    """The same answer for a topic that differs only in its label or weight."""
    near = matched.near_miss
    return Matched(tuple(replace(each, topic=topic) for each in matched.matches), near and replace(near, topic=topic))
