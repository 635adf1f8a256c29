from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from digest.errors import RenderError
from digest.mail.fragments import Fragments, Sheet
from digest.mail.frames import Told, fill
from digest.mail.templates import Templates


class Counting(Templates):
    """Counts how often it renders."""

    rendered = 0

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        self.rendered += 1
        return super().render(name, values)


def say(key: str, **values: object) -> str:
    return "{a} and more".format_map(values)


def with_template(folder: Path, text: str, name: str = "a.html") -> Counting:
    (folder / name).write_text(text, encoding="utf-8")
    return Counting([folder])


def said(templates: Templates, fragments: Fragments, own: dict[str, Any], name: str = "a.html") -> str:
    """As mails are made: by the frame where there is one, else in full."""
    sheet, told = Sheet(fragments), Told({"say": say, "lang": "en"}, own)
    return sheet.text() if fill(sheet, templates, name, told, lambda number: None) else templates.render(name, told.values)


def test_mails_of_one_shape_are_rendered_once(tmp_path: Path) -> None:
    templates, fragments = with_template(tmp_path, "<p>{{ lead }}</p>{% if note %}<i>{{ note }}</i>{% endif %}"), Fragments()
    assert said(templates, fragments, {"lead": "1 < 2", "note": ""}) == "<p>1 &lt; 2</p>"
    assert said(templates, fragments, {"lead": "\"3\" & 4 '", "note": ""}) == "<p>&#34;3&#34; &amp; 4 &#39;</p>"
    assert templates.rendered == 1
    assert said(templates, fragments, {"lead": "5", "note": "6"}) == "<p>5</p><i>6</i>"
    assert templates.rendered == 2


def test_what_mails_of_one_shape_share_is_encoded_once(tmp_path: Path) -> None:
    templates, fragments = with_template(tmp_path, "<p class='static'>{{ lead }}</p>"), Fragments()
    sheets = [Sheet(fragments), Sheet(fragments)]
    for number, sheet in enumerate(sheets):
        assert fill(sheet, templates, "a.html", Told({"say": say, "lang": "en"}, {"lead": str(number)}), lambda number: None)
    (one, zero, other), (same, first, end) = (sheet.stretches for sheet in sheets)
    assert one is same
    assert other is end
    assert zero != first


def test_a_text_that_ends_its_line_is_followed_by_one_break_only(tmp_path: Path) -> None:
    templates = with_template(tmp_path, "{{ lead }}\n\nand {{ lead }}.", "a.txt")
    for lead in ("today", "ends in white ", "x" * 76, ".", "From here"):
        sheet = Sheet(Fragments())
        assert fill(sheet, templates, "a.txt", Told({"say": say, "lang": "en"}, {"lead": lead}), lambda number: None)
        data = b"".join(sheet.part())
        assert b"=\r\n\r\n" not in data.replace(b"=2E=\r\n", b"").replace(b"=46=72=6F=6D=20=\r\n", b""), "but where it is risky"
        assert max(map(len, data.split(b"\r\n"))) <= 76
        assert sheet.text() == f"{lead}\n\nand {lead}."


def test_another_number_of_lines_is_another_shape(tmp_path: Path) -> None:
    templates, fragments = with_template(tmp_path, "{% for line in lines %}<p>{{ line.text }}</p>{% endfor %}"), Fragments()
    for texts in (["a"], ["b", "c"], ["d", "e"]):
        found = said(templates, fragments, {"lines": [{"text": text} for text in texts]})
        assert found == "".join(f"<p>{text}</p>" for text in texts)
    assert templates.rendered == 2


def test_links_and_flowed_text_go_through_their_filters_when_they_are_filled_in(tmp_path: Path) -> None:
    templates = with_template(tmp_path, "{{ lead | flow }}\n{{ url | link }}", "a.txt")
    fragments, long = Fragments(), "word " * 40
    for lead, url in ((long, "javascript:alert(1)"), (long.upper(), "https://example.org/ä")):
        own = {"lead": lead, "url": url}
        assert said(templates, fragments, own, "a.txt") == templates.render("a.txt", own)


@pytest.mark.parametrize("name", ["a.html", "a.txt"])
@pytest.mark.parametrize(
    "expression",
    [
        "{{ lead | upper }}", "{{ lead | truncate(5) }}", "{{ lead[:3] }}", "{{ lead | length }}", "{{ lead ~ '!' }}",
        "{% if lead == 'one' %}yes{% endif %}", "{{ 'n' in lead }}", "{{ lead | replace('o', 'u') }}", "{{ lead.title() }}",
        "{{ say('x', a=lead) }}", "{{ say('x', a=lead) | flow }}", "{{ lead | safe }}", "{{ lines | join(', ') }}",
        "{% set x = lead %}{{ x }}", "{{ lines | first }}", "{{ lead or 'none' }}", "{{ '%s' | format(lead) }}", "{{ lead | e }}",
        "{% for letter in lead %}{{ letter }}.{% endfor %}", "{{ lines | sort | join }}", "{{ {lead: 1} }}", "{{ lead | string }}",
    ],
)  # fmt: skip
def test_whatever_a_template_does_with_a_text_the_mail_is_the_same(expression: str, name: str, tmp_path: Path) -> None:
    templates, fragments = with_template(tmp_path, expression, name), Fragments()
    for lead in ("one", "three or more words & <b>", "one"):
        own = {"lead": lead, "lines": [lead, "b", "a"]}
        assert said(templates, fragments, own, name) == templates.render(name, {"say": say, "lang": "en", **own})


def test_a_template_that_fails_fails_as_it_does_in_full(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="lede"):
        said(with_template(tmp_path, "{{ lede }}"), Fragments(), {"lead": "x"})
