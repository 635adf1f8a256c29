"""The papers that one person may be shown, cheap to make for a hundred thousand people. PURE."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from digest.model import Paper
from digest.selection.duplicates import group_of


@dataclass(frozen=True, slots=True)
class Candidates:
    """All papers of a window but the few that she has had, by name. `everybody.without(hers)` copies nothing."""

    papers: Mapping[str, Paper]
    groups: Mapping[str, str]              #: what stands for the group that each paper comes from
    sent: frozenset[str] = frozenset()     #: names of papers

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> Candidates:
        known = {paper.id: paper for paper in papers}
        return cls(known, {name: group_of(paper) for name, paper in known.items()})

    def without(self, sent: Collection[str]) -> Candidates:
        """The same without the papers of these names."""
        return Candidates(self.papers, self.groups, self.sent | self.papers.keys() & set(sent)) if sent else self

    def among(self, names: Set[str]) -> Set[str]:
        """Those of the names that are candidates."""
        found = self.papers.keys() & names
        return found - self.sent if self.sent else found

    def __contains__(self, name: str) -> bool:
        return name in self.papers and name not in self.sent

    def __iter__(self) -> Iterator[Paper]:
        return (paper for name, paper in self.papers.items() if name not in self.sent)

    def __getitem__(self, name: str) -> Paper:
        return self.papers[name]

    def __len__(self) -> int:
        return len(self.papers) - len(self.sent)
