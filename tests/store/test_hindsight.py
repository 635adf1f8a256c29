"""What a clock that ran ahead wrote down is taken back, on both databases alike."""

from __future__ import annotations

from datetime import timedelta

from digest.model import DeliveryState, Planned, Roster, RosterFile
from digest.store.store import Store
from tests.world import NOW, TODAY, subscriber

CATCH_UP = timedelta(hours=12)


def test_days_that_have_not_come_are_open_again_and_everybody_is_reckoned_anew(store: Store) -> None:
    store.subscribers.sync(Roster((RosterFile("alice.yaml", "1", (subscriber(),)),)), now=NOW)
    (her,) = store.subscribers.active()
    store.hindsight.heed(NOW, catch_up=CATCH_UP)
    ahead = NOW + timedelta(days=5)
    days = {n: NOW + timedelta(days=n, hours=-1) for n in (-1, 0, 1, 2, 90)}
    store.deliveries.plan([Planned(her.key, her.email, at.date(), at) for at in days.values()])
    store.deliveries.expire(ahead - CATCH_UP)
    store.subscribers.set_next_due({her.key: ahead})

    store.hindsight.heed(ahead, catch_up=CATCH_UP)
    store.hindsight.heed(NOW, catch_up=CATCH_UP)

    left = {n: [each.state for each in store.deliveries.on(TODAY + timedelta(days=n))] for n in days}
    assert left == {-1: [DeliveryState.EXPIRED], 0: [], 1: [], 2: [], 90: [DeliveryState.DUE]}, "what is over stays over"
    assert [each.next_due for each in store.subscribers.all()] == [None]


def test_a_clock_that_goes_on_takes_nothing_back(store: Store) -> None:
    store.subscribers.sync(Roster((RosterFile("alice.yaml", "1", (subscriber(),)),)), now=NOW)
    (her,) = store.subscribers.active()
    store.deliveries.plan([Planned(her.key, her.email, TODAY + timedelta(days=1), NOW + timedelta(days=1))])

    for minutes in (0, 11, 22, 10, -30):   # half an hour back is no leap
        store.hindsight.heed(NOW + timedelta(minutes=minutes), catch_up=CATCH_UP)

    assert len(store.deliveries.on(TODAY + timedelta(days=1))) == 1
