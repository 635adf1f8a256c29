"""Digests as an Atom feed (RFC 4287). PURE but for the answer that carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml  # writing only

from starlette.requests import Request
from starlette.responses import Response

from digest.text import one_line

_NAMESPACE = "http://www.w3.org/2005/Atom"
#: RFC 4151: a name that stays the same when the host does not.
_EPOCH = "2026"


@dataclass(frozen=True, slots=True)
class Entry:
    name: str                              #: for its id, for ever the same
    title: str
    link: str
    updated: datetime
    html: str


def feed(title: str, link: str, entries: Sequence[Entry], *, now: datetime) -> bytes:
    """The feed as UTF-8. A feed without entries is as old as `now` (RFC 4287, section 4.1.1: it must have an age)."""
    host = urlsplit(link).hostname or "localhost"
    root = Xml.Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", f"tag:{host},{_EPOCH}:feed/{entries[0].name.partition('/')[0] if entries else 'empty'}")
    _text(root, "title", title)
    _text(root, "updated", _instant(max((each.updated for each in entries), default=now)))
    Xml.SubElement(root, "link", rel="self", type="application/atom+xml", href=link)
    author = Xml.SubElement(root, "author")
    _text(author, "name", title.partition(":")[0])
    for each in entries:
        node = Xml.SubElement(root, "entry")
        _text(node, "id", f"tag:{host},{_EPOCH}:digest/{each.name}")
        _text(node, "title", each.title)
        _text(node, "updated", _instant(each.updated))
        Xml.SubElement(node, "link", rel="alternate", type="text/html", href=each.link)
        _text(node, "content", each.html, type="html", one=False)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def response(data: bytes, request: Request, headers: Mapping[str, str]) -> Response:
    """200, or 304 for who has these bytes already (RFC 9110, section 13.1.2)."""
    tag = f'"{sha256(data).hexdigest()[:32]}"'
    told = dict(headers) | {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers=told)
    return Response(data, media_type="application/atom+xml; charset=utf-8", headers=told)


def _text(parent: Xml.Element, name: str, text: str, *, one: bool = True, **attributes: str) -> None:
    Xml.SubElement(parent, name, dict(attributes)).text = one_line(text) if one else text


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
