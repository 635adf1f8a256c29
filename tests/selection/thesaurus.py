"""A model of meaning that knows what it is told: texts are near when they hold words of one line of its book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from digest.model import Paper
from digest.selection.corpus import Corpus
from digest.selection.semantic import Neighbours


class Thesaurus:
    """`Thesaurus("moss bryophyte", "flow turbulence")`; papers on one line are near each other, the first asked for first."""

    def __init__(self, *lines: str) -> None:
        self.lines = [frozenset(line.split()) for line in lines]
        self.asked = 0

    def nearest(self, texts: Sequence[str], count: int) -> list[tuple[int, ...]]:
        self.asked += 1
        subjects = [self._subjects(text) for text in texts]
        others = ([each for each, theirs in enumerate(subjects) if ours & theirs] for ours in subjects)
        return [tuple(each for each in near if each != place)[:count] for place, near in enumerate(others)]

    def _subjects(self, text: str) -> set[int]:
        said = set(text.casefold().replace(".", " ").split())
        return {number for number, line in enumerate(self.lines) if line & said}


class Broken:
    """A model that fails."""

    def nearest(self, texts: Sequence[str], count: int) -> list[tuple[int, ...]]:
        raise MemoryError(f"{len(texts)} texts, {count} each")


def informed(papers: Iterable[Paper], *lines: str, background: Iterable[Paper] = ()) -> Corpus:
    """The papers indexed, with what a thesaurus knows of them."""
    corpus = Corpus.of(papers, background=background)
    corpus.neighbours = Neighbours.of(corpus.candidates, Thesaurus(*lines))
    return corpus
