"""Quoted-printable in pieces that can be joined (RFC 2045, section 6.7). PURE.

`encode(a) + encode(b)` says the same as `encode(a + b)`, since every piece ends at the end of a line, by a soft break if need be.
So what many mails have in common is encoded once.
"""

from __future__ import annotations

import re
from binascii import b2a_qp

# A dot alone on a line ends an SMTP dialogue (RFC 5321, 4.5.2); old mailboxes turn "From " into ">From " and break a signature.
_RISKY_START = re.compile(rb"^(?:\.|From )+", re.MULTILINE)
_OCTETS_A_LINE = 24                        # three characters each, so that a line stays below 76


def encode(text: str) -> bytes:
    """`text` in lines of at most 76 octets, each ended by CR LF, none of which begins with a dot or "From "."""
    quoted = b2a_qp(text.replace("\r\n", "\n").replace("\r", "\n").encode(), quotetabs=False, istext=True)
    quoted = _RISKY_START.sub(_spelled_out, quoted)
    if quoted and not quoted.endswith(b"\n"):
        quoted += b"=\n"
    return quoted.replace(b"\n", b"\r\n")


def _spelled_out(found: re.Match[bytes]) -> bytes:
    octets = [b"=%02X" % octet for octet in found[0]]
    lines = (octets[start : start + _OCTETS_A_LINE] for start in range(0, len(octets), _OCTETS_A_LINE))
    return b"".join(b"".join(line) + b"=\n" for line in lines)
