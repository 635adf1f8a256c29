"""A whole year of the daemon in minutes: every due digest exactly once, or a row that says honestly why not.

Hours pass in milliseconds: the clock is handed in, the sources are invented, the relay keeps books instead of letters. Planning,
claims, selection, journal, retention and accounts are the real ones. With `--full` it is 2026 for 500 people in 40 zones; without,
the weeks of the nights in spring and in autumn on which clocks change, for a tenth of them.
"""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from digest import pipeline, when
from digest.model import DeliveryState, Fetch, Paper, Roster, RosterFile, Sighting, Subscriber, Topic, Validator
from digest.pipeline import House
from digest.store.engine import reading
from digest.store.leases import new_owner
from digest.store.store import Store
from digest.store.tables import deliveries, sent_papers
from tests.fakes import Clock, FakeSource, NoClient
from tests.postoffice import PlainPress, PostOffice
from tests.world import paper, sighting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CATCH_UP = timedelta(hours=12)
KEEP = timedelta(days=35)

#: All corners of the map: half and quarter hours, both sides of the date line, both hemispheres, and the half-hour summer time.
ZONES = """
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos America/Anchorage America/Argentina/Buenos_Aires America/Chicago
America/Denver America/Halifax America/Havana America/Los_Angeles America/Mexico_City America/New_York America/Nuuk
America/Santiago America/Sao_Paulo America/St_Johns Asia/Beirut Asia/Dhaka Asia/Jerusalem Asia/Kathmandu Asia/Kolkata Asia/Shanghai
Asia/Singapore Asia/Tehran Asia/Tokyo Atlantic/Azores Australia/Adelaide Australia/Lord_Howe Australia/Sydney Europe/Berlin
Europe/Dublin Europe/London Europe/Moscow Pacific/Auckland Pacific/Chatham Pacific/Honolulu Pacific/Kiritimati Pacific/Pago_Pago UTC
""".split()  # noqa: SIM905 - a page of names reads better than a list of strings
THEMES = ("neural operators", "diffusion models", "protein folding", "graph matching", "speech synthesis", "robot grasping")
#: With the hours that a spring night skips and an autumn night repeats.
HOURS = (time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(7, 45), time(8), time(9, 15), time(17, 30), time(23, 59))
DAYS = ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6), (0, 3), (6,), (4,))


