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
# One line that is written as it stands: by far most of what differs from mail to mail.
_PLAIN = re.compile(r"(?![.F])[!-<>-~ ]{0,74}[!-<>-~]")
_NEWLINE = ord("\n")
_OCTETS_A_LINE = 24                        # three characters each, so that a line stays below 76


def encode(text: str) -> bytes:
    """`text` in lines of at most 76 octets, each ended by CR LF, none of which begins with a dot or "From "."""
    if _PLAIN.fullmatch(text):
        return text.encode("ascii") + SOFT_BREAK
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
