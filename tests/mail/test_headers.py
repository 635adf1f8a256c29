from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.mail.headers import address_field, checked_address, date_field, named_id_field, text_field, verbatim_field
from digest.text import header
from tests.mail.opener import decode

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200) | st.text(
    '=?utf-8qb_ \r\n:<>@,"\\é😀\u202e\u200b', max_size=200
)
INJECTION = "=?utf-8?q?x=0D=0ABcc=3A_victim=40example=2Eorg=0D=0A=0D=0A<b>body</b>?="


def field(data: bytes) -> tuple[str, str]:
    """Name and unfolded value of what must be exactly one field."""
    text = data.decode("ascii")
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    for line in lines:
        assert "\r" not in line
        assert "\n" not in line
        assert len(line) <= 998
        assert "=?" not in line or len(line) <= 76, line
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
    name, _, value = "".join(lines).partition(": ")
    return name, value


@given(ANYTHING)
@example(INJECTION)
@example("x" * 3000)
@example("a" * 70 + " " + "b" * 70)
@example("\ud800 lone")
@example("é" * 40 + "😀" * 40)
def test_any_text_is_one_field_that_reads_as_its_clean_self(text: str) -> None:
    name, value = field(text_field("Subject", text))
    assert name == "Subject"
    assert decode(value) == header(text)


@given(ANYTHING)
@example("Example, Alice")
@example('Alice "the" \\ Example')
@example("Zoë, 😀 <mallory@example.org>")
@example(INJECTION)
@example("Dr. A. Example, of a very long name that goes on and on until no line can hold it any more, Junior")
def test_any_display_name_leaves_exactly_one_address(name: str) -> None:
    _, value = field(address_field("To", "alice@example.org", name))
    ((display, address),) = (
        getaddresses([value], strict=True) if "strict" in getaddresses.__code__.co_varnames else getaddresses([value])
    )
    assert address == "alice@example.org"
    assert decode(display) == header(name)


@pytest.mark.parametrize(
    "address",
    ["", "alice", "alice@", "@example.org", "a b@example.org", "alice@example.org\r\nBcc: x@example.org", "zoë@example.org",
     "a@b@example.org", "a..b@example.org", "<a@example.org>", "a@exa mple.org", "alice@-example.org", "x" * 250 + "@example.org"],
)  # fmt: skip
def test_an_address_that_cannot_be_written_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="plain address"):
        checked_address(address)


def test_an_unsubscribe_address_is_never_encoded_nor_broken() -> None:
    long = f"<https://digest.example.org/unsubscribe/{'x' * 300}>"
    data = verbatim_field("List-Unsubscribe", long, "<mailto:digest+commands+token@example.org?subject=unsubscribe>")
    assert data.split(b"\r\n")[0] == b"List-Unsubscribe: " + long.encode() + b","
    assert b"=?" not in data


@pytest.mark.parametrize("value", ["", "a\r\nb", "a\nb", "é", "a  b", " a", "a ", "x" * 2000, "\x00"])
def test_a_verbatim_value_that_would_need_encoding_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="cannot stand in a header"):
        verbatim_field("List-Help", value)


def test_a_name_that_is_no_header_name_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="no header name"):
        text_field("Subject: x\r\nBcc", "y")


def test_short_plain_text_stays_readable() -> None:
    assert text_field("Subject", "Tue 24 Mar: Neural operators") == b"Subject: Tue 24 Mar: Neural operators\r\n"


def test_a_list_id_has_a_name_and_an_identifier() -> None:
    assert named_id_field("List-Id", "Paper Digest", "papers.example.org") == b"List-Id: Paper Digest <papers.example.org>\r\n"


def test_a_date_has_a_numeric_zone() -> None:
    at = datetime(2026, 3, 24, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    assert date_field("Date", at) == b"Date: Tue, 24 Mar 2026 07:30:00 +0000\r\n"


def test_words_of_german_umlauts_are_split_between_characters() -> None:
    value = field(text_field("Subject", "Größenordnungen für Übungen " * 8))[1]
    for word in re.findall(r"=\?[^ ]+\?=", value):
        assert decode(word)
