"""A store, a clock, a relay, two sources, and one daemon or two: hours pass in milliseconds, and things go wrong every month."""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from digest import pipeline
from digest.model import Roster, RosterFile, SubscriptionEvent
from digest.pipeline import House
from digest.store.leases import new_owner
from digest.store.store import Store
from tests.fakes import Clock, NoClient
from tests.postoffice import PlainPress, PostOffice
from tests.year.audit import CATCH_UP, Audit, Trouble, days_between
from tests.year.people import Person, Turn, changes
from tests.year.replay import Daily, Feed, Listing, names

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
KEEP = timedelta(days=35)
#: Each month of four weeks and a half, from its first noon on: days, hours that it lasts. "back" is what the clock goes back at its
#: end, "ahead" by how much it is ahead for a single tick at its beginning.
BAD_MONTH = (
    ("source", 3, 30),
    ("relay", 6, 5),
    ("off", 9, 9),
    ("full", 12, 3),
    ("back", 15, 1),
    ("twice", 17, 60),
    ("ahead", 19, 75),
    ("off", 22, 40),
    ("relay", 26, 26),
    ("back", 30, 24),
)


def troubles(first: date, *, months: int = 13) -> tuple[Trouble, ...]:
    found = []
    for month in range(months):
        noon = datetime.combine(first + month * timedelta(days=31), time(12), UTC)
        for kind, days, hours in BAD_MONTH:
            since = noon + timedelta(days=days)
            found.append(Trouble(kind, since, since + timedelta(hours=hours)))
    return tuple(found)


@dataclass
class Life:
    """Some people's days from `first` on, with so many papers of arXiv's each day beside Hugging Face's list."""

    folder: Path
    people: tuple[Person, ...]
    first: date
    daily: int
    clock: Clock = field(default_factory=Clock)
    two: bool = False

    def __post_init__(self) -> None:
        self.office = PostOffice(self.first - timedelta(days=5), names(self.first, self.daily))
        self.sources: tuple[Feed, ...] = (Listing(self.first, self.daily), Daily(self.first))
        self.database = self.folder / "digest.sqlite3"
        self.store = Store.open(f"sqlite:///{self.database}")
        self.files: dict[str, RosterFile] = {}
        self.coming = deque(changes(self.people))
        self.houses = [self._house(), self._house()]
        self.moment = datetime.combine(self.first, time(0, 5), UTC)
        self.troubles = troubles(self.first)
        self.audit = Audit(self.people, self.troubles, self.office, self.database)

    def _house(self) -> House:
        return House(
            store=self.store,
            clock=self.clock,
            owner=new_owner,
            press=PlainPress(),
            sources=self.sources,
            http=NoClient,  # type: ignore[arg-type]
            roster=lambda: Roster(tuple(self.files.values())),
            pool=self.office.pool,
            catch_up=CATCH_UP,
        )

    async def lives(self, last: date) -> None:
        """From where it stands to the end of that day; on Mondays the auditor comes and looks at a week that is over."""
        while (moment := self.moment).date() <= last:
            self._people_change(moment)
            self._things_happen(moment)
            for clock in self._clocks(moment):
                self.clock.now = clock
                await asyncio.gather(*(pipeline.tick(each) for each in self.houses[: 2 if self.two else 1]))
            if moment.hour == 3:
                await pipeline.tidy(self.houses[0], KEEP)
            if moment.hour == 4 and moment.weekday() == 0:
                monday = moment.date() - timedelta(days=10)
                for day in days_between(max(monday, self.first + A_DAY), monday + timedelta(days=7)):
                    self.audit.looks_at(day)
            self.moment += HOUR

    # --- What people do ---

    def _people_change(self, moment: datetime) -> None:
        while self.coming and self.coming[0][1].at <= moment:
            self._changes(*self.coming.popleft())
        self.office.gone = {each.email for each in self.people if each.gone and each.gone <= moment}

    def _changes(self, her: Person, turn: Turn) -> None:
        if turn.profile is None:
            if self.store.subscribers.subscription(her.email).state == "active":  # type: ignore[union-attr]
                self.store.subscribers.change(her.email, SubscriptionEvent.UNSUBSCRIBED, reason="by herself", now=turn.at)
        elif turn.how == "file":
            self.files[her.email] = RosterFile(f"{her.email}.yaml", str(turn.at), (turn.profile,))
        else:
            self.store.subscribers.overlay(her.email, dict(turn.said), turn.at)

    # --- What goes wrong ---

    def _things_happen(self, moment: datetime) -> None:
        kinds = {each.kind for each in self.troubles if each.since <= moment < each.until}
        self.two = "twice" in kinds
        self.office.closed, self.office.full = "relay" in kinds, "full" in kinds
        for source in self.sources:
            _ = source.fails("answered 503") if "source" in kinds else source.works()

    def _clocks(self, moment: datetime) -> Iterator[datetime]:
        """What the machine takes for the time: nothing while it is off; a leap ahead for one tick; what a jump back repeats."""
        for each in self.troubles:
            if each.kind == "ahead" and moment - HOUR < each.since <= moment:
                yield moment + (each.until - each.since)
            if each.kind == "back" and moment - HOUR < each.until <= moment:
                hours = round((each.until - each.since) / HOUR)
                yield from (moment - n * HOUR for n in range(hours, 0, -1))
        if not any(each.kind == "off" and each.since <= moment < each.until for each in self.troubles):
            yield moment


def memory() -> float:
    """Megabytes of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def summary(quarter: int, life: Life) -> Mapping[str, object]:
    """What a reader of the run wants to see."""
    return {
        "quarter": quarter,
        "mails": life.office.mails,
        "memory": f"{memory():.0f} MB",
        "store": f"{life.database.stat().st_size / 1e6:.0f} MB",
        "rows": dict(life.audit.tally),
    }
