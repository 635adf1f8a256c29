"""Plain text that fills the reader's window (format=flowed, RFC 3676). PURE."""

from __future__ import annotations

import re
from textwrap import TextWrapper

WIDTH = 72                                 #: characters a line; RFC 3676, 4.2 asks for at most 78

_ADDRESS_LINE = re.compile(r"(?:https?|mailto):\S+")
_NEEDS_STUFFING = re.compile(r"^(?=[ >]|From )", re.MULTILINE)
_wrap = TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False).wrap


def paragraph(text: object) -> str:
    """One paragraph: every line but the last ends with a space, which tells the reader's program to join them."""
    words = " ".join(str(text).split())
    lines = [words] if _ADDRESS_LINE.fullmatch(words) else _wrap(words)
    return _NEEDS_STUFFING.sub(" ", " \n".join(lines))
