"""Signed tokens for links and addresses, one purpose each. PURE.

A token is: one byte of version, purpose and whether a time follows; the subject (a number, as LEB128); the time (seconds since
1970, four bytes); free text; and the first 16 bytes of the HMAC-SHA256 of all that (RFC 2104, section 5, allows the cut to half).
It holds no mail address, is no secret in itself, and cannot be made or changed without a key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from digest.errors import TokenError

#: Characters of the longest token for an address, so that `+` and it fit into the 64 of a local part (RFC 5321, 4.5.3.1.1).
ADDRESS_TOKEN_MAX = 42

_VERSION = 1
_TAG = 16
_CONTEXT = b"paper-digest token\0"
_BASE64 = re.compile(r"[A-Za-z0-9_-]{24,1024}")
_BASE32 = re.compile(r"[a-z2-7]{29,1024}", re.IGNORECASE | re.ASCII)


class Purpose(StrEnum):
    """What a token is good for, and nothing else."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    MANAGE = "manage"
    FEEDBACK = "feedback"
    BOUNCE = "bounce"
    REPLY = "reply"
    VIEW = "view"
    FEED = "feed"
    FORM = "form"                          # a form of ours was really shown, and when
    WISH = "wish"                          # what a mail without a token asked for, and its author has still to approve


#: The order is part of every token ever sent: new purposes go to the end, at most 16 in all.
_PURPOSES = tuple(Purpose)


class Verified(NamedTuple):
    """What a genuine token says."""

    subject: int
    extra: str = ""
    at: datetime | None = None


class Signer:
    """Makes tokens with the first of its keys, and takes those made with any of them."""

    def __init__(self, keys: Sequence[str | bytes]) -> None:
        """Raises ValueError without a key, or with an empty one."""
        self._keys = [key.encode() if isinstance(key, str) else key for key in keys]
        if not self._keys or not all(self._keys):
            raise ValueError("a signer needs at least one key, and no empty one")

    def sign(self, purpose: Purpose, subject: int, *, extra: str = "", at: datetime | None = None) -> str:
        """A URL-safe token of 24 characters and more: 27 for a subject up to two million, six more with a time.

        `subject` is not negative; `at` (aware, to the second) is needed where `verify` will ask for an age.
        """
        return base64.urlsafe_b64encode(self._signed(purpose, subject, extra, at)).decode().rstrip("=")

    def sign_address(self, purpose: Purpose, subject: int, *, extra: str = "", at: datetime | None = None) -> str:
        """The same in small letters and digits, for mail addresses (relays change case) and for people who type.

        At most ADDRESS_TOKEN_MAX characters: room for subjects below 2**35 with a time, or ten octets besides the tag in all.
        Raises ValueError when it does not fit.
        """
        token = base64.b32encode(self._signed(purpose, subject, extra, at)).decode().rstrip("=").lower()
        if len(token) > ADDRESS_TOKEN_MAX:
            raise ValueError(f"a token of {len(token)} characters does not fit into an address")
        return token

    def verify(
        self, purpose: Purpose, token: str, *, now: datetime | None = None, max_age: timedelta | None = None
    ) -> Verified:
        """What either form of token says. With `max_age` it must carry a time that is not older at `now`.

        Raises TokenError: malformed, forged, wrong purpose or expired. Takes the same time whatever part of the tag is wrong.
        """
        body = self._body(token)
        found, verified = _read(body)
        if found is not purpose:
            raise TokenError("wrong purpose")
        if max_age is not None and (now is None or verified.at is None or now - verified.at > max_age):
            raise TokenError("expired")
        return verified

    def _signed(self, purpose: Purpose, subject: int, extra: str, at: datetime | None) -> bytes:
        body = _write(purpose, subject, extra, at)
        return body + _tag(self._keys[0], body)

    def _body(self, token: str) -> bytes:
        """The signed part of a token whose tag is right under one of the keys."""
        readings = [data for data in (_from_base64(token), _from_base32(token)) if data and len(data) > _TAG + 1]
        if not readings:
            raise TokenError("malformed")
        for data in readings:
            body, tag = data[:-_TAG], data[-_TAG:]
            if any([hmac.compare_digest(_tag(key, body), tag) for key in self._keys]):  # noqa: C419 - always all keys
                return body
        raise TokenError("forged")


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _CONTEXT + body, "sha256")[:_TAG]


# --- Bytes ---------------------------------------------------------------------------------------------------------------


def _write(purpose: Purpose, subject: int, extra: str, at: datetime | None) -> bytes:
    if not 0 <= subject < 2**63:
        raise ValueError(f"{subject} is no subject")
    head = _VERSION << 5 | (at is not None) << 4 | _PURPOSES.index(purpose)
    time = b"" if at is None else int(at.timestamp()).to_bytes(4, "big")
    return bytes([head]) + _leb128(subject) + time + extra.encode()


def _read(body: bytes) -> tuple[Purpose, Verified]:
    """The parts of a genuine body; an error here means that another program shares the key."""
    try:
        head = body[0]
        if head >> 5 != _VERSION:
            raise TokenError("malformed")
        subject, rest = _from_leb128(body[1:])
        at = datetime.fromtimestamp(int.from_bytes(rest[:4], "big"), UTC) if head & 16 else None
        extra = (rest[4:] if head & 16 else rest).decode()
        return _PURPOSES[head & 15], Verified(subject, extra, at)
    except (IndexError, UnicodeDecodeError):
        raise TokenError("malformed") from None


def _leb128(number: int) -> bytes:
    """Seven bits a byte, the lowest first, the high bit on all but the last (DWARF 5, section 7.6)."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def _from_leb128(data: bytes) -> tuple[int, bytes]:
    number = 0
    for index, byte in enumerate(data):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, data[index + 1 :]
    raise IndexError("a number without its last byte")


def _from_base64(token: str) -> bytes | None:
    """None unless it is what `sign` would write for the same bytes."""
    if not _BASE64.fullmatch(token) or len(token) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return data if base64.urlsafe_b64encode(data).decode().rstrip("=") == token else None


def _from_base32(token: str) -> bytes | None:
    """None unless it is what `sign_address` would write for the same bytes, in whatever case it arrives."""
    if not _BASE32.fullmatch(token):
        return None
    try:
        data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    return data if base64.b32encode(data).decode().rstrip("=") == token.upper() else None