def people(count: int) -> tuple[Subscriber, ...]:
    """So many, with every zone, hour and rhythm among them."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        themes = chance.sample(THEMES, chance.choice((1, 2)))
        made.append(
            Subscriber(
                email=f"s{number}@example.org",
                topics=tuple(Topic(each.title(), keywords=(each,)) for each in themes),
                timezone=ZONES[number % len(ZONES)],
                send_at=HOURS[(number // len(ZONES) + number) % len(HOURS)],
                days=chance.choice(DAYS),
                trending=chance.choice((0, 1)),
                max_papers=chance.choice((2, 6)),
            )
        )
    return tuple(made)


class Press(FakeSource):
    """Invents what arXiv's feed holds: some papers on each day of its calendar, and those of the last days again."""

    def __init__(self, daily: int) -> None:
        super().__init__()
        self._daily, self._told = daily, ""

    async def pull(self, http: Any, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        self.pulls += 1
        if self.error:
            return Fetch(self.name, now, error=self.error)
        today = when.feed_day(now)
        told, self._told = self._told, f"{today} {now.hour // 8}"
        if told == self._told:  # as after "not modified"
            return Fetch(self.name, now)
        days = [today - n * DAY for n in range(5) if when.announcement(today - n * DAY).expected]
        found = [each for day in days for each in self._of(day)]
        return Fetch(self.name, now, tuple(found), tuple(self._votes(found, now)))

    def _of(self, day: date) -> Iterator[Paper]:
        for number in range(1, self._daily + 1):
            theme = THEMES[(day.toordinal() + number) % len(THEMES)]
            name = f"arxiv:{day:%y%m}.{day.day:02d}{number:03d}"
            text = f"Study {day} {number} of {theme}. It reports result {number * 7} and what follows from it."
            yield paper(name, f"On {theme}, {day}, part {number}", abstract=text, announced=day, first_seen=None)

    def _votes(self, found: list[Paper], now: datetime) -> Iterator[Sighting]:
        for number, each in enumerate(found):
            if number % 3 == 0:
                yield sighting(each.id, upvotes=number % 40, at=now, listed=each.announced)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong between two moments."""

    kind: str  #: off | source | relay | full | back | twice
    since: datetime
    until: datetime


def troubles(first: date) -> tuple[Trouble, ...]:
    """A bad month, which comes again every month of the year."""
    noon = datetime.combine(first, time(12), UTC)

    def at(kind: str, days: float, hours: float) -> Trouble:
        return Trouble(kind, noon + timedelta(days=days), noon + timedelta(days=days, hours=hours))

    return (
        at("source", 3, 30),
        at("relay", 6, 5),
        at("off", 9, 9),
        at("full", 12, 3),
        at("back", 15, 1),
        at("twice", 17, 60),
        at("off", 21, 40),
        at("relay", 25, 26),
        at("back", 29, 24),
    )


@dataclass
class Life:
    """A store, a clock, a relay, and one daemon or two on them."""

    folder: Path
    readers: tuple[Subscriber, ...]
    first: date
    daily: int
    clock: Clock = field(default_factory=Clock)
    ticks: int = 0

    def __post_init__(self) -> None:
        self.office = PostOffice(self.first - timedelta(days=3))
        self.source = Press(self.daily)
        self.store = Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}")
        self.houses = [self._house(), self._house()]
        self.moment = datetime.combine(self.first, time(0, 5), UTC)
        self.tally: Counter[DeliveryState] = Counter()
        self.months = [troubles(self.first + n * timedelta(days=31)) for n in range(13)]

    def _house(self) -> House:
        roster = Roster((RosterFile("everybody.yaml", "1", self.readers),))
        return House(
            store=self.store,
            clock=self.clock,
            owner=new_owner,
            press=PlainPress(),
            sources=(self.source,),
            http=NoClient,  # type: ignore[arg-type]
            roster=lambda: roster,
            pool=self.office.pool,
            catch_up=CATCH_UP,
        )

    # --- Time goes by ---

    async def lives(self, last: date) -> None:
        """From where it stands to the end of that day."""
        while (moment := self.moment).date() <= last:
            for clock in self._clocks(moment):
                await self._ticks(clock)
            if moment.hour == 3:
                await pipeline.tidy(self.houses[0], KEEP)
            if moment.hour == 4 and moment.weekday() == 0:
                self.looks_back(moment.date() - timedelta(days=10), moment.date() - timedelta(days=3))
            self.moment += HOUR

    def _clocks(self, moment: datetime) -> Iterator[datetime]:
        """What the machine takes for the time: nothing while it is off; after the clock jumped back, all of that once more."""
        kinds = {each.kind for month in self.months for each in month if each.since <= moment < each.until}
        self.two = "twice" in kinds
        self.office.closed, self.office.full = "relay" in kinds, "full" in kinds
        _ = self.source.fails("answered 503") if "source" in kinds else self.source.works()
        if "off" not in kinds:
            yield moment
        for back in (each for month in self.months for each in month if each.kind == "back"):
            if moment - HOUR < back.until <= moment:
                hours = round((back.until - back.since) / HOUR)
                yield from (moment - n * HOUR for n in range(hours, -1, -1))

    async def _ticks(self, now: datetime) -> None:
        self.clock.now, self.ticks = now, self.ticks + 1
        await asyncio.gather(*(pipeline.tick(each) for each in self.houses[: 2 if self.two else 1]))

    # --- Looking back ---

    def looks_back(self, first: date, before: date) -> None:
        """Everybody's every day of a week: one row and one mail, or one row that says why there was none."""
        if first < self.first + DAY:
            first = self.first + DAY  # on her very first day, a digest may have been due before she came
        for day in (first + n * DAY for n in range((before - first).days)):
            rows = {each.recipient: each for each in self.store.deliveries.on(day)}
            assert len(rows) == len(self.store.deliveries.on(day)), f"{day}: somebody has two rows"
            for her in self.readers:
                self._looks_at(her, day, rows.get(her.email))

    def _looks_at(self, her: Subscriber, day: date, row: Any) -> None:
        what, count = f"{her.email} {her.timezone} {her.send_at} on {day}", self.office.count(her.email, day)
        if not when.is_digest_day(her, day):
            assert row is None, f"{what} is none of her days: {row}"
            assert count == 0, what
            return
        assert row is not None, f"{what} is missing"
        self.tally[row.state] += 1
        assert count == (row.state == DeliveryState.SENT), f"{what}: {count} mails, {row}"
        if row.state == DeliveryState.EXPIRED:
            assert self._could_not(when.due_at(her, day)), f"{what} expired without need: {row}"
        else:
            assert row.state in (DeliveryState.SENT, DeliveryState.SKIPPED), f"{what}: {row}"
        assert row.state == DeliveryState.SENT or row.reason, what

    def _could_not(self, due: datetime) -> bool:
        """Whether machine or relay were out from then on for longer than can be caught up."""
        out = [each for month in self.months for each in month if each.kind in ("off", "relay")]
        return any(each.since - HOUR <= due and each.until >= due + CATCH_UP - 2 * HOUR for each in out)

    def repeats(self) -> list[Any]:
        """Papers that somebody was sent twice."""
        ledger = sent_papers.c
        in_vain = (DeliveryState.EXPIRED, DeliveryState.BOUNCED, DeliveryState.SKIPPED)
        query = (
            select(ledger.subscriber, ledger.paper)
            .outerjoin(deliveries, deliveries.c.key == ledger.delivery)
            .where(deliveries.c.state.is_(None) | deliveries.c.state.not_in(in_vain))
            .group_by(ledger.subscriber, ledger.paper)
            .having(func.count() > 1)
        )
        with reading(self.store.engine) as connection:
            return list(connection.execute(query).all())


def memory() -> float:
    """Megabytes of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


SPRING = date(2026, 3, 2), date(2026, 4, 7)
AUTUMN = date(2026, 10, 5), date(2026, 11, 10)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "last"), [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_five_weeks_around_the_nights_on_which_clocks_change(tmp_path: Path, first: date, last: date) -> None:
    life = Life(tmp_path, people(80), first, daily=4)

    await life.lives(last)

    assert life.tally[DeliveryState.SENT] > 300
    assert life.tally[DeliveryState.EXPIRED] > 0, "the relay was out for longer than can be caught up"
    assert life.repeats() == []
    assert life.store.check() == []
    life.store.close()


@pytest.mark.slow
@pytest.mark.full
async def test_a_whole_year_of_five_hundred_people(tmp_path: Path) -> None:
    life = Life(tmp_path, people(500), date(2026, 1, 5), daily=6)
    sizes = []
    for quarter in range(1, 5):
        await life.lives(life.first + timedelta(days=91 * quarter - 1))
        sizes.append((memory(), (tmp_path / "digest.sqlite3").stat().st_size / 1e6))
        print(
            f"quarter {quarter}: {life.office.mails} mails, {sizes[-1][0]:.0f} MB, store {sizes[-1][1]:.0f} MB, {dict(life.tally)}"
        )

    (memory_then, store_then), (memory_now, store_now) = sizes[0], sizes[-1]
    assert memory_now < 1.15 * memory_then, "memory stays flat"
    assert store_now < 1.5 * store_then, "and so does the file: what is left of sent papers is little"
    assert sum(life.tally.values()) > 80_000
    assert life.repeats() == []
    assert life.store.check() == []
    life.store.close()
