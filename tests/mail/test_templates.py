from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError, RenderError
from digest.mail.templates import Templates

MAIL = """<mjml>
  <mj-head><mj-title>{{ title }}</mj-title></mj-head>
  <mj-body>
    <mj-section><mj-column>
      <mj-text>%s</mj-text>
    </mj-column></mj-section>
  </mj-body>
</mjml>"""


def folder(at: Path, **files: str) -> Templates:
    """Templates from `name__ending=text`; two underscores are a dot, three a slash."""
    for name, text in files.items():
        path = at / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Templates([at])


def mail(at: Path, inside: str, **files: str) -> Templates:
    return folder(at, m__mjml=MAIL % inside, **files)


def test_the_shipped_templates_have_no_faults(templates: Templates) -> None:
    assert templates.lint() == []


def test_every_mail_has_subject_text_and_html(templates: Templates) -> None:
    names = templates.names()
    for name in names:
        if name.endswith(".mjml") and "/" not in name:
            assert {f"{name[:-5]}.txt", f"{name[:-5]}.subject.txt"} <= set(names)


@pytest.mark.parametrize(
    "inside",
    [
        "{% if a < b %}yes{% endif %}",
        '<a href="{{ d["x"] }}">x</a>',
        "{{ title | replace('>', '<') }}",
        "{% for n in [1, 2] %}<p>{{ n }}</p>{% endfor %}",
        "{# <mj-text> -- #}{{ title }}",
        "{% raw %}{{ title }}{% endraw %}",
        "{{- title -}}",
        "{{ title\n | upper }}",
    ],
)
def test_any_jinja_survives_the_compiler(tmp_path: Path, inside: str) -> None:
    html = mail(tmp_path, inside).render("m.mjml", {"title": "T & <U>", "a": 1, "b": 2, "d": {"x": "https://example.org/?a=1&b=2"}})
    assert "jinjatag" not in html
    assert "T &amp; &lt;U&gt;" in html


def test_what_people_wrote_is_escaped_and_never_parsed_as_mjml(tmp_path: Path) -> None:
    hostile = "</mj-text></mj-column><script>alert(1)</script>{{ 7 * 7 }}"
    html = mail(tmp_path, "{{ title }}").render("m.mjml", {"title": hostile})
    assert "<script" not in html
    assert "{{ 7 * 7 }}" in html
    assert "&lt;/mj-text&gt;" in html


def test_no_font_and_nothing_else_is_loaded_from_outside(templates: Templates) -> None:
    source = templates._load("digest.mjml")[0]  # the compiled page
    assert "fonts.googleapis" not in source
    assert "@import" not in source
    assert "<link" not in source
    assert "<img" not in source


def test_a_tag_that_the_compiler_drops_is_an_error_with_its_line(tmp_path: Path) -> None:
    templates = folder(tmp_path, m__mjml=MAIL.replace("<mj-column>", '<mj-column width="{{ title }}">') % "x")
    with pytest.raises(ConfigError, match=r"m\.mjml:4.*fixed when a template is compiled"):
        templates.render("m.mjml", {"title": "x"})


