"""What is said over an SMTP line, octet by octet: addresses in their brackets, and messages with their dots. PURE."""

from __future__ import annotations

import re

from digest.errors import TransportError

#: What may stand in the angle brackets of MAIL and RCPT, loosely: nothing that ends them (lengths: RFC 5321, 4.5.3.1).
_ADDRESS = re.compile(r"[^\x00-\x20\x7f<>@]{1,64}@[^\x00-\x20\x7f<>@]{1,255}")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_DOT = ord(".")
_NO_LINE_END = bytes(set(range(256)) - set(b"\r\n"))


def on_the_wire(data: bytes) -> bytes:
    """A message as DATA wants it, without the final dot: CR LF only, and dots doubled at the start of a line (RFC 5321, 4.5.2).

    Bare CR or LF would let a server see an end of the message where we see none, so they are mended whoever wrote them.
    """
    lines = data.splitlines(keepends=True)
    ends = len(data.translate(None, _NO_LINE_END))
    if lines and ends == 2 * len(lines) and not [line for line in lines if line[0] == _DOT]:
        return data                        # as all mails of ours are: each line ends with two octets, and none begins with a dot
    if ends != 2 * len(lines):
        data = _LINE_END.sub(b"\r\n", data)
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    if data.startswith(b"."):
        data = b"." + data
    return data.replace(b"\r\n.", b"\r\n..")


def path(address: str, phase: str) -> bytes:
    """An address in its angle brackets. Raises TransportError on what would not stay inside them."""
    if address and not _ADDRESS.fullmatch(address):
        raise TransportError(f"{address!r} is no mail address", phase=phase, code=553, enhanced="5.1.3", permanent=True)
    return f"<{address}>".encode()
