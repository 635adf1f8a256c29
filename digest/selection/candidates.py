"""The papers that one person may be shown, cheap to make for a hundred thousand people. PURE."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from digest.model import Paper


@dataclass(frozen=True, slots=True)
class Candidates:
    """All papers of a window but the few that she has had, by name. `everybody.without(hers)` copies nothing."""

    papers: Mapping[str, Paper]
    sent: frozenset[str] = frozenset()     #: names of papers

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> Candidates:
        return cls({paper.id: paper for paper in papers})

    def without(self, sent: Collection[str]) -> Candidates:
        """The same without the papers of these names."""
        return Candidates(self.papers, self.sent | self.papers.keys() & set(sent)) if sent else self

    def among(self, names: Iterable[str]) -> set[str]:
        """Those of the names that are candidates."""
        found = {name for name in names if name in self.papers}
        return found - self.sent if self.sent else found

    def __contains__(self, name: str) -> bool:
        return name in self.papers and name not in self.sent

    def __iter__(self) -> Iterator[Paper]:
        return (paper for name, paper in self.papers.items() if name not in self.sent)

    def __getitem__(self, name: str) -> Paper:
        return self.papers[name]

    def __len__(self) -> int:
        return len(self.papers) - len(self.sent)
