"""What many mails have in common, made once in a pass: papers as HTML and text, and all longer stretches as quoted-printable.

A fragment is a paper's template in stretches, ready encoded, with gaps between them: its number in the digest, and where votes on
it go. Only these are left to fill for each reader. One `Fragments` serves one pass, and forgets what was not used for longest when
it grows beyond its limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from digest.mail import quoted_printable

NUMBER, VOTE = "\x01number\x01", "\x01vote\x01"
_GAP = re.compile(f"({NUMBER}|{VOTE})")

_SHORTEST_KEPT = 160                       # characters; below, a stretch is rather gathered with its neighbours
_MOST_ENCODED = 20_000                     # stretches of templates
_MOST_FRAMES = 2_000

Stretch = tuple[str, bytes]                # the same in clear and in quoted-printable
Part = tuple[Stretch, ...]                 # of a mail: its text or its HTML, in order
Printed = tuple[Stretch | str, ...]        # of a paper: stretches, and NUMBER and VOTE where they go


class Fragments:
    """A cache for one pass, at most about `limit` characters of papers (two to four bytes each with their encoded twins)."""

    def __init__(self, *, limit: int = 16_000_000) -> None:
        self._printed = _Recent(limit)
        self._encoded: dict[str, bytes] = {}
        self._frames: dict[Hashable, tuple[Any, ...]] = {}

    def printed(self, key: Hashable, make: Callable[[], tuple[str, str]]) -> tuple[Printed, Printed]:
        """HTML and text of a paper; `make` renders both, with gaps, when the paper is not known yet."""
        found: tuple[Printed, Printed] | None = self._printed.find(key)
        if found is None:
            html, text = make()
            found = _in_stretches(html), _in_stretches(text)
            self._printed.keep(key, found, size=len(html) + len(text))
        return found

    def frame(self, key: Hashable, make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """What `make` gives for a key (see `digest.mail.frames`), made once."""
        if key not in self._frames:
            if len(self._frames) >= _MOST_FRAMES:
                self._frames.clear()
            self._frames[key] = make()
        return self._frames[key]

    def encoded(self, stretch: str) -> bytes:
        """A stretch of a template in quoted-printable, encoded once."""
        found = self._encoded.get(stretch)
        if found is None:
            if len(self._encoded) >= _MOST_ENCODED:
                self._encoded.clear()
            found = self._encoded[stretch] = quoted_printable.encode(stretch)
        return found


class _Recent:
    """What was used of late: a new generation and the one before it, each of at most half the size."""

    def __init__(self, limit: int) -> None:
        self._half, self._held = limit // 2, 0
        self._new: dict[Hashable, tuple[Any, int]] = {}
        self._old: dict[Hashable, tuple[Any, int]] = {}

    def find(self, key: Hashable) -> Any:
        """None for what is not there. Keys are long, so each is looked up once where it can be."""
        found = self._new.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is None:
                return None
            self.keep(key, found[0], size=found[1])
        return found[0]

    def keep(self, key: Hashable, value: Any, *, size: int) -> None:
        if self._held + size > self._half:
            self._old, self._new, self._held = self._new, {}, 0
        self._new[key] = value, size
        self._held += size


def _in_stretches(fragment: str) -> Printed:
    pieces = [piece for piece in _GAP.split(fragment) if piece]
    return tuple([piece if piece in {NUMBER, VOTE} else (piece, quoted_printable.encode(piece)) for piece in pieces])


def part_of(text: str) -> Part:
    """A part in one stretch."""
    return ((text, quoted_printable.encode(text)),)


@dataclass(slots=True)
class Sheet:
    """One part of a mail in the making: stretches in clear and in quoted-printable."""

    fragments: Fragments
    stretches: list[Stretch] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """What a template yields: long stretches come again in every mail, short ones are hers and wait for their neighbours."""
        if len(text) < _SHORTEST_KEPT:
            self.pending.append(text)
        else:
            self.add_stretch((text, self.fragments.encoded(text)))

    def add_stretch(self, stretch: Stretch) -> None:
        """What is encoded already."""
        if self.pending:
            self._flush()
        self.stretches.append(stretch)

    def add_paper(self, printed: Printed, number: Stretch, vote: Stretch) -> None:
        """A paper with its number and her votes in their gaps."""
        self._flush()
        self.stretches += [piece if not isinstance(piece, str) else number if piece == NUMBER else vote for piece in printed]

    def text(self) -> str:
        self._flush()
        return "".join([clear for clear, _ in self.stretches])

    def part(self) -> Part:
        self._flush()
        return tuple(self.stretches)

    def fits(self, octets: int) -> bool:
        """Whether the text has at most so many octets in UTF-8. Encoded it is never shorter, and that is known at once."""
        self._flush()
        return sum([len(coded) for _, coded in self.stretches]) <= octets or len(self.text().encode()) <= octets

    def _flush(self) -> None:
        if self.pending:
            text = "".join(self.pending)
            self.pending.clear()
            self.stretches.append((text, quoted_printable.encode(text)))
