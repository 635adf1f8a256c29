"""When: clock times, time zones, days, pauses and due dates. PURE; reads nothing but zone data.

Every instant is an aware UTC datetime, every day a local date. A wall time that the spring night skips moves forward by the gap,
one that the autumn night repeats means its first pass (`fold=0`). Every sum goes through UTC: aware arithmetic drops `fold`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from digest.errors import nearest, quoted
from digest.model import EmptyReason, Subscriber

_DAY = timedelta(days=1)

# --- Words that people write ---------------------------------------------------------------------------------------------

_CLOCK_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")
_UNITS = {
    1: "s sec secs second seconds",
    60: "m min mins minute minutes",
    3600: "h hr hrs hour hours",
    86400: "d day days",
    604800: "w week weeks",
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words.split()}


def clock_time(text: str) -> time:
    """The wall time that `text` (`08:00`, `7:30`, 24-hour clock) names. Raises ValueError with what to write."""
    found = _CLOCK_TIME.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"{quoted(text)} is no time of day; write hours and minutes of the 24-hour clock, like 08:00 or 17:30")
    return time(int(found[1]), int(found[2]))


def duration(text: str) -> timedelta:
    """The span that `text` (`12h`, `30 min`, `2 days`, `1 day 6 hours`) names. Raises ValueError with what to write instead."""
    words = text.strip().lower().replace(",", " ").replace(" and ", " ")
    if not words or _DURATION.sub("", words).strip():
        raise _no_duration(text)
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(words)))
    except (KeyError, OverflowError):
        raise _no_duration(text) from None


@lru_cache(maxsize=1024)
def zone(key: str) -> ZoneInfo:
    """The time zone with this IANA name, letter for letter. Raises ValueError with the nearest name that exists."""
    try:
        found = ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{quoted(key)} is no time zone; write an IANA name like Europe/Berlin{_nearest_zone(key)}") from None
    return found


def _no_duration(text: str) -> ValueError:
    return ValueError(f"{quoted(text)} is no span of time; write a number and a unit, like 30 min, 12h or 2 days")


def _nearest_zone(key: str) -> str:
    """Zone names know upper from lower case: the same letters come first, then the same city, then any near name."""
    wanted = key.strip().lower().replace(" ", "_")
    known = {name.lower(): name for name in sorted(available_timezones())}
    cities = {name.rpartition("/")[2].lower(): name for name in sorted(known.values(), reverse=True)}
    found = known.get(wanted) or cities.get(wanted)
    return f", did you mean '{found}'?" if found else nearest(key, known.values())


# --- When her mail is due ------------------------------------------------------------------------------------------------


def instant(day: date, at: time, zone_name: str) -> datetime:
    """The UTC instant of a wall time; one that does not exist moves forward by the gap, of one that comes twice it is the first."""
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone(zone_name)).astimezone(UTC)


def local_date(now: datetime, zone_name: str) -> date:
    """What the calendar on the wall says there at this instant."""
    return now.astimezone(zone(zone_name)).date()


def is_digest_day(subscriber: Subscriber, day: date) -> bool:
    """Whether she gets a digest for this local date: one of her days, no pause, and a date that her zone has not skipped."""
    paused = subscriber.paused_until is not None and day < subscriber.paused_until
    return day.weekday() in subscriber.days and not paused and _exists(day, subscriber.timezone)


def due_at(subscriber: Subscriber, day: date) -> datetime:
    """The instant at which her digest for this local date is due, whether or not it is one of her days."""
    return instant(day, subscriber.send_at, subscriber.timezone)


def next_mail_day(subscriber: Subscriber, after: date) -> date | None:
    """The first of her digest days after this one; None when there is none in sight."""
    return next(_digest_days(subscriber, after + _DAY), None)


def next_due(subscriber: Subscriber, after: datetime) -> datetime | None:
    """The first instant after this one at which a digest of hers is due; None when there is none in sight."""
    yesterday = local_date(after, subscriber.timezone) - _DAY  # its time may have moved into today
    return next((due for day in _digest_days(subscriber, yesterday) if (due := due_at(subscriber, day)) > after), None)


def due_day(subscriber: Subscriber, now: datetime, *, within: timedelta) -> date | None:
    """The latest digest day that came due less than `within` ago, which a machine that was off may still send, or None."""
    today = local_date(now, subscriber.timezone)
    days = (today - n * _DAY for n in range(within.days + 3))
    overdue = (day for day in days if timedelta(0) <= now - due_at(subscriber, day) < within)
    return next((day for day in overdue if is_digest_day(subscriber, day)), None)


def digest_days(subscriber: Subscriber, *, after: date, before: date) -> tuple[date, ...]:
    """Her digest days strictly between two dates: those of a silence that the next digest explains."""
    days = (after + n * _DAY for n in range(1, (before - after).days))
    return tuple(day for day in days if is_digest_day(subscriber, day))


def candidate_window(subscriber: Subscriber) -> timedelta:
    """How far back a digest looks for papers."""
    return timedelta(days=14 if subscriber.weekly else 7)


def _digest_days(subscriber: Subscriber, first: date) -> Iterator[date]:
    """Her digest days of three weeks from `first` or the end of her pause: a zone may skip a date, and with it a weekly mail."""
    start = max(first, subscriber.paused_until or first)
    days = (start + n * _DAY for n in range(min(21, (date.max - start).days)))
    return (day for day in days if is_digest_day(subscriber, day))


@lru_cache(maxsize=4096)
def _exists(day: date, zone_name: str) -> bool:
    """Samoa had no 30 December 2011: there the midnights before and after such a day are one instant."""
    return day >= date.max - _DAY or instant(day, time(0), zone_name) != instant(day + _DAY, time(0), zone_name)


# --- When arXiv announces ------------------------------------------------------------------------------------------------

_EASTERN = "America/New_York"
_DEADLINE = time(14)
_ANNOUNCED = time(20)

#: Days on which arXiv defers its announcement, as it lists them at https://info.arxiv.org/help/availability.html (taken from
#: arXiv/arxiv-docs, source/help/availability.md, and for 2026 from the page as of August 2026). A listed day is that of a batch
#: which is not announced: the evening of a Monday to Thursday, and for a Friday (or the Sunday itself) the evening of Sunday. So
#: the feed of the next working day stays empty and its papers come with the one after. For every year: add the new list here.
_LISTED = """
2024-01-15 2024-05-22 2024-06-19 2024-07-04 2024-09-02 2024-10-08 2024-11-28 2024-12-25 2024-12-26 2024-12-31
2025-01-01 2025-01-20 2025-06-19 2025-07-06 2025-09-01 2025-11-27
2026-01-01 2026-01-19 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25 2026-12-29 2026-12-31
"""
_HOLIDAYS = tuple(date.fromisoformat(day) for day in _LISTED.split())
#: Feed days for which the list is complete, first and last. For December 2025 it was "not yet scheduled" where we could read it.
_KNOWN = ((date(2024, 1, 15), date(2025, 11, 30)), (date(2026, 1, 2), date(2026, 12, 31)))


@dataclass(frozen=True, slots=True)
class Announcement:
    """What arXiv's calendar says of the feed of one day, by the date in US Eastern time.

    `unknown_year` is a working day whose list of holidays is not known here: an announcement is likely. `at` is the instant of
    the announcement, on the evening before; `since` and `until` bound the submissions that it carries (both None when there is
    none). arXiv's moderators may hold a paper back, and the feed itself appears at midnight after `at`.
    """

    day: date
    kind: Literal["day", "weekend", "holiday", "unknown_year"]
    holiday: date | None = None            #: the day that arXiv lists
    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def expected(self) -> bool:
        return self.kind in ("day", "unknown_year")


@dataclass(frozen=True, slots=True)
class Silence:
    """Why arXiv's calendar holds nothing new today: the parts for a sentence, and the sentence in English."""

    reason: EmptyReason
    day: date                              #: the feed day that is empty
    next_day: date                         #: the feed day on which papers come again
    holiday: date | None = None            #: the day that arXiv lists

    @property
    def text(self) -> str:
        then = f"The next papers come on {_spelled(self.next_day)}."
        if self.holiday:
            return f"arXiv keeps {_spelled(self.holiday)} as a holiday and announced nothing for today. {then}"
        return f"arXiv announces nothing on Friday and Saturday evenings, so weekends bring no papers. {then}"


