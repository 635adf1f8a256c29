"""A clock that leaps ahead and comes back: nobody waits for a day that is years away, and nothing is forgotten on its word."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from digest import pipeline
from digest.model import DeliveryState, Planned, SubscriptionEvent
from tests.fakes import World
from tests.sink import Sink
from tests.world import TODAY, paper, subscriber, topic

D = DeliveryState
OPERATORS = topic("Operators", keywords=("neural operators",))
KEEP, CATCH_UP = timedelta(days=400), timedelta(hours=12)


def daily(world: World) -> None:
    """One person with one paper a day."""
    world.subscribes(subscriber(topics=(OPERATORS,), max_papers=1, trending=0, days=(0, 1, 2, 3, 4, 5, 6)))


def announces(world: World) -> None:
    """What the day brings that the clock shows."""
    day = world.clock.now.date()
    name = f"arxiv:{day:%y%m}.{day.day:05d}"
    text = f"Study {day} of neural operators. It reports what follows from {day.toordinal()}."
    world.source.papers[:] = [paper(name, f"On neural operators, {day}", abstract=text, announced=day, first_seen=None)]


async def ticks(world: World, *, days: int) -> list[tuple[int, DeliveryState]]:
    """A tick on each of so many days, this one first; what became of each day's digest."""
    found, house = [], world.house()
    for _ in range(days):
        announces(world)
        await pipeline.tick(house)
        found += [((each.date - TODAY).days, each.state) for each in world.store.deliveries.on(world.clock.now.date()) if each.date]
        world.clock.goes_on(days=1)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("leap", [2, 6, 25, 400, 3650])
async def test_after_a_leap_ahead_and_back_every_day_has_its_digest_once(leap: int, world: World, sink: Sink) -> None:
    daily(world)
    await ticks(world, days=1)
    world.clock.goes_on(days=leap - 1)
    await ticks(world, days=1)

    world.clock.goes_on(days=-leap)
    found = await ticks(world, days=6)

    assert found == [(day, D.SENT) for day in range(1, 7)]
    subjects = [mail.data for mail in sink.mails]
    assert len(subjects) == len(set(subjects)), "a date that had its digest early gets no second one"


