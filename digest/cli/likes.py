"""Papers that topics want theirs to resemble and that nobody knows: where they stand, for `digest check`."""

from __future__ import annotations

import re
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
        text = lines_of(given, file.name)
        for her in file.subscribers:
            for topic in her.topics:
                for name in (each for each in topic.like if each in lacking):
                    where = f"{given.subscribers / file.name}{place(text, re.escape(name.partition(':')[2]))}"
                    yield ConfigError(f"{_said(name, vain[name])} ({her.email}, {topic.name})", where=where, key="topics.like")


def _said(name: str, day: str) -> str:
    if name.startswith("arxiv:"):
        return f"arXiv knew no paper {quoted(name)} on {day}; mend the id, or take it out"
    return f"no source has brought {quoted(name)} yet, and only arXiv can be asked by id; write its arXiv id, or take it out"


def place(lines: list[str], pattern: str) -> str:
    """`:line:column` of the first place where something stands, "" where it is written in another way."""
    written = re.compile(pattern, re.IGNORECASE)
    places = ((number, written.search(line)) for number, line in enumerate(lines, 1))
    return next((f":{number}:{found.start() + 1}" for number, found in places if found), "")


def lines_of(given: Settings, name: str) -> list[str]:
    try:
        return (given.subscribers / name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