def feed_day(now: datetime) -> date:
    """The day whose arXiv feed is out: feeds appear at midnight US Eastern time."""
    return local_date(now, _EASTERN)


def announcement(day: date) -> Announcement:
    """What arXiv's calendar says of the feed of this day (see https://info.arxiv.org/help/availability.html)."""
    if day.weekday() >= 5:
        return Announcement(day, "weekend")
    if holiday := _holiday(day):
        return Announcement(day, "holiday", holiday)
    known = any(first <= day <= last for first, last in _KNOWN)
    deadline = _working_day_before(day)
    before = _working_day_before(deadline)
    while _holiday(_working_day_after(before)):
        before = _working_day_before(before)
    return Announcement(
        day,
        "day" if known else "unknown_year",
        at=instant(day - _DAY, _ANNOUNCED, _EASTERN),
        since=instant(before, _DEADLINE, _EASTERN),
        until=instant(deadline, _DEADLINE, _EASTERN),
    )


def next_feed_day(after: date) -> date:
    """The first day after this one on which arXiv's feed is expected to bring papers."""
    day = after + _DAY
    while not announcement(day).expected:
        day += _DAY
    return day


def last_feed_days(now: datetime, *, count: int) -> tuple[date, ...]:
    """The last `count` days with papers in arXiv's feed up to now, the newest first: a first digest looks back two of them."""
    days = (feed_day(now) - n * _DAY for n in itertools.count())
    return tuple(itertools.islice((day for day in days if announcement(day).expected), count))


def why_nothing_new(now: datetime) -> Silence | None:
    """Why there is nothing new from arXiv at this moment, or None when its calendar promised papers for today."""
    today = announcement(feed_day(now))
    if today.expected:
        return None
    reason = EmptyReason.WEEKEND if today.kind == "weekend" else EmptyReason.HOLIDAY
    return Silence(reason, today.day, next_feed_day(today.day), today.holiday)


def _holiday(day: date) -> date | None:
    """The listed day because of which the feed of this working day is empty."""
    return next((listed for listed in _HOLIDAYS if _working_day_after(listed) == day), None)


def _working_day_after(day: date) -> date:
    return day + _DAY * (1 if day.weekday() in (0, 1, 2, 3, 6) else 7 - day.weekday())


def _working_day_before(day: date) -> date:
    return day - _DAY * {0: 3, 6: 2}.get(day.weekday(), 1)


def _spelled(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"