async def test_going_back_by_less_than_an_hour_is_nothing_to_speak_of(
    world: World, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    daily(world)
    await ticks(world, days=1)
    world.clock.goes_on(days=-1, minutes=-50)

    await pipeline.tick(world.house())

    assert caplog.records == []
    (her,) = world.store.subscribers.all()
    assert her.next_due
    assert len(sink.mails) == 1


@pytest.mark.slow
async def test_a_machine_that_starts_in_1970_loses_nothing(world: World, sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    daily(world)
    await ticks(world, days=3)
    true = world.clock.now

    world.clock.goes_on(days=-20_000)
    await pipeline.tick(world.house())
    await pipeline.tidy(world.house(), KEEP)
    world.clock.now = true
    found = await ticks(world, days=2)

    assert "clock went_back=19999 days" in caplog.text
    assert found == [(3, D.SENT), (4, D.SENT)]
    assert [each.state for n in range(3) for each in world.store.deliveries.on(TODAY + timedelta(days=n))] == [D.SENT] * 3
    assert world.store.papers.count() == 5


@pytest.mark.slow
async def test_what_was_retried_for_a_day_that_has_not_come_is_planned_anew(world: World, sink: Sink) -> None:
    daily(world)
    await ticks(world, days=1)
    sink.answers("DATA", "451 4.3.0 later")
    world.clock.goes_on(days=9)
    await ticks(world, days=1)
    (held,) = world.store.deliveries.on(TODAY + timedelta(days=10))
    assert held.state == D.DEFERRED

    sink.recovers()
    world.clock.goes_on(days=-10)
    assert await ticks(world, days=12) == [(day, D.SENT) for day in range(1, 13)]
    (her,) = world.store.subscribers.all()
    sent = world.store.deliveries.sent_papers(her.subscriber.key)
    assert len(sent) == 13, "a paper of the digest that was taken back is not lost to her"


async def test_of_two_daemons_only_one_takes_back_and_what_the_other_planned_since_stays(world: World, sink: Sink) -> None:
    daily(world)
    await ticks(world, days=1)
    world.clock.goes_on(days=4)
    await ticks(world, days=1)
    world.clock.goes_on(days=-5)

    journal, hindsight = world.store.deliveries, world.store.hindsight
    hindsight.heed(world.clock.now, catch_up=CATCH_UP)
    (her,) = world.store.subscribers.active()
    assert journal.plan([Planned(her.key, her.email, world.clock.now.date(), world.clock.now)]) == 1
    hindsight.heed(world.clock.now, catch_up=CATCH_UP)

    assert [each.state for each in journal.on(world.clock.now.date())] == [D.DUE]


# --- Forgetting ----------------------------------------------------------------------------------------------------------


async def lived(world: World, days: int) -> None:
    """A store that has fetched each day, and holds a paper that nobody was sent from its first one."""
    world.source.has(paper("arxiv:2603.90001", "Nobody's", abstract="Of no interest."))
    house = world.house()
    for _ in range(days):
        await pipeline.fetch(house)
        world.clock.goes_on(days=1)


@pytest.mark.parametrize("years", [2, 10])
async def test_a_machine_with_a_wrong_year_does_not_forget_everything(
    years: int, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await lived(world, 10)
    before = world.store.papers.count()

    world.clock.goes_on(days=365 * years)
    house = world.house()
    for _ in range(6):                     # it fetches as ever, which proves nothing
        world.clock.goes_on(days=1)
        await pipeline.fetch(house)
        assert not await pipeline.tidy(house, KEEP)

    assert world.store.papers.count() == before
    said = [line.getMessage() for line in caplog.records if line.levelno == logging.WARNING]
    assert len(said) == 6
    assert said[0].startswith("forgets nothing: the clock leapt, or the machine was off, since=2026-04-02")


async def test_a_clock_that_has_gone_on_for_a_week_since_is_believed(world: World) -> None:
    await lived(world, 10)
    world.clock.goes_on(days=900)
    house = world.house()
    for _ in range(8):                     # the machine really was off for so long
        await pipeline.fetch(house)
        world.clock.goes_on(days=1)

    gone = await pipeline.tidy(world.house(), KEEP)

    assert gone.papers == 1
    assert gone.fetches > 0


async def test_a_pass_once_a_month_is_no_leap(world: World) -> None:
    house = world.house()
    for _ in range(20):
        await pipeline.fetch(house)
        world.clock.goes_on(days=30)

    assert await pipeline.tidy(world.house(), KEEP)


async def test_a_new_store_is_believed(world: World) -> None:
    await lived(world, 1)

    assert world.store.retention.trusts(world.clock.now)


async def test_of_somebody_who_was_cut_off_ahead_of_time_no_day_that_had_not_come_stands_as_missed(
    world: World, sink: Sink
) -> None:
    daily(world)
    await ticks(world, days=1)
    sink.answers("RCPT", "550 5.1.1 No such user")
    world.clock.goes_on(days=3)
    await ticks(world, days=1)
    world.clock.goes_on(days=-4)
    sink.recovers()

    assert await ticks(world, days=6) == [(4, D.BOUNCED)], "nothing was owed her before, and nothing is after"


async def test_what_became_of_somebody_who_left_since_stays_on_record(world: World) -> None:
    """Nothing would be written down again in its place."""
    daily(world)
    await pipeline.tick(world.house())
    before = [(each.date, each.state) for each in world.store.deliveries.on(TODAY)]
    world.store.subscribers.change("alice@example.org", SubscriptionEvent.UNSUBSCRIBED, reason="by herself", now=world.clock.now)

    world.clock.goes_on(hours=-2)
    await pipeline.tick(world.house())

    assert before == [(TODAY, D.SKIPPED)]
    assert [(each.date, each.state) for each in world.store.deliveries.on(TODAY)] == before
