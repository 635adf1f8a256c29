"""Papers that topics want theirs to resemble and that nobody knows: where they stand, for `digest check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from digest.errors import ConfigError, quoted

if TYPE_CHECKING:
    from digest.model import Roster
    from digest.settings import Settings


def unknown(given: Settings, roster: Roster) -> Iterator[ConfigError]:
    """One fault for each, as far as `digest fetch` has asked for them."""
    from digest import lookups
    from digest.cli import house
    from digest.cli.options import wall_clock

    with house.look_into_store(given) as store:
        vain = lookups.in_vain(store, lookups.LIKE, wall_clock())
        lacking = set(store.papers.lacking(sorted(vain)))
    for file in roster.files:
        text = _lines(given, file.name)
        for her in file.subscribers:
            for topic in her.topics:
                for name in (each for each in topic.like if each in lacking):
                    where = f"{given.subscribers / file.name}{_place(text, name)}"
                    yield ConfigError(f"{_said(name, vain[name])} ({her.email}, {topic.name})", where=where, key="topics.like")


def _said(name: str, day: str) -> str:
    if name.startswith("arxiv:"):
        return f"arXiv knew no paper {quoted(name)} on {day}; mend the id, or take it out"
    return f"no source has brought {quoted(name)} yet, and only arXiv can be asked by id; write its arXiv id, or take it out"


def _place(lines: list[str], name: str) -> str:
    """`:line:column` of the first place where the id stands, "" where it is written in another way."""
    bare = name.partition(":")[2].lower()
    places = ((number, line.lower().find(bare)) for number, line in enumerate(lines, 1))
    return next((f":{number}:{column + 1}" for number, column in places if column >= 0), "")


def _lines(given: Settings, name: str) -> list[str]:
    try:
        return (given.subscribers / name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
