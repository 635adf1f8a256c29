"""Terms that can find nothing, since they hold no word that papers are searched for: where they stand, for `digest check`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from digest.errors import ConfigError, quoted

if TYPE_CHECKING:
    from digest.model import Roster, Topic
    from digest.settings import Settings

WHY = "holds no word that tells papers apart, and finds nothing; write more of it, or take it out"


def faults(given: Settings, roster: Roster) -> Iterator[ConfigError]:
    """One for each such keyword or exclusion, and for each topic that is nothing else."""
    from digest.cli.likes import lines_of, place

    for file in roster.files:
        lines = lines_of(given, file.name)
        for her in file.subscribers:
            for topic in her.topics:
                for key, term in _idle(topic):
                    as_written = rf"(?<!\w)(?-i:{re.escape(term)})(?!\w)"
                    where = f"{given.subscribers / file.name}{place(lines, as_written)}"
                    yield ConfigError(f"{quoted(term)} {WHY} ({her.email}, {topic.name})", where=where, key=key)


def _idle(topic: Topic) -> Iterator[tuple[str, str]]:
    from digest.selection.terms import words

    named = [("topics.keywords", each) for each in topic.keywords] + [("topics.exclude", each) for each in topic.exclude]
    if not topic.authors and not topic.like and not topic.keywords:
        named.append(("topics.text" if topic.text else "topics", topic.query))
    return ((key, term) for key, term in named if not words(term))
