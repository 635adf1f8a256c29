"""What a command does to a profile, how that is said, and the command that undoes it. PURE.

Sentences are named here and written in her language elsewhere: `key` and `values` are what `Language.say` wants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any

from digest import when
from digest.model import WEEKDAYS, Subscriber, Topic
from digest.subscription import words
from digest.subscription.commands import Command, Verb

TOPICS_MOST = 100          #: of one person, as in a file
TOPICS_AT_ONCE = 20
TRENDING_ONLY = 10         #: papers for somebody who names no topic
TRENDING_BESIDE = 3        #: papers outside her topics, once she has some
PAUSE = timedelta(weeks=1)  #: of a bare `pause`
PAUSE_MOST = timedelta(days=2 * 366)

_WEEKLY = re.compile(r"weekly|wöchentlich|every week", re.IGNORECASE)
_DAYS_IN_GERMAN = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6}
_CLOCK = re.compile(r"\b([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm|uhr|h)?\b", re.IGNORECASE)
_ZONE = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)*")
_NUMBER_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6} | {
    "ein": 1, "eine": 1, "einen": 1, "zwei": 2, "drei": 3
}  # fmt: skip
_SPAN = re.compile(
    r"(?:for |für )?([0-9]{1,4}|[a-z]+)\s*(d|days?|tage?n?|w|weeks?|wochen?|months?|monate?n?|y|years?|jahre?n?)\b", re.IGNORECASE
)
_SPAN_DAYS = {"d": 1, "t": 1, "w": 7, "m": 30, "y": 365, "j": 365}
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})?")
_NAMED_DAY = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?([A-Za-zä]{3,})\.?,?\s*([0-9]{4})?"
    r"|([A-Za-zä]{3,})\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s*([0-9]{4})?"
)
_UNTIL = re.compile(r"\b(?:un)?til\b|\bbis(?: zum)?\b", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_IN_GERMAN = {"mär": 3, "mai": 5, "okt": 10, "dez": 12}


class Refused(ValueError):  # noqa: N818 - what it is, in the words of the answer
    """A command that cannot be done: the sentence that says why, and what to write instead."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True, slots=True)
class Change:
    """New values for fields of a profile, the sentence that says so, and what to write to undo it."""

    fields: Mapping[str, Any]
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    undo: str = ""


def change(command: Command, her: Subscriber, *, today: date, known: tuple[Topic, ...] = ()) -> Change:
    """What the command changes in her profile, `today` being the date where she lives.

    `known` are topics of which more than the name is on record; one that is added by name comes back whole. Raises Refused, and
    KeyError for a command that changes no profile.
    """
    return _CHANGES[command.verb](command.text, her, today, known)


def topics(text: str, known: tuple[Topic, ...] = ()) -> tuple[Topic, ...]:
    """The topics that `neural operators, diffusion models` names, each once. Raises Refused."""
    whole = {each.name.casefold(): each for each in known}
    found: dict[str, Topic] = {}
    for part in re.split(r"[,;\n]", text):
        if not part.strip(" \t.\"'“”„‘’"):
            continue
        try:
            name = words.named("a topic")(part.strip(" \t.\"'“”„‘’"))
        except ValueError:
            raise Refused("refused.topic", topic=part.strip()[:60]) from None
        found.setdefault(name.casefold(), whole.get(name.casefold(), Topic(name)))
    if len(found) > TOPICS_AT_ONCE:
        raise Refused("refused.topics_at_once", n=TOPICS_AT_ONCE)
    return tuple(found.values())


def newcomer(email: str, *, timezone: str, send_at: time, language: str) -> Subscriber:
    """Somebody who has named no topic yet: she gets what is trending."""
    return Subscriber(email, (), timezone=timezone, send_at=send_at, language=language, trending=TRENDING_ONLY)


