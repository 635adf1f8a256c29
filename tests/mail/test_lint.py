from __future__ import annotations

import pytest

from digest.mail.lint import TAG, faults

HEAD = "<mjml>\n  <mj-body>\n    <mj-section>\n      <mj-column>\n"
FOOT = "\n      </mj-column>\n    </mj-section>\n  </mj-body>\n</mjml>"


def found(text: str, *, partial: bool = False) -> list[str]:
    return [str(fault) for fault in faults("a.mjml", text, partial=partial, exists=lambda name: name == "partials/there.mjml")]


def in_column(text: str) -> list[str]:
    return found(HEAD + text + FOOT)


def test_a_sound_template_has_no_faults() -> None:
    sound = '<mj-text padding="0">Hello <b>you</b><br> &amp; all<img src="x" alt=""></mj-text>\n<mj-image src="x" alt="A graph" />'
    assert in_column(sound) == []


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("<mj-tex>x</mj-tex>", "5:1", "there is no <mj-tex>, did you mean 'mj-text'?"),
        ("<mj-text>x</mj-txt>", "5:11", "</mj-txt> closes nothing, <mj-text> is open; write </mj-text>"),
        ("<mj-text>\n  <p>x</mj-text>", "6:3", "<p> is not closed before </mj-text>"),
        ("</mj-text>", "5:1", "</mj-text> closes nothing"),
        ("hello", "5:1", "text cannot stand directly in <mj-column>; put it into <mj-text>"),
        (TAG * 9, "5:1", "a Jinja tag directly in <mj-column> is lost; put it into <mj-raw>"),
        ("<mj-section></mj-section>", "5:1", "<mj-section> cannot stand in <mj-column>; it belongs in"),
        ("<mj-text><mj-button>x</mj-button></mj-text>", "5:10", "cannot stand inside <mj-text>"),
        ("<div>x</div>", "5:1", "<div> is not MJML"),
        ('<mj-text colour="red">x</mj-text>', "5:10", "<mj-text> has no such attribute, did you mean 'color'?"),
        ('<mj-image src="x" />', "5:1", "an image needs alt"),
        ('<mj-text><img src="x"></mj-text>', "5:10", "an image needs alt"),
        (f'<mj-image src="x" alt="" width="{TAG * 5}" />', "5:26", "sizes are fixed when a template is compiled"),
        ('<mj-include path="partials/gone.mjml" />', "5:13", "there is no template 'partials/gone.mjml'"),
        ("<mj-text>a < b</mj-text>", "5:12", "a bare < begins a tag; write &lt;"),
        ("<mj-html-attributes></mj-html-attributes>", "5:1", "the compiler cannot read it"),
        ("<mj-text>x", "5:1", "is not closed before </mj-column>"),
    ],
)
def test_a_fault_says_where_and_what_to_write(text: str, where: str, words: str) -> None:
    first = in_column(text)[0]
    assert first.startswith(f"a.mjml:{where}: ")
    assert words in first


def test_one_mistyped_end_is_one_fault() -> None:
    assert len(in_column("<mj-text>x</mj-txt>")) == 1


def test_a_comment_in_a_wrapper_would_break_outlook() -> None:
    (fault,) = found("<mjml><mj-body><mj-wrapper><!-- hm --></mj-wrapper></mj-body></mjml>")
    assert fault.startswith("a.mjml:1:28: ")
    assert "write {# … #}" in fault


def test_html_in_the_raw_part_of_a_wrapper_shows_in_outlook_alone() -> None:
    (fault,) = found("<mjml><mj-body><mj-wrapper><mj-raw>x</mj-raw></mj-wrapper></mj-body></mjml>")
    assert "shows in Outlook alone" in fault


def test_a_loop_stands_around_sections_not_columns() -> None:
    section = f"<mj-section><mj-raw>{TAG * 4}</mj-raw><mj-column></mj-column><mj-raw>{TAG * 4}</mj-raw></mj-section>"
    around = f"<mj-raw>{TAG * 4}</mj-raw><mj-section><mj-column></mj-column></mj-section><mj-raw>{TAG * 4}</mj-raw>"
    assert "counted once" in found(f"<mjml><mj-body>{section}</mj-body></mjml>")[0]
    assert found(f"<mjml><mj-body>{around}</mj-body></mjml>") == []


def test_what_is_never_closed_is_named() -> None:
    assert found("<mjml>") == ["a.mjml:1:1: mjml: <mjml> is never closed; write </mjml>"]


def test_a_partial_may_begin_anywhere() -> None:
    assert found("<mj-section></mj-section>", partial=True) == []
    assert "cannot stand at the top" in found("<mj-section></mj-section>")[0]


def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    places = [fault.split(": ")[0] for fault in in_column("<mj-tex>x</mj-tex>\n<mj-image src='x' />\nbare")]
    assert places == ["a.mjml:5:1", "a.mjml:6:1", "a.mjml:7:1"]
