"""What commands do to a profile, how it is said, how it is undone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.model import Subscriber, Topic
from digest.subscription.changes import CHANGING, Refused, change, newcomer, pause_end, topics, weekdays
from digest.subscription.commands import Command, Verb, command, commands
from digest.subscription.letter import Letter

TODAY = date(2026, 3, 24)  # a Tuesday
GRAPHS = Topic("Graph matching", keywords=("graph matching", "GNN*"), weight=2.0)
HER = Subscriber("alice@example.net", (Topic("Neural operators"), GRAPHS), timezone="Europe/Berlin")


def fields(line: str, her: Subscriber = HER, known: tuple[Topic, ...] = ()) -> dict[str, Any]:
    wish = command(line)
    assert wish is not None
    return dict(change(wish, her, today=TODAY, known=known).fields)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("time 07:30", {"send_at": time(7, 30)}),
        ("time 7.30 Europe/Paris", {"send_at": time(7, 30), "timezone": "Europe/Paris"}),
        ("time 7pm berlin", {"send_at": time(19)}),
        ("time 12am", {"send_at": time(0)}),
        ("time 8 in the morning", {"send_at": time(8)}),
        ("time 07:30 tokyo", {"send_at": time(7, 30), "timezone": "Asia/Tokyo"}),
        ("daily", {"days": (0, 1, 2, 3, 4, 5, 6)}),
        ("weekdays", {"days": (0, 1, 2, 3, 4)}),
        ("weekly", {"days": (1,)}),
        ("weekly on Friday", {"days": (4,)}),
        ("days mo, do", {"days": (0, 3)}),
        ("täglich", {"days": (0, 1, 2, 3, 4, 5, 6)}),
        ("pause", {"paused_until": date(2026, 3, 31)}),
        ("pause 2 weeks", {"paused_until": date(2026, 4, 7)}),
        ("pause for a month", {"paused_until": date(2026, 4, 23)}),
        ("pause 3 Tage", {"paused_until": date(2026, 3, 27)}),
        ("pause until 2026-05-01", {"paused_until": date(2026, 5, 1)}),
        ("pause until 3 May", {"paused_until": date(2026, 5, 3)}),
        ("pause until January 3rd", {"paused_until": date(2027, 1, 3)}),
        ("pause bis 3.5.", {"paused_until": date(2026, 5, 3)}),
        ("pause until Tuesday", {"paused_until": date(2026, 3, 31)}),
        ("pause until tomorrow", {"paused_until": date(2026, 3, 25)}),
        ("resume", {"paused_until": None}),
    ],
)
def test_a_command_changes_these_fields(line: str, changed: dict[str, Any]) -> None:
    assert fields(line) == changed


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("time 25:00", "refused.time"),
        ("time 08:00 Mars/Olympus", "refused.zone"),
        ("pause forever", "refused.pause"),
        ("pause until 2020-01-01", "refused.pause"),
        ("pause until 30 February", "refused.pause"),
        ("pause 900 years", "refused.pause"),
        ("add", "refused.add_what"),
        ("add graph MATCHING", "refused.has_topic"),
        ("add ...", "refused.add_what"),
        ("add ***", "refused.add_what"),
        ("drop volcanoes", "refused.no_topic"),
        ("drop", "refused.drop_what"),
        ("subscribe " + ",".join(f"t{n}" for n in range(30)), "refused.topics_at_once"),
        ("add " + "x" * 300, "refused.topic"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(line: str, key: str) -> None:
    with pytest.raises(Refused) as why:
        fields(line)
    assert why.value.key == key


def test_a_topic_that_is_dropped_and_added_again_comes_back_whole() -> None:
    without = replace(HER, **fields("drop graph"))
    assert fields("add Graph Matching", without, known=HER.topics)["topics"][-1] == GRAPHS


def test_who_drops_her_last_topic_gets_what_is_trending() -> None:
    none = replace(HER, **fields("drop neural operators, graph matching"))
    assert (none.topics, none.trending) == ((), 10)
    assert fields("add x", none)["trending"] == 3
    assert newcomer("a@example.net", timezone="UTC", send_at=time(8), language="en").trending == 10


def test_topics_are_divided_by_commas_and_semicolons_and_count_once() -> None:
    assert [each.name for each in topics("a b, C; a b,, “d”.")] == ["a b", "C", "d"]


def changed(line: str, her: Subscriber) -> Subscriber:
    """After all that a line asks for, as a mail would."""
    for wish in commands(Letter("", text=line)).commands:
        her = replace(her, **change(wish, her, today=TODAY, known=HER.topics).fields)
    return her


LINES = ["time 5:15 Asia/Tokyo", "daily", "weekly fri", "days mon, thu", "pause 2 weeks", "add x, y", "drop neural", "drop 2"]


@given(some.lists(some.sampled_from(LINES), max_size=4))
def test_everything_is_undone_by_what_is_said_to_undo_it(lines: list[str]) -> None:
    her, undo = HER, list[str]()
    for line in lines:
        wish = command(line)
        assert wish is not None
        try:
            done = change(wish, her, today=TODAY, known=HER.topics)
        except Refused:
            continue
        her = replace(her, **done.fields)
        undo.append(done.undo)
    back = changed("; ".join(reversed(undo)), her)
    assert replace(back, topics=()) == replace(HER, topics=())
    assert set(back.topics) == set(HER.topics)


@given(some.sampled_from(sorted(CHANGING)), some.text(max_size=60))
def test_whatever_is_asked_is_done_or_refused(verb: Verb, text: str) -> None:
    with suppress(Refused):
        replace(HER, **change(Command(verb, text), HER, today=TODAY).fields)


@given(some.text(max_size=40))
def test_a_pause_ends_within_two_years_or_is_refused(text: str) -> None:
    with suppress(Refused):
        assert TODAY < pause_end(text, TODAY) <= TODAY.replace(year=2028, month=4)


@given(some.text(max_size=40))
def test_days_are_days_or_refused(text: str) -> None:
    with suppress(Refused):
        assert set(weekdays(text, TODAY)) <= set(range(7))
