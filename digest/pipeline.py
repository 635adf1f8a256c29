"""The spine. One pass is

      fetch      papers and sightings from every source into the store
    | enrol      what the admins wrote in `subscribers/`
    | plan       a due digest for everybody whose local day is one of hers
    | claim      some of them, under a lease
    | select     match, rank and compose, unless it was frozen by an earlier try
    | freeze     what it says, before its first byte leaves
    | render     bytes
    | deliver    over SMTP, once
    | account    everybody who was due is sent, skipped, bounced, deferred, expired or uncertain

and by hand, by clock and in the preview it is the same functions. Selection and the database work in threads of their own; only
HTTP and SMTP live on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ParamSpec, Protocol, TypeVar

from digest import frozen, reading, when
from digest.errors import DigestError
from digest.mail.envelope import Message
from digest.mail.outbox import Tally, deliver
from digest.model import Delivery, DeliveryEvent, DeliveryState, Digest, Fetch, Paper, Roster, Subscriber
from digest.sources.http import Http
from digest.sources.source import Source
from digest.store.deliveries import Frozen, Outcome, Planned
from digest.store.store import Store
from digest.store.subscribers import SyncReport

P = ParamSpec("P")
T = TypeVar("T")

#: How many deliveries are claimed, selected and frozen at a time: one commit each, and the most that a killed process holds back.
BATCH = 200
#: A claim is another's to take when its owner has been silent for so long.
LEASE = timedelta(minutes=10)


class Press(Protocol):
    """Makes messages: assembled by `cli/` from templates, links and the sender's addresses."""

    def digest(self, digest: Digest, delivery: Delivery) -> Message: ...
    def message_id(self, delivery: Delivery) -> str: ...


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a pass needs, handed in by `cli/`."""

    store: Store
    press: Press
    clock: Callable[[], datetime]
    owner: str                             #: names this process in its leases
    sources: tuple[Source, ...] = ()
    http: Callable[[], AbstractAsyncContextManager[Http]] | None = None
    roster: Callable[[], Roster] | None = None
    pool: Callable[[], AbstractAsyncContextManager[Any]] | None = None
    catch_up: timedelta = timedelta(hours=12)
    stop: asyncio.Event | None = None
    database: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "database"))

    async def db(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One call in the database's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self.database, lambda: call(*args, **kwargs))


@dataclass(frozen=True, slots=True)
class Pulled:
    """One line of a fetch's report."""

    source: str
    found: int
    new: int
    updated: int
    seconds: float
    note: str = ""
    error: DigestError | None = None


@dataclass(slots=True)
class RunReport:
    """What one pass did, for people and for the exit code."""

    fetched: tuple[Pulled, ...] = ()
    roster: tuple[DigestError, ...] = ()   #: faults for an admin to mend
    sync: SyncReport | None = None
    due: int = 0
    tally: Mapping[DeliveryState, int] = field(default_factory=dict)
    failures: list[DigestError] = field(default_factory=list)
    sent_now: int = 0

    @property
    def adds_up(self) -> bool:
        """Nobody who was due is unaccounted for."""
        open_ones = self.tally.get(DeliveryState.DUE, 0) + self.tally.get(DeliveryState.SENDING, 0)
        return open_ones == 0 and self.due == sum(self.tally.values())


async def run(house: House, *, only: Sequence[str] = (), fetch_first: bool = True, by_clock: bool = False) -> RunReport:
    """One whole pass. `only` limits it to some addresses; `by_clock` to those whose `send_at` has come."""
    report = RunReport()
    if fetch_first:
        report.fetched = await fetch(house)
    report.roster, report.sync = await enrol(house)
    due = await plan(house, only=only, by_clock=by_clock)
    report.due = len(due)
    await hand_over(house, due, report)
    await account(house, due, report)
    return report


