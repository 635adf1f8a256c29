"""Which papers have a feature, and what it is worth in each: the index, read a feature at a time. PURE.

What a feature is worth in a paper is BM25's (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
2009): the rarer it is the more, the oftener it is repeated the more, up to a limit, and less in a long paper.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

#: BM25's saturation of repeated words and its correction for length; the figures are flat around these values.
K1 = 1.5
B = 0.75
#: So many papers of the background are looked at for each feature, those for which it is worth most.
CHAMPIONS = 100

#: Papers, and what a feature is worth in each.
Posting: TypeAlias = "tuple[array[int], array[float]]"


def damping(length: float, average: float) -> float:
    """BM25's correction for the length of a paper."""
    return K1 * (1 - B + B * length / average)


@dataclass(slots=True)
class Postings:
    """Papers are known by their position, candidates first, and are filed in that order; features by their number."""

    candidates: int                                                      #: how many there are
    papers: list[list[int]] = field(default_factory=list)                #: of each feature: those that have it, in order,
    counts: list[array[int]] = field(default_factory=list)               #: and how often
    idfs: list[float] = field(default_factory=list)                      #: of each feature: its inverse document frequency
    dampings: list[float] = field(default_factory=list)                  #: of each paper
    _of: dict[int, Posting] = field(default_factory=dict)                #: made when asked for, like the following
    _jointly: dict[int, Posting] = field(default_factory=dict)           #: by word
    _champions: dict[int, Posting] = field(default_factory=dict)

    def open(self) -> None:
        """The next feature, which no paper has so far."""
        self.papers.append([])
        self.counts.append(array("I"))

    def file(self, paper: int, bag: Mapping[int, int]) -> None:
        """The next paper, with how often it has each feature."""
        papers, counts = self.papers, self.counts
        for feature, count in bag.items():
            papers[feature].append(paper)
            counts[feature].append(count)

    def of(self, feature: int) -> Posting:
        """The candidates that have a feature, in order."""
        if (known := self._of.get(feature)) is None:
            known = self._of[feature] = self._part(feature, slice(self._last(feature)))
        return known

    def jointly(self, word: int, family: int) -> Posting:
        """The candidates that have a stem, in order, and what it and one of its words are worth there together."""
        if (known := self._jointly.get(word)) is None:
            papers, worths = self.of(family)
            together = worths[:]
            for paper, worth in zip(*self.of(word), strict=True):
                together[bisect_left(papers, paper)] += worth
            known = self._jointly[word] = papers, together
        return known

    def champions(self, feature: int) -> Posting:
        """Of the background the papers for which a feature is worth most.

        Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 7.1.3.
        """
        if (known := self._champions.get(feature)) is None:
            papers, worths = self._part(feature, slice(self._last(feature), None))
            best = sorted(zip([-worth for worth in worths], papers, strict=True))[:CHAMPIONS]
            known = self._champions[feature] = array("I", [each for _, each in best]), array("d", [-worth for worth, _ in best])
        return known

    def worth(self, feature: int, paper: int) -> float:
        """What a feature is worth in one candidate; 0.0 where it is absent."""
        papers, worths = self.of(feature)
        at = bisect_left(papers, paper)
        return worths[at] if at < len(papers) and papers[at] == paper else 0.0

    def worths(self, bag: Iterable[tuple[int, int]], damping: float) -> dict[int, float]:
        """What each feature is worth in a paper that has it so often."""
        idfs, most = self.idfs, K1 + 1
        return {feature: idfs[feature] * most * count / (count + damping) for feature, count in bag}

    def _last(self, feature: int) -> int:
        """How many candidates have a feature."""
        return bisect_left(self.papers[feature], self.candidates)

    def _part(self, feature: int, part: slice) -> Posting:
        papers, counts = self.papers[feature][part], self.counts[feature][part]
        most, dampings = self.idfs[feature] * (K1 + 1), self.dampings
        worths = [most * count / (count + dampings[paper]) for paper, count in zip(papers, counts, strict=True)]
        return array("I", papers), array("d", worths)
