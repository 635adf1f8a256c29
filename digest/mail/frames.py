"""What a mail is around its papers, rendered once for all mails of the same shape.

A frame is a template rendered with gaps in the place of every text that differs from reader to reader: sentences, headings, links.
Mails whose lists are as long, whose texts are as present and whose other values are equal have the same frame, and only its gaps
are filled for each. A template that does more with a text than `Gap` allows, such as compare, cut or count, has no frame: it is
rendered in full for every mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from digest.errors import DigestError
from digest.mail import flowed, quoted_printable
from digest.mail.fragments import Fragments, Sheet
from digest.mail.links import PersonalLinks, safe_link
from digest.mail.templates import GAP, Gap, Templates, escaped

_HOLE = re.compile(f"{GAP}(\\w*):([\\w.]+){GAP}|\x00item(\\d+)\x00")
_LINKS = ("browser", "unsubscribe", "unsubscribe_page", "unsubscribe_mail", "preferences", "pause", "help", "reply_to", "feedback")
_FILTERS: Mapping[str, Callable[[object], str]] = {"": str, "link": safe_link, "flow": flowed.paragraph}


class _Hole(NamedTuple):
    """Where a text of the mail goes, and through which filter."""

    filter: str
    place: str
    ends_line: bool


#: Stretches of a template in quoted-printable, and between them holes for texts and the numbers of papers.
Frame = tuple[bytes | _Hole | int, ...]


class Told:
    """The values of one mail: `shared` are the same for many (hashable, but for `say`), `own` differ from mail to mail."""

    def __init__(self, shared: dict[str, Any], own: dict[str, Any]) -> None:
        self.shared, self.own = shared, own
        self.texts: dict[str, str] = {}
        self.shape = (*[value for place, value in shared.items() if place != "say"], _shape(own, "", self.texts))
        self._frames: dict[str, Frame] | None = None

    @property
    def values(self) -> dict[str, Any]:
        return self.shared | self.own

    def frame(self, name: str, templates: Templates, fragments: Fragments) -> Frame:
        """That of a template for mails of this shape, made for the first of them."""
        if self._frames is None:
            self._frames = fragments.frames_of(self.shape)
        if name not in self._frames:
            self._frames[name] = _made(templates, name, self.shared | dict(_with_gaps(self.own, "")))
        return self._frames[name]


def fill(sheet: Sheet, templates: Templates, name: str, told: Told, put: Callable[[int], None]) -> bool:
    """Writes a mail on the sheet, its papers by `put`; False, and nothing written, when the template has to be rendered in full."""
    frame = told.frame(name, templates, sheet.fragments)
    if not frame:
        return False
    html = not name.endswith(".txt")
    for piece in frame:
        if isinstance(piece, bytes):
            sheet.stretches.append(piece)
        elif isinstance(piece, int):
            put(piece)
        else:
            sheet.stretches.append(_filled(piece.filter, told.texts[piece.place], html, piece.ends_line))
    return True


@lru_cache(maxsize=4096)                   # dates and headings are those of many mails, a link stands in one mail several times
def _filled(name: str, text: str, html: bool, ends_line: bool) -> bytes:
    said = _FILTERS[name](text)
    said = escaped(said) if html else said
    return quoted_printable.encode(said + "\n").removesuffix(b"\r\n") if ends_line else quoted_printable.encode(said)


def _made(templates: Templates, name: str, values: Mapping[str, Any]) -> Frame:
    """Empty for a template that wants to know its texts, and for one that fails: that is told when it is rendered in full."""
    try:
        text = templates.render(name, values)
    except DigestError:
        return ()
    pieces: list[bytes | _Hole | int] = []
    at = 0
    for hole in _HOLE.finditer(text):
        if hole.start() > at:
            pieces.append(quoted_printable.encode(text[at : hole.start()]))
        pieces.append(int(hole[3]) if hole[3] else _Hole(hole[1], hole[2], text.startswith("\n", hole.end())))
        at = hole.end()
    return (*pieces, quoted_printable.encode(text[at:]))


def _shape(value: Any, place: str, texts: dict[str, str]) -> Hashable:
    """What mails with the same frame have in common; the texts that differ are gathered by their places.

    Only plain texts are gaps: a kind (an enumeration) or HTML of ours is the same in all mails of a frame.
    """
    if type(value) is str:
        texts[place] = value
        return bool(value)
    if isinstance(value, dict):
        return tuple([(name, _shape(each, f"{place}.{name}", texts)) for name, each in value.items()])
    if isinstance(value, list):
        return tuple([_shape(each, f"{place}.{number}", texts) for number, each in enumerate(value)])
    if isinstance(value, PersonalLinks):
        return value.by_mail, tuple([_shape(getattr(value, name), f"{place}.{name}", texts) for name in _LINKS])
    return value  # type: ignore[no-any-return]


def _with_gaps(value: Any, place: str) -> Any:
    """The same with a gap for every text."""
    if type(value) is str:
        return Gap(place, there=bool(value))
    if isinstance(value, dict):
        return {name: _with_gaps(each, f"{place}.{name}") for name, each in value.items()}
    if isinstance(value, list):
        return [_with_gaps(each, f"{place}.{number}") for number, each in enumerate(value)]
    if isinstance(value, PersonalLinks):
        return {name: _with_gaps(getattr(value, name), f"{place}.{name}") for name in _LINKS} | {"by_mail": value.by_mail}
    return value