async def fetch(house: House, *, since: date | None = None, told: Callable[[Pulled], None] = lambda _: None) -> tuple[Pulled, ...]:
    """Pull every source, all at once; what one brings is kept whatever happens to the others. `told` hears of each as it ends."""
    assert house.http is not None, "a pass that fetches needs a client"
    validators = await house.db(house.store.fetches.validators)
    async with house.http() as http:

        async def pull(source: Source) -> Pulled:
            brought = await source.pull(http, now=house.clock(), validators=validators, since=since)
            line = await house.db(keep, house.store, brought)
            told(line)
            return line

        return tuple(await asyncio.gather(*(pull(source) for source in house.sources)))


def keep(store: Store, brought: Fetch) -> Pulled:
    """Put what a source brought into the store, its papers before their sightings, and remember how it went."""
    kept = store.papers.keep(brought.papers, now=brought.at)
    store.sightings.keep(brought.sightings)
    store.fetches.record(brought, new=kept.new, updated=kept.updated)
    found = len(brought.papers)
    return Pulled(brought.source, found, kept.new, kept.updated, brought.seconds, brought.note, brought.error)


async def enrol(house: House) -> tuple[tuple[DigestError, ...], SyncReport | None]:
    """Read `subscribers/` into the store; a broken file is a fault to report, never a reason to stop."""
    if house.roster is None:
        return (), None
    roster = await asyncio.to_thread(house.roster)
    return roster.faults, await house.db(house.store.subscribers.sync, roster, now=house.clock())


async def plan(house: House, *, only: Sequence[str] = (), by_clock: bool = False) -> dict[int, Subscriber]:
    """Write down a due digest for everybody whose local date is one of her days and has none yet; answers who they are."""
    now = house.clock()
    wanted = {address.lower() for address in only}
    everybody = await house.db(house.store.subscribers.active)
    due = {}
    rows = []
    for subscriber in everybody:
        day = when.local_date(now, subscriber.timezone)
        if (wanted and subscriber.email.lower() not in wanted) or not when.is_digest_day(subscriber, day):
            continue
        due_at = when.due_at(subscriber, day)
        if by_clock and not due_at <= now <= due_at + house.catch_up:
            continue
        due[subscriber.key] = subscriber
        rows.append(Planned(subscriber=subscriber.key, recipient=subscriber.email, date=day, due_at=min(due_at, now)))
    await house.db(house.store.deliveries.plan, rows)
    return due


async def hand_over(house: House, due: Mapping[int, Subscriber], report: RunReport) -> None:
    """Claim, select, freeze, render and deliver until nothing is left to claim."""
    assert house.pool is not None, "a pass that sends needs a connection"
    async with house.pool() as pool:
        tally: Tally = await deliver(
            messages(house, due, report), pool=pool, journal=house.store.deliveries, clock=house.clock, owner=house.owner, stop=house.stop
        )
    report.sent_now = tally.sent
    report.failures.extend(tally.failures)


async def messages(house: House, due: Mapping[int, Subscriber], report: RunReport) -> AsyncIterator[tuple[Delivery, Message]]:
    """Everything that can be claimed, ready to leave: batches are chosen and frozen as they are asked for, messages rendered one by one."""
    scored: reading.Scored | None = None
    while batch := await house.db(claim, house, due):
        if scored is None:
            scored = await weigh(house, due.values())
        for delivery, digest in await house.db(select, house, batch, due, scored):
            message = await asyncio.to_thread(render, house, delivery, digest, report)
            if message is not None:
                yield delivery, message


def claim(house: House, due: Mapping[int, Subscriber]) -> list[Delivery]:
    return house.store.deliveries.claim(house.owner, now=house.clock(), lease=LEASE, limit=BATCH)


async def weigh(house: House, subscribers: Iterable[Subscriber]) -> reading.Scored:
    """What there is to read, with every distinct topic scored once; in a worker, so that nothing else waits for it."""
    topics = sorted({topic for each in subscribers for topic in each.topics}, key=repr)
    known = await house.db(reading.read, house.store, now=house.clock(), topics=topics)
    return await asyncio.to_thread(reading.score, known, topics)
