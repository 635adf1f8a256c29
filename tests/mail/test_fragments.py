from __future__ import annotations

import quopri

from hypothesis import given
from hypothesis import strategies as st

from digest.mail.fragments import NUMBER, VOTE, Fragments, Sheet

HTML = f"<b>{NUMBER}</b> A title <a href='{VOTE}more/{NUMBER}'>more</a> <a href='{VOTE}less/{NUMBER}'>less</a>"


def decoded(data: bytes) -> str:
    return quopri.decodestring(data).decode().replace("\r\n", "\n")


def test_a_paper_is_made_once_for_all_its_numbers() -> None:
    made = []
    fragments = Fragments()
    for _ in range(3):
        fragments.printed("paper", lambda: (made.append(1) or HTML, HTML))
    assert len(made) == 1


def test_number_and_votes_fill_the_gaps() -> None:
    sheet = Sheet(Fragments())
    html, _ = sheet.fragments.printed("paper", lambda: (HTML, HTML))
    sheet.add_paper(html, b"7", b"https://v/=\r\n")
    assert sheet.text() == "<b>7</b> A title <a href='https://v/more/7'>more</a> <a href='https://v/less/7'>less</a>"
    assert decoded(b"".join(sheet.part())) == sheet.text()


GAPS = st.sampled_from([NUMBER, VOTE]) | st.text("ab =.\n€", max_size=90) | st.sampled_from(["x" * 75, "y" * 72, "From ", "a "])


@given(st.lists(GAPS), st.integers(1, 999))
def test_whatever_stands_around_the_gaps_lines_are_short_and_safe_and_say_the_same(pieces: list[str], number: int) -> None:
    sheet, fragment = Sheet(Fragments()), "".join(pieces)
    html, _ = sheet.fragments.printed("paper", lambda: (fragment, ""))
    sheet.add_paper(html, str(number).encode(), b"https://v/=\r\n")
    lines = b"".join(sheet.part()).split(b"\r\n")
    assert lines.pop() == b"", "what comes next begins a line"
    assert not [line for line in lines if len(line) > 76 or line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t"))]
    assert decoded(b"".join(sheet.part())) == sheet.text() == fragment.replace(NUMBER, str(number)).replace(VOTE, "https://v/")


def test_a_number_stands_in_its_line_and_votes_on_lines_of_their_own() -> None:
    html, _ = Fragments().printed("paper", lambda: (HTML, HTML))
    sheet = Sheet(Fragments())
    sheet.add_paper(html, b"7", b"https://v/=\r\n")
    assert sheet.part()[0].startswith(b"<b>7</b> A title <a href=3D'=\r\nhttps://v/=\r\nmore/7'>more</a>")


@given(st.lists(st.text("ab =.\n€", max_size=400)))
def test_a_sheet_says_the_same_encoded(stretches: list[str]) -> None:
    sheet = Sheet(Fragments())
    for stretch in stretches:
        sheet.add(stretch)
    assert decoded(b"".join(sheet.part())) == sheet.text() == "".join(stretches)


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    made: list[int] = []
    fragments = Fragments(limit=5_000)
    for key in [*range(50), 49, 0]:
        fragments.printed(key, lambda key=key: (made.append(key) or "x" * 300, "y" * 100))
    assert made == [*range(50), 0]
    assert len(fragments._printed._new | fragments._printed._old) * 400 <= 5_000
