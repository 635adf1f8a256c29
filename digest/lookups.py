"""What is looked up beside the news: papers to resemble that nobody announced lately, and abstracts that a feed left out.

A lookup asks for what the store lacks, keeps what it finds (never as news), and remembers what nobody knows, so that the same
question is not asked on every pull. It is a courtesy: when it fails, no pull fails with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from digest.model import Fetch
from digest.sources.http import Http
from digest.store.store import Store

#: How long an answer "nobody knows it" is believed.
BELIEVED = timedelta(days=30)
#: Abstracts are looked up for papers that may still stand in a digest.
WINDOW = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One kind of question: what the store `lacks` at a moment, by name, and how to `ask` for it."""

    name: str  #: as `digest status` calls it
    lacks: Callable[[Store, datetime], Iterable[str]]
    ask: Callable[[Http, Iterable[str], datetime], Awaitable[Fetch]]
    most: int = 500  #: names in one pull


def memory(name: str) -> str:
    """Where the store remembers what was asked in vain."""
    return f"asked in vain: {name}"


def questions(store: Store, lookup: Lookup, now: datetime) -> list[str]:
    """The names to ask for now."""
    vain = in_vain(store, lookup.name, now)
    return [name for name in lookup.lacks(store, now) if name not in vain][: lookup.most]


def keep(store: Store, lookup: Lookup, asked: Iterable[str], brought: Fetch) -> None:
    """Put what was found into the store, remember what was not, and note how it went."""
    store.papers.keep(brought.papers, now=brought.at, news=False)
    found = {name for paper in brought.papers for name in paper.aliases}
    names = list(asked)
    missing = [name for name in names if name not in found]
    if missing and brought.error is None:  # half an answer does not say what nobody knows
        vain = in_vain(store, lookup.name, brought.at) | dict.fromkeys(missing, str(brought.at.date()))
        store.meta.set(memory(lookup.name), vain)
    note = f"asked for {len(names)}, found {len(names) - len(missing)}"
    words = [note, brought.note, brought.error.message if brought.error else ""]
    told = replace(brought, source=lookup.name, error=None, note="; ".join(filter(None, words)))
    store.fetches.record(told, new=0, updated=len(brought.papers))


def in_vain(store: Store, name: str, now: datetime) -> dict[str, str]:
    """What was asked for lately and is known to nobody: the day of the question, by name."""
    asked: dict[str, str] = store.meta.get(memory(name), {})
    return {paper: day for paper, day in asked.items() if date.fromisoformat(day) > (now - BELIEVED).date()}


def liked(store: Store, now: datetime) -> list[str]:
    """The papers that topics want theirs to resemble, and that the store lacks."""
    names = {name for her in store.subscribers.active() for topic in her.topics for name in topic.like}
    return store.papers.lacking(sorted(names))


def without_abstract(store: Store, now: datetime) -> list[str]:
    """Papers of the last days that came with a DOI and without an abstract."""
    return [f"doi:{paper.doi}" for paper in store.papers.without_abstract(now - WINDOW)]


#: How `digest status` calls them.
LIKE, ABSTRACTS = "like", "abstracts"
