"""The live preview: on this machine only, new within a second of a save, and honest about what is broken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.cli.files import packaged
from digest.cli.scene import Stock
from digest.cli.serve import Atelier
from digest.mail.letters import VALUES
from digest.reading import of_papers
from digest.settings import Settings
from digest.web.live import LOOK_EVERY, Watch, application, in_scheme
from tests.world import NOW, papers

YAML = "email: alice@example.org\nname: Alice\ntopics:\n  - {name: Operators, keywords: [neural operators]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "subscribers" / "alice.yaml").write_text(YAML)
    return tmp_path


@pytest.fixture
def atelier(folder: Path, haste: None) -> Atelier:
    given = {"DIGEST_TEMPLATES": str(folder / "templates"), "DIGEST_SUBSCRIBERS": str(folder / "subscribers")}
    stock = Stock(of_papers(papers(30), [], now=NOW), NOW, "a test")
    return Atelier(Settings.load(given, env_file=None), stock, None, None)


@pytest.fixture
def client(atelier: Atelier) -> Iterator[TestClient]:
    with TestClient(application(atelier, Watch(atelier.watched))) as opened:
        yield opened


def test_it_shows_the_mail_its_text_its_source_and_what_was_checked(client: TestClient) -> None:
    state = client.get("/state").json()
    assert state["error"] == ""
    assert next(value for value, _ in state["people"]) == "alice@example.org"
    assert state["dates"][0][0] == "2026-03-24"
    assert {mark for mark, _, _ in state["checks"]} <= {"ok", "note"}
    assert ["To", "Alice <alice@example.org>"] in state["headers"]
    assert "On neural operators" in client.get("/mail").text
    assert "On neural operators" in client.get("/text").text
    assert client.get("/source").text.startswith("From: ")


def test_each_scheme_is_shown_whatever_the_browser_prefers(client: TestClient) -> None:
    light, dark = (client.get("/mail", params={"scheme": each}).text for each in ("light", "dark"))
    assert "@media all" in dark
    assert "@media not all" in light
    assert in_scheme("@media (prefers-color-scheme:light) {}", "dark") == "@media not all {}"


@pytest.mark.parametrize("name", VALUES)
def test_every_other_mail_is_shown_as_well(client: TestClient, name: str) -> None:
    state = client.get("/state", params={"what": name}).json()
    assert (state["error"], [name, name.capitalize()] in state["mails"]) == ("", True)
    assert not [each for each in state["checks"] if each[0] == "bad"]
    assert "(" + name + ")" not in client.get("/mail", params={"what": name}).text
    assert client.get("/source", params={"what": name}).text.startswith("From: ")


def test_a_mail_that_does_not_exist_is_named(client: TestClient) -> None:
    assert "there is no mail 'welcom'" in client.get("/state", params={"what": "welcom"}).json()["error"]


def test_another_person_and_another_day(client: TestClient, folder: Path) -> None:
    (folder / "subscribers" / "bob.yaml").write_text(YAML.replace("alice", "bob").replace("Alice", "Bob"))
    asked = {"who": "bob@example.org", "date": "2026-03-25"}
    assert ["To", "Bob <bob@example.org>"] in client.get("/state", params=asked).json()["headers"]
    assert "25 March 2026" in client.get("/mail", params=asked).text
    example = str(packaged("subscribers") / "example.yaml")
    assert client.get("/state", params={"who": example}).json()["error"] == ""
    assert "no subscriber" in client.get("/state", params={"who": "nobody@example.org"}).json()["error"]


def test_what_is_broken_is_named_with_its_line(atelier: Atelier, folder: Path) -> None:
    source = (packaged("templates") / "digest.mjml").read_text()
    (folder / "templates" / "digest.mjml").write_text(source.replace("<mj-body", "<mj-bodi"))
    assert "digest.mjml:5:3: mj-bodi" in atelier.proof("", "", "").error
    (folder / "templates" / "digest.mjml").unlink()
    (folder / "subscribers" / "alice.yaml").write_text(YAML + "colour: red\n")
    assert "alice.yaml:5" in atelier.proof("", "alice@example.org", "").error


def test_only_this_machine_is_answered(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "localhost:8026"}).status_code == 200


def test_a_mail_runs_nothing_and_sits_in_no_frame_but_ours(client: TestClient) -> None:
    policy = client.get("/mail").headers["content-security-policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


async def test_a_save_is_noticed_at_the_next_look_and_told_to_whoever_waits(atelier: Atelier, folder: Path) -> None:
    watch = Watch(atelier.watched)
    assert await watch.look()
    assert not await watch.look()
    for name in ("templates/digest.txt", "subscribers/alice.yaml", "subscribers/new.yaml"):
        waiting = asyncio.create_task(watch.next(watch.version))
        (folder / name).write_text(YAML + f"# {name}\n")
        assert await watch.look()
        assert await asyncio.wait_for(waiting, 5) == watch.version
    (folder / "subscribers" / "new.yaml").unlink()
    assert await watch.look()
    assert LOOK_EVERY < 0.5


def test_a_day_before_the_papers_came_is_shown_as_it_was(atelier: Atelier) -> None:
    early = atelier.proof("digest", "alice@example.org", date(2026, 3, 20).isoformat())
    assert early.error == ""
    assert "neural operators, part" not in early.html
    assert datetime(2026, 3, 20, tzinfo=UTC) < NOW
