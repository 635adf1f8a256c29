"""One mail that came in, whatever a client, a robot or an attacker made of it: from whom, to whom, and its own words.

The standard library's modern reading of headers fails on many broken ones, so headers are read as they stand and decoded here.
Nothing in this module raises, however odd the bytes are.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.policy import compat32

from digest.subscription.markup import plain
from digest.subscription.replies import bare_subject, own_words

BYTES_MOST = 100_000   #: of a mail that are read
PARTS_MOST = 100
_FIELD_MOST = 2000     #: characters of a header field that are decoded: what is longer is no work of a mail program
_ENDS = re.compile(r"[\r\n\0]+")

#: Mail addresses as they stand in the world: dot-atoms (RFC 5322, 3.2.3), ASCII only.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")  # what can stand in a header of ours as it is
#: Where delivering servers write down whom a mail was for; the token may stand in any of them.
_RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to", "apparently-to")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be known of a mail. Addresses are in lower case."""

    author: str                            #: the one address in From, "" = none, several, or none that could be written to
    sender: str | None = None              #: the envelope sender, "" = the null sender, None = nobody knows
    recipients: tuple[str, ...] = ()
    subject: str = ""                      #: without "Re:" and its kin
    text: str = ""                         #: her own words: no quotes, no signature
    message_id: str = ""                   #: "" = it has none that is of use
    answers: tuple[str, ...] = ()          #: Message-IDs in In-Reply-To and References
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: by lower-case name, decoded
    content_type: str = "text/plain"
    code: str = ""                         #: of its bytes: the same mail has the same

    @property
    def name(self) -> str:
        """What it is known by: an answer is given once for each."""
        return f"{self.message_id}{self.author}" if self.message_id else self.code

    @property
    def answerable(self) -> str:
        """The address that an answer may go to, "" = none: the envelope sender when it equals From (RFC 3834, section 4).

        Where nobody wrote the envelope sender down, From stands for it, as that section allows services that answer requests.
        """
        return self.author if self.sender is None or self.sender == self.author else ""

    def said(self, name: str) -> str:
        """The first field of that name, "" = there is none."""
        return next(iter(self.headers.get(name, ())), "")


def parse(raw: bytes, *, sender: str | None = None, recipient: str = "") -> Letter:
    """Read one mail. `sender` and `recipient` are its envelope, where a server hands it over; else its fields tell.

    Return-Path then stands for the sender, Delivered-To and its kin for the recipient.
    """
    message = opened(raw)
    headers = _headers(message)
    if sender is None and "return-path" in headers:
        sender = _envelope(headers["return-path"][0])
    elif sender is not None:
        sender = _envelope(sender)
    given = tuple(recipient.lower().split())[:1]
    return Letter(
        author=_author(headers.get("from", ())),
        sender=sender,
        recipients=given + tuple(_recipients(headers)),
        subject=bare_subject(_first(headers, "subject")[:_FIELD_MOST]),
        text=own_words(_text(message)),
        message_id=next(iter(_MESSAGE_ID.findall(_first(headers, "message-id"))), ""),
        answers=tuple(_MESSAGE_ID.findall(" ".join(headers.get("in-reply-to", ()) + headers.get("references", ())))[:100]),
        headers=headers,
        content_type=_kind(message),
        code=hashlib.sha256(raw).hexdigest()[:32],
    )


def opened(raw: bytes) -> Message:
    """The first BYTES_MOST of a mail as a tree of parts; one that is nested too deep to be read has a head and no body."""
    raw = raw[:BYTES_MOST]
    if raw.startswith(b"From "):           # the envelope line of an mbox
        raw = raw.partition(b"\n")[2]
    try:
        message = email.message_from_bytes(raw, policy=compat32)
        for _ in message.walk():
            pass
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        head = raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
        message = email.message_from_bytes(head + b"\n\n", policy=compat32)
        with suppress(KeyError):
            del message["Content-Type"]
    return message


def parts(message: Message) -> Iterator[Message]:
    """All parts, outermost first, those of enclosed mails too, PARTS_MOST at most."""
    waiting = [message]
    for _ in range(PARTS_MOST):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        waiting[:0] = inside(part)


