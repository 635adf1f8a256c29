"""Header fields as bytes: the one writer for all of them. PURE.

Whatever comes in, one field goes out: foreign text passes `digest.text.header`, text that is not plain ASCII becomes encoded
words (RFC 2047), no line is longer than 998 octets (RFC 5322, 2.1.1). The standard library is not used for this: on Python 3.11
an encoded word in a title becomes new header lines, and long addresses in List-Unsubscribe become encoded words, which no client
understands.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime

from digest.errors import ConfigError
from digest.text import header

LINE = 76                                  #: of a line with an encoded word (RFC 2047, section 2); kept everywhere we can
LONGEST_LINE = 998                         #: RFC 5322, 2.1.1, without CR LF
_WORD = 75                                 # the longest encoded word (RFC 2047, section 2)
_LONGEST_VALUE = LONGEST_LINE - 80         # leaves room for the name of the field
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_VERBATIM = re.compile(r"[!-~]+(?: [!-~]+)*")
# What may stand unquoted in a Q-encoded word wherever one may stand, a display name included (RFC 2047, section 5, rule 3).
_Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def text_field(name: str, value: str) -> bytes:
    """A field of free text, such as Subject."""
    return _field(name, _phrase_parts(header(value), name))


def address_field(name: str, address: str, display: str = "") -> bytes:
    """A field with one address, with the name that people see beside it.

    Raises ConfigError for what is not a plain ASCII address: nothing else can be written without SMTPUTF8.
    """
    return _field(name, [*_display_parts(header(display), name), f"<{checked_address(address)}>"])


def named_id_field(name: str, display: str, identifier: str) -> bytes:
    """A List-Id: a name and an identifier in angle brackets (RFC 2919, section 3)."""
    return _field(name, [*_display_parts(header(display), name), f"<{_verbatim(identifier)}>"])


def verbatim_field(name: str, *values: str) -> bytes:
    """A field whose values are ours and must stay as they are, as in List-Unsubscribe: never encoded, never broken inside.

    Several values are separated by commas, each on a line of its own. Raises ConfigError for a value that would need encoding.
    """
    return _field(name, [_verbatim(value) + ("," if value is not values[-1] else "") for value in values])


def date_field(name: str, at: datetime) -> bytes:
    """A date with a numeric zone (RFC 5322, 3.3)."""
    return _field(name, [format_datetime(at.astimezone(UTC))])


def checked_address(address: str) -> str:
    """The address itself when it can stand in a header and in an SMTP command as it is. Raises ConfigError otherwise."""
    if not _ADDRESS.fullmatch(address) or ".." in address or len(address) > 254:
        raise ConfigError(f"{address!a} cannot be written to; give a plain address such as alice@example.org")
    return address


def _field(name: str, parts: list[str]) -> bytes:
    """The parts on one line while they fit, else folded between two parts, which is the only place where a break is harmless."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"no header name: {name!r}")
    lines, length = [f"{name}:"], len(name) + 1
    for part in parts:
        # The first part stays beside the name: some readers take a field whose first line is empty for an empty field.
        if length + 1 + len(part) > LINE and len(lines[-1]) > len(name) + 1:
            lines.append("")
            length = 0
        lines[-1] += f" {part}"
        length += 1 + len(part)
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _phrase_parts(text: str, name: str) -> list[str]:
    plain = text.isascii() and text.isprintable() and "=?" not in text
    if plain and all(len(word) < LINE - len(name) - 2 for word in text.split(" ")) and text == " ".join(text.split()):
        return text.split(" ")
    return _encoded_words(text, first=LINE - len(name) - 2)


def _display_parts(text: str, name: str) -> list[str]:
    if not text:
        return []
    if not text.isascii() or len(text) > LINE - len(name) - 4:
        return _encoded_words(text, first=LINE - len(name) - 2)
    if _ATOMS.fullmatch(text) and "=?" not in text:
        return [text]
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    fits = len(escaped) < LINE - len(name) - 4 and "=?" not in text
    return [f'"{escaped}"'] if fits else _encoded_words(text, first=LINE - len(name) - 2)


def _encoded_words(text: str, *, first: int) -> list[str]:
    """`text` as encoded words, each of whole characters; the first leaves room for the field's name."""
    encode = _base64_word if _is_mostly_foreign(text) else _quoted_word
    words, start, room = [], 0, min(first, _WORD)
    while start < len(text):
        end = start + 1
        while end < len(text) and len(encode(text[start : end + 1])) <= room:
            end += 1
        words.append(encode(text[start:end]))
        start, room = end, _WORD
    return words


def _is_mostly_foreign(text: str) -> bool:
    octets = text.encode()
    return 3 * sum(octet not in _Q_PLAIN and octet != ord(" ") for octet in octets) > len(octets)


def _quoted_word(text: str) -> str:
    inner = "".join("_" if octet == ord(" ") else chr(octet) if octet in _Q_PLAIN else f"={octet:02X}" for octet in text.encode())
    return f"=?utf-8?q?{inner}?="


def _base64_word(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _verbatim(value: str) -> str:
    if not _VERBATIM.fullmatch(value) or len(value) > _LONGEST_VALUE:
        raise ConfigError(f"{value[:80]!a} cannot stand in a header; write printable ASCII, at most {_LONGEST_VALUE} characters")
    return value
