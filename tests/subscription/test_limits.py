from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.subscription.limits import CONFIRMATIONS, Ledger, allow, longest, mailbox_of
from tests.world import NOW


def sent(asked: list[datetime]) -> list[datetime]:
    """Who asks at these moments is written to at these."""
    found: list[datetime] = []
    for moment in asked:
        if allow(CONFIRMATIONS, found, moment):
            found.append(moment)
    return found


def test_an_address_that_is_asked_for_every_minute_gets_five_mails_a_day() -> None:
    hours = [moment - NOW for moment in sent([NOW + timedelta(minutes=minute) for minute in range(24 * 60)])]
    assert hours == [timedelta(minutes=minutes) for minutes in (0, 10, 20, 360, 370)]


@given(st.lists(st.integers(0, 3 * 24 * 60), max_size=200))
def test_no_window_of_any_rule_ever_holds_too_many(minutes: list[int]) -> None:
    found = sent([NOW + timedelta(minutes=minute) for minute in sorted(minutes)])
    for span, most in CONFIRMATIONS:
        for first in found:
            assert sum(first <= moment < first + span for moment in found) <= most


def test_the_longest_look_back_covers_all_rules() -> None:
    assert longest(CONFIRMATIONS) == timedelta(days=1)


def test_all_spellings_of_a_mailbox_are_one() -> None:
    spellings = {"Alice@Example.org", "alice+a@example.org", " alice+b+c@EXAMPLE.ORG ", "alice@example.org"}
    assert {mailbox_of(each) for each in spellings} == {"alice@example.org"}
    assert mailbox_of("bob@example.org") != mailbox_of("alice@example.org")


def test_a_ledger_forgets_nobody_who_is_still_under_a_rule_while_it_has_room() -> None:
    ledger = Ledger([(timedelta(minutes=10), 2)], most_names=3)
    assert [ledger.take("a", NOW) for _ in range(3)] == [True, True, False]
    assert [ledger.take(name, NOW) for name in "bc"] == [True, True]
    assert not ledger.take("a", NOW + timedelta(minutes=9))
    assert ledger.take("a", NOW + timedelta(minutes=10))


def test_a_ledger_never_grows_beyond_its_size() -> None:
    ledger = Ledger(CONFIRMATIONS, most_names=100)
    for number in range(5000):
        ledger.take(str(number), NOW)
    assert len(ledger) == 100