def inside(part: Message) -> list[Message]:
    """The parts directly within one, none when it is no container."""
    within = part.get_payload() if part.is_multipart() else []
    return [each for each in within if isinstance(each, Message)]


def content(part: Message) -> str:
    """The text of one part, in whatever charset it is or claims to be."""
    data: object = b""
    with suppress(Exception):              # the library's decoders raise many things
        data = part.get_payload(decode=True)
    return decoded(data, _charset(part)) if isinstance(data, bytes) else ""


def decoded(data: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        with suppress(LookupError, ValueError):
            return data.decode(name)
    return data.decode("cp1252", "replace")


def _charset(part: Message) -> str:
    try:
        name = part.get_content_charset("utf-8")
    except (LookupError, ValueError, TypeError, AttributeError):
        return "utf-8"
    return name if isinstance(name, str) and name.isascii() and "\0" not in name else "utf-8"


def _kind(message: Message) -> str:
    try:
        return message.get_content_type()
    except (ValueError, TypeError, AttributeError, LookupError):
        return "text/plain"


def _text(message: Message) -> str:
    """The plain part that is not an attachment, or else what a reader sees of the HTML one. Enclosed mails are not hers."""
    found: dict[str, str] = {}
    for part in _own_parts(message):
        kind = _kind(part)
        if kind in {"text/plain", "text/html"} and kind not in found and not _is_attached(part):
            text = content(part)
            if text.strip():
                found[kind] = text
    return found.get("text/plain") or plain(found.get("text/html", ""))


def _own_parts(message: Message) -> Iterator[Message]:
    waiting = [message]
    for _ in range(PARTS_MOST):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if _kind(part).startswith("multipart/"):
            waiting[:0] = inside(part)


def _is_attached(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


# --- Headers -------------------------------------------------------------------------------------------------------------


def _headers(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():  # `items` makes question marks of what is not ASCII
        found.setdefault(name.lower(), []).append(_decoded_field(str(value)))
    return {name: tuple(values) for name, values in found.items()}


def _decoded_field(value: str) -> str:
    """One field on one line, its encoded words read (RFC 2047), raw bytes taken for UTF-8 or Windows' Latin."""
    raw = value.encode("ascii", "surrogateescape") if not value.isascii() and _is_escaped(value) else None
    text = decoded(raw, "utf-8") if raw is not None else value
    with suppress(Exception):              # broken base64 and odd charsets raise many things
        pieces = decode_header(_ENDS.sub("", text)) if "=?" in text and len(text) <= _FIELD_MOST else []
        text = "".join(_piece(data, charset) for data, charset in pieces) or text
    return _ENDS.sub(" ", text).strip()


def _is_escaped(value: str) -> bool:
    return all(char.isascii() or "\udc80" <= char <= "\udcff" for char in value)


def _piece(data: bytes | str, charset: str | None) -> str:
    return data if isinstance(data, str) else decoded(data, charset or "utf-8")


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _author(fields: tuple[str, ...]) -> str:
    """Deliberately narrow: what can be read in two ways is nobody, since readers of addresses have been fooled so often."""
    if len(fields) != 1:
        return ""
    angles = _IN_ANGLES.findall(fields[0])
    if len(angles) > 1 or (not angles and not _ADDRESS.fullmatch(fields[0].strip())):
        return ""
    return address(angles[0] if angles else fields[0])


def address(text: str) -> str:
    """An address in lower case, "" when it is none that we could write to."""
    text = text.strip()
    local, _, domain = text.rpartition("@")
    sound = _ADDRESS.fullmatch(text) and ".." not in text and not local.startswith(".") and not local.endswith(".")
    return text.lower() if sound and len(text) <= 254 and domain else ""


def _envelope(text: str) -> str:
    """The address of a Return-Path; what cannot be read is as good as the null sender: nobody is answered."""
    angles = _IN_ANGLES.findall(text)
    return address(angles[0] if angles else text)


def _recipients(headers: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for name in _RECIPIENT_FIELDS:
        for value in headers.get(name, ()):
            yield from (found.lower() for found in _ADDRESS.findall(value[:4000])[:50])
