"""Opens a mail as a stranger would: strictly by the RFCs, with nothing of ours and nothing of the parser that our writer avoids."""

from __future__ import annotations

import quopri
import re
from email.header import decode_header
from typing import NamedTuple


class Opened(NamedTuple):
    """A mail taken apart: raw header fields unfolded, in order; the two parts decoded."""

    headers: list[tuple[str, str]]
    raw_lines: list[bytes]
    text: str
    html: str
    parts: list[dict[str, str]]

    def names(self) -> list[str]:
        return [name.lower() for name, _ in self.headers]

    def __getitem__(self, name: str) -> str:
        """The raw value of the only field of that name."""
        (value,) = [value for each, value in self.headers if each.lower() == name.lower()]
        return value

    def decoded(self, name: str) -> str:
        return decode(self[name])


def decode(value: str) -> str:
    return "".join(part.decode(charset or "ascii") if isinstance(part, bytes) else part for part, charset in decode_header(value))


def opened(data: bytes) -> Opened:
    assert b"\r" not in data.replace(b"\r\n", b""), "a bare CR"
    assert b"\n" not in data.replace(b"\r\n", b""), "a bare LF"
    assert all(len(line) <= 998 for line in data.split(b"\r\n")), "a line over 998 octets"
    assert data.isascii(), "an octet over 127"
    head, _, body = data.partition(b"\r\n\r\n")
    headers = _fields(head)
    boundary = re.search(r'boundary="([^"]+)"', dict(headers)["Content-Type"])
    assert boundary
    parts = body.split(b"--" + boundary[1].encode())
    assert parts[0].strip() == b""
    assert parts[-1] == b"--\r\n"
    assert len(parts) == 4, "not exactly two parts"
    first, second = (_part(part) for part in parts[1:3])
    return Opened(headers, head.split(b"\r\n"), first[1], second[1], [first[0], second[0]])


def _fields(head: bytes) -> list[tuple[str, str]]:
    lines = head.decode("ascii").split("\r\n")
    for line in lines:
        assert len(line) <= 76 or "=?" not in line, f"a line with an encoded word over 76: {line}"
        assert all(len(word) <= 75 for word in re.findall(r"=\?[^ ]*\?=", line)), f"an encoded word over 75: {line}"
    unfolded = re.sub(r"\r\n(?=[ \t])", "", "\r\n".join(lines)).split("\r\n")
    found = [re.fullmatch(r"([!-9;-~]+): ?(.*)", line) for line in unfolded]
    assert all(found), f"no header field: {unfolded}"
    return [(field[1], field[2]) for field in found if field]


def _part(part: bytes) -> tuple[dict[str, str], str]:
    assert part.startswith(b"\r\n")
    head, _, body = part[2:].partition(b"\r\n\r\n")
    headers = dict(_fields(head))
    assert headers["Content-Transfer-Encoding"] == "quoted-printable"
    assert all(len(line) <= 76 for line in body.split(b"\r\n")), "a line of a part over 76 octets"
    assert not re.search(rb"(?m)^(\.|From )", body), "a line that a relay may change"
    assert not re.search(rb"[ \t]\r\n", body), "white space at the end of a line"
    return headers, quopri.decodestring(body[:-2]).decode("utf-8").replace("\r\n", "\n")