def test_a_missing_value_names_template_and_line(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        mail(tmp_path, "\n\n{{ nothing }}").render("m.mjml", {"title": "x"})
    assert (caught.value.template, caught.value.line) == ("m.mjml", 7)
    assert "'nothing' is undefined" in str(caught.value)


def test_a_fault_in_an_included_file_is_told_there(tmp_path: Path) -> None:
    templates = folder(
        tmp_path,
        m__mjml=(MAIL % "x").replace("<mj-body>", '<mj-body><mj-include path="partials/top.mjml" />'),
        partials___top__mjml="<mj-section><mj-column>\n<mj-text>\n{{ nothing }}</mj-text></mj-column></mj-section>",
    )
    with pytest.raises(RenderError) as caught:
        templates.render("m.mjml", {"title": "x"})
    assert (caught.value.template, caught.value.line) == ("partials/top.mjml", 3)


def test_a_fault_in_a_jinja_include_is_told_there(tmp_path: Path) -> None:
    templates = mail(tmp_path, '{% include "partials/p.html" %}', partials___p__html="\n{{ 1 // 0 }}")
    with pytest.raises(RenderError) as caught:
        templates.render("m.mjml", {"title": "x"})
    assert (caught.value.template, caught.value.line) == ("partials/p.html", 2)


def test_a_condition_that_is_never_closed_names_file_and_line(tmp_path: Path) -> None:
    templates = mail(tmp_path, "{% if title %}")
    with pytest.raises(RenderError, match=r"m\.mjml:5: .*end of template"):
        templates.render("m.mjml", {"title": "x"})
    assert [fault.where for fault in templates.lint()] == ["m.mjml:5:1"]


def test_a_broken_brace_names_file_and_line(tmp_path: Path) -> None:
    assert [fault.where for fault in mail(tmp_path, "\n{{ title }").lint()] == ["m.mjml:6:1"]


def test_text_is_not_escaped_and_html_is(tmp_path: Path) -> None:
    templates = folder(tmp_path, a__txt="{{ t }}", a__html="{{ t }}")
    assert templates.render("a.txt", {"t": "a < b"}) == "a < b"
    assert templates.render("a.html", {"t": "a < b"}) == "a &lt; b"


def test_the_first_folder_wins_file_by_file(tmp_path: Path) -> None:
    mine, shipped = tmp_path / "mine", tmp_path / "shipped"
    folder(mine, a__txt="mine")
    folder(shipped, a__txt="shipped", b__txt="shipped")
    templates = Templates([mine, shipped])
    assert templates.render("a.txt", {}) == "mine"
    assert templates.render("b.txt", {}) == "shipped"
    assert templates.names() == ("a.txt", "b.txt")


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "a\0.txt", "..\\a.txt", "a.py", "C:\\a.txt", "partials/../../secret.txt"]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(ConfigError):
        folder(tmp_path / "templates", a__txt="x").render(name, {})


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    templates = folder(tmp_path / "templates", a__txt="x")
    (tmp_path / "templates" / "b.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ConfigError, match="no such template"):
        templates.render("b.txt", {})


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    templates = folder(tmp_path, m__mjml='<mjml><mj-body><mj-include path="m.mjml" /></mj-body></mjml>')
    with pytest.raises(ConfigError, match="include each other"):
        templates.render("m.mjml", {})


def test_templates_cannot_reach_into_python(tmp_path: Path) -> None:
    templates = folder(tmp_path, a__txt="{{ ().__class__.__base__.__subclasses__() }}")
    with pytest.raises(RenderError, match=r"unsafe|undefined"):
        templates.render("a.txt", {})


def test_a_missing_template_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean 'digest\.txt'"):
        folder(tmp_path, digest__txt="x").render("digets.txt", {})


def test_a_file_that_is_not_utf_8_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff")
    assert "save it as UTF-8" in str(Templates([tmp_path]).lint()[0])


def test_the_linter_tells_every_fault_of_every_file(tmp_path: Path) -> None:
    templates = folder(tmp_path, a__mjml=MAIL % "<mj-tex>", b__txt="{% if %}", partials___c__mjml="<mj-secton></mj-secton>")
    assert {fault.where.split(":")[0] for fault in templates.lint()} == {"a.mjml", "b.txt", "partials/c.mjml"}


def test_static_stretches_are_the_same_object_every_time(templates: Templates) -> None:
    values = {"say": lambda key, **_: key, "site": "x", "postal_address": "", "because": "y", "lang": "en", "direction": "ltr",
              "subject": "s", "preheader": "p", "what": "w", "lines": [], "steps": []}  # fmt: skip
    first, second = templates.chunks("alarm.mjml", values), templates.chunks("alarm.mjml", values)
    assert all(one is other for one, other in zip(first, second, strict=True) if len(one) > 200)
