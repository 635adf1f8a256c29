"""Conversations by mail, as stories: what somebody writes, what she gets, and what has changed."""

from __future__ import annotations

import pytest

from digest import pipeline
from digest.model import SubscriptionState
from tests.fakes import World
from tests.postbox import Reader, text_of
from tests.sink import Sink
from tests.world import papers


@pytest.fixture
def alice(world: World, sink: Sink) -> Reader:
    return Reader(world, sink)


def state(world: World, address: str = "alice@example.net") -> SubscriptionState | None:
    found = world.store.subscribers.subscription(address)
    return found.state if found else None


async def test_a_whole_life_by_mail(world: World, sink: Sink, alice: Reader) -> None:
    world.source.has(*papers(24))
    await pipeline.fetch(world.house())

    asked = await alice.writes("subscribe neural operators, diffusion models")
    assert state(world) is SubscriptionState.PENDING
    assert asked is not None
    assert asked["Subject"] == "Please confirm your paper digest"
    assert "neural" not in text_of(asked), "nothing that a stranger wrote is repeated"
    assert asked["List-Unsubscribe"] is None

    welcome = await alice.answers(asked, "Yes, please!")
    assert state(world) is SubscriptionState.ACTIVE
    assert "neural operators" in text_of(welcome)

    await pipeline.tick(world.house())
    digest = alice.gets()
    assert digest is not None
    assert "On neural operators" in text_of(digest)
    assert "On diffusion models" in text_of(digest)

    voted = await alice.answers(digest, "less 2")
    assert "Fewer papers like" in text_of(voted)
    assert "clear 2" in text_of(voted)
    her = world.store.subscribers.get("alice@example.net")
    assert her is not None
    assert [vote.value for vote in world.store.subscribers.votes(her.subscriber.key)] == ["less"]

    paused = await alice.answers(digest, "pause 1 week")
    assert "No digest until Tuesday, 31 March 2026" in text_of(paused)

    bye = await alice.answers(digest, "unsubscribe")
    assert "You are unsubscribed" in text_of(bye)
    assert state(world) is SubscriptionState.SUPPRESSED

    world.clock.goes_on(days=10)
    await pipeline.tick(world.house())
    assert alice.gets() is None
