"""One work, told by several sources: which word of whom is kept. PURE.

Each describing field keeps the best word ever said of it: a full one over an empty one, then the word of the source that knows
best, then that of the newest version. What was told first or last does not matter, except that of two words of one source about
one version the later counts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from digest import identity
from digest.model import Paper

T = TypeVar("T", bound=date)

#: Whose word a field is: the source and the version it spoke of.
Origin = tuple[str, int]

_ARCHIVES = frozenset({"arxiv", "biorxiv", "medrxiv"})
#: What only readers' sites say of a paper with authority; an archive's own word on it is a guess from the abstract.
_BY_READERS = ("summary", "keywords", "code_url", "project_url", "discussion_url")
_BY_AUTHORS = ("title", "abstract", "authors", "categories", "comment", "url", "pdf_url", "doi")
_TOLD = _BY_AUTHORS + _BY_READERS
#: From the strongest news to none at all (https://info.arxiv.org/help/rss.html).
_NEWS = ("new", "cross", "replace-cross", "replace", "")


@dataclass(frozen=True, slots=True)
class Told:
    """A paper as far as we know it, and whose word each field is."""

    paper: Paper
    origins: Mapping[str, Origin]


def told(paper: Paper, *, first_seen: datetime | None) -> Told:
    """What one source says, under all its names; `first_seen` is now when this is news, else None."""
    names = _names(paper)
    origin = (paper.sources[0] if paper.sources else "", paper.version)
    plain = replace(
        paper,
        id=identity.shown(names),
        aliases=tuple(sorted(names)),
        sources=tuple(sorted(paper.sources)),
        first_seen=first_seen,
        key=0,
    )
    return Told(plain, {name: origin for name in _TOLD if getattr(paper, name)})


def united(one: Told, other: Told) -> Told:
    """Both as one paper, with the key of `one`. Of equals the word of `other` counts, which was told later."""
    words = {**one.origins}
    taken = {}
    for name, origin in other.origins.items():
        if name not in words or _weight(name, origin) >= _weight(name, words[name]):
            words[name] = origin
            taken[name] = getattr(other.paper, name)
    return Told(replace(one.paper, **taken, **_common(one.paper, other.paper)), words)


def is_news(paper: Paper) -> bool:
    """A replacement is no news, nor is a withdrawn paper."""
    return not paper.announce_type.startswith("replace") and not paper.withdrawn


def without(known: Told, names: set[str]) -> Told:
    """The same without some of its names, which turned out to be another's."""
    left = tuple(each for each in known.paper.aliases if each not in names)
    return Told(replace(known.paper, aliases=left, id=identity.shown(left)), known.origins)


def _names(paper: Paper) -> set[str]:
    """Its names, its DOI among them; of several arXiv ids, which no work has, its own or the first."""
    names = {paper.id, *paper.aliases}
    if len(names) == 1 and not paper.doi:
        return names
    if paper.doi and (name := identity.name(f"doi:{paper.doi}")):
        names.add(name)
    if len(ids := sorted(_arxiv(names))) > 1:
        names.difference_update(set(ids) - {paper.id if paper.id in ids else ids[0]})
    return names


def _arxiv(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.startswith("arxiv:")}


def _common(one: Paper, other: Paper) -> dict[str, Any]:
    """What needs both: the sums of names and sources, the earliest dates, the newest version and whether that is withdrawn."""
    names = tuple(sorted({*one.aliases, *other.aliases}))
    version, withdrawn = max((one.version, one.withdrawn), (other.version, other.withdrawn))
    return {
        "id": identity.shown(names),
        "aliases": names,
        "sources": tuple(sorted({*one.sources, *other.sources})),
        "published": _earliest(one.published, other.published),
        "announced": _earliest(one.announced, other.announced),
        "first_seen": _earliest(one.first_seen, other.first_seen),
        "announce_type": min(one.announce_type, other.announce_type, key=_news),
        "version": version,
        "withdrawn": withdrawn,
    }


def _weight(name: str, origin: Origin) -> tuple[int, int, str]:
    """How much a source's word on a field counts; the source's name last, so that the order of telling never decides."""
    source, version = origin
    if name in _BY_READERS:
        authority = 1 if source == "huggingface" else 0
    else:
        authority = 2 if source in _ARCHIVES else 0 if source == "huggingface" else 1
    return authority, version, source


def _news(announce_type: str) -> int:
    return _NEWS.index(announce_type) if announce_type in _NEWS else len(_NEWS)


def _earliest(one: T | None, other: T | None) -> T | None:
    return min((each for each in (one, other) if each is not None), default=None)


# --- Many at once --------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Work:
    """One work among many: the keys of its rows (several when they turned out to be one, none when it is new)."""

    now: Told
    before: Told | None = None             #: as the row with the first key stands
    keys: list[int] = field(default_factory=list)
    seen: bool = False                     #: whether it was news before

    @property
    def changed(self) -> bool:
        return self.now != self.before

    @property
    def is_new(self) -> bool:
        return self.now.paper.first_seen is not None and not self.seen

    def revive(self, now: datetime) -> None:
        """A paper of which all we knew was its withdrawal is news when it comes back."""
        known = self.before.paper if self.before else None
        if known and known.withdrawn and known.first_seen is None and not self.now.paper.withdrawn:
            self.now = replace(self.now, paper=replace(self.now.paper, first_seen=now))


class Works:
    """The works that some papers speak of, found by their names."""

    def __init__(self, rows: Iterable[Told]) -> None:
        self._by_name: dict[str, Work] = {}
        for row in sorted(rows, key=lambda each: each.paper.key):
            self._name(Work(row, row, [row.paper.key], seen=row.paper.first_seen is not None))

    def __iter__(self) -> Iterator[Work]:
        return iter({id(work): work for work in self._by_name.values()}.values())

    def hear(self, news: Told) -> None:
        """Add what a source says to the work it speaks of; works that it shows to be one are united."""
        known = list({id(work): work for name in news.paper.aliases if (work := self._by_name.get(name))}.values())
        same = _one_work(news, sorted(known, key=lambda work: work.keys or [sys.maxsize]))
        if len(same) < len(known):
            news = without(news, {name for work in known if work not in same for name in work.now.paper.aliases})
        if not same:
            self._name(Work(news))
            return
        work, *others = same
        for other in others:
            work.now = united(work.now, other.now)
            work.keys += other.keys
            work.seen = work.seen or other.seen
        work.now = united(work.now, news)
        self._name(work)

    def _name(self, work: Work) -> None:
        self._by_name.update(dict.fromkeys(work.now.paper.aliases, work))


def _one_work(news: Told, known: Iterable[Work]) -> list[Work]:
    """Those of the known works that are the same one. Two arXiv ids are two works, even where both claim the DOI of a journal."""
    same: list[Work] = []
    ids = _arxiv(news.paper.aliases)
    for work in known:
        if len(both := ids | _arxiv(work.now.paper.aliases)) <= 1:
            ids = both
            same.append(work)
    return same
