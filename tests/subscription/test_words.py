"""The words that people write, in files, mails and forms alike."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.subscription import words


@pytest.mark.parametrize(
    "text",
    ["neural operator", "PINN*", "physics-informed", "C++", "p-value", "α", "A* search", "C*-algebra", "扩散模型", "R²", "3D"],
)
def test_a_keyword_may_be_any_word_or_phrase(text: str) -> None:
    assert words.keyword(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["", " ", "*", "**", "* *", "...", "🦊", "*foo", "foo**", "a*", "to be a*", "x" * 201, "\u200b"])
def test_a_keyword_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"; (write|.* or delete it)"):
        words.keyword(text)


@given(st.text())
def test_a_keyword_is_refused_with_a_reason_or_stays_as_it_is(text: str) -> None:
    try:
        once = words.keyword(text)
    except ValueError as error:
        if not str(error).isprintable():
            raise
    else:
        assert words.keyword(once) == once
        assert len(once.splitlines()) == 1


@given(st.text(st.characters(codec=None)))
def test_a_clean_text_is_one_line_without_surprises(text: str) -> None:
    line = words.clean(text)
    assert words.clean(line) == line
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs") or char in "\u202e\u2066\u200b\ufeff"]
    line.encode("utf-8")


def test_halves_of_an_emoji_from_json_become_one_again() -> None:
    assert words.clean("\ud83d\ude00 and \ud83d") == "😀 and"


@pytest.mark.parametrize(
    ("written", "read"),
    [("cs.LG", "cs.LG"), ("cs.lg", "cs.LG"), ("q-bio.nc", "q-bio.NC"), ("cond-mat.soft", "cond-mat.soft"), ("hep-th", "hep-th")],
)
def test_arxiv_classes_get_their_own_spelling(written: str, read: str) -> None:
    assert words.category(written) == read


@pytest.mark.parametrize(
    "written", ["arxiv:2010.08895", "2010.08895v2", "https://arxiv.org/abs/2010.08895", "10.48550/arXiv.2010.08895"]
)
def test_a_paper_may_be_named_in_many_ways(written: str) -> None:
    assert words.paper(written) == "arxiv:2010.08895"


@pytest.mark.parametrize(
    ("written", "read"),
    [(" a@example.org ", "a@example.org"), ("Al@EXAMPLE.org", "Al@example.org"), ("a@bücher.de", "a@xn--bcher-kva.de")],
)
def test_an_address_is_kept_as_mail_needs_it(written: str, read: str) -> None:
    assert words.address(written) == read


@pytest.mark.parametrize(
    "text", ["alice", "alice@localhost", "a@b@example.org", "jürgen@example.org", "a b@example.org", "a@b.org\r\nBcc: x@b.org"]
)
def test_what_is_no_address_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no mail address \(.*\); write it like name@example\.org"):
        words.address(text)


@pytest.mark.parametrize("text", ["2026-13-01", "2026-1-1", "20261201", "1.12.2026", "tomorrow", "2026-12-01T08:00"])
def test_a_date_has_one_form(text: str) -> None:
    assert words.day("2026-12-01") == date(2026, 12, 1)
    with pytest.raises(ValueError, match="is no date; write year-month-day, like 2026-12-01"):
        words.day(text)
