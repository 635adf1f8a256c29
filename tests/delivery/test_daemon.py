"""`digest run` as a process: told to stop, beside another one, with somebody who leaves meanwhile, after the machine was off.

It obeys the wall clock, so its readers live where it is noon, and want their mail at an hour that has come a moment ago.
"""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.model import DeliveryState, Planned, SubscriptionEvent, Topic
from tests.crowd import OPERATORS, enrol, readers
from tests.program import Ended, Program, ended, until
from tests.sink import Sink

pytestmark = pytest.mark.slow

TOPICS = [OPERATORS, Topic("Diffusion", ("diffusion models",))]


def noon(now: datetime) -> tuple[str, datetime]:
    """A zone whose day is in its twelfth hour, and the time there. POSIX counts zones westwards: Etc/GMT+1 is an hour behind."""
    zone = f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/GMT"
    return zone, now.astimezone(ZoneInfo(zone))


def office(folder: Path, database: str, port: int, *, crowd: int, due_since: float = 60, **settings: str) -> Program:
    """A program whose readers' hour has come so many seconds ago."""
    program = Program(folder, database, port, settings=settings)
    program.crowd = crowd
    now = datetime.now(UTC)
    zone, there = noon(now)
    at = (there - timedelta(seconds=due_since)).time().replace(microsecond=0)
    with program.store() as store:
        enrol(store, readers(crowd, TOPICS, timezone=zone, send_at=at), now=now - timedelta(days=3))
    return program


async def stopped(daemon: asyncio.subprocess.Process) -> tuple[Ended, float]:
    """How it ended, and after how many seconds."""
    began = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    return await ended(daemon), time.monotonic() - began


def states(program: Program) -> dict[DeliveryState, int]:
    with program.store() as store:
        return {state: count for state, count in store.deliveries.tally().items() if state != DeliveryState.SKIPPED}


async def test_told_to_stop_it_ends_open_dialogues_and_gives_back_the_rest(tmp_path: Path, database_url: str) -> None:
    async with Sink(delay=0.2) as sink:
        program = office(tmp_path, database_url, sink.port, crowd=300)
        daemon = await program.starts("run")
        await until(lambda: len(sink.mails) > 8)

        end, seconds = await stopped(daemon)

        assert end.code == 0, end.err
        assert seconds < 10
        now = states(program)
        assert now[DeliveryState.SENT] == len(sink.mails), "what the server took is written down"
        assert DeliveryState.SENDING not in now
        assert len(sink.mails) < 300
        daemon = await program.starts("run")
        await until(lambda: len(sink.mails) == 300)
        await stopped(daemon)
        assert len(set(sink.recipients)) == 300
        assert states(program) == {DeliveryState.SENT: 300}


async def test_a_server_that_does_not_answer_keeps_it_from_stopping_for_less_than_ten_seconds(tmp_path: Path) -> None:
    async with Sink().answers(".", "silence") as sink:
        program = office(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}", sink.port, crowd=20)
        daemon = await program.starts("run")
        await until(lambda: sink.commands.count("DATA") == 4)

        end, seconds = await stopped(daemon)

        assert end.code == 0, end.err
        assert seconds < 10
        assert states(program) == {DeliveryState.UNCERTAIN: 4, DeliveryState.DEFERRED: 16}


async def test_told_to_stop_in_the_middle_of_scoring_it_does(tmp_path: Path) -> None:
    """Thousands of topics of three thousand readers take seconds to score; they do so in a process of its own."""
    async with Sink() as sink:
        program = Program(tmp_path, f"sqlite:///{tmp_path / 'digest.sqlite3'}", sink.port)
        now = datetime.now(UTC)
        words = [(f"neural operators {n}", f"part {n}") for n in range(4000)]
        topics = [Topic(f"Topic {n}", each, f"On turbulent flow, and number {n}.") for n, each in enumerate(words)]
        with program.store() as store:
            zone, there = noon(now)
            at = there.time().replace(microsecond=0)
            enrol(store, readers(3000, topics, timezone=zone, send_at=at), now=now - timedelta(days=3))
        daemon = await program.starts("run", "-v")

        def scoring() -> bool:
            return bool(states(program).get(DeliveryState.SENDING))

        await until(scoring)
        end, seconds = await stopped(daemon)

        assert end.code == 0, end.err
        assert seconds < 10
        assert "Traceback" not in end.err
        assert DeliveryState.SENDING not in states(program)


async def test_a_second_one_beside_it_is_safe(tmp_path: Path, database_url: str) -> None:
    async with Sink(delay=0.02) as sink:
        program = office(tmp_path, database_url, sink.port, crowd=200)
        both = [await program.starts("run"), await program.starts("run")]
        await until(lambda: len(sink.mails) == 200)

        ends = [(await stopped(each))[0] for each in both]

        assert [each.code for each in ends] == [0, 0]
        assert len(set(sink.recipients)) == len(sink.recipients) == 200
        assert states(program) == {DeliveryState.SENT: 200}


async def test_who_leaves_during_the_pass_gets_nothing_that_begins_a_second_later(tmp_path: Path, database_url: str) -> None:
    async with Sink() as sink:
        program = office(tmp_path, database_url, sink.port, crowd=200, SMTP_RATE="50")
        daemon = await program.starts("run")
        await until(lambda: len(sink.mails) >= 10)
        gone = program.addresses - set(sink.recipients)
        with program.store() as store:
            for each in sorted(gone):
                store.subscribers.change(each, SubscriptionEvent.UNSUBSCRIBED, reason="by mail", now=datetime.now(UTC))
        await asyncio.sleep(1)
        heard = len(sink.mails)
        await until(lambda: DeliveryState.SENDING not in states(program))
        await stopped(daemon)

        assert len(sink.mails) == heard < 150
        assert states(program) == {DeliveryState.SENT: heard}


async def test_after_being_off_it_catches_up_once(tmp_path: Path, database_url: str) -> None:
    async with Sink() as sink:
        program = office(tmp_path, database_url, sink.port, crowd=30, due_since=2 * 3600)
        for _ in range(2):
            before = len(sink.mails)
            daemon = await program.starts("run")
            await until(lambda before=before: len(sink.mails) == 30 or before > 0)
            await asyncio.sleep(1)
            await stopped(daemon)

        assert sorted(sink.recipients) == sorted(program.addresses)


async def test_what_is_too_late_to_catch_up_is_written_down_and_not_sent(tmp_path: Path, database_url: str) -> None:
    async with Sink() as sink:
        program = office(tmp_path, database_url, sink.port, crowd=5, due_since=3 * 3600, CATCH_UP="1h")
        with program.store() as store:
            yesterday = noon(datetime.now(UTC))[1] - timedelta(days=1, hours=3)
            people = [each for each in store.subscribers.active() if each.email in program.addresses]
            store.deliveries.plan(Planned(her.key, her.email, yesterday.date(), yesterday) for her in people)
        daemon = await program.starts("run")
        await until(lambda: set(states(program)) == {DeliveryState.EXPIRED} and states(program)[DeliveryState.EXPIRED] >= 5)
        await stopped(daemon)

        assert not sink.mails
