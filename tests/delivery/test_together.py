"""Several passes at once, clocks that fire twice or go back: one digest for each person and day."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import pipeline
from digest.model import DeliveryEvent, DeliveryState, Outcome, Planned
from tests.crowd import OPERATORS
from tests.fakes import World
from tests.program import Life, Program, Witness
from tests.sink import Sink
from tests.world import NOW, TODAY, papers, subscriber

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("processes", [2, 4])
async def test_processes_that_run_at_once_share_the_work(tmp_path: Path, database_url: str, full: bool, processes: int) -> None:
    recipients = 2000 if full else 300
    async with Sink() as sink:
        program = Program(tmp_path, database_url, sink.port, crowd=recipients)

        ends = await asyncio.gather(*(program.sends() for _ in range(processes)))

        assert sorted(sink.recipients) == sorted(program.addresses)
        assert program.states == {DeliveryState.SENT: recipients}
        assert [(each.code, each.err) for each in ends] == [(0, "")] * processes, [each.out for each in ends]
        assert all(each.report["adds_up"] for each in ends), "each waits for what the others have in hand"
        assert sum(each.report["sent_now"] for each in ends) == recipients


async def test_a_pass_waits_for_whoever_holds_another_day_of_hers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, count = world.store.deliveries, world.store.deliveries.reasons_of
    world.source.has(*papers(12))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    await pipeline.enrol(world.house())
    [her] = world.store.subscribers.active()
    journal.plan([Planned(her.key, her.email, TODAY - timedelta(days=1), due_at=NOW - timedelta(days=1))])
    [yesterdays] = journal.claim("another process", now=NOW, lease=timedelta(minutes=10), limit=9)

    def count_before_the_other_ends(*what: Any) -> dict[tuple[DeliveryState, str], int]:
        counted = count(*what)
        end = Outcome(yesterdays.key, DeliveryEvent.NOTHING_TO_SAY, NOW, "")
        journal.record([end], owner="another process")
        return counted

    monkeypatch.setattr(journal, "reasons_of", count_before_the_other_ends)

    report = await pipeline.run(world.house())

    assert (report.exit_code, report.tally, report.sent_now) == (0, {DeliveryState.SENT: 1}, 1)


async def test_one_of_two_is_killed_and_the_other_finishes(tmp_path: Path, database_url: str, full: bool) -> None:
    recipients = 2000 if full else 300
    async with Witness() as sink:
        program = Program(tmp_path, database_url, sink.port, crowd=recipients, settings={"SMTP_RATE": str(recipients / 4)})
        victim = Life("taken", recipients // 4)
        other = asyncio.create_task(program.sends())
        await asyncio.sleep(0)
        killed, survivor = await asyncio.gather(victim.lives(program, sink), other)

        assert killed.code < 0
        assert set(sink.recipients) == program.addresses
        assert len(sink.recipients) - recipients <= 4
        assert program.states == {DeliveryState.SENT: recipients}
        assert (survivor.code, survivor.report["adds_up"]) == (0, True), survivor


async def test_a_clock_that_fires_again_or_goes_back_an_hour_sends_nothing_twice(tmp_path: Path, database_url: str) -> None:
    async with Sink() as sink:
        program = Program(tmp_path, database_url, sink.port, crowd=20)

        ends = [await program.sends(now=NOW + timedelta(hours=hours)) for hours in (0, 0, -1, 0, 1)]

        assert [each.code for each in ends] == [0] * 5
        assert sorted(sink.recipients) == sorted(program.addresses)


async def test_around_midnight_a_clock_that_goes_back_does_not_bring_yesterday_again(tmp_path: Path, database_url: str) -> None:
    async with Sink() as sink:
        program = Program(tmp_path, database_url, sink.port, crowd=5)
        midnight = NOW.replace(hour=23, minute=30)

        ends = [await program.sends(now=midnight + timedelta(hours=hours)) for hours in (0, 1, 0, 1)]

        assert [each.report["sent_now"] for each in ends[2:]] == [0, 0]
        assert max(sink.recipients.count(each) for each in program.addresses) <= 2, "one for each of two days"
