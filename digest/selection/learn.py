"""What a reader taught us with `more` and `less`: papers whose words her topics take up, fitted afresh every day. PURE.

This is relevance feedback (Rocchio, 1971). A topic borrows words from its best papers anyway; her votes turn that guess into
knowledge and add no weight. Papers that resemble those with `more` lend more, those that resemble the ones with `less` lend less;
and the papers with `more` lend words of their own, the more the vaguer the topic is put (`digest.selection.query`). With simulated
votes (`benchmarks/learning.py`) this helps most where a topic is put vaguely, and leaves alone what is found already; a linear
classifier over the votes, counting words of papers with `less` against others, or moving the ranking alone, did not.

A vote teaches the topics that its paper meets, and no others: nothing comes in that no topic asked for, and none is silenced.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Paper
from digest.selection.corpus import Corpus
from digest.selection.weights import Weights

#: A vote loses a hundredth of its say each day: .3 points of nDCG among 1,070 readers of Scholar Inbox.
DECAY_PER_DAY = 0.01


@dataclass(frozen=True, slots=True)
class Lesson:
    """One vote: the paper as features, whether she wants more of it, and how much the vote has to say, from 0 to 1."""

    worths: Mapping[int, float]            #: what each of its words and stems is worth there
    vector: Weights
    wanted: bool
    say: float

    def meets(self, asked: Weights) -> float:
        """How well its words answer a topic, on the scale on which 1 is enough."""
        return sum(weight * self.worths[feature] for feature, weight in asked if feature in self.worths)


@dataclass(frozen=True, slots=True)
class Learned:
    """All that one person taught us, for one corpus; empty when she never voted."""

    lessons: tuple[Lesson, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lessons)


NOTHING_LEARNED = Learned()


def learn(votes: Iterable[tuple[Paper, int, datetime]], corpus: Corpus, *, now: datetime) -> Learned:
    """Her votes, +1 for `more` and -1 for `less`, as lessons. They teach the same in whatever order they come."""
    ordered = sorted(votes, key=lambda vote: (vote[2], vote[0].id, vote[1]))
    return Learned(
        tuple(Lesson(corpus.worths_of(paper), corpus.vector_of(paper), vote > 0, _say(now - at)) for paper, vote, at in ordered)
    )


def _say(age: timedelta) -> float:
    return math.exp(-DECAY_PER_DAY * max(0.0, age / timedelta(days=1)))


def mean(lessons: Iterable[Lesson]) -> tuple[dict[int, float], float]:
    """The mean of their papers, and what they have to say together."""
    total: dict[int, float] = {}
    said = 0.0
    for lesson in lessons:
        said += lesson.say
        for feature, value in lesson.vector:
            total[feature] = total.get(feature, 0.0) + lesson.say * value
    return {feature: value / said for feature, value in total.items()}, said
