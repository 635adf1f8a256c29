"""A disk that is full, a store that cannot be written, one that somebody holds: a clear word, and nothing lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digest.store import engine
from digest.store.backup import faults_of
from tests.cli.desk import ALICE, BOB, NOW, Desk, row
from tests.sink import Sink

MANY = [row(n, abstract=f"Study number {n} of neural operators. " + f"It reports result {n}. " * 60) for n in range(1, 801)]


@pytest.fixture
def ready(desk: Desk, post: Sink) -> Desk:
    """Alice can be sent something, and has been sent something already."""
    desk.has_papers(*map(row, range(1, 13)))
    desk.subscribes(ALICE)
    desk.can_send(post.port)
    assert desk("send", "--now", NOW).code == 0
    return desk


Room = Callable[[], None]


@pytest.fixture(params=["disk", "limit"])
def small_disk(request: pytest.FixtureRequest, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Room]]:
    """A store on a disk of one megabyte, and a way to give it more: a real one where we may mount it, else SQLite's own limit."""
    if request.param == "limit":
        pages = [*engine._PRAGMAS, "PRAGMA max_page_count = 200"]
        monkeypatch.setattr(engine, "_PRAGMAS", pages)
        yield "sqlite:///digest.sqlite3", lambda: monkeypatch.setattr(engine, "_PRAGMAS", pages[:-1])
        return
    place = desk.folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield (
            "sqlite:///disk/digest.sqlite3",
            lambda: subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True) and None,
        )
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_loses_nothing_and_the_same_again_goes_on_once_there_is_room(
    desk: Desk, post: Sink, small_disk: tuple[str, Room]
) -> None:
    url, make_room = small_disk
    desk.has_papers(*map(row, range(1, 13)))
    desk.subscribes(ALICE)
    desk.can_send(post.port)
    desk.sets(database_url=url)
    assert desk("send", "--now", NOW).code == 0
    desk.has_papers(*MANY)
    desk.subscribes(ALICE, BOB.replace("magma chamber", "neural operators"))

    full = desk("send", "--now", NOW)
    held = [each.recipient for each in post.mails]
    make_room()
    after = desk("send", "--now", NOW)

    assert full.code == 2
    assert "no room left for" in full.err
    assert "Traceback" not in full.err
    assert held == ["alice@example.org"]
    assert after.code == 0, after.err
    assert [each.recipient for each in post.mails] == ["alice@example.org", "bob@example.org"]
    assert faults_of(desk.folder / url.removeprefix("sqlite:///")) == []


def test_a_store_that_cannot_be_written_is_named_and_left_alone(ready: Desk, post: Sink) -> None:
    before = ready.rows
    ready.sets(database_url="sqlite:///file:digest.sqlite3?mode=ro&uri=true")

    said = [ready(*words, "--now", NOW) for words in (("send",), ("fetch",))]

    assert [each.code for each in said] == [2, 2]
    assert all("cannot be written: give this user write access to the file and to its folder" in each.err for each in said)
    assert ready.rows == before
    assert len(post.mails) == 1


def test_a_store_that_somebody_holds_is_waited_for_and_then_named(ready: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY", 0.05)
    with closing(sqlite3.connect("digest.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = ready("send", "--now", "2026-03-25T09:00:00Z")
        looked = ready("status", "--now", NOW)
        other.execute("ROLLBACK")

    assert held.code == 2
    assert "another process has been writing to" in held.err
    assert looked.code == 0, "whoever only reads does not wait"
    assert ready("send", "--now", "2026-03-25T09:00:00Z").code in (0, 1)
    assert len(post.mails) >= 1


def test_a_damaged_store_points_to_the_backup(ready: Desk) -> None:
    path = Path("digest.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4096)
    path.write_bytes(data)

    said = ready("send", "--now", NOW)

    assert said.code == 2
    assert "restore the last backup" in said.err
    assert "Traceback" not in said.err


@pytest.mark.slow
def test_a_clock_that_goes_back_a_day_gives_nobody_a_second_digest_for_a_date(ready: Desk, post: Sink) -> None:
    ready.has_papers(*map(row, range(1, 40)))
    said = [ready("send", "--now", f"2026-03-{day}T09:30:00Z") for day in (25, 24, 25, 24)]
    ready.has_papers(*map(row, range(40, 80)))
    said.append(ready("send", "--now", "2026-03-26T09:30:00Z"))

    assert [each.code for each in said] == [0] * 5
    dates = [line for mail in post.mails for line in mail.data.decode().splitlines() if line.startswith("Subject:")]
    assert len(post.mails) == 3, "one for each of the three dates, the first of which was sent before"
    assert len(set(dates)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("small_disk", ["disk"], indirect=True)
def test_a_backup_that_finds_no_room_leaves_nothing_that_passes_for_one(ready: Desk, small_disk: tuple[str, Room]) -> None:
    ready.has_papers(*MANY)
    assert ready("fetch", "--now", NOW).code == 0

    said = ready("backup", "disk/copy.sqlite3")
    _, make_room = small_disk
    make_room()

    assert said.code == 2
    assert "the copy cannot be written" in said.err
    assert list(Path("disk").iterdir()) == []
    assert ready("backup", "disk/copy.sqlite3").code == 0
