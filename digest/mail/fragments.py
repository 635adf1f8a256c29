"""What many mails have in common, made once in a pass: papers as HTML and text, and what stands around them, as quoted-printable.

A fragment is a paper's template, ready encoded, with gaps: its number in the digest, and where votes on it go. Only these are left
to fill for each reader. Nothing is kept in clear, which takes two to four octets a character as soon as
one is not Latin; who wants to read a part has it decoded. One `Fragments` serves one pass, and forgets what was not used for
longest when it grows beyond its limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from digest.mail import quoted_printable

NUMBER, VOTE = "\x01number\x01", "\x01vote\x01"
_GAP = re.compile(f"({NUMBER}|{VOTE})")
_MARKS = {NUMBER: b"\x01", VOTE: b"\x02"}  # of gaps among what is encoded, where no such octet occurs

_DIGITS = 3                                # of a paper's number at most
_WIDEST = 75                               # octets of a line that does not end there
_LAST_COLUMN = {NUMBER: _WIDEST - _DIGITS, VOTE: 0}  # in which one may begin

_MOST_SHAPES, _MOST_SUBJECTS = 1_000, 5_000

Part = tuple[bytes, ...]                   # of a mail: its text or its HTML in quoted-printable, in order
Printed = bytes                            # of a paper: quoted-printable, and marks where its number and votes go


class Fragments:
    """A cache for one pass, at most `limit` octets of encoded papers."""

    def __init__(self, *, limit: int = 24_000_000) -> None:
        self._printed = _Recent(limit)
        self._frames: dict[Hashable, dict[str, tuple[Any, ...]]] = {}
        self._subjects: dict[Hashable, str] = {}

    def printed(self, key: Hashable, make: Callable[[], tuple[str, str]]) -> tuple[Printed, Printed]:
        """HTML and text of a paper; `make` renders both, with gaps, when the paper is not known yet."""
        found: tuple[Printed, Printed] | None = self._printed.find(key)
        if found is None:
            html, text = make()
            found = _with_marks(html), _with_marks(text)
            self._printed.keep(key, found, size=sum(map(len, found)))
        return found

    def subject(self, key: Hashable, make: Callable[[], str]) -> str:
        """What `make` gives for a key, made once."""
        if key not in self._subjects:
            if len(self._subjects) >= _MOST_SUBJECTS:
                self._subjects.clear()
            self._subjects[key] = make()
        return self._subjects[key]

    def frames_of(self, shape: Hashable) -> dict[str, tuple[Any, ...]]:
        """The frames of mails of one shape, by template, to be added to (see `digest.mail.frames`)."""
        frames = self._frames.get(shape)
        if frames is None:
            if len(self._frames) >= _MOST_SHAPES:
                self._frames.clear()
            frames = self._frames[shape] = {}
        return frames


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


def _with_marks(fragment: str) -> Printed:
    """A number stands within its line, where the digits find room; votes, which may be long, begin and end lines of their own."""
    pieces: list[bytes] = []
    column = 0                             # where the line goes on
    for piece in filter(None, _GAP.split(fragment)):
        if column > _LAST_COLUMN.get(piece, _WIDEST):
            pieces.append(quoted_printable.SOFT_BREAK)
            column = 0
        if piece in _MARKS:
            pieces.append(_MARKS[piece])
            column = column + _DIGITS if piece == NUMBER else 0
        else:
            coded = quoted_printable.encode_on(piece, column)
            pieces.append(coded)
            column = len(coded) - coded.rfind(b"\n") - 1 if b"\n" in coded else column + len(coded)
    return b"".join([*pieces, quoted_printable.SOFT_BREAK] if column else pieces)


def part_of(text: str) -> Part:
    """A part in one stretch."""
    return (quoted_printable.encode(text),)


def clear(part: Part) -> str:
    """What a part says."""
    return quoted_printable.decode(b"".join(part))


def octets(printed: Printed) -> int:
    """How long a paper is in UTF-8, each gap taken for one octet."""
    return len(quoted_printable.decode(printed).encode())


@dataclass(slots=True)
class Sheet:
    """One part of a mail in the making: stretches in quoted-printable."""

    fragments: Fragments
    stretches: list[bytes] = field(default_factory=list)

    def add(self, text: str) -> None:
        """What is in clear so far."""
        self.stretches.append(quoted_printable.encode(text))

    def add_paper(self, printed: Printed, number: bytes, vote: bytes) -> None:
        """A paper with its number and her votes in their gaps."""
        self.stretches.append(printed.replace(_MARKS[NUMBER], number).replace(_MARKS[VOTE], vote))

    def text(self) -> str:
        return clear(self.part())

    def part(self) -> Part:
        return tuple(self.stretches)

    def fits(self, octets: int) -> bool:
        """Whether the text has at most so many octets in UTF-8. Encoded it is never shorter, and that is known at once."""
        return sum(map(len, self.stretches)) <= octets or len(self.text().encode()) <= octets
