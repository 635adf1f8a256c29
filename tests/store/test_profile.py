from __future__ import annotations

import json
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Layout, Subscriber, Topic, WhenEmpty
from digest.store.profile import Reader, from_json, to_json, value_to_json
from tests.world import subscriber

words = st.lists(st.text(max_size=8), max_size=3).map(tuple)
topics = st.builds(Topic, st.text(), words, st.text(), words, words, words, words, st.floats(0.1, 10))
subscribers = st.builds(
    Subscriber,
    email=st.just("alice@example.org"),
    topics=st.lists(topics, max_size=3).map(tuple),
    name=st.text(),
    timezone=st.sampled_from(["UTC", "Europe/Berlin"]),
    send_at=st.times(),
    days=st.lists(st.integers(0, 6), unique=True).map(tuple),
    max_papers=st.integers(1, 500),
    trending=st.integers(0, 50),
    layout=st.sampled_from(Layout),
    language=st.sampled_from(["en", "de"]),
    when_empty=st.sampled_from(WhenEmpty),
    paused_until=st.none() | st.dates(),
    key=st.just(7),
)


@given(subscribers)
def test_a_subscriber_comes_back_as_she_went_in(given_subscriber: Subscriber) -> None:
    written = json.loads(json.dumps(to_json(given_subscriber)))
    assert from_json("alice@example.org", written, key=7) == given_subscriber


def test_a_profile_holds_neither_address_nor_key() -> None:
    assert not {"email", "key"} & set(to_json(subscriber()))


def test_a_key_of_another_version_is_left_out_and_a_missing_one_has_its_default() -> None:
    assert from_json("alice@example.org", {"mood": "good", "topics": [{"name": "Flow", "colour": "red"}]}) == Subscriber(
        "alice@example.org", (Topic("Flow"),)
    )


def test_a_single_value_is_written_as_in_the_profile() -> None:
    assert value_to_json("send_at", time(7, 30)) == "07:30:00"
    assert value_to_json("paused_until", date(2026, 12, 1)) == "2026-12-01"
    with pytest.raises(ValueError, match="a profile has no 'sendat'"):
        value_to_json("sendat", time(7, 30))


def test_equal_topics_of_many_people_are_one_object() -> None:
    read = Reader().subscriber
    alice, bob = (read(email, to_json(subscriber(email))) for email in ("alice@example.org", "bob@example.org"))
    assert alice == subscriber("alice@example.org")
    assert alice.topics[0] is bob.topics[0]
