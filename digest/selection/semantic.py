"""What papers near in meaning say for one another, where the extra `semantic` knows which those are. PURE.

Words decide what meets a topic; this only orders it. A paper counts for more when the papers nearest to it in meaning speak of the
topic too, in the topic's own words. Papers on one subject tend to be relevant together (van Rijsbergen, "Information Retrieval",
1979, chapter 3; Diaz, "Regularizing ad hoc retrieval scores", 2005), and a model of meaning sees that they are on one subject where
their words differ. To compare the topic itself with each paper did not help: a topic is too short for a model of this size, and
letting meaning lift papers over the threshold let in more wrong ones than right ones (docs/operators.md has the figures).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from digest.model import Paper

#: So many papers speak for one at most; the figures are flat from 4 to 8.
NEAREST = 5
#: What it is worth when all of them are just relevant enough by their own words.
WORTH = 0.3
#: However much one says, it counts as so many times enough at most.
LOUDEST = 2.0
#: A title says in few words what a paper is about.
TITLE_TIMES = 3

#: What a topic's own words say of a candidate, by position; 1 is enough, nothing is below 0.
Says = Callable[[int], float]


class Embedder(Protocol):
    """Knows which texts are near in meaning: a model, handed in."""

    def nearest(self, texts: Sequence[str], count: int) -> Sequence[Sequence[int]]:
        """Of each text the positions of at most `count` others that are really near it, nearest first. The same texts in the same
        order always give the same answer."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Of each candidate, by position, those near it in meaning, nearest first; of none where there is no model."""

    near: Sequence[Sequence[int]] = ()

    @classmethod
    def of(cls, papers: Sequence[Paper], embedder: Embedder) -> Self:
        """Raises whatever the model raises."""
        return cls(embedder.nearest([f"{paper.title}. " * TITLE_TIMES + paper.abstract for paper in papers], NEAREST))

    def __bool__(self) -> bool:
        return bool(self.near)

    def worth(self, position: int, says: Says) -> float:
        """What they add to the relevance of a paper, from 0 to WORTH * LOUDEST."""
        return WORTH / NEAREST * sum([min(says(each), LOUDEST) for each in self.near[position]])


NO_NEIGHBOURS = Neighbours()
