"""Quoted-printable in pieces that can be joined (RFC 2045, section 6.7). PURE.

`encode(a) + encode(b)` says the same as `encode(a + b)`, since every piece ends at the end of a line, by a soft break if need be.
So what many mails have in common is encoded once. The standard library's `b2a_qp` is not used: it writes lines of 77 octets when
one ends in white space, and leaves dots at their beginning.
"""

from __future__ import annotations

import binascii
import re

#: Ends a line without ending the text's.
SOFT_BREAK = b"=\r\n"

_SAFE = bytes({ord("\n"), ord("\t"), *range(ord(" "), 0x7F)} - {ord("=")})
_WHITE_END = re.compile(rb"[\t ]$", re.MULTILINE)
# 75 octets for a line with a soft break, fewer where that would cut an escape (=XX) in two, and only where the line goes on for
# more than the one octet that the break itself would take; else the rest of a line.
_PART = re.compile(rb".{73}(?:[^=\n]{2}|[^=\n](?==)|(?==))(?=..|.\Z)|[^\n]*\n|[^\n]+")
# A dot alone on a line ends an SMTP dialogue (RFC 5321, 4.5.2); old mailboxes turn "From " into ">From " and break a signature.
_RISKY_START = re.compile(rb"\n(?:\.|From )+")
_RISKY_LETTERS = frozenset(b".F")
_NEWLINE = ord("\n")
_WIDEST = 75                               # octets of a line with a soft break, without the octet that the break takes
_OCTETS_A_LINE = 24                        # three characters each, so that a line stays below 76


def encode(text: str) -> bytes:
    """`text` in lines of at most 76 octets, each ended by CR LF, none of which begins with a dot or "From "."""
    return _as_it_stands(text) or _in_full(text)


def _as_it_stands(text: str) -> bytes:
    """One line that needs no escapes: by far most of what differs from mail to mail. b"" for any other text."""
    line, end = (text[:-1], b"\r\n") if text.endswith("\n") else (text, SOFT_BREAK)
    if not line or not (line.isascii() and line.isprintable()) or "=" in line or line.endswith(" "):
        return b""
    data = line.encode("ascii")
    last = (len(data) - (1 if end == SOFT_BREAK else 2)) // _WIDEST * _WIDEST  # where the text ends its line, no octet is a break's
    pieces = [*[data[at : at + _WIDEST] for at in range(0, last, _WIDEST)], data[max(last, 0) :]]
    return b"" if [piece for piece in pieces if piece[0] in _RISKY_LETTERS] else SOFT_BREAK.join(pieces) + end


def _in_full(text: str) -> bytes:
    parts = _PART.findall(_escaped(text.replace("\r\n", "\n").replace("\r", "\n").encode()))
    lines = b"".join([part if part[-1] == _NEWLINE else part + b"=\n" for part in parts])
    return _RISKY_START.sub(_on_lines_of_its_own, b"\n" + lines)[1:].replace(b"\n", b"\r\n")


def encode_on(text: str, column: int) -> bytes:
    """The same in the middle of a line of which `column` octets are written, at most 75; it leaves its own last line open, with
    at most as many."""
    return encode("x" * column + text)[column:].removesuffix(SOFT_BREAK)


def decode(data: bytes) -> str:
    """What pieces say that `encode` has made."""
    return binascii.a2b_qp(data).decode().replace("\r\n", "\n")


def _escaped(data: bytes) -> bytes:
    """Octets that may not stand for themselves in hex. Replacing the few that occur is far faster than looking at each."""
    if b"=" in data:
        data = data.replace(b"=", b"=3D")
    for octet in set(data.translate(None, _SAFE)) - {ord("=")}:
        data = data.replace(bytes([octet]), b"=%02X" % octet)
    return _WHITE_END.sub(_in_hex, data) if b" \n" in data or b"\t\n" in data else data


def _in_hex(found: re.Match[bytes]) -> bytes:
    return b"".join([b"=%02X" % octet for octet in found[0]])


def _on_lines_of_its_own(found: re.Match[bytes]) -> bytes:
    risky = found[0][1:]
    pieces = (risky[start : start + _OCTETS_A_LINE] for start in range(0, len(risky), _OCTETS_A_LINE))
    return b"\n" + b"".join(b"".join([b"=%02X" % octet for octet in piece]) + b"=\n" for piece in pieces)
