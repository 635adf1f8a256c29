"""Why there is nothing to say: one honest sentence for a day, and one line on the days that stayed silent. PURE.

Of several true reasons the one that explains most is told: the announcement calendar, then a source that is down, then papers that
met no topic (with the nearest of them, and how near it came), then that nothing came at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from digest import when
from digest.model import Empty, EmptyReason, Item, Remark, Subscriber
from digest.selection.compose import NO_MATCH

if TYPE_CHECKING:  # a preview of a file needs no database, and starts without one
    from digest.store.fetches import SourceHealth

#: A source that was not read for so long is said to be down; a shorter gap is a hiccup.
DOWN_AFTER = timedelta(hours=18)

NOTHING_NEW = Remark("The sources have announced nothing new since your last digest.", kind="nothing_new")
_IN_SHORT: Mapping[str, str] = {
    EmptyReason.WEEKEND: "nothing is announced at weekends",
    EmptyReason.HOLIDAY: "a holiday at arXiv",
    EmptyReason.SOURCE_DOWN: "a source did not answer",
    EmptyReason.NOTHING_NEW: "nothing new was announced",
    EmptyReason.NOTHING_MATCHED: "nothing new met your topics",
}
_NAMES = {"arxiv": "arXiv", "huggingface": "Hugging Face", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}


# --- One day -------------------------------------------------------------------------------------------------------------


def nothing_new(subscriber: Subscriber, day: date, *, now: datetime, health: Iterable[SourceHealth]) -> Empty:
    """Why nothing came since her last digest: a day without announcements, a source that is down, or simply nothing."""
    moment = now if when.local_date(now, subscriber.timezone) == day else when.due_at(subscriber, day)
    return no_news(moment, now=now, health=health, zone=subscriber.timezone) or Empty(EmptyReason.NOTHING_NEW, NOTHING_NEW)


def no_news(moment: datetime, *, now: datetime, health: Iterable[SourceHealth], zone: str) -> Empty | None:
    """Why no news can be had at a moment, as it is known `now`; None on a day on which all should be well."""
    known = tuple(health)
    announces = not known or any(each.source == "arxiv" for each in known)
    if announces and (quiet := when.why_nothing_new(moment)):
        return Empty(quiet.reason, _calendar(quiet))
    return source_down(now=now, health=known, zone=zone)


def source_down(*, now: datetime, health: Iterable[SourceHealth], zone: str) -> Empty | None:
    """The sources that are down, if any are."""
    down = [_down(each, zone) for each in health if is_down(each, now)]
    return Empty(EmptyReason.SOURCE_DOWN, _all_down(down)) if down else None


def no_match(empty: Empty, *, now: datetime, health: Iterable[SourceHealth], zone: str) -> Empty:
    """Why of the papers that came none met her topics: perhaps those of a source that is down would have."""
    if down := source_down(now=now, health=health, zone=zone):
        return replace(down, near_miss=empty.near_miss)
    return replace(empty, text=_nearly(empty.near_miss)) if empty.near_miss else empty


def is_down(health: SourceHealth, now: datetime) -> bool:
    """True when the last try failed and the last good one is long ago, or there never was one."""
    return health.failures > 0 and (health.last_good is None or now - health.last_good >= DOWN_AFTER)


def in_full(empty: Empty) -> str:
    """The sentence with the title of what came nearest, where nobody can see the paper itself: in the journal, in a terminal."""
    near = empty.near_miss
    if near is None:
        return empty.text
    return f"{empty.text} It was “{near.paper.title}” ({near.paper.id}), for {near.topic}."


def share(near: Item) -> int:
    """How much of what it takes a near miss had, in per cent: relevance 1 is enough (see `selection.match.THRESHOLD`)."""
    return min(int(near.score * 100), 99)


def _nearly(near: Item) -> Remark:
    percent = str(share(near))
    said = f"{NO_MATCH.rstrip('.')}; the closest paper reached {percent}% of what it takes."
    return Remark(said, kind="near_miss", parts=(("percent", percent),))


def _calendar(quiet: when.Silence) -> Remark:
    holiday = (("holiday", quiet.holiday.isoformat()),) if quiet.holiday else ()
    return Remark(quiet.text, kind=quiet.reason.value, parts=(("next", quiet.next_day.isoformat()), *holiday))


def _down(health: SourceHealth, zone: str) -> Remark:
    name = _NAMES.get(health.source, health.source)
    if health.last_good is None:
        error = health.last_error.rstrip(".")
        return Remark(f"{name} has not answered yet: {error}.", kind="never_up", parts=(("source", name), ("error", error)))
    since = health.last_good.astimezone(when.zone(zone))
    said = f"{name} has not answered since {since:%A %H:%M}; its papers will come as soon as it does."
    return Remark(said, kind="down", parts=(("source", name), ("since", since.replace(tzinfo=None).isoformat(timespec="minutes"))))


def _all_down(each: Sequence[Remark]) -> Remark:
    if len(each) == 1:
        return each[0]
    names = ", ".join(dict(remark.parts)["source"] for remark in each)
    said = f"Several sources do not answer ({names}); their papers will come as soon as they do."
    return Remark(said, kind="several_down", parts=(("sources", names),))


# --- The days before -----------------------------------------------------------------------------------------------------


def line(silent: Iterable[tuple[date, str]]) -> Remark:
    """One line on the days that stayed silent, each with the words that were noted for it; each reason once, the newest last."""
    reasons: dict[str, list[date]] = {}
    for day, told in silent:
        reasons.setdefault(reason(day, told), []).append(day)
    said = "; ".join(
        f"{', '.join(f'{day:%a} {day.day}' for day in days)}: {_IN_SHORT.get(each, each).rstrip('.')}"
        for each, days in reasons.items()
    )
    parts = ((each, " ".join(day.isoformat() for day in days)) for each, days in reasons.items())
    return Remark(f"No mail on {said}.", kind="silence", parts=tuple(parts))


def reason(day: date, told: str) -> str:
    """The kind of reason that was noted in words for a day, or the words themselves."""
    if told.startswith(NO_MATCH.rstrip(".")):
        return EmptyReason.NOTHING_MATCHED.value
    if told == NOTHING_NEW:
        return EmptyReason.NOTHING_NEW.value
    if "has not answered" in told or "do not answer" in told:
        return EmptyReason.SOURCE_DOWN.value
    announcement = when.announcement(day)
    return announcement.kind if announcement.kind in {"weekend", "holiday"} and told.startswith("arXiv") else told
