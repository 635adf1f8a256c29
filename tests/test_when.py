"""Due dates in every zone and season, and arXiv's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import when
from digest.model import EmptyReason
from tests.world import subscriber

ALL_DAYS = tuple(range(7))
ZONES = sorted(available_timezones() - {"localtime"})

zones = st.sampled_from(ZONES)
dates = st.dates(date(1975, 1, 1), date(2037, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
instants = st.builds(datetime.combine, dates, times, st.just(UTC))
weeks = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- Words -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "at"), [("08:00", time(8)), ("7:30", time(7, 30)), (" 23:59 ", time(23, 59)), ("0:00", time(0))])
def test_a_time_of_day_is_hours_and_minutes(text: str, at: time) -> None:
    assert when.clock_time(text) == at


@pytest.mark.parametrize("text", ["7:5", "24:00", "8", "8am", "08:00:00", "-1:00", "630", "", "٠٨:٠٠"])
def test_what_is_no_time_of_day_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time of day; write hours and minutes of the 24-hour clock, like 08:00 or 17:30"):
        when.clock_time(text)


@pytest.mark.parametrize(
    ("text", "hours"), [("12h", 12), ("30 min", 0.5), ("2 days", 48), ("1 day 6 hours", 30), ("1 week, 1 day", 192), ("9 M", 0.15)]
)
def test_a_span_is_numbers_with_units(text: str, hours: float) -> None:
    assert when.duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["12", "h", "", "2 fortnights", "-1h", "99999999999 weeks", "1h!"])
def test_what_is_no_span_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time; write a number and a unit"):
        when.duration(text)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("asia/tokyo", "Asia/Tokyo"), ("Berlin", "Europe/Berlin"), ("New York", "America/New_York"), ("Europe/Rom", "Europe/Rome")],
)
def test_a_wrong_zone_is_told_the_right_one(key: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        when.zone(key)


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "", "x" * 9999, "Europe", "Europe/Berlin\0", "CET\n"])
def test_what_is_no_zone_is_one_clear_error(key: str) -> None:
    with pytest.raises(ValueError, match="is no time zone; write an IANA name like Europe/Berlin"):
        when.zone(key)


# --- Due dates -------------------------------------------------------------------------------------------------------------


def test_her_mail_is_due_at_her_own_time_in_summer_and_winter() -> None:
    alice = subscriber(timezone="Europe/Berlin", send_at=time(8))
    assert when.due_at(alice, date(2026, 1, 15)) == utc("2026-01-15 07:00")
    assert when.due_at(alice, date(2026, 7, 15)) == utc("2026-07-15 06:00")


def test_a_time_that_the_spring_night_skips_moves_forward_by_the_gap() -> None:
    reader = subscriber(timezone="America/New_York", send_at=time(2, 30))
    assert when.due_at(reader, date(2026, 3, 8)) == utc("2026-03-08 07:30")  # 03:30 on her wall


def test_a_time_that_the_autumn_night_repeats_is_due_once_the_first_time() -> None:
    reader = subscriber(timezone="America/New_York", send_at=time(1, 30), days=ALL_DAYS)
    first = when.due_at(reader, date(2026, 11, 1))
    assert first == utc("2026-11-01 05:30")
    assert when.next_due(reader, first) == utc("2026-11-02 06:30")


def test_a_date_that_her_zone_skipped_brings_no_mail() -> None:
    reader = subscriber(timezone="Pacific/Apia", send_at=time(8), days=ALL_DAYS)
    assert not when.is_digest_day(reader, date(2011, 12, 30))
    assert when.next_mail_day(reader, date(2011, 12, 29)) == date(2011, 12, 31)
    assert when.next_due(reader, when.due_at(reader, date(2011, 12, 29))) == when.due_at(reader, date(2011, 12, 31))


def test_a_weekly_mail_on_a_skipped_date_comes_a_week_later() -> None:
    reader = subscriber(timezone="Pacific/Apia", days=(4,))
    assert when.next_mail_day(reader, date(2011, 12, 29)) == date(2012, 1, 6)


def test_at_one_moment_two_sides_of_the_date_line_are_two_days() -> None:
    now = utc("2026-03-24 10:30")
    assert when.local_date(now, "Pacific/Kiritimati") == date(2026, 3, 25)
    assert when.local_date(now, "Pacific/Niue") == date(2026, 3, 23)


def test_weekends_and_pauses_are_no_digest_days() -> None:
    reader = subscriber(paused_until=date(2026, 4, 6))
    assert not when.is_digest_day(reader, date(2026, 4, 3))
    assert when.is_digest_day(reader, date(2026, 4, 6))
    assert not when.is_digest_day(subscriber(), date(2026, 4, 4))
    assert when.next_mail_day(reader, date(2026, 3, 24)) == date(2026, 4, 6)
    assert when.next_due(reader, utc("2026-03-24 09:00")) == utc("2026-04-06 06:00")


def test_a_weekly_reader_is_due_on_her_day_and_looks_back_two_weeks() -> None:
    reader = subscriber(days=(0,))
    assert when.next_mail_day(reader, date(2026, 3, 23)) == date(2026, 3, 30)
    assert when.candidate_window(reader) == timedelta(days=14)
    assert when.candidate_window(subscriber()) == timedelta(days=7)


def test_a_pause_without_end_is_never_due() -> None:
    assert when.next_due(subscriber(paused_until=date.max), utc("2026-03-24 09:00")) is None
    assert when.next_mail_day(subscriber(paused_until=date.max), date(2026, 3, 24)) is None
    assert when.next_due(subscriber(days=()), utc("2026-03-24 09:00")) is None


def test_a_machine_that_was_off_at_send_time_still_finds_the_day_due() -> None:
    alice, half_a_day = subscriber(timezone="Europe/Berlin", send_at=time(8)), timedelta(hours=12)
    assert when.due_day(alice, utc("2026-03-24 06:59"), within=half_a_day) is None
    assert when.due_day(alice, utc("2026-03-24 07:00"), within=half_a_day) == date(2026, 3, 24)
    assert when.due_day(alice, utc("2026-03-24 18:59"), within=half_a_day) == date(2026, 3, 24)
    assert when.due_day(alice, utc("2026-03-24 19:00"), within=half_a_day) is None


def test_a_late_evening_mail_may_be_sent_after_midnight() -> None:
    reader = subscriber(timezone="Europe/Berlin", send_at=time(23, 30))
    assert when.due_day(reader, utc("2026-03-25 01:00"), within=timedelta(hours=12)) == date(2026, 3, 24)


@given(zones, times, weeks, instants, st.integers(1, 72).map(lambda hours: timedelta(hours=hours)))
def test_a_day_is_due_exactly_when_its_instant_lies_within_the_time_to_catch_up(
    zone: str, at: time, days: tuple[int, ...], now: datetime, within: timedelta
) -> None:
    reader = subscriber(timezone=zone, send_at=at, days=days)
    first = when.next_due(reader, now - within)
    assert first is not None
    found = when.due_day(reader, now, within=within)
    assert (found is not None) == (first <= now)
    if found:
        assert now - within < when.due_at(reader, found) <= now


def test_the_days_of_a_silence_are_her_digest_days_between() -> None:
    silent = when.digest_days(subscriber(), after=date(2026, 3, 26), before=date(2026, 3, 31))
    assert silent == (date(2026, 3, 27), date(2026, 3, 30))


@given(zones, times, weeks, instants)
def test_the_next_due_instant_is_the_due_instant_of_one_of_her_days_and_none_lies_between(
    zone: str, at: time, days: tuple[int, ...], now: datetime
) -> None:
    reader = subscriber(timezone=zone, send_at=at, days=days)
    due = when.next_due(reader, now)
    assert due is not None
    assert due > now
    near = [when.local_date(now, zone) + timedelta(days=n) for n in range(-2, 20)]
    assert due == min(each for day in near if when.is_digest_day(reader, day) and (each := when.due_at(reader, day)) > now)


@given(zones, times, dates)
def test_whoever_follows_the_clock_gets_every_date_exactly_once(zone: str, at: time, start: date) -> None:
    reader = subscriber(timezone=zone, send_at=at, days=ALL_DAYS)
    now = when.due_at(reader, start)
    followed = []
    for _ in range(10):
        now = when.next_due(reader, now) or now
        followed.append(now)
    days = [start + timedelta(days=n) for n in range(1, 12)]
    assert followed == [when.due_at(reader, day) for day in days if when.is_digest_day(reader, day)][:10]
    assert followed == sorted(set(followed))


@given(zones, times, dates)
def test_a_due_instant_shows_her_time_on_the_wall_unless_it_does_not_exist(zone: str, at: time, day: date) -> None:
    due = when.instant(day, at, zone)
    shown = due.astimezone(when.zone(zone))
    if (shown.date(), shown.time()) != (day, at):
        before = (due - timedelta(hours=30)).astimezone(when.zone(zone)).utcoffset()
        assert shown.replace(tzinfo=None) > datetime.combine(day, at)
        assert shown.utcoffset() != before


# --- arXiv's calendar ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        ("2026-03-23", "2026-03-19 18:00", "2026-03-20 18:00"),
        ("2026-03-24", "2026-03-20 18:00", "2026-03-23 18:00"),
        ("2026-03-25", "2026-03-23 18:00", "2026-03-24 18:00"),
        ("2026-03-10", "2026-03-06 19:00", "2026-03-09 18:00"),
    ],
    ids=["monday carries Friday", "tuesday carries three days", "wednesday", "over the change of clocks"],
)
def test_a_feed_carries_the_submissions_between_two_deadlines(day: str, since: str, until: str) -> None:
    found = when.announcement(date.fromisoformat(day))
    assert (found.kind, found.since, found.until) == ("day", utc(since), utc(until))
    assert found.at == when.instant(found.day - timedelta(days=1), time(20), "America/New_York")


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29"])
def test_saturday_and_sunday_bring_nothing(day: str) -> None:
    assert when.announcement(date.fromisoformat(day)).kind == "weekend"


@pytest.mark.parametrize(
    ("listed", "silent", "next_day", "since", "until"),
    [
        ("2026-06-19", "2026-06-22", "2026-06-23", "2026-06-18 18:00", "2026-06-22 18:00"),
        ("2026-07-03", "2026-07-06", "2026-07-07", "2026-07-02 18:00", "2026-07-06 18:00"),
        ("2026-09-07", "2026-09-08", "2026-09-09", "2026-09-04 18:00", "2026-09-08 18:00"),
        ("2026-01-01", "2026-01-02", "2026-01-05", "2025-12-31 19:00", "2026-01-02 19:00"),
        ("2025-07-06", "2025-07-07", "2025-07-08", "2025-07-03 18:00", "2025-07-07 18:00"),
    ],
    ids=["a Friday silences Monday", "another Friday", "a Monday silences Tuesday", "a Thursday silences Friday", "a Sunday"],
)
def test_a_listed_holiday_defers_one_announcement(listed: str, silent: str, next_day: str, since: str, until: str) -> None:
    found = when.announcement(date.fromisoformat(silent))
    assert (found.kind, found.holiday) == ("holiday", date.fromisoformat(listed))
    assert when.next_feed_day(found.day) == date.fromisoformat(next_day)
    after = when.announcement(date.fromisoformat(next_day))
    assert (after.kind, after.since, after.until) == ("day", utc(since), utc(until))


@given(st.dates(date(2024, 2, 1), date(2027, 12, 31)))
def test_no_submission_falls_between_two_feeds(day: date) -> None:
    found = when.announcement(day)
    if found.expected:
        following = when.announcement(when.next_feed_day(day))
        assert found.until == following.since
        assert found.until is not None
        assert found.at is not None
        assert found.until < found.at


def test_a_year_without_a_list_says_so() -> None:
    assert when.announcement(date(2027, 3, 23)).kind == "unknown_year"
    assert when.announcement(date(2027, 3, 23)).expected
    assert when.announcement(date(2027, 3, 27)).kind == "weekend"


@pytest.mark.parametrize(
    ("now", "reason", "said"),
    [
        ("2026-03-28 07:00", EmptyReason.WEEKEND, "weekends bring no papers. The next papers come on Monday, 30 March."),
        (
            "2026-06-22 07:00",
            EmptyReason.HOLIDAY,
            "arXiv keeps Friday, 19 June as a holiday and announced nothing for today. The next papers come on Tuesday, 23 June.",
        ),
    ],
)
def test_an_empty_day_has_its_honest_reason(now: str, reason: EmptyReason, said: str) -> None:
    silence = when.why_nothing_new(utc(now))
    assert silence is not None
    assert silence.reason is reason
    assert silence.text.endswith(said)


def test_on_a_working_day_the_calendar_is_no_excuse() -> None:
    assert when.why_nothing_new(utc("2026-03-24 09:00")) is None


def test_monday_morning_in_tokyo_is_still_sunday_for_arxiv() -> None:
    silence = when.why_nothing_new(when.instant(date(2026, 3, 23), time(8), "Asia/Tokyo"))
    assert silence is not None
    assert silence.next_day == date(2026, 3, 23)
    assert when.why_nothing_new(when.instant(date(2026, 3, 23), time(14), "Asia/Tokyo")) is None


def test_a_first_digest_looks_back_over_holidays_and_weekends() -> None:
    assert when.last_feed_days(utc("2026-06-23 09:00"), count=2) == (date(2026, 6, 23), date(2026, 6, 19))
    assert when.last_feed_days(utc("2026-03-29 09:00"), count=2) == (date(2026, 3, 27), date(2026, 3, 26))
