from __future__ import annotations

from datetime import timedelta

import pytest

from digest.model import Consent, DeliveryEvent, Frozen, Outcome, Planned, SubscriptionEvent
from digest.store.bounces import Bounce
from digest.store.store import Store
from tests.world import NOW, TODAY, subscriber


@pytest.fixture
def alice(store: Store) -> int:
    store.subscribers.add(subscriber(), event=SubscriptionEvent.ADDED, consent=Consent("admin", NOW), now=NOW)
    found = store.subscribers.get("alice@example.org")
    assert found
    return found.subscriber.key


def bounce(of: int, **changes: object) -> Bounce:
    given = {"subscriber": of, "day": TODAY, "damage": "soft", "status": "4.2.2", "said": "452 4.2.2 Mailbox full", "at": NOW}
    return Bounce(**(given | changes))  # type: ignore[arg-type]


def test_a_digest_that_came_back_is_noted_once(store: Store, alice: int) -> None:
    assert store.bounces.record(bounce(alice))
    assert not store.bounces.record(bounce(alice, said="again"))
    assert store.bounces.of(alice) == [bounce(alice)]


def test_a_bounce_of_somebody_who_is_gone_is_nothing(store: Store, alice: int) -> None:
    assert not store.bounces.record(bounce(alice + 1))


def test_what_came_back_goes_with_her(store: Store, alice: int) -> None:
    store.bounces.record(bounce(alice))
    store.subscribers.forget("alice@example.org")
    assert store.bounces.of(alice) == []


def test_papers_of_a_digest_that_came_back_later_were_not_sent(store: Store, alice: int) -> None:
    store.deliveries.plan([Planned(alice, "alice@example.org", TODAY, NOW)])
    [digest] = store.deliveries.claim("me", now=NOW, lease=timedelta(minutes=5), limit=10)
    store.deliveries.freeze([Frozen(digest.key, "{}", "<a@b>", (7, 8))], owner="me")
    store.deliveries.record([Outcome(digest.key, DeliveryEvent.ACCEPTED, NOW)], owner="me")
    assert store.deliveries.sent_papers(alice) == {7, 8}
    store.bounces.record(bounce(alice))
    assert store.deliveries.sent_papers(alice) == set()


def test_digests_refused_at_once_are_found_until_they_are_noted(store: Store, alice: int) -> None:
    days = [TODAY - timedelta(days=n) for n in range(3)]
    store.deliveries.plan([Planned(alice, "alice@example.org", day, NOW) for day in days])
    claimed = store.deliveries.claim("me", now=NOW, lease=timedelta(minutes=5), limit=10)
    ends = [DeliveryEvent.REFUSED, DeliveryEvent.REFUSED, DeliveryEvent.ACCEPTED]
    by_day = {each.date: end for each, end in zip(sorted(claimed, key=lambda each: each.date or TODAY), ends, strict=True)}
    store.deliveries.record([Outcome(each.key, by_day[each.date], NOW, "rcpt: 550 5.1.1 No") for each in claimed], owner="me")

    assert [each.date for each in store.bounces.unheard(since=TODAY - timedelta(days=9))] == sorted(days)[:2]
    store.bounces.record(bounce(alice, day=days[1]))
    assert [each.date for each in store.bounces.unheard(since=TODAY - timedelta(days=9))] == [days[2]]
    assert store.bounces.sent_days(alice, since=TODAY - timedelta(days=9)) == [TODAY]
