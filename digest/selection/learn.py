"""What a reader taught us with `more`, `less` and the papers she likes: weights of terms, fitted afresh every day. PURE.

A logistic regression over the heaviest stems of the papers she judged, against ordinary papers of the last weeks: a linear
classifier beats the mean of what she likes by 2.5 points of nDCG, fitting it daily is worth 2.6, and letting old votes fade .3
(1,070 readers of Scholar Inbox). Being linear, it can say which words it learned. It moves papers up and down within her topics;
it never brings in what no topic asked for, and never silences one (see `digest.selection.match`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.model import Paper
from digest.selection.corpus import Corpus

#: A vote loses a hundredth of its say each day.
DECAY_PER_DAY = 0.01
#: A `less` has less to say: it is often about one paper, whose words are mostly those of her topic.
LESS_SAY = 0.3
#: A paper that she named as a seed counts as a fresh `more`.
SEED_SAY = 1.0
#: Ordinary papers stand for all that she did not ask for; together they have the say of her votes, times this.
ORDINARY_PAPERS = 40
ORDINARY_SAY = 0.5
#: Steps of gradient descent, their length, and the pull of all weights towards 0: enough to settle, little enough to stay mild.
STEPS = 20
STEP_LENGTH = 4.0
PULL = 0.01
#: What the longest reach of the fitted weights adds to or takes from a paper's relevance, on the scale on which 1 is enough.
REACH = 1.0


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights of features by name (`~oper` is a stem), ready to be added to relevance; empty when nothing was learned."""

    weights: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.weights)


NOTHING_LEARNED = Learned()
Vector = Sequence[tuple[int, float]]
Example = tuple[Vector, float, float]      # features, 1.0 for wanted or 0.0, say


def learn(votes: Iterable[tuple[Paper, int, datetime]], corpus: Corpus, *, now: datetime, liked: Iterable[Paper] = ()) -> Learned:
    """Fit her votes (+1 is `more`, -1 is `less`) and seeds. The same votes give the same weights, in whatever order they come."""
    examples = [
        (_stems(paper, corpus), float(vote > 0), _say(now - at) * (1.0 if vote > 0 else LESS_SAY))
        for paper, vote, at in sorted(votes, key=_when)
    ]
    examples += [(_stems(paper, corpus), 1.0, SEED_SAY) for paper in sorted(liked, key=lambda each: each.id)]
    if not examples:
        return NOTHING_LEARNED
    weights = _fitted(examples + _ordinary(corpus, sum(say for _, _, say in examples)))
    usual = _usual_length(corpus)
    return Learned({corpus.names[each]: REACH * weight / usual for each, weight in sorted(weights.items()) if weight})


def _when(vote: tuple[Paper, int, datetime]) -> tuple[datetime, str, int]:
    paper, sign, at = vote
    return at, paper.id, sign


def _say(age: timedelta) -> float:
    return math.exp(-DECAY_PER_DAY * max(0.0, age / timedelta(days=1)))


def _stems(paper: Paper, corpus: Corpus) -> Vector:
    """The heaviest stems of a paper, as a vector of length 1."""
    found = list(corpus.vector_of(paper))
    length = math.sqrt(sum(value * value for _, value in found)) or 1.0
    return [(feature, value / length) for feature, value in found]


def _ordinary(corpus: Corpus, say: float) -> list[Example]:
    """Papers spread evenly over the corpus, as what she did not ask for."""
    step = max(1, len(corpus.papers) // ORDINARY_PAPERS)
    papers = corpus.papers[::step][:ORDINARY_PAPERS]
    return [(_stems(paper, corpus), 0.0, ORDINARY_SAY * say / len(papers)) for paper in papers]


def _fitted(examples: Sequence[Example]) -> dict[int, float]:
    """The weights of a logistic regression, by gradient descent from 0."""
    weights: dict[int, float] = {}
    bias, total = 0.0, sum(say for _, _, say in examples)
    for _ in range(STEPS):
        slopes: dict[int, float] = {}
        bias_slope = 0.0
        for vector, wanted, say in examples:
            margin = bias + sum(weights.get(feature, 0.0) * value for feature, value in vector)
            error = say / total * (wanted - 1 / (1 + math.exp(-margin)))
            bias_slope += error
            for feature, value in vector:
                slopes[feature] = slopes.get(feature, 0.0) + error * value
        bias += STEP_LENGTH * bias_slope
        for feature, slope in slopes.items():
            weight = weights.get(feature, 0.0)
            weights[feature] = weight + STEP_LENGTH * (slope - PULL * weight)
    return weights


def _usual_length(corpus: Corpus) -> float:
    """How long a paper's own vector usually is, so that weights fitted to vectors of length 1 fit those of the corpus."""
    sample = range(0, len(corpus.papers), max(1, len(corpus.papers) // ORDINARY_PAPERS))
    lengths = [math.sqrt(sum(worth * worth for worth in corpus.worths(each).values())) for each in sample]
    return sum(lengths) / len(lengths) or 1.0
