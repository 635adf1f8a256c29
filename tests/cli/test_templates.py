"""`digest templates copy`, and what a changed template does everywhere."""

from __future__ import annotations

import pytest

from digest.cli.files import packaged
from tests.cli.desk import ALICE, NOW, Desk, row

PAPER = "partials/paper.html"
DAMAGED = '<mjml>\n  <mj-body>\n    <mj-sextion></mj-sextion>\n  </mj-body>\n</mjml>\n'


def test_all_packaged_templates_become_files_to_change(desk: Desk) -> None:
    said = desk("templates", "copy")

    assert said.code == 0
    assert f"templates/{PAPER}" in said.lines
    copies = [path for path in (desk.folder / "templates").rglob("*") if path.is_file()]
    assert len(copies) == len(said.lines) == len([path for path in packaged("templates").rglob("*") if path.is_file()])
    assert (desk.folder / "templates" / PAPER).read_bytes() == (packaged("templates") / PAPER).read_bytes()


def test_only_those_that_are_named_are_copied(desk: Desk) -> None:
    assert desk("templates", "copy", PAPER).lines == [f"templates/{PAPER}"]
    assert not (desk.folder / "templates" / "digest.mjml").exists()


def test_a_changed_file_is_kept_unless_forced(desk: Desk) -> None:
    own = desk.writes(f"templates/{PAPER}", "mine")

    said = desk("templates", "copy", PAPER)

    assert (said.code, said.out) == (0, "")
    assert f"kept: templates/{PAPER} is changed; --force overwrites it" in said.err
    assert own.read_text() == "mine"
    assert desk("templates", "copy", "--force", PAPER).lines == [f"templates/{PAPER}"]
    assert own.read_text() != "mine"


def test_a_second_copy_writes_nothing(desk: Desk) -> None:
    desk("templates", "copy")

    said = desk("templates", "copy")

    assert said.out == ""
    assert "0 written, 0 kept" in said.err


def test_a_template_that_there_is_not_names_the_nearest(desk: Desk) -> None:
    said = desk("templates", "copy", "digets.mjml")

    assert said.code == 2
    assert "there is no template 'digets.mjml', did you mean 'digest.mjml'?" in said.err


def test_the_packaged_templates_are_not_copied_onto_themselves(desk: Desk) -> None:
    desk.sets(templates=str(packaged("templates")))

    said = desk("templates", "copy", "--force")

    assert said.code == 2
    assert "name a folder of your own" in said.err


def test_a_changed_partial_shows_and_the_rest_stays(desk: Desk) -> None:
    desk("templates", "copy", "partials/imprint.mjml", PAPER)
    path = desk.folder / "templates" / PAPER
    path.write_text(path.read_text(encoding="utf-8").replace("<h3", '<h3 title="ours"'), encoding="utf-8")

    said = desk("preview", "--sample", "--format", "html")

    assert said.code == 0
    assert '<h3 title="ours"' in said.out


@pytest.mark.parametrize("verb", [("check",), ("send", "--now", NOW), ("preview", "--sample")])
@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("digest.mjml", DAMAGED, "digest.mjml:3:5: mj-sextion:"),
        ("partials/footer.mjml", "<mj-section>\n  <mj-column>\n  </mj-colum>\n</mj-section>\n", "partials/footer.mjml:3:3: "),
        ("digest.mjml", "<mjml>\n<mj-body>\n{% if %}</mj-body></mjml>", "digest.mjml:3:1: "),
        (PAPER, "<p>\n{{ title </p>", f"{PAPER}:2:1: "),
    ],
)
def test_a_broken_one_is_named_with_its_place(verb: tuple[str, ...], name: str, text: str, where: str, desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send()
    desk.has_read(row(1))
    desk.writes(f"templates/{name}", text)

    said = desk(*verb)

    assert said.code == 2
    assert f"error: {where}" in said.err
