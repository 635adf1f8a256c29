"""A rendered mail as the bytes that go over the line: header fields each exactly once, two parts, quoted-printable. PURE.

Text comes first and HTML last, since the last one is preferred (RFC 2046, 5.1.4). Lines end in CR LF and are never longer than 998
octets, in the parts never longer than 76. The same input gives the same bytes, so a retry is the same message.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from digest.mail.envelope import Message
from digest.mail.headers import address_field, checked_address, date_field, named_id_field, text_field, verbatim_field
from digest.mail.links import PersonalLinks
from digest.mail.render import Rendered

_MASS_MAIL = verbatim_field("Precedence", "bulk") + verbatim_field("X-Auto-Response-Suppress", "OOF, AutoReply")
_NO_POSTING = verbatim_field("List-Post", "NO") + verbatim_field("Auto-Submitted", "auto-generated")
_SENDER_ID = "paperdigest"                 # of Feedback-ID: 5 to 15 characters, the same in every mail


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all mails of one installation carry."""

    from_address: str
    from_name: str
    list_id: str                           #: a name in a domain that is ours, stable for ever (RFC 2919, section 2)
    secret: bytes = field(repr=False)      #: of Message-IDs

    @property
    def domain(self) -> str:
        return self.from_address.rpartition("@")[2]

    @property
    def safe_list_id(self) -> str:
        """The list's identifier, made from the sender's address when none is set."""
        return self.list_id or self.from_address.replace("@", ".").replace("+", "-")


def message_id(subscriber: int, on: date, secret: bytes, domain: str, *, kind: str = "digest") -> str:
    """The Message-ID of one person's mail of one date: derived, so that a copy sent after a crash is known to be a copy."""
    code = hmac.digest(secret, f"message-id {kind} {subscriber} {on.isoformat()}".encode(), "sha256")
    return f"<{on:%Y%m%d}.{b32encode(code[:20]).decode().lower()}@{domain}>"


def build(
    rendered: Rendered,
    *,
    letterhead: Letterhead,
    links: PersonalLinks,
    recipient: str,
    identifier: str,
    at: datetime,
    name: str = "",
    lang: str = "en",
) -> Message:
    """A digest as a message. `identifier` is its Message-ID, `at` the moment that its Date says, the same on every attempt.

    Raises ConfigError for an address that cannot be written to.
    """
    unsubscribe = [f"<{link}>" for link in (links.unsubscribe_page, links.unsubscribe_mail) if link]
    head = [
        *_common(rendered, letterhead, recipient, name, identifier, at),
        *([address_field("Reply-To", links.reply_to)] if links.reply_to else []),
        _list_field(letterhead),
        *([verbatim_field("List-Unsubscribe", *unsubscribe)] if unsubscribe else []),
        *_one_click(links),
        *([verbatim_field("List-Help", f"<{links.help}>")] if links.help else []),
        _NO_POSTING,
        verbatim_field("Feedback-ID", f"{at:%Y%m%d}:digest:{lang[:8]}:{_SENDER_ID}"),
    ]
    return _message(rendered, head, sender=links.bounce_address, recipient=recipient, identifier=identifier)


def build_answer(
    rendered: Rendered,
    *,
    letterhead: Letterhead,
    recipient: str,
    identifier: str,
    at: datetime,
    reply_to: str = "",
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
) -> Message:
    """Any other mail: an answer, a confirmation, an alarm. It has the null sender, so that it never bounces (RFC 3834, 3.3)."""
    head = [
        *_common(rendered, letterhead, recipient, "", identifier, at),
        *([address_field("Reply-To", reply_to)] if reply_to else []),
        *([verbatim_field("In-Reply-To", in_reply_to)] if in_reply_to else []),
        *([verbatim_field("References", " ".join(references))] if references else []),
        verbatim_field("Auto-Submitted", "auto-replied" if in_reply_to else "auto-generated"),
    ]
    return _message(rendered, head, sender="", recipient=recipient, identifier=identifier)


def _one_click(links: PersonalLinks) -> list[bytes]:
    """RFC 8058, 3.1: only beside an https address."""
    https = links.unsubscribe_page.startswith("https:")
    return [verbatim_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")] if https else []


def _common(rendered: Rendered, letterhead: Letterhead, recipient: str, name: str, identifier: str, at: datetime) -> list[bytes]:
    return [
        _sender_field(letterhead),
        address_field("To", recipient, name),
        text_field("Subject", rendered.subject),
        date_field("Date", at),
        verbatim_field("Message-ID", identifier),
        _MASS_MAIL,
    ]


@lru_cache(maxsize=16)
def _sender_field(letterhead: Letterhead) -> bytes:
    return address_field("From", letterhead.from_address, letterhead.from_name)


@lru_cache(maxsize=16)
def _list_field(letterhead: Letterhead) -> bytes:
    return named_id_field("List-Id", letterhead.from_name, letterhead.safe_list_id)


def _message(rendered: Rendered, head: list[bytes], *, sender: str, recipient: str, identifier: str) -> Message:
    # "=_" cannot occur in quoted-printable text, so no line of a part can look like the boundary (RFC 2045, 6.7).
    boundary = f"=_{identifier[1:].partition('@')[0]}"
    data = b"".join(
        [
            *head,
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n".encode(),
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            *rendered.text_part,
            f"\r\n--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n".encode(),
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            *rendered.html_part,
            f"\r\n--{boundary}--\r\n".encode(),
        ]
    )
    # Header fields and quoted-printable are both made without a dot at the beginning of a line.
    return Message(checked_address(sender) if sender else "", checked_address(recipient), identifier, data, wired=True)
