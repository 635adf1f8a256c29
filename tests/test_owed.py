"""What the clock owes somebody who was not served for a while by her own wish: the days from now on, and none of those before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest import pipeline
from digest.model import DeliveryState, SubscriptionEvent
from digest.pipeline import House
from tests.fakes import World
from tests.sink import Sink
from tests.world import TODAY, papers, subscriber, topic

ALICE = subscriber(topics=(topic("Operators", keywords=("neural operators",)),), max_papers=1, trending=0, days=tuple(range(7)))


@pytest.fixture
async def house(world: World) -> House:
    """Alice has had a digest today."""
    world.source.has(*papers(60))
    world.subscribes(ALICE)
    made = world.house()
    await pipeline.tick(made)
    return made


def rows(world: World) -> list[tuple[int, DeliveryState]]:
    days = (TODAY + timedelta(days=n) for n in range(1, 15))
    return [((day - TODAY).days, each.state) for day in days for each in world.store.deliveries.on(day)]


async def test_the_days_of_a_pause_that_she_ends_early_are_not_owed(house: House, world: World, sink: Sink) -> None:
    def pause(until: date | None) -> None:
        world.store.subscribers.overlay(ALICE.email, {"paused_until": until}, world.clock.now)

    pause(TODAY + timedelta(days=30))
    world.clock.goes_on(days=5)
    await pipeline.tick(house)
    pause(None)
    await pipeline.tick(house)

    assert rows(world) == [(5, DeliveryState.SENT)]
    assert len(sink.mails) == 2


async def test_the_days_of_her_absence_are_not_owed(house: House, world: World, sink: Sink) -> None:
    world.clock.goes_on(hours=1)
    world.store.subscribers.change(ALICE.email, SubscriptionEvent.UNSUBSCRIBED, reason="by herself", now=world.clock.now)
    world.clock.goes_on(days=5)
    await pipeline.tick(house)
    world.store.subscribers.change(ALICE.email, SubscriptionEvent.REVIVED, now=world.clock.now)
    await pipeline.tick(house)

    assert rows(world) == [(5, DeliveryState.SENT)]


async def test_a_weekday_that_a_file_adds_is_not_owed_for_the_past(house: House, world: World, sink: Sink) -> None:
    world.people = [replace(ALICE, days=(1,))]
    await pipeline.tick(house)
    world.clock.goes_on(days=4)            # a Saturday
    world.people = [replace(ALICE, days=(1, 3, 5))]
    await pipeline.tick(house)

    assert rows(world) == [(4, DeliveryState.SENT)]


async def test_days_that_the_machine_slept_through_are_owed_all_the_same(house: House, world: World, sink: Sink) -> None:
    world.clock.goes_on(days=3)
    await pipeline.tick(house)

    assert rows(world) == [(1, DeliveryState.EXPIRED), (2, DeliveryState.EXPIRED), (3, DeliveryState.SENT)]
