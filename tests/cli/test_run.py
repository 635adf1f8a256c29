"""`digest run`: the daemon, as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import digest
from digest.cli import house
from digest.cli.options import endings
from digest.cli.run import jobs, telling
from digest.errors import ConfigError
from digest.model import Roster, RosterFile
from digest.settings import Settings
from tests.cli.desk import ALICE, BROKEN, Desk, row
from tests.fakes import World
from tests.sink import Sink
from tests.world import papers, subscriber, topic


@pytest.mark.slow
def test_it_fetches_at_once_and_stops_well_when_it_is_told_to(desk: Desk, post: Sink) -> None:
    desk.subscribes(ALICE, BROKEN)
    desk.has_papers(*map(row, range(1, 7)))
    desk.can_send(post.port)
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(digest.__file__).parents[1]), "PYTHONUTF8": "1"}

    with subprocess.Popen(
        [sys.executable, "-m", "digest", "run", "-v"], cwd=desk.folder, env=clean, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr
        line = next(line for line in running.stderr if "fetched" in line)
        running.send_signal(signal.SIGTERM)
        rest = running.stderr.read()

    assert "info digest.cli.run: fetched source=file:papers.jsonl found=6 new=6" in line.lower()
    assert running.returncode == 0, rest
    assert "Traceback" not in rest


async def test_its_tick_is_the_pass_and_its_fetch_waits_for_it(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(topic("Operators", keywords=("neural operators",)),)))
    by_name = {job.name: job for job in jobs(world.house(), world.settings())}

    await asyncio.gather(by_name["tick"](), by_name["fetch"]())

    assert not any(job.errors for job in by_name.values())
    assert world.source.pulls == 2, "one after the other: the pass looks for votes, then the fetch its turn"
    assert sink.recipients == ["alice@example.org"]


async def test_a_tick_that_only_waits_for_a_retry_says_nothing(world: World, sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "digest.cli.run")
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(topic("Operators", keywords=("neural operators",)),)))
    sink.answers("RCPT", "450 4.2.0 later")
    tick = next(job for job in jobs(world.house(), world.settings()) if job.name == "tick")

    await tick()
    await tick()

    passed = [line.getMessage() for line in caplog.records if "passed" in line.getMessage()]
    assert passed == ["passed due=1 sent_now=0 deferred=1"]


@pytest.mark.parametrize(("before", "ends"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_a_closed_terminal_ends_it_well_but_for_nohup(before: signal.Handlers, ends: bool) -> None:
    usual = signal.signal(signal.SIGHUP, before)
    try:
        assert (signal.SIGHUP in endings()) == ends
    finally:
        signal.signal(signal.SIGHUP, usual)


def test_a_broken_subscriber_file_does_not_keep_it_from_starting(desk: Desk) -> None:
    """It would be told at every pass; only what spoils every mail stops it before it begins."""
    desk.subscribes(BROKEN)
    desk.can_send()
    desk.writes("templates/digest.mjml", "<mjml>\n<mj-body>\n<mj-sextion></mj-sextion>\n</mj-body>\n</mjml>")

    said = desk("run")

    assert said.code == 2
    assert "carol.yaml" not in said.err
    assert "mj-sextion" in said.err


def test_a_fault_of_a_file_is_logged_when_it_appears_not_every_minute(caplog: pytest.LogCaptureFixture) -> None:
    broken = Roster((RosterFile("carol.yaml", "", faults=(ConfigError("no such key", where="carol.yaml:4:5"),)),))
    answers = iter([broken, broken, Roster(), broken])
    read = telling(lambda: next(answers))

    for _ in range(4):
        read()

    assert [line.getMessage() for line in caplog.records] == ["fault carol.yaml:4:5: no such key"] * 2


@pytest.mark.parametrize("url", ["sqlite:///digest.sqlite3", "postgresql://digest@db.example.org/digest"])
def test_a_machine_without_a_folder_leaves_the_files_to_those_that_share_its_database(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads(**more: str) -> bool:
        given = {"DIGEST_DATABASE_URL": url} | {f"DIGEST_{name.upper()}": value for name, value in more.items()}
        return house.roster(Settings.load(given, env_file=None), None) is not None  # type: ignore[arg-type]

    monkeypatch.chdir(tmp_path)

    assert reads() == url.startswith("sqlite"), "a file has no other machine that could read it"
    assert reads(subscribers="people"), "what is named and missing is a fault"
    (tmp_path / "subscribers").mkdir()
    assert reads()
