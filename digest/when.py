"""When: clock times, time zones, days, pauses and due dates. PURE; reads nothing but zone data.

Every instant is an aware UTC datetime, every day a local date. A wall time that the spring night skips moves forward by the gap,
one that the autumn night repeats means its first pass (`fold=0`). Every sum goes through UTC: aware arithmetic drops `fold`.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from digest.errors import nearest, quoted

# --- Words that people write ---------------------------------------------------------------------------------------------

_CLOCK_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
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
