"""Refused again and again: the pass pauses for everybody, the administrator is told once, and nothing is lost."""

from __future__ import annotations

import pytest

from digest import pipeline
from digest.model import DeliveryState
from tests.fakes import World
from tests.sink import Sink
from tests.world import papers, subscriber, topic

D = DeliveryState
ADMIN = "admin@example.org"
OPERATORS = topic("Operators", keywords=("neural operators",))


def crowd(world: World, count: int = 60) -> None:
    world.source.has(*papers(12))
    world.subscribes(*(subscriber(f"s{n}@example.org", topics=(OPERATORS,)) for n in range(count)))


async def test_a_pass_of_which_much_is_refused_pauses_and_the_administrator_is_told_at_once(world: World, sink: Sink) -> None:
    crowd(world)
    sink.answers("RCPT", "550 5.7.1 Not from you", when="<s")

    report = await pipeline.run(world.house(admin=ADMIN))

    assert report.exit_code == 1
    assert report.adds_up
    assert "refused for good" in report.ended
    assert set(report.tally) == {D.BOUNCED, D.DEFERRED}
    assert report.tally[D.BOUNCED] <= 22, "twenty, and what was under way"
    assert sink.recipients == [ADMIN]
    assert b"digest status --failed" in sink.mails[0].data


@pytest.mark.slow
async def test_no_pass_of_the_next_hour_goes_on(world: World, sink: Sink) -> None:
    crowd(world)
    sink.answers("RCPT", "550 5.7.1 Not from you", when="<s")
    await pipeline.run(world.house(admin=ADMIN))
    sink.recovers()
    world.subscribes(subscriber("new@example.org", topics=(OPERATORS,)))
    world.clock.goes_on(minutes=59)

    report = await pipeline.run(world.house(admin=ADMIN))

    assert (report.exit_code, report.sent_now) == (1, 0)
    assert report.ended.startswith("paused: ")
    assert report.adds_up
    assert sink.recipients == [ADMIN], "once a day"


@pytest.mark.slow
async def test_after_the_hour_everybody_who_was_put_off_gets_hers(world: World, sink: Sink) -> None:
    crowd(world)
    sink.answers("RCPT", "550 5.7.1 Not from you", when="<s")
    first = await pipeline.run(world.house())
    sink.recovers()
    world.clock.goes_on(minutes=61)

    report = await pipeline.run(world.house())

    assert report.exit_code == 0
    assert report.tally == {D.BOUNCED: first.tally[D.BOUNCED], D.SENT: first.tally[D.DEFERRED]}
    assert len(set(sink.recipients)) == first.tally[D.DEFERRED]


@pytest.mark.slow
async def test_a_few_bounces_among_many_do_not_stop_a_pass(world: World, sink: Sink) -> None:
    crowd(world, 100)
    for n in range(0, 100, 20):
        sink.answers("RCPT", "550 5.1.1 No such user", when=f"<s{n}@")

    report = await pipeline.run(world.house(admin=ADMIN))

    assert (report.exit_code, report.ended) == (0, "")
    assert report.tally == {D.BOUNCED: 5, D.SENT: 95}


async def test_a_pause_noted_by_a_clock_that_was_wrong_holds_nobody_up(world: World, sink: Sink) -> None:
    crowd(world, 3)
    world.store.meta.set("paused", {"until": "2036-01-01T00:00:00+00:00", "why": "a slip"})

    assert (await pipeline.run(world.house())).sent_now == 3


@pytest.mark.slow
async def test_a_server_that_is_down_leaves_nobody_due_without_a_reason(world: World) -> None:
    crowd(world, 500)
    world.port = 1

    report = await pipeline.run(world.house())

    assert (report.exit_code, report.tally) == (1, {D.DEFERRED: 500})
    assert report.adds_up
