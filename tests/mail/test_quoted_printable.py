from __future__ import annotations

import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.quoted_printable import decode, encode

LINES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r")) | st.text("ab .=\tFrom\n-é€😀", max_size=300)


def decoded(data: bytes) -> str:
    return quopri.decodestring(data).decode().replace("\r\n", "\n")


@given(LINES, LINES)
@example("From ", "From here")
@example("a ", "\nb")
@example(".", ".\n.\n..")
@example("x" * 75, "=")
@example("." * 400, "From " * 40)
def test_pieces_join_to_what_they_say_together(first: str, second: str) -> None:
    assert decoded(encode(first) + encode(second)) == decode(encode(first) + encode(second)) == first + second


@given(LINES)
@example("F" * 74 + "\nFrom me")
@example("é" * 200)
@example("x" * 76)
@example("a\n" + "x" * 73 + "é")
@example("x" * 75 + ".")
@example("x" * 75 + "From ")
@example("=" * 200)
def test_every_line_is_safe_for_every_relay(text: str) -> None:
    data = encode(text)
    assert data.isascii()
    assert data == b"" or data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"\n" not in line
        assert b"\r" not in line
        assert re.fullmatch(rb"(?:[\t -<>-~]|=[0-9A-F]{2})*=?", line)


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb"])
def test_every_kind_of_line_end_becomes_cr_lf(text: str) -> None:
    assert encode(text) == b"a\r\nb=\r\n"


def test_nothing_is_nothing() -> None:
    assert encode("") == b""