def with_topics(her: Subscriber, chosen: tuple[Topic, ...]) -> Subscriber:
    """The same person with these topics: who has none gets what is trending instead, and more of it."""
    trending = her.trending
    if bool(chosen) != bool(her.topics):
        trending = min(TRENDING_BESIDE if chosen else TRENDING_ONLY, her.max_papers)
    return replace(her, topics=chosen, trending=trending)


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of papers in `3, 5 and 7`, each once."""
    return tuple(dict.fromkeys(int(each) for each in re.findall(r"[0-9]{1,4}", text)))


# --- One function a verb -------------------------------------------------------------------------------------------------


def _add(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    wanted = topics(text, known)
    if not wanted:
        raise Refused("refused.add_what")
    here = {each.name.casefold() for each in her.topics}
    new = tuple(each for each in wanted if each.name.casefold() not in here)
    if not new:
        raise Refused("refused.has_topic", topic=wanted[0].name)
    if len(her.topics) + len(new) > TOPICS_MOST:
        raise Refused("refused.topics_most", n=TOPICS_MOST)
    names = [each.name for each in new]
    return Change(_topic_fields(her, her.topics + new), "done.added", {"topics": names}, f"drop {', '.join(names)}")


def _drop(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    gone = tuple(_found(part, her) for part in re.split(r"[,;]", text) if part.strip())
    if not gone:
        raise Refused("refused.drop_what", topics=[each.name for each in her.topics])
    left = tuple(each for each in her.topics if each not in gone)
    names = list(dict.fromkeys(each.name for each in gone))
    return Change(_topic_fields(her, left), "done.dropped", {"topics": names}, f"add {', '.join(names)}")


def _found(part: str, her: Subscriber) -> Topic:
    """The topic that is meant: its number in the list, its name, or the only one whose name holds that."""
    name = words.clean(part).strip(" .\"'").casefold()
    exact = [each for each in her.topics if each.name.casefold() == name]
    near = [each for each in her.topics if name and name in each.name.casefold()]
    if name.isdigit() and 1 <= int(name) <= len(her.topics) and not exact:
        return her.topics[int(name) - 1]
    if len(exact or near) != 1:
        raise Refused("refused.no_topic", topic=words.clean(part)[:60], topics=[each.name for each in her.topics])
    return (exact or near)[0]


def _topic_fields(her: Subscriber, chosen: tuple[Topic, ...]) -> dict[str, Any]:
    changed = with_topics(her, chosen)
    return {"topics": changed.topics} | ({"trending": changed.trending} if changed.trending != her.trending else {})


def _time(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    found = _CLOCK.search(text)
    if found is None or (at := _clock(found)) is None:
        raise Refused("refused.time", text=text[:60])
    zone = _zone(text[: found.start()] + " " + text[found.end() :], her.timezone)
    fields = {"send_at": at} | ({"timezone": zone} if zone != her.timezone else {})
    return Change(fields, "done.time", {"zone": zone}, f"time {her.send_at:%H:%M} {her.timezone}")


def _clock(found: re.Match[str]) -> time | None:
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half in {"am", "pm"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _zone(text: str, otherwise: str) -> str:
    """The zone that is named, be it "Berlin" or "europe/paris"; a word in small letters that is none is talk."""
    for word in _ZONE.findall(text):
        try:
            return when.zone(word).key
        except ValueError as error:
            meant = re.search(r"did you mean '([^']+)'", str(error))
            if meant and meant[1].lower().rpartition("/")[2] == word.lower().rpartition("/")[2]:
                return meant[1]
            if "/" in word or (word[0].isupper() and len(word) > 2 and word.lower() != "uhr"):
                raise Refused("refused.zone", zone=word[:60]) from None
    return otherwise


def _days(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    return Change({"days": weekdays(text, today)}, "done.days", {}, _days_command(her.days))


def weekdays(text: str, today: date) -> tuple[int, ...]:
    """The days that `daily`, `weekdays`, `weekly mon` or `mon, thu` name, Monday 0; a bare `weekly` is the weekday of today."""
    said = text.lower()
    named = {day for word in re.findall(r"[a-zäöüß]+", _WEEKLY.sub(" ", said)) if (day := _weekday(word)) is not None}
    if re.search(r"\b(?:daily|täglich|every day)\b", said):
        return tuple(range(7))
    if re.search(r"\b(?:weekdays|werktags)\b", said):
        return tuple(range(5))
    if named:
        return tuple(sorted(named))
    if _WEEKLY.search(said):
        return (today.weekday(),)
    raise Refused("refused.days", text=text[:60])


def _weekday(word: str) -> int | None:
    if word[:3] in WEEKDAYS:
        return WEEKDAYS.index(word[:3])
    return _DAYS_IN_GERMAN.get(word[:2]) if word[:2] == word or word.endswith(("tag", "tags", "woch")) else None


def _days_command(days: tuple[int, ...]) -> str:
    named = {tuple(range(7)): "daily", tuple(range(5)): "weekdays"}
    return named.get(days) or ("weekly " if len(days) == 1 else "days ") + ", ".join(WEEKDAYS[day] for day in days)


def _pause(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    until = pause_end(text, today)
    return Change({"paused_until": until}, "done.paused", {"until": until}, "resume")


def pause_end(text: str, today: date) -> date:
    """The first day with mail again, after `2 weeks`, `until 2026-05-01`, `until 3 May`; bare, one week. Raises Refused."""
    said = _UNTIL.sub(" ", text).strip()
    until = (_until(said, today) or _after_span(said, today)) if said else today + PAUSE
    if until is None or not today < until <= today + PAUSE_MOST:
        raise Refused("refused.pause", text=text[:60])
    return until


def _after_span(text: str, today: date) -> date | None:
    found = _SPAN.search(text)
    if not found:
        return None
    count = int(found[1]) if found[1].isdigit() else _NUMBER_WORDS.get(found[1].lower(), 0)
    days = count * _SPAN_DAYS[found[2][0].lower()]
    return today + timedelta(days=days) if 0 < days <= PAUSE_MOST.days else None


def _until(text: str, today: date) -> date | None:
    try:
        if found := _ISO_DAY.search(text):
            return date.fromisoformat(found[0])
        if found := _GERMAN_DAY.search(text):
            return _next(int(found[1]), int(found[2]), found[3], today)
        if (found := _NAMED_DAY.search(text)) and (month := _month(found[2] or found[4])):
            return _next(int(found[1] or found[5]), month, found[3] or found[6], today)
    except ValueError:
        return None
    word = text.lower().split()
    if len(word) == 1 and (day := _weekday(word[0])) is not None:
        return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
    return today + timedelta(days=1) if word in (["tomorrow"], ["morgen"]) else None


def _month(word: str) -> int | None:
    short = word[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else _MONTHS_IN_GERMAN.get(short)


def _next(day: int, month: int, year: str | None, today: date) -> date:
    """That day of the year given, else the next one to come."""
    if year:
        return date(int(year), month, day)
    found = date(today.year, month, day)
    return found if found > today else date(today.year + 1, month, day)


def _resume(text: str, her: Subscriber, today: date, known: tuple[Topic, ...]) -> Change:
    undo = f"pause until {her.paused_until}" if her.paused_until and her.paused_until > today else ""
    return Change({"paused_until": None}, "done.resumed", {}, undo)


_CHANGES: Mapping[Verb, Callable[[str, Subscriber, date, tuple[Topic, ...]], Change]] = {
    Verb.ADD: _add,
    Verb.SUBSCRIBE: _add,                  # of one who is subscribed already
    Verb.DROP: _drop,
    Verb.TIME: _time,
    Verb.DAYS: _days,
    Verb.PAUSE: _pause,
    Verb.RESUME: _resume,
}
CHANGING = frozenset(_CHANGES)
