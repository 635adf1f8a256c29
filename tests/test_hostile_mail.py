"""Thousands of mails that nobody should send: nothing breaks, nothing changes, nobody is written to who must not be."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from digest.model import Consent, SubscriptionEvent, SubscriptionState
from digest.store.engine import reading
from digest.store.tables import deliveries
from digest.subscription.letter import parse
from digest.tokens import Purpose, Signer
from tests.fakes import SECRET, World
from tests.postbox import BOUNCES, COMMANDS, correspondence
from tests.subscription.hostile import mails
from tests.world import NOW, subscriber, topic

#: Of the slow suite; by hand 10000.
MANY = int(os.environ.get("HOSTILE_MAILS", "1000"))
ALICE, BOB, STRANGER, ROBOT = "alice@example.net", "bob@example.net", "zoe@example.net", "noreply@example.net"


@pytest.fixture
def people(world: World) -> World:
    consent = Consent("admin", NOW)
    for email in (ALICE, BOB):
        world.store.subscribers.add(subscriber(email, topics=(topic(),)), event=SubscriptionEvent.ADDED, consent=consent, now=NOW)
    return world


def everything(world: World) -> list[Any]:
    """All about everybody who was there before."""
    people = world.store.subscribers
    return [(people.get(email), people.votes(key)) for key, email in enumerate((ALICE, BOB), 1)]


def outbox(world: World) -> list[tuple[str, str]]:
    with reading(world.store.engine) as connection:
        return [(row.kind, row.recipient) for row in connection.execute(deliveries.select())]


def suffer(world: World, count: int, seed: int) -> None:
    """All kinds of mails, without a token."""
    before, office = everything(world), correspondence(world)

    for number, mail in enumerate(mails(count, seed=seed, to=(COMMANDS, BOUNCES), authors=(ALICE, BOB, STRANGER, ROBOT))):
        world.clock.goes_on(seconds=30)
        assert office.handle(mail, now=world.clock()), number

    assert everything(world) == before
    stranger = world.store.subscribers.subscription(STRANGER)
    assert stranger is None or stranger.state is SubscriptionState.PENDING
    written_to = Counter(recipient for _, recipient in outbox(world))
    assert set(written_to) <= {ALICE, BOB, STRANGER}
    assert written_to, "some of them were fair"
    days = 1 + count * 30 // 86400
    assert max(written_to.values()) <= 10 * days
    asked = Counter(recipient for kind, recipient in outbox(world) if kind in {"confirm", "approve"})
    assert max(asked.values(), default=0) <= 5 * days


def withstand(world: World, count: int, seed: int) -> None:
    """What machines send, to addresses with genuine and with forged tokens of hers.

    With a genuine one a report is believed, and a bare "unsubscribe", which mail programs send; nothing else is.
    """
    signer, key = Signer((SECRET,)), world.store.subscribers.get(ALICE).subscriber.key  # type: ignore[union-attr]
    token = signer.sign_address(Purpose.REPLY, key, at=NOW)
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    to = (COMMANDS.replace("@", f"+{token}@"), COMMANDS.replace("@", f"+{forged}@"), BOUNCES.replace("@", f"+{forged}@"))
    before, office = everything(world), correspondence(world)

    for mail in mails(count, seed=seed, to=to[:1], authors=(ALICE, ROBOT), machines=True):
        if b"multipart/report" not in mail and parse(mail).subject != "unsubscribe":
            office.handle(mail, now=world.clock())
    for mail in mails(count, seed=seed + 1, to=to[1:], authors=(ALICE, ROBOT), machines=True):
        office.handle(mail, now=world.clock())

    assert everything(world) == before
    assert world.store.bounces.of(key) == []
    assert outbox(world) == []


@pytest.mark.slow
async def test_mails_without_a_token_change_nothing(people: World) -> None:
    suffer(people, 40, seed=1)


@pytest.mark.slow
async def test_machines_change_nothing_even_with_a_token(people: World) -> None:
    withstand(people, 60, seed=2)


@pytest.mark.slow
async def test_thousands_of_mails_change_nothing(people: World) -> None:
    suffer(people, MANY, seed=3)


@pytest.mark.slow
async def test_thousands_of_machines_change_nothing(people: World) -> None:
    withstand(people, MANY // 2, seed=4)
