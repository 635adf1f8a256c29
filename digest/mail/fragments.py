"""What many mails have in common, made once in a pass: papers as HTML and text, and all longer stretches as quoted-printable.

A fragment is a paper's template with three gaps: its number in the digest, and its two feedback links. One `Fragments` serves one
pass; it forgets what was not used for longest when it grows beyond its limit.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

from digest.mail import quoted_printable

NUMBER, MORE, LESS = "\x01number\x01", "\x01more\x01", "\x01less\x01"
_GAP = re.compile("\x01(number|more|less)\x01")

Pieces = tuple[str, ...]                   # text and names of gaps in turn, as re.split leaves them

_SHORTEST_KEPT = 160                       # characters; below, encoding is cheaper than remembering
_MOST_ENCODED = 60_000                     # stretches


class Fragments:
    """A cache for one pass, at most about `limit` characters of fragments (two to four bytes each with their encoded twins)."""

    def __init__(self, *, limit: int = 12_000_000) -> None:
        self._limit, self._held = limit, 0
        self._pieces: OrderedDict[Hashable, tuple[Pieces, Pieces]] = OrderedDict()
        self._encoded: dict[str, bytes] = {}

    def pieces(self, key: Hashable, make: Callable[[], tuple[str, str]]) -> tuple[Pieces, Pieces]:
        """HTML and text of a paper, cut at its gaps; `make` renders them when they are not known yet."""
        found = self._pieces.get(key)
        if found:
            self._pieces.move_to_end(key)
            return found
        html, text = make()
        found = tuple(_GAP.split(html)), tuple(_GAP.split(text))
        self._pieces[key] = found
        self._held += len(html) + len(text)
        while self._held > self._limit and len(self._pieces) > 1:
            self._forget()
        return found

    def encoded(self, chunks: Iterable[str]) -> bytes:
        """The chunks joined, in quoted-printable. Long ones are looked up, short ones gathered and encoded afresh."""
        parts: list[bytes] = []
        pending: list[str] = []
        for chunk in chunks:
            if len(chunk) < _SHORTEST_KEPT:
                pending.append(chunk)
                continue
            if pending:
                parts.append(quoted_printable.encode("".join(pending)))
                pending = []
            parts.append(self._encoded_once(chunk))
        parts.append(quoted_printable.encode("".join(pending)))
        return b"".join(parts)

    def _encoded_once(self, chunk: str) -> bytes:
        found = self._encoded.get(chunk)
        if found is None:
            if len(self._encoded) >= _MOST_ENCODED:
                self._encoded.clear()
            found = self._encoded[chunk] = quoted_printable.encode(chunk)
        return found

    def _forget(self) -> None:
        _, (html, text) = self._pieces.popitem(last=False)
        for piece in html[::2] + text[::2]:
            self._encoded.pop(piece, None)
            self._held -= len(piece)


def filled(pieces: Pieces, gaps: dict[str, str]) -> list[str]:
    """The pieces with their gaps filled, not yet joined."""
    return [gaps[piece] if place % 2 else piece for place, piece in enumerate(pieces)]
