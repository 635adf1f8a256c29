"""What mails that come back do to a subscription."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from digest.model import Consent, DeliveryEvent, Outcome, Planned, SubscriptionEvent, SubscriptionState
from digest.returns import Judge
from digest.store.bounces import Bounce
from digest.subscription.bounces import Damage
from digest.tokens import Purpose, Signer
from tests.fakes import SECRET, World
from tests.postbox import BOUNCES, Reader, correspondence, text_of
from tests.sink import Sink
from tests.subscription.test_bounces import COMPLAINT, report
from tests.world import NOW, TODAY, subscriber

ALICE = "alice@example.net"


@pytest.fixture
def alice(world: World, sink: Sink) -> Reader:
    consent = Consent("admin", NOW)
    world.store.subscribers.add(subscriber(ALICE), event=SubscriptionEvent.ADDED, consent=consent, now=NOW)
    return Reader(world, sink)


def key(world: World) -> int:
    found = world.store.subscribers.get(ALICE)
    assert found is not None
    return found.subscriber.key


def state(world: World) -> SubscriptionState:
    found = world.store.subscribers.subscription(ALICE)
    assert found is not None
    return found.state


def address(world: World, day: date = TODAY, secret: str = SECRET) -> str:
    """Where bounces of her digest of that day go."""
    token = Signer((secret,)).sign_address(Purpose.BOUNCE, key(world), at=datetime.combine(day, time(), UTC))
    return BOUNCES.replace("@", f"+{token}@")


def returned(status: str, to: str, **more: str) -> bytes:
    raw = report(status=status, **more).replace(b"To: digest+bounce+token@example.org", f"To: {to}".encode())
    return b"Return-Path: <>\r\n" + raw


def happens(world: World, raw: bytes) -> str:
    return correspondence(world).handle(raw, now=world.clock()).what


async def test_an_address_that_does_not_exist_is_cut_off_at_once(world: World, alice: Reader) -> None:
    assert "no more mail" in happens(world, returned("5.1.1", address(world), said="550 5.1.1 No such user"))
    found = world.store.subscribers.subscription(ALICE)
    assert found is not None
    assert (found.state, found.reason) == (SubscriptionState.SUPPRESSED, "bounced: 5.1.1 550 5.1.1 No such user")


async def test_the_same_report_twice_changes_nothing_further(world: World, alice: Reader) -> None:
    raw = returned("4.2.2", address(world))
    assert happens(world, raw) == "a soft bounce (4.2.2)"
    assert happens(world, raw) == "a bounce that was known already"
    assert len(world.store.bounces.of(key(world))) == 1


async def test_a_forged_report_changes_nothing(world: World, alice: Reader) -> None:
    for to in (address(world, secret="not our secret at all"), BOUNCES, "digest@example.org"):
        assert "forged" in happens(world, returned("5.1.1", to))
    assert state(world) is SubscriptionState.ACTIVE
    assert world.store.bounces.of(key(world)) == []


async def test_a_report_to_another_address_is_believed_when_it_returns_our_mail(world: World, alice: Reader) -> None:
    token = address(world).partition("@")[0].rpartition("+")[2]
    raw = returned("5.1.1", "digest@example.org").replace(b"+secret@", f"+{token}@".encode())
    assert "no more mail" in happens(world, raw)


async def test_soft_bounces_of_five_days_are_enough(world: World, alice: Reader) -> None:
    for back in (8, 6, 4, 2):
        happens(world, returned("5.2.2", address(world, TODAY - timedelta(days=back))))
    assert state(world) is SubscriptionState.ACTIVE
    happens(world, returned("4.4.1", address(world)))
    assert state(world) is SubscriptionState.SUPPRESSED


async def test_a_digest_that_arrived_between_them_counts_them_anew(world: World, alice: Reader) -> None:
    day = TODAY - timedelta(days=3)
    deliveries = world.store.deliveries
    deliveries.plan([Planned(key(world), ALICE, day, NOW - timedelta(days=3))])
    [claimed] = deliveries.claim("me", now=NOW, lease=timedelta(minutes=5), limit=9)
    deliveries.record([Outcome(claimed.key, DeliveryEvent.ACCEPTED, NOW)], owner="me")
    for back in (8, 6, 4, 2, 0):
        happens(world, returned("5.2.2", address(world, TODAY - timedelta(days=back))))
    assert state(world) is SubscriptionState.ACTIVE


async def test_a_refusal_by_policy_cuts_nobody_off_and_alarms_once_a_day(world: World, alice: Reader, sink: Sink) -> None:
    admin = Reader(world, sink, "admin@example.org")
    told = await admin.sends(returned("5.7.1", address(world), said="550 5.7.1 SPF fails"))
    assert told is not None
    assert "refused by policy" in str(told["Subject"])
    assert await admin.sends(returned("5.7.1", address(world, TODAY - timedelta(days=1)))) is None
    assert state(world) is SubscriptionState.ACTIVE


async def test_a_complaint_ends_it_at_once_and_for_good(world: World, alice: Reader) -> None:
    token = address(world).partition("@")[0].rpartition("+")[2]
    happens(world, COMPLAINT.format(kind="abuse").replace("+secret@", f"+{token}@").encode())
    assert state(world) is SubscriptionState.SUPPRESSED
    assert await alice.writes("subscribe") is None


async def test_who_was_cut_off_is_told_when_she_writes_and_may_come_back(world: World, alice: Reader) -> None:
    happens(world, returned("5.1.1", address(world)))
    world.clock.goes_on(days=5)
    told = await alice.writes("topics")
    assert "Our mails to this address came back" in text_of(told)
    assert told is not None
    assert text_of(await alice.answers(told, "resume")).startswith("Welcome")
    assert state(world) is SubscriptionState.ACTIVE


async def test_what_bounced_before_she_came_back_does_not_count_any_more(world: World, alice: Reader) -> None:
    for back in (8, 6, 4, 2, 0):
        happens(world, returned("5.2.2", address(world, TODAY - timedelta(days=back))))
    world.clock.goes_on(days=1)
    world.store.subscribers.change(ALICE, SubscriptionEvent.REVIVED, now=world.clock())
    happens(world, returned("5.2.2", address(world, TODAY + timedelta(days=1))))
    assert state(world) is SubscriptionState.ACTIVE


async def test_a_refusal_in_the_dialogue_counts_like_a_report(world: World, alice: Reader) -> None:
    deliveries = world.store.deliveries
    deliveries.plan([Planned(key(world), ALICE, TODAY, NOW)])
    [claimed] = deliveries.claim("me", now=NOW, lease=timedelta(minutes=5), limit=9)
    deliveries.record([Outcome(claimed.key, DeliveryEvent.REFUSED, NOW, "rcpt: 550 5.1.1 No such user", 550)], owner="me")
    assert Judge(world.store).heed_refusals(now=NOW) == 1
    assert Judge(world.store).heed_refusals(now=NOW) == 0
    assert state(world) is SubscriptionState.SUPPRESSED


async def test_two_processes_that_look_at_one_refusal_at_once_cut_her_off_once(world: World, alice: Reader) -> None:
    seen, judge = world.store.subscribers.get(ALICE), Judge(world.store)
    assert seen is not None
    bounce = Bounce(key(world), TODAY, Damage.HARD, "5.1.1", "No such user", NOW)
    assert "no more mail to this address" in judge.decide(seen, bounce, now=NOW)
    assert "no more mail already" in judge.decide(seen, bounce, now=NOW + timedelta(hours=1))
    found = world.store.subscribers.subscription(ALICE)
    assert found is not None
    assert (found.since, found.reason) == (NOW, "bounced: 5.1.1 No such user")


@pytest.mark.parametrize("action", ["delayed", "delivered"])
async def test_a_mail_under_way_is_no_bounce(world: World, alice: Reader, action: str) -> None:
    happens(world, returned("4.4.1", address(world), action=action))
    assert world.store.bounces.of(key(world)) == []


async def test_a_note_of_absence_to_the_bounce_address_is_no_bounce(world: World, alice: Reader) -> None:
    head = f"Return-Path: <>\r\nFrom: {ALICE}\r\nTo: {address(world)}\r\nAuto-Submitted: auto-replied\r\n"
    happens(world, f"{head}Subject: Out of office\r\n\r\nAway.".encode())
    assert world.store.bounces.of(key(world)) == []
