from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import insert, select

from digest.model import Consent, DeliveryState, Roster, RosterFile, Subscription, SubscriptionEvent, SubscriptionState
from digest.store.engine import reading, writing
from digest.store.store import Store
from digest.store.subscribers import Enrolled
from digest.store.tables import deliveries, frozen, metadata, sent_papers
from tests.world import NOW, paper, subscriber, topic

V, S = SubscriptionEvent, SubscriptionState
BY_MAIL = Consent("mail", NOW, detail="<1@example.org>")


def join(store: Store, email: str = "alice@example.org", event: SubscriptionEvent = V.SIGNED_UP) -> Subscription:
    return store.subscribers.add(subscriber(email), event=event, consent=BY_MAIL, now=NOW)


def enrolled(store: Store, email: str = "alice@example.org") -> Enrolled:
    found = store.subscribers.get(email)
    assert found is not None
    return found


def from_file(store: Store, **changes: object) -> None:
    file = RosterFile("alice.yaml", repr(changes), (subscriber(**changes),))
    store.subscribers.sync(Roster((file,)), now=NOW)


# --- Joining and leaving -------------------------------------------------------------------------------------------------


def test_who_signs_up_is_pending_until_she_confirms(store: Store) -> None:
    assert join(store).state == S.PENDING
    assert store.subscribers.active() == []
    later = NOW + timedelta(hours=1)
    confirmed = store.subscribers.change("alice@example.org", V.CONFIRMED, now=later)
    assert confirmed == Subscription("alice@example.org", S.ACTIVE, "", later, Consent("mail", NOW, later, "<1@example.org>"))
    assert [each.email for each in store.subscribers.active()] == ["alice@example.org"]


def test_an_address_is_the_same_in_any_case_and_is_written_as_she_writes_it(store: Store) -> None:
    join(store, "Alice@Example.org")
    assert join(store, "ALICE@example.ORG").state == S.PENDING
    assert len(store.subscribers.all()) == 1
    assert enrolled(store, "alice@EXAMPLE.org").subscriber.email == "ALICE@example.ORG"


def test_what_cannot_happen_to_a_subscription_is_refused_and_changes_nothing(store: Store) -> None:
    join(store, event=V.FILE_APPEARED)
    with pytest.raises(ValueError, match="active cannot be signed_up"):
        join(store)
    with pytest.raises(ValueError, match="unknown cannot be unsubscribed"):
        store.subscribers.change("nobody@example.org", V.UNSUBSCRIBED, now=NOW)
    assert enrolled(store).subscription.state == S.ACTIVE


def test_somebody_suppressed_comes_back_only_by_herself_or_an_admin(store: Store) -> None:
    join(store, event=V.FILE_APPEARED)
    store.subscribers.change("alice@example.org", V.BOUNCED, reason="5.1.1 no such user", now=NOW)
    assert store.subscribers.suppressed() == [Subscription("alice@example.org", S.SUPPRESSED, "5.1.1 no such user", NOW, BY_MAIL)]
    with pytest.raises(ValueError, match="suppressed cannot be signed_up"):
        join(store)
    back = store.subscribers.change("alice@example.org", V.REVIVED, now=NOW)
    assert back is not None
    assert back.state == S.ACTIVE


def test_a_request_that_nobody_confirms_is_deleted(store: Store) -> None:
    join(store)
    join(store, "bob@example.org", V.FILE_APPEARED)
    assert store.subscribers.drop_unconfirmed(NOW) == 0
    assert store.subscribers.drop_unconfirmed(NOW + timedelta(seconds=1)) == 1
    assert [each.subscriber.email for each in store.subscribers.all()] == ["bob@example.org"]
    assert store.subscribers.subscription("alice@example.org") is None


def test_an_unknown_address_has_no_subscription(store: Store) -> None:
    assert store.subscribers.subscription("nobody@example.org") is None
    assert store.subscribers.get("nobody@example.org") is None


# --- Her own changes -----------------------------------------------------------------------------------------------------


def test_her_changes_lie_over_a_profile_from_a_file(store: Store) -> None:
    from_file(store)
    served = store.subscribers.overlay("alice@example.org", {"send_at": time(6, 30), "topics": (topic("Bees"),)}, NOW)
    assert served is not None
    assert (served.send_at, served.topics) == (time(6, 30), (topic("Bees"),))
    alice = enrolled(store)
    assert store.subscribers.active() == [alice.subscriber] == [served]
    assert alice.written.send_at == time(8)
    assert dict(alice.overlay) == {"send_at": time(6, 30), "topics": (topic("Bees"),)}
    assert alice.origin == "alice.yaml"


def test_a_key_that_the_admin_edits_later_wins_and_the_others_stay_hers(store: Store) -> None:
    from_file(store)
    store.subscribers.overlay("alice@example.org", {"send_at": time(6, 30), "max_papers": 5}, NOW)
    from_file(store, send_at=time(9))
    alice = enrolled(store)
    assert (alice.subscriber.send_at, alice.subscriber.max_papers) == (time(9), 5)
    assert dict(alice.overlay) == {"max_papers": 5}


def test_a_change_back_to_what_the_file_says_leaves_no_overlay(store: Store) -> None:
    from_file(store)
    store.subscribers.overlay("alice@example.org", {"paused_until": date(2026, 4, 1)}, NOW)
    assert enrolled(store).subscriber.paused_until == date(2026, 4, 1)
    store.subscribers.overlay("alice@example.org", {"paused_until": None}, NOW)
    assert enrolled(store).overlay == ()


