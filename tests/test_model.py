"""The nouns, and both state machines as full tables: every pair of a state and an event."""

from __future__ import annotations

import dataclasses
from itertools import product

import pytest

from digest import model
from digest.model import (
    FINAL,
    DeliveryEvent,
    DeliveryState,
    Digest,
    Item,
    Section,
    SectionKind,
    SubscriptionEvent,
    SubscriptionState,
    Topic,
    delivery_after,
    subscription_after,
)
from tests.world import TODAY, paper, subscriber

#: A row a state, a column an event; "." cannot happen.
DELIVERY = """
            claimed  accepted nothing_to_say unsubscribed failed_for_now refused line_lost lease_ran_out set_aside too_late
due         sending  .        .              .            .              .       .         .             .         expired
sending     .        sent     skipped        skipped      deferred       bounced uncertain sending       deferred  .
sent        .        .        .              .            .              .       .         .             .         .
skipped     .        .        .              .            .              .       .         .             .         .
deferred    sending  .        .              .            .              .       .         .             .         expired
uncertain   sending  .        .              .            .              .       .         .             .         .
bounced     .        .        .              .            .              .       .         .             .         .
expired     .        .        .              .            .              .       .         .             .         .
"""

#: A row an event, a column a state. "none" is no row: before the first event, and after a request grew too old.
SUBSCRIPTION = """
                          none    pending    active     stopped    suppressed
signed_up                 pending pending    .          .          .
file_appeared             active  active     .          active     .
file_appeared_unconfirmed pending pending    .          active     .
added                     active  active     .          active     .
confirmed                 .       active     .          active     .
file_removed              .       .          stopped    .          .
unsubscribed              .       suppressed suppressed suppressed .
bounced                   .       suppressed suppressed suppressed .
complained                .       suppressed suppressed suppressed .
declined                  .       suppressed .          suppressed suppressed
too_old                   .       none       .          .          .
revived                   .       .          .          active     active
"""


def table(drawn: str) -> dict[tuple[str, str], str]:
    """A drawn table as a mapping from the heads of a row and a column to what stands where they meet."""
    head, *rows = (line.split() for line in drawn.strip().splitlines())
    return {(name, column): cell for name, *cells in rows for column, cell in zip(head, cells, strict=True)}


DELIVERIES = table(DELIVERY)
SUBSCRIPTIONS = {(state, event): after for (event, state), after in table(SUBSCRIPTION).items()}


def test_the_tables_here_hold_every_pair() -> None:
    assert DELIVERIES.keys() == set(product(DeliveryState, DeliveryEvent))
    assert SUBSCRIPTIONS.keys() == set(product([*SubscriptionState, "none"], SubscriptionEvent))


@pytest.mark.parametrize(("state", "event"), DELIVERIES)
def test_a_delivery_goes_where_the_table_says_or_nowhere(state: str, event: str) -> None:
    after = DELIVERIES[state, event]
    if after == ".":
        with pytest.raises(ValueError, match=f"a delivery that is {state} cannot be {event}"):
            delivery_after(DeliveryState(state), DeliveryEvent(event))
    else:
        assert delivery_after(DeliveryState(state), DeliveryEvent(event)) == after


@pytest.mark.parametrize(("state", "event"), SUBSCRIPTIONS)
def test_a_subscription_goes_where_the_table_says_or_nowhere(state: str, event: str) -> None:
    after = SUBSCRIPTIONS[state, event]
    before = None if state == "none" else SubscriptionState(state)
    if after == ".":
        with pytest.raises(ValueError, match="cannot be"):
            subscription_after(before, SubscriptionEvent(event))
    else:
        assert subscription_after(before, SubscriptionEvent(event)) == (None if after == "none" else after)


def test_from_a_final_state_no_delivery_moves() -> None:
    moving = {state for (state, _), after in DELIVERIES.items() if after != "."}

    assert set(DeliveryState) - moving == FINAL


def test_a_suppressed_address_comes_back_by_one_event_only() -> None:
    ways = [event for (state, event), after in SUBSCRIPTIONS.items() if state == "suppressed" and after == "active"]

    assert ways == ["revived"]


def test_no_event_makes_somebody_active_who_neither_asked_nor_stands_in_a_file() -> None:
    ways = {event for (_, event), after in SUBSCRIPTIONS.items() if after == "active"}

    assert ways == {"confirmed", "file_appeared", "file_appeared_unconfirmed", "added", "revived"}


def test_every_noun_is_frozen_and_has_slots() -> None:
    nouns = [kind for kind in vars(model).values() if dataclasses.is_dataclass(kind) and kind.__module__.startswith(model.__name__)]

    assert len(nouns) > 15
    for noun in nouns:
        assert noun.__dataclass_params__.frozen, noun.__name__  # type: ignore[union-attr]
        assert hasattr(noun, "__slots__"), noun.__name__


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        (Topic("Graphs"), "Graphs"),
        (Topic("Graphs", exclude=("survey",), authors=("Ada Lovelace",)), "Graphs"),
        (Topic("Graphs", keywords=("matching",)), ""),
        (Topic("Graphs", like=("arxiv:2010.08895",)), ""),
        (Topic("Graphs", keywords=("matching",), text="Trees too."), "Trees too."),
    ],
)
def test_a_topics_name_is_its_query_only_where_nothing_else_was_given(topic: Topic, query: str) -> None:
    assert topic.query == query


@pytest.mark.parametrize(("days", "weekly"), [((0,), True), ((0, 3), False), ((0, 1, 2, 3, 4), False)])
def test_one_mail_a_week_is_weekly(days: tuple[int, ...], weekly: bool) -> None:
    assert subscriber(days=days).weekly is weekly


def test_a_digests_items_are_those_of_its_sections_in_order() -> None:
    items = [Item(number, paper(f"arxiv:2603.0000{number}"), 1.0) for number in (1, 2, 3)]
    sections = (Section(SectionKind.TOPIC, "A", tuple(items[:2])), Section(SectionKind.TRENDING, "", tuple(items[2:])))

    assert Digest(subscriber(), TODAY, sections).items == tuple(items)
