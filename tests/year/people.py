"""Five hundred people in forty zones, and what they change their minds about in the course of a year."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from digest.model import Subscriber, Topic

#: All corners of the map: half and quarter hours, both sides of the date line, both hemispheres, and the half-hour summer time.
ZONES = """
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos America/Anchorage America/Argentina/Buenos_Aires America/Chicago
America/Denver America/Halifax America/Havana America/Los_Angeles America/Mexico_City America/New_York America/Nuuk
America/Santiago America/Sao_Paulo America/St_Johns Asia/Beirut Asia/Dhaka Asia/Jerusalem Asia/Kathmandu Asia/Kolkata Asia/Shanghai
Asia/Singapore Asia/Tehran Asia/Tokyo Atlantic/Azores Australia/Adelaide Australia/Lord_Howe Australia/Sydney Europe/Berlin
Europe/Dublin Europe/London Europe/Moscow Pacific/Auckland Pacific/Chatham Pacific/Honolulu Pacific/Kiritimati Pacific/Pago_Pago UTC
""".split()  # noqa: SIM905 - a page of names reads better than a list of strings
#: Of what is recorded: some meet something every day, some once in a month.
THEMES = (
    "diffusion model",
    "reinforcement learning",
    "video generation",
    "speech",
    "robot manipulation",
    "galaxy",
    "code generation",
    "retrieval",
    "medical image",
    "quantization",
    "graph neural network",
    "exoplanet",
    "web agent",
    "protein",
    "sign language",
    "theorem proving",
)
#: With the hours that a spring night skips and an autumn night repeats.
HOURS = (time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(7, 45), time(8), time(9, 15), time(17, 30), time(23, 59))
DAYS = ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6), (0, 3), (6,), (4,))


@dataclass(frozen=True)
class Turn:
    """From a moment on she is served so; None = she has left. `how`: in the admin's file, by herself (mail or page)."""

    at: datetime
    how: str  #: file | herself
    profile: Subscriber | None
    said: tuple[tuple[str, Any], ...] = ()  #: fields that changed


@dataclass(frozen=True)
class Person:
    """What somebody wants, from the first moment of it on; and from when on her address is unknown to everybody."""

    turns: tuple[Turn, ...]
    gone: datetime | None = None

    @property
    def email(self) -> str:
        first = self.turns[0].profile
        assert first
        return first.email


def people(count: int, first: date, last: date) -> tuple[Person, ...]:
    """So many, with every zone, hour and rhythm among them; half of them change something between the two dates."""
    return tuple(_person(number, random.Random(number), _noon(first), _noon(last)) for number in range(count))


def _person(number: int, chance: random.Random, first: datetime, last: datetime) -> Person:
    def some_time() -> datetime:
        return first + timedelta(hours=chance.randrange(24, round((last - first) / timedelta(hours=1))))

    begins = some_time() if number % 12 == 0 else first - timedelta(days=2)
    profile, how = _profile(number, chance), chance.choice(("file", "herself"))
    turns = [Turn(begins, "file", profile)]
    for at in sorted(some_time() for _ in range(chance.choice((0, 0, 1, 2)))):
        if at > turns[-1].at + timedelta(days=3):
            said = _wish(chance, at)
            profile = replace(profile, **said)
            turns.append(Turn(at, how, profile, tuple(said.items())))
    if number % 20 == 1:
        turns.append(Turn(max(some_time(), turns[-1].at + timedelta(days=3)), "herself", None))
    return Person(tuple(turns), gone=some_time() if number % 15 == 2 else None)


def _profile(number: int, chance: random.Random) -> Subscriber:
    themes = chance.sample(THEMES, chance.choice((1, 2, 3)))
    return Subscriber(
        email=f"s{number}@example.org",
        topics=tuple(Topic(each.title(), keywords=(each,)) for each in themes),
        timezone=ZONES[number % len(ZONES)],
        send_at=HOURS[(number // len(ZONES) + number) % len(HOURS)],
        days=chance.choice(DAYS),
        trending=chance.choice((0, 1, 3)),
        max_papers=chance.choice((2, 6, 12)),
    )


def _wish(chance: random.Random, at: datetime) -> dict[str, Any]:
    wishes: tuple[dict[str, Any], ...] = (
        {"send_at": chance.choice(HOURS)},
        {"timezone": chance.choice(ZONES)},
        {"days": chance.choice(DAYS)},
        {"paused_until": at.date() + timedelta(days=chance.randrange(1, 22))},
    )
    return chance.choice(wishes)


def changes(everybody: tuple[Person, ...]) -> Iterator[tuple[Person, Turn]]:
    """All that somebody changes, in the order of time."""
    yield from sorted(((each, turn) for each in everybody for turn in each.turns), key=lambda pair: (pair[1].at, pair[0].email))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
