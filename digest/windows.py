"""The papers of one span of time, found once for everybody who looks through it. PURE."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from digest.model import Paper
from digest.selection.candidates import Candidates

#: A window begins, ends before, and holds what was announced on a day or later; None = whenever.
Span = tuple[datetime, datetime, date | None]


@dataclass(frozen=True, slots=True)
class Window:
    """What was first seen in a span of time."""

    everybody: Candidates
    names: dict[int, str]                  #: of each paper, by its key
    _since: dict[datetime, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, papers: Iterable[Paper], span: Span) -> Window:
        opens, closes, announced = span
        inside = [paper for paper in papers if paper.first_seen and opens <= paper.first_seen < closes]
        known = [paper for paper in inside if announced is None or announced_on(paper) >= announced]
        return cls(Candidates.of(known), {paper.key: paper.id for paper in known})

    def without(self, sent: Collection[int]) -> Candidates:
        """All but the papers of these keys; nothing is copied."""
        return self.everybody.without([self.names[key] for key in self.names.keys() & sent]) if sent else self.everybody

    def since(self, moment: datetime) -> frozenset[str]:
        """The names of those first seen at that moment or later."""
        if (known := self._since.get(moment)) is None:
            papers = self.everybody.papers.values()
            known = frozenset(paper.id for paper in papers if paper.first_seen and paper.first_seen >= moment)
            self._since[moment] = known
        return known


def announced_on(paper: Paper) -> date:
    return paper.announced or (paper.first_seen.date() if paper.first_seen else date.min)
