from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.flowed import WIDTH, paragraph


def read(text: str) -> str:
    """As RFC 3676, 4.1 says a reader shall: take the stuffing off, join lines that end with a space."""
    lines = [line.removeprefix(" ") for line in text.split("\n")]
    return "".join(line if line.endswith(" ") else line + "\n" for line in lines)


@given(st.text("abc >.From éß😀-", max_size=400))
@example("From the start")
@example("> quoted")
@example("a" * 200)
def test_a_paragraph_reads_as_one_line_again(text: str) -> None:
    assert read(paragraph(text)) == " ".join(text.split()) + "\n"


@given(st.text("abc de", max_size=600))
def test_lines_stay_narrow_unless_a_word_is_wide(text: str) -> None:
    assert all(len(line) <= WIDTH + 2 or " " not in line.strip() for line in paragraph(text).split("\n"))


def test_an_address_is_never_broken() -> None:
    address = "https://example.org/" + "a-b/" * 60
    assert paragraph(address) == address
