"""Each way in and out, from each state, on a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from digest.model import Consent, Roster, RosterFile, Subscriber, SubscriptionEvent, SubscriptionState
from digest.store.store import Store
from digest.subscription import membership
from digest.subscription.membership import Answer, Book, Standing
from tests.world import NOW, subscriber, topic

S, V = SubscriptionState, SubscriptionEvent
ALICE = "alice@example.org"
LATER = NOW + timedelta(hours=1)


class Postbox(list[str]):
    """What was put into the outbox, by kind."""

    def __call__(self, kind: str, her: Subscriber, *, now: datetime) -> bool:
        self.append(kind)
        return True


@pytest.fixture
def store(haste: None) -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        yield opened


@pytest.fixture
def post() -> Postbox:
    return Postbox()


def bring(store: Store, state: str) -> int:
    """Alice in that state; her key."""
    people = store.subscribers
    event = V.SIGNED_UP if state == "pending" else V.FILE_APPEARED
    people.add(subscriber(), event=event, consent=Consent("form", NOW), now=NOW)
    if state == "stopped":
        people.change(ALICE, V.FILE_REMOVED, now=NOW)
    elif state not in ("pending", "active"):
        last = V.UNSUBSCRIBED if state in ("declined", "removed") else V(state)
        reason = state if state == "removed" else membership.reason_of(V(state), "said so")
        people.change(ALICE, last, reason=reason, now=NOW)
    found = people.get(ALICE)
    assert found is not None
    return found.subscriber.key


def state(store: Store) -> str:
    found = store.subscribers.subscription(ALICE)
    return found.state.value if found else "unknown"


@pytest.mark.parametrize(
    ("before", "mail", "after"),
    [
        ("pending", ["confirm"], "pending"),
        ("active", ["help"], "active"),
        ("stopped", ["confirm"], "stopped"),
        ("unsubscribed", ["confirm"], "suppressed"),
        ("bounced", ["confirm"], "suppressed"),
        ("complained", [], "suppressed"),
        ("declined", [], "suppressed"),
        ("removed", [], "suppressed"),
    ],
)
def test_signing_up_an_address_that_is_known(store: Store, post: Postbox, before: str, mail: list[str], after: str) -> None:
    bring(store, before)
    wish = subscriber(topics=(topic("Something else"),))
    membership.sign_up(store.subscribers, post, wish, how="form", now=LATER)
    assert (post, state(store)) == (mail, after)
    found = store.subscribers.get(ALICE)
    assert found is not None
    assert (found.subscriber.topics[0].name == "Something else") == (before == "pending")


def test_signing_up_a_stranger(store: Store, post: Postbox) -> None:
    membership.sign_up(store.subscribers, post, subscriber(), how="form", now=NOW)
    assert (post, state(store)) == (["confirm"], "pending")


def test_signing_up_a_forgotten_address_does_nothing(store: Store, post: Postbox) -> None:
    bring(store, "active")
    store.subscribers.forget(ALICE)
    membership.sign_up(store.subscribers, post, subscriber(), how="form", now=LATER)
    assert post == []


def test_a_file_that_waits_for_her_consent_keeps_its_topics(store: Store, post: Postbox) -> None:
    store.subscribers.sync(Roster((RosterFile("alice.yaml", "x", (subscriber(),)),)), now=NOW, ask_first=True)
    membership.sign_up(store.subscribers, post, subscriber(topics=(topic("Else"),)), how="form", now=LATER)
    found = store.subscribers.get(ALICE)
    assert found is not None
    assert (post, found.origin, found.subscriber.topics) == (["confirm"], "alice.yaml", subscriber().topics)


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        ("pending", Answer.DONE, "active"),
        ("active", Answer.ALREADY, "active"),
        ("stopped", Answer.DONE, "active"),
        ("unsubscribed", Answer.DONE, "active"),
        ("bounced", Answer.DONE, "active"),
        ("complained", Answer.REFUSED, "suppressed"),
        ("declined", Answer.REFUSED, "suppressed"),
        ("removed", Answer.REFUSED, "suppressed"),
    ],
)
def test_confirming(store: Store, post: Postbox, before: str, answer: Answer, after: str) -> None:
    key = bring(store, before)
    assert membership.confirm(store.subscribers, post, key, asked=LATER, now=LATER) is answer
    assert (post, state(store)) == (["welcome"] if answer is Answer.DONE else [], after)


def test_a_question_from_before_she_left_is_answered_already(store: Store, post: Postbox) -> None:
    key = bring(store, "unsubscribed")
    assert membership.confirm(store.subscribers, post, key, asked=NOW - timedelta(hours=1), now=LATER) is Answer.REFUSED
    assert state(store) == "suppressed"


@pytest.mark.parametrize("before", ["pending", "active", "stopped", "unsubscribed", "bounced", "complained"])
def test_who_says_it_was_not_her_is_never_asked_again(store: Store, post: Postbox, before: str) -> None:
    key = bring(store, before)
    assert membership.decline(store.subscribers, key, now=LATER) is Answer.DONE
    assert membership.decline(store.subscribers, key, now=LATER) is Answer.ALREADY
    membership.sign_up(store.subscribers, post, subscriber(), how="form", now=LATER)
    assert membership.come_back(store.subscribers, key, now=LATER) is Answer.REFUSED
    assert (post, state(store)) == ([], "suppressed")


@pytest.mark.parametrize("before", ["pending", "active", "stopped"])
def test_leaving_from_wherever_she_stands(store: Store, before: str) -> None:
    key = bring(store, before)
    assert membership.leave(store.subscribers, key, now=LATER) is Answer.DONE
    assert membership.leave(store.subscribers, key, now=LATER) is Answer.ALREADY
    assert membership.come_back(store.subscribers, key, now=LATER) is Answer.DONE
    assert membership.come_back(store.subscribers, key, now=LATER) is Answer.ALREADY


def test_who_is_gone_from_the_store_can_do_nothing_and_breaks_nothing(store: Store, post: Postbox) -> None:
    people = store.subscribers
    assert membership.confirm(people, post, 7, asked=NOW, now=NOW) is Answer.REFUSED
    assert membership.decline(people, 7, now=NOW) is Answer.REFUSED
    assert membership.leave(people, 7, now=NOW) is Answer.ALREADY
    assert membership.come_back(people, 7, now=NOW) is Answer.REFUSED
    assert membership.ask_again(people, post, 7, now=NOW) is Answer.REFUSED
    assert membership.change(people, 7, {"max_papers": 3}, now=NOW) is None
    assert post == []


class Quicker:
    """The store, in which something happens to Alice right after somebody looked at her for the first time."""

    def __init__(self, store: Store, happens: Callable[[], object]) -> None:
        self.people, self.waiting = store.subscribers, [happens]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.people, name)

    def get(self, email: str) -> Standing | None:
        return self._then(self.people.get(email))

    def by_number(self, key: int) -> Standing | None:
        return self._then(self.people.by_number(key))

    def _then(self, seen: Standing | None) -> Standing | None:
        if self.waiting:
            self.waiting.pop()()
        return seen


@pytest.mark.parametrize(
    ("before", "does", "meanwhile", "answer", "after", "mails"),
    [
        ("pending", "confirm", "confirm", Answer.ALREADY, "active", ["welcome"]),
        ("unsubscribed", "confirm", "come_back", Answer.ALREADY, "active", []),
        ("pending", "confirm", "decline", Answer.REFUSED, "suppressed", []),
        ("pending", "confirm", "forget", Answer.REFUSED, "suppressed", []),
        ("pending", "leave", "confirm", Answer.DONE, "suppressed", ["welcome"]),
        ("active", "leave", "leave", Answer.ALREADY, "suppressed", []),
        ("active", "leave", "forget", Answer.ALREADY, "suppressed", []),
        ("active", "decline", "leave", Answer.DONE, "suppressed", []),
        ("bounced", "come_back", "come_back", Answer.ALREADY, "active", []),
    ],
)
def test_a_second_click_at_the_same_moment(
    store: Store, post: Postbox, before: str, does: str, meanwhile: str, answer: Answer, after: str, mails: list[str]
) -> None:
    key = bring(store, before)

    def act(book: Book, what: str) -> object:
        if what == "confirm":
            return membership.confirm(book, post, key, asked=LATER, now=LATER)
        return store.subscribers.forget(ALICE) if what == "forget" else getattr(membership, what)(book, key, now=LATER)

    assert act(Quicker(store, lambda: act(store.subscribers, meanwhile)), does) is answer
    assert (post, state(store)) == (mails, after)


def test_a_form_filled_in_while_she_confirms_an_older_one(store: Store, post: Postbox) -> None:
    key = bring(store, "pending")
    confirms = Quicker(store, lambda: membership.confirm(store.subscribers, post, key, asked=LATER, now=LATER))
    membership.sign_up(confirms, post, subscriber(topics=(topic("Else"),)), how="form", now=LATER)
    assert (post, state(store)) == (["welcome", "help"], "active")


def test_a_change_of_hers_lies_over_her_file(store: Store) -> None:
    store.subscribers.sync(Roster((RosterFile("alice.yaml", "x", (subscriber(),)),)), now=NOW)
    found = store.subscribers.get(ALICE)
    assert found is not None
    changed = membership.change(store.subscribers, found.subscriber.key, {"max_papers": 3}, now=LATER)
    assert changed is not None
    assert changed.max_papers == 3
    again = store.subscribers.get(ALICE)
    assert again is not None
    assert (again.written.max_papers, again.overlay) == (12, (("max_papers", 3),))
