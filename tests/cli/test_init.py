"""`digest init`: the newcomer's first settings and first subscriber."""

from __future__ import annotations

import io
import re
import stat
from pathlib import Path

import pytest

from digest.cli.init import filled_in, own_zone, quoted_value
from digest.settings import Settings
from tests.cli.desk import Desk
from tests.sink import Sink


def types(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """What somebody answers, one line a question."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{each}\n" for each in answers)))


def test_the_answers_become_settings_and_a_subscriber(desk: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    server = f"smtp://127.0.0.1:{post.port}"
    types(
        monkeypatch,
        "Papers <papers@lab.example.org>",
        server,
        "",
        "Europe/Paris",
        "Ann <ann@lab.example.org>",
        "diffusion models, PINNs",
    )

    said = desk("init")

    assert said.code == 0, said.err
    assert "ok: 127.0.0.1" in said.err
    given = Settings.load({}, Path(".env"))
    assert given.from_address.email == "papers@lab.example.org"
    assert given.smtp_url == server
    assert given.command_to.email == "papers+commands@lab.example.org"
    assert given.timezone == "Europe/Paris"
    assert len(given.secret_key[0]) >= 32
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    assert "name: Ann" in Path("subscribers/ann.yaml").read_text()
    assert desk("check").code == 0


def test_after_it_the_first_digest_can_be_sent(desk: Desk, post: Sink) -> None:
    from tests.cli.desk import NOW, row

    server = f"smtp://127.0.0.1:{post.port}"
    assert desk("init", "--yes", "--smtp", server, "--subscriber", "ann@lab.example.org", "--topic", "neural operators").code == 0
    desk.writes(".env", Path(".env").read_text() + "")
    text = Path(".env").read_text().replace("DIGEST_SOURCES=arxiv", "#DIGEST_SOURCES=arxiv") + "DIGEST_SOURCES=file:papers.jsonl\n"
    desk.has_papers(*map(row, range(1, 13)))
    desk.writes(".env", text)

    assert desk("send", "--now", NOW).code == 0
    assert post.recipients == ["ann@lab.example.org"]


def test_a_wrong_answer_is_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    types(
        monkeypatch,
        "nobody",
        "papers@lab.example.org",
        "smtp://127.0.0.1:1",
        "y",
        "https://lab.example.org",
        "Mars/Base",
        "UTC",
        "",
        " , ",
        "PINNs",
    )

    said = desk("init")

    assert said.code == 0, said.err
    assert "error: 'nobody' is no mail address" in said.err
    assert "it does not work yet" in said.err
    assert "'Mars/Base' is no time zone" in said.err
    assert "this is no list of topics" in said.err
    assert Settings.load({}, Path(".env")).base_url == "https://lab.example.org"


def test_a_server_that_does_not_answer_can_be_replaced_by_another(desk: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    works = f"smtp://127.0.0.1:{post.port}"
    types(monkeypatch, "papers@lab.example.org", "smtp://127.0.0.1:1", "n", works, "", "UTC", "", "")

    assert desk("init").code == 0
    assert Settings.load({}, Path(".env")).smtp_url == works


def test_what_it_names_as_the_next_step_is_her_own_digest(desk: Desk) -> None:
    said = desk("init", "--yes", "--subscriber", "ann@lab.example.org", "--topic", "protein design")
    words = re.findall(r"`digest (preview [^`]*)`", said.out)[0].split()

    assert desk(*words).lines[0].startswith("ann@lab.example.org, ")


def test_scripts_take_the_defaults_and_are_asked_nothing(desk: Desk) -> None:
    said = desk("init", "--yes")

    assert (said.code, said.err) == (0, "")
    assert desk("check").code == 0
    assert "Next: `digest check --smtp`" in said.out


def test_a_wrong_word_on_the_command_line_is_no_question(desk: Desk) -> None:
    said = desk("init", "--yes", "--timezone", "Berlin")

    assert said.code == 2
    assert "--timezone: 'Berlin' is no time zone" in said.err
    assert "did you mean 'Europe/Berlin'?" in said.err
    assert desk.files == []


def test_nothing_that_is_there_is_overwritten(desk: Desk) -> None:
    desk("init", "--yes", "--subscriber", "ann@lab.example.org")
    before = {name: Path(name).read_text() for name in desk.files}

    second = desk("init", "--yes", "--subscriber", "bob@lab.example.org")
    third = desk("init", "--yes", "--subscriber", "bob@lab.example.org")

    assert (second.code, third.code) == (0, 2)
    assert ".env is there already and stays as it is" in second.err
    assert "nothing was written" in third.err
    assert {name: Path(name).read_text() for name in before} == before
    assert Path("subscribers/bob.yaml").exists()


def test_answers_that_end_too_early_say_what_to_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, "papers@lab.example.org")

    said = desk("init")

    assert said.code == 2
    assert "`digest init --yes` takes the defaults" in said.err
    assert desk.files == []


def test_a_folder_that_cannot_be_written_says_so(desk: Desk) -> None:
    desk.writes("subscribers", "a file where a folder should be")

    said = desk("init", "--yes")

    assert said.code == 2
    assert "subscribers: cannot be made" in said.err


@pytest.mark.parametrize(
    "value", ["plain", "a b", "it's", 'say "hi"', "back\\slash", "#hash", "smtp://u:p%40ss@h:587", "ä <ä@ö.test>"]
)
def test_a_value_is_read_back_as_it_was_said(desk: Desk, value: str) -> None:
    desk.writes(".env", f"DIGEST_POSTAL_ADDRESS={quoted_value(value)}\n")

    assert Settings.load({}, Path(".env")).postal_address == value


def test_every_line_of_the_example_is_still_there_with_its_comment() -> None:
    text = filled_in({"DIGEST_FROM": "papers@lab.example.org"})

    assert "\nDIGEST_FROM=papers@lab.example.org\n" in text
    assert all(f"\n{name}=" in text for name in Settings.names())


def test_the_zone_of_this_machine_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_zone()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert own_zone() == "Asia/Tokyo"
