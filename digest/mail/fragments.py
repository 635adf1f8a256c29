"""What many mails have in common, made once in a pass: papers as HTML and text, and all longer stretches as quoted-printable.

A fragment is a paper's template with gaps: its number in the digest, and where votes on it go. Filled with a number it is kept
again, ready encoded, since most papers stand at the same few places; then only the two votes are left to fill for each reader. One
`Fragments` serves one pass, and forgets what was not used for longest when it grows beyond its limit.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from digest.mail import quoted_printable

NUMBER, VOTE = "\x01number\x01", "\x01vote\x01"

_SHORTEST_KEPT = 160                       # characters; below, a stretch is rather gathered with its neighbours
_MOST_ENCODED = 20_000                     # stretches of templates

Stretch = tuple[str, bytes]                # the same in clear and in quoted-printable
Printed = tuple[Stretch, ...]              # of a paper: between any two of them her votes go


class Fragments:
    """A cache for one pass, at most about `limit` characters of papers (two to four bytes each with their encoded twins)."""

    def __init__(self, *, limit: int = 16_000_000) -> None:
        self._limit, self._held = limit, 0
        self._made: OrderedDict[Hashable, tuple[str, str]] = OrderedDict()
        self._printed: OrderedDict[Hashable, tuple[Printed, Printed]] = OrderedDict()
        self._encoded: dict[str, bytes] = {}

    def printed(self, key: Hashable, number: int, make: Callable[[], tuple[str, str]]) -> tuple[Printed, Printed]:
        """HTML and text of a paper under that number; `make` renders both, with gaps, when the paper is not known yet."""
        place = key, number
        found = self._printed.get(place)
        if found:
            self._printed.move_to_end(place)
            return found
        html, text = self._fragment(key, make)
        found = self._printed[place] = _numbered(html, number), _numbered(text, number)
        self._held += len(html) + len(text)
        self._forget()
        return found

    def encoded(self, stretch: str) -> bytes:
        """A stretch of a template in quoted-printable, encoded once."""
        found = self._encoded.get(stretch)
        if found is None:
            if len(self._encoded) >= _MOST_ENCODED:
                self._encoded.clear()
            found = self._encoded[stretch] = quoted_printable.encode(stretch)
        return found

    def _fragment(self, key: Hashable, make: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        if key in self._made:
            self._made.move_to_end(key)
        else:
            self._made[key] = html, text = make()
            self._held += len(html) + len(text)
        return self._made[key]

    def _forget(self) -> None:
        while self._held > self._limit and len(self._printed) > 1:
            _, both = self._printed.popitem(last=False)
            self._held -= sum(len(clear) for printed in both for clear, _ in printed)
            if self._held > self._limit and len(self._made) > 1:
                _, (html, text) = self._made.popitem(last=False)
                self._held -= len(html) + len(text)


def _numbered(fragment: str, number: int) -> Printed:
    pieces = re.split(VOTE, fragment.replace(NUMBER, str(number)))
    return tuple((piece, quoted_printable.encode(piece)) for piece in pieces)


@dataclass(slots=True)
class Sheet:
    """One part of a mail in the making: in clear, and in quoted-printable beside it."""

    fragments: Fragments
    clear: list[str] = field(default_factory=list)
    coded: list[bytes] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """What a template yields: long stretches come again in every mail, short ones are hers and wait for their neighbours."""
        self.clear.append(text)
        if len(text) < _SHORTEST_KEPT:
            self.pending.append(text)
        else:
            self._flush()
            self.coded.append(self.fragments.encoded(text))

    def add_paper(self, printed: Printed, vote: Stretch) -> None:
        """A paper with her votes between its stretches."""
        self._flush()
        for place, (clear, coded) in enumerate(printed):
            if place:
                self.clear.append(vote[0])
                self.coded.append(vote[1])
            self.clear.append(clear)
            self.coded.append(coded)

    def text(self) -> str:
        return "".join(self.clear)

    def encoded(self) -> bytes:
        self._flush()
        return b"".join(self.coded)

    def _flush(self) -> None:
        if self.pending:
            self.coded.append(quoted_printable.encode("".join(self.pending)))
            self.pending.clear()
