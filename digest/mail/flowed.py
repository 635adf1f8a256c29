"""Plain text that fills the reader's window (format=flowed, RFC 3676). PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 72                                 #: characters a line; RFC 3676, 4.2 asks for at most 78

_NEEDS_STUFFING = re.compile(r"^(?=[ >]|From )", re.MULTILINE)


def paragraph(text: object) -> str:
    """One paragraph: every line but the last ends with a space, which tells the reader's program to join them."""
    words = str(text).split()
    return _NEEDS_STUFFING.sub(" ", " \n".join(_lines(words)))


def _lines(words: list[str]) -> Iterator[str]:
    """The words in lines; one that is wider than a line, such as an address, stays whole."""
    start = width = 0
    for place, word in enumerate(words):
        width += len(word) + 1
        if width - 1 > WIDTH and place > start:
            yield " ".join(words[start:place])
            start, width = place, len(word) + 1
    yield " ".join(words[start:])