def test_who_came_by_mail_changes_her_own_profile(store: Store) -> None:
    join(store)
    store.subscribers.overlay("alice@example.org", {"max_papers": 5}, NOW)
    alice = enrolled(store)
    assert (alice.written.max_papers, alice.overlay, alice.origin) == (5, (), "")


def test_a_field_that_a_profile_does_not_have_is_refused(store: Store) -> None:
    join(store)
    with pytest.raises(ValueError, match="a profile has no 'email'"):
        store.subscribers.overlay("alice@example.org", {"email": "mallory@example.org"}, NOW)
    assert store.subscribers.overlay("nobody@example.org", {"max_papers": 5}, NOW) is None


# --- When she is due -----------------------------------------------------------------------------------------------------


def test_she_is_due_when_it_is_time_or_when_something_changed(store: Store) -> None:
    join(store, event=V.FILE_APPEARED)
    alice = enrolled(store).subscriber
    assert store.subscribers.due(NOW) == [alice]
    store.subscribers.set_next_due({alice.key: NOW + timedelta(hours=1)})
    assert store.subscribers.due(NOW) == []
    assert store.subscribers.due(NOW + timedelta(hours=1)) == [alice]
    store.subscribers.overlay("alice@example.org", {"send_at": time(6)}, NOW)
    assert [each.key for each in store.subscribers.due(NOW)] == [alice.key]
    store.subscribers.change("alice@example.org", V.UNSUBSCRIBED, now=NOW)
    assert store.subscribers.due(NOW + timedelta(days=9)) == []


# --- Votes ---------------------------------------------------------------------------------------------------------------


def test_the_last_word_on_a_paper_counts_until_she_resets(store: Store) -> None:
    join(store)
    store.papers.keep([paper(), paper("arxiv:2603.00002")], now=NOW)
    key = enrolled(store).subscriber.key
    first, second = (each.key for each in store.papers.since(NOW))
    assert store.subscribers.vote(key, first, "more", NOW)
    assert store.subscribers.vote(key, second, "more", NOW + timedelta(hours=1))
    assert store.subscribers.vote(key, first, "less", NOW + timedelta(hours=2))
    votes = store.subscribers.votes(key)
    assert [(each.paper, each.value, each.at) for each in votes] == [
        (second, "more", NOW + timedelta(hours=1)),
        (first, "less", NOW + timedelta(hours=2)),
    ]
    assert store.subscribers.all_votes() == {key: votes}
    assert store.subscribers.reset(key) == 2
    assert store.subscribers.votes(key) == ()


def test_a_vote_by_or_on_what_is_gone_is_nothing_and_another_word_is_refused(store: Store) -> None:
    join(store)
    store.papers.keep([paper()], now=NOW)
    key, paper_key = enrolled(store).subscriber.key, store.papers.since(NOW)[0].key
    assert not store.subscribers.vote(999, paper_key, "more", NOW)
    assert not store.subscribers.vote(key, 999, "more", NOW)
    with pytest.raises(ValueError, match="a vote is one of more, less"):
        store.subscribers.vote(key, paper_key, "maybe", NOW)


# --- Forgetting ----------------------------------------------------------------------------------------------------------


def test_who_is_forgotten_leaves_only_a_hash_of_her_address(store: Store) -> None:
    join(store, "Alice@example.org", V.FILE_APPEARED)
    store.papers.keep([paper()], now=NOW)
    key, paper_key = enrolled(store).subscriber.key, store.papers.since(NOW)[0].key
    store.subscribers.vote(key, paper_key, "more", NOW)
    with writing(store.engine) as connection:
        mail = {"kind": "digest", "recipient": "Alice@example.org", "subscriber": key, "state": DeliveryState.SENT, "due_at": NOW}
        number = connection.execute(insert(deliveries).values(once="digest:1", **mail).returning(deliveries.c.key)).scalar_one()
        connection.execute(insert(frozen).values(delivery=number, content="{}"))
        connection.execute(insert(sent_papers).values(subscriber=key, paper=paper_key, delivery=number))

    assert store.subscribers.forget("alice@EXAMPLE.org")

    with reading(store.engine) as connection:
        everything = [str(tuple(row)).lower() for table in metadata.sorted_tables for row in connection.execute(select(table))]
        assert connection.execute(select(sent_papers)).all() == connection.execute(select(frozen)).all() == []
    assert not [row for row in everything if "alice@" in row]
    assert store.subscribers.get("alice@example.org") is None
    assert not store.subscribers.forget("alice@example.org")
    assert [(each.email, each.state, each.reason) for each in store.subscribers.suppressed()] == [("", S.SUPPRESSED, "forgotten")]


def test_a_forgotten_address_is_known_again_and_stays_suppressed_until_she_comes_back_herself(store: Store) -> None:
    join(store, event=V.FILE_APPEARED)
    store.subscribers.forget("alice@example.org")
    left = store.subscribers.subscription("ALICE@example.org")
    assert left is not None
    assert left.state == S.SUPPRESSED
    from_file(store)
    assert store.subscribers.active() == []
    with pytest.raises(ValueError, match="suppressed cannot be signed_up"):
        join(store)
    with pytest.raises(ValueError, match="add it instead"):
        store.subscribers.change("alice@example.org", V.REVIVED, now=NOW)
    assert join(store, event=V.REVIVED).state == S.ACTIVE
    assert [each.email for each in store.subscribers.active()] == ["alice@example.org"]
    assert store.subscribers.suppressed() == []
