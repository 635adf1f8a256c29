"""What there is to read at a moment, and what of it is for whom: windows, reasons, silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest import reading, silence
from digest.model import Digest, EmptyReason, Paper, Sighting, Subscriber
from digest.reading import Past, Reading, Scored
from digest.store.fetches import SourceHealth
from tests.world import NOW, TODAY, paper, papers, sighting, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operators",))
VOLCANOES = topic("Volcanoes", keywords=("magma chamber",))
HER = subscriber(topics=(OPERATORS,), trending=0)
YESTERDAY = TODAY - timedelta(days=1)
#: She has had a digest the day before, so that a whole window is hers.
REGULAR = Past(last=YESTERDAY)


def seen(number: int, days_ago: float, **changes: object) -> Paper:
    """One of the papers on neural operators, first seen so many days before now."""
    moment = NOW - timedelta(days=days_ago)
    theme = {"title": f"On neural operators, part {number}", "key": number}
    return paper(f"arxiv:2603.{number:05d}", **(theme | {"first_seen": moment, "announced": moment.date()} | changes))


def scored(*found: Paper, now: datetime = NOW, **more: object) -> Scored:
    days = tuple(sorted({each.announced for each in found if each.announced}, reverse=True)[: reading.FIRST_ANNOUNCEMENTS])
    given = {"announced": days} | more
    return reading.score(Reading(now, tuple(found), background=tuple(found), **given), (OPERATORS, VOLCANOES))  # type: ignore[arg-type]


def keys(her: Subscriber, past: Past, *found: Paper, day: date = TODAY) -> list[int]:
    return [each.key for each in reading.candidates_for(her, day, scored(*found).reading, past)]


def digest(*found: Paper, her: Subscriber = HER, past: Past = REGULAR, day: date = TODAY, **more: object) -> Digest:
    return reading.choose(her, day, scored(*found, **more), past)  # type: ignore[arg-type]


# --- Candidates ----------------------------------------------------------------------------------------------------------


def test_a_daily_digest_looks_back_seven_days_from_her_own_midnight() -> None:
    found = [seen(1, 0), seen(2, 6.9), seen(3, 7.3), seen(4, 7.5), seen(5, 13)]

    assert keys(HER, REGULAR, *found) == [1, 2, 3], "Tuesday 17 March begins at 23:00 UTC in Berlin"


def test_a_weekly_one_looks_back_fourteen() -> None:
    weekly = replace(HER, days=(1,))

    assert keys(weekly, REGULAR, seen(1, 0), seen(2, 13), seen(3, 14.3), seen(4, 15)) == [1, 2, 3]


def test_what_is_first_seen_on_a_later_day_of_hers_is_not_for_this_one() -> None:
    assert keys(HER, REGULAR, seen(1, 0), seen(2, -1), day=TODAY) == [1]
    assert keys(HER, REGULAR, seen(1, 0), seen(2, 1), day=YESTERDAY) == [2]


def test_a_first_digest_holds_the_last_two_announcements() -> None:
    found = [seen(1, 0), seen(2, 1), seen(3, 4), seen(4, 5)]

    assert keys(HER, Past(), *found) == [1, 2]


def test_what_was_sent_to_her_is_no_candidate() -> None:
    assert keys(HER, replace(REGULAR, sent=frozenset({2})), seen(1, 0), seen(2, 0)) == [1]


def test_what_was_known_before_it_was_news_is_no_candidate() -> None:
    assert keys(HER, REGULAR, seen(1, 0, first_seen=None), seen(2, 0)) == [2]


# --- Why there is nothing ------------------------------------------------------------------------------------------------

SATURDAY, HOLIDAY = datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 7, 6, 9, tzinfo=UTC)


def empty_on(moment: datetime, *found: Paper, **more: object) -> tuple[EmptyReason, str]:
    said = digest(*found, her=replace(HER, days=tuple(range(7))), past=Past(last=moment.date() - timedelta(days=1)),
                  day=moment.date(), now=moment, **more).empty  # fmt: skip
    assert said
    return said.reason, said.text


def test_a_weekend_a_holiday_and_a_quiet_day_have_sentences_of_their_own() -> None:
    said = [empty_on(SATURDAY), empty_on(HOLIDAY), empty_on(NOW)]

    assert [reason for reason, _ in said] == [EmptyReason.WEEKEND, EmptyReason.HOLIDAY, EmptyReason.NOTHING_NEW]
    weekend, holiday, quiet = (text for _, text in said)
    assert weekend.startswith("arXiv announces nothing on Friday and Saturday evenings")
    assert holiday.startswith("arXiv keeps ")
    assert quiet == "The sources have announced nothing new since your last digest."
    assert len({weekend, holiday, quiet}) == 3


def test_a_source_that_is_down_is_named_with_when_it_last_answered_in_her_time() -> None:
    health = (SourceHealth("arxiv", last_good=NOW - timedelta(hours=20), last_error="answered 503", failures=3),)

    assert empty_on(NOW, health=health) == (
        EmptyReason.SOURCE_DOWN,
        "arXiv has not answered since Monday 14:00; its papers will come as soon as it does.",
    )


def test_a_source_that_never_answered_says_what_it_said() -> None:
    health = (SourceHealth("huggingface", last_error="answered 503.", failures=1),)

    assert empty_on(NOW, health=health) == (EmptyReason.SOURCE_DOWN, "Hugging Face has not answered yet: answered 503.")


@pytest.mark.parametrize(
    ("failures", "hours", "down"), [(0, 40, False), (1, 2, False), (1, 17.9, False), (1, 18, True), (5, 40, True)]
)
def test_a_hiccup_is_no_outage(failures: int, hours: float, down: bool) -> None:
    health = SourceHealth("arxiv", last_good=NOW - timedelta(hours=hours), failures=failures)

    assert silence.is_down(health, NOW) is down


def test_arxivs_calendar_explains_nothing_where_arxiv_is_not_read() -> None:
    health = (SourceHealth("feed:https://example.org/rss", last_good=SATURDAY),)

    assert empty_on(SATURDAY, health=health)[0] == EmptyReason.NOTHING_NEW


def test_where_something_is_new_and_nothing_matched_the_nearest_miss_is_named() -> None:
    near = seen(20, 0, title="Chamber music, a study of chamber acoustics")

    said = digest(*papers(12), near, her=replace(HER, topics=(VOLCANOES,)))

    assert not said.items
    assert said.empty
    assert (said.empty.reason, said.counts.new) == (EmptyReason.NOTHING_MATCHED, 13)
    assert said.empty.near_miss
    assert said.empty.near_miss.paper.key == 20


def test_a_nearer_miss_from_before_her_window_does_not_hide_the_nearest_in_it() -> None:
    older = seen(19, 9, title="Chamber, chamber: a study of chamber acoustics in a chamber")
    near = seen(20, 0, title="Chamber music, a study of chamber acoustics")

    said = digest(*papers(12), older, near, her=replace(HER, topics=(VOLCANOES,)))

    assert said.empty
    assert said.empty.near_miss
    assert said.empty.near_miss.paper.key == 20


def test_old_papers_that_never_matched_do_not_hide_that_nothing_is_new() -> None:
    said = digest(seen(1, 4), her=replace(HER, topics=(VOLCANOES,)))

    assert said.empty
    assert said.empty.reason == EmptyReason.NOTHING_NEW
    assert said.empty.near_miss is None
    assert said.counts.new == 0


# --- Silence -------------------------------------------------------------------------------------------------------------


def test_the_next_digest_explains_the_silent_days_each_reason_once() -> None:
    silent = ((date(2026, 3, 19), "Nothing new met your topics."), (date(2026, 3, 20), "Nothing new met your topics."),
              (date(2026, 3, 23), "A holiday."))  # fmt: skip
    past = Past(last=date(2026, 3, 18), silent=silent)

    assert digest(seen(1, 0), past=past).silence == "No mail on Thu 19, Fri 20: nothing new met your topics; Mon 23: A holiday."
    assert digest(her=replace(HER, topics=(VOLCANOES,)), past=past).silence == ""
    assert digest(seen(1, 0)).silence == ""


# --- Moments -------------------------------------------------------------------------------------------------------------


def test_an_earlier_moment_knows_no_later_papers_votes_or_announcements() -> None:
    votes = (sighting(upvotes=5, at=NOW - timedelta(days=2)), sighting(upvotes=50))
    found = (seen(1, 3), seen(2, 2), seen(3, 0))
    now = Reading(NOW, found, {"arxiv:2603.00001": votes, "arxiv:2603.00003": (votes[1],)}, announced=(TODAY,))

    then = reading.until(now, NOW - timedelta(days=1))

    assert [each.key for each in then.papers] == [1, 2]
    assert {name: [each.upvotes for each in several] for name, several in then.sightings.items()} == {"arxiv:2603.00001": [5]}
    assert then.announced == (date(2026, 3, 22), date(2026, 3, 21))
    assert reading.until(now, NOW).papers == found


def test_a_paper_file_is_read_as_if_each_paper_had_come_on_the_morning_of_its_day() -> None:
    rows = [paper(f"arxiv:2603.0000{n}", f"Part {n}", announced=TODAY - timedelta(days=n), first_seen=None) for n in range(4)]
    undated = paper("file:x", "Undated", announced=None, first_seen=None, aliases=())
    votes: list[Sighting] = [sighting(upvotes=9), sighting(upvotes=4, at=NOW - timedelta(days=1)), sighting(at=NOW + timedelta(1))]

    found = reading.of_papers([*rows, undated], votes, now=NOW)

    mornings = [datetime(2026, 3, day, 6, tzinfo=UTC) for day in (24, 23, 22, 21)]
    assert [each.first_seen for each in found.papers[:4]] == mornings
    assert found.papers[-1].first_seen == NOW
    assert len({each.key for each in found.papers}) == 5
    assert found.announced == (TODAY, YESTERDAY)
    assert [each.upvotes for each in found.sightings["arxiv:2603.00001"]] == [4, 9]
    assert found.liked["arxiv:2603.00002"].title == "Part 2"


def test_the_order_in_which_papers_come_makes_no_difference() -> None:
    found = [seen(number, number / 10) for number in range(1, 9)]

    assert digest(*found) == digest(*reversed(found))
