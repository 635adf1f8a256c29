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
from functools import lru_cache

from digest.errors import ConfigError
from digest.text import header

LINE = 76                                  #: of a line with an encoded word (RFC 2047, section 2); kept everywhere we can
LONGEST_LINE = 998                         #: RFC 5322, 2.1.1, without CR LF
_WORD = 75                                 # the longest encoded word (RFC 2047, section 2)
_FRAME = len("=?utf-8?q??=")
_LONGEST_VALUE = LONGEST_LINE - 80         # leaves room for the name of the field
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_VERBATIM = re.compile(r"[!-~]+(?: [!-~]+)*")
# What may stand unquoted in a Q-encoded word wherever one may stand, a display name included (RFC 2047, section 5, rule 3).
_Q_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


@lru_cache(maxsize=1024)                   # many mails have one subject
def text_field(name: str, value: str) -> bytes:
    """A field of free text, such as Subject."""
    return _field(name, _phrase_parts(header(value), name))


def address_field(name: str, address: str, display: str = "") -> bytes:
    """A field with one address, with the name that people see beside it.

    Raises ConfigError for what is not a plain ASCII address: nothing else can be written without SMTPUTF8.
    """
    shown = _display_parts(header(display), name)
    return _field(name, [*shown, f"<{checked_address(address)}>"] if shown else [checked_address(address)])


def named_id_field(name: str, display: str, identifier: str) -> bytes:
    """A List-Id: a name and an identifier in angle brackets (RFC 2919, section 3)."""
    return _field(name, [*_display_parts(header(display), name), f"<{_verbatim(identifier)}>"])


def verbatim_field(name: str, *values: str) -> bytes:
    """A field whose values are ours and must stay as they are, as in List-Unsubscribe: never encoded, never broken inside.

    Several values are separated by commas, each on a line of its own. Raises ConfigError for a value that would need encoding.
    """
    return _field(name, [_verbatim(value) + ("," if value is not values[-1] else "") for value in values])


@lru_cache(maxsize=64)                     # many are due at the same moment
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
    """The words of a text, those from the first to the last that need it as encoded words, which keep the spaces between them."""
    words, room = text.split(" "), LINE - len(name) - 2
    foreign = [place for place, word in enumerate(words) if not _is_plain(word, room)]
    if not foreign:
        return words
    first, last = foreign[0], foreign[-1] + 1
    return words[:first] + _encoded_words(" ".join(words[first:last]), first=room if first == 0 else _WORD) + words[last:]


def _is_plain(word: str, room: int) -> bool:
    return 0 < len(word) < room and word.isascii() and word.isprintable() and "=?" not in word


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
    foreign = _is_mostly_foreign(text)
    words, start, octets, letters, room = [], 0, 0, 0, min(first, _WORD) - _FRAME
    for end, character in enumerate(text):
        octets += len(character.encode())
        letters += len(_in_q(character))
        if (4 * -(-octets // 3) if foreign else letters) > room and end > start:
            words.append(_encoded_word(text[start:end], foreign=foreign))
            start, octets, letters, room = end, len(character.encode()), len(_in_q(character)), _WORD - _FRAME
    return [*words, _encoded_word(text[start:], foreign=foreign)]


def _is_mostly_foreign(text: str) -> bool:
    return 3 * sum(len(_in_q(character)) > 1 for character in text) > len(text)


def _encoded_word(text: str, *, foreign: bool) -> str:
    inner = b64encode(text.encode()).decode() if foreign else "".join(map(_in_q, text))
    return f"=?utf-8?{'b' if foreign else 'q'}?{inner}?="


@lru_cache(maxsize=4096)
def _in_q(character: str) -> str:
    if character == " ":
        return "_"
    return character if character in _Q_PLAIN else "".join(f"={octet:02X}" for octet in character.encode())


def _verbatim(value: str) -> str:
    if not _VERBATIM.fullmatch(value) or len(value) > _LONGEST_VALUE:
        raise ConfigError(f"{value[:80]!a} cannot stand in a header; write printable ASCII, at most {_LONGEST_VALUE} characters")
    return value
