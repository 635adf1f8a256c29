"""The spine. One pass is

      fetch      papers and sightings from every source into the store
    | enrol      what the admins wrote in `subscribers/`
    | plan       a due digest for everybody whose local day is one of hers
    | claim      some of them, under a lease
    | select     match, rank and compose, unless it was frozen by an earlier try
    | render     bytes, within their budget
    | freeze     what it says, before its first byte leaves
    | deliver    over SMTP, once
    | account    everybody who was due is sent, skipped, bounced, deferred, expired or uncertain

and by hand, by clock and in the preview it is the same functions. Selection and the database work in threads of their own; only
HTTP and SMTP live on the event loop.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar

from digest import frozen, reading, when
from digest.errors import DigestError
from digest.mail.envelope import Message
from digest.mail.outbox import deliver
from digest.mail.smtp import Pool
from digest.model import (
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Digest,
    Fetch,
    Frozen,
    Outcome,
    Paper,
    Planned,
    Roster,
    Subscriber,
    WhenEmpty,
)
from digest.sources.http import Http
from digest.sources.source import Source
from digest.store.store import Store
from digest.store.subscribers import SyncReport

P = ParamSpec("P")
T = TypeVar("T")

#: How many deliveries are claimed, selected and frozen at a time: one commit each, and the most that a killed process holds back.
BATCH = 200
#: A claim is another's to take when its owner has been silent for so long.
LEASE = timedelta(minutes=10)
#: A digest that our own templates or addresses spoiled is tried again when somebody may have mended them.
RETRY_OUR_FAULT = timedelta(minutes=15)


class Press(Protocol):
    """Makes messages: assembled by `cli/` from templates, links and the sender's addresses."""

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...]]:
        """The message, and the names of the papers that fit into it. Raises DigestError."""

    def mail(self, delivery: Delivery) -> Message:
        """Any other mail, from what it froze when it was put into the outbox."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a pass needs, handed in by `cli/`."""

    store: Store
    press: Press
    clock: Callable[[], datetime]
    owner: str  #: names this process in its leases
    sources: tuple[Source, ...] = ()
    http: Callable[[], AbstractAsyncContextManager[Http]] | None = None
    roster: Callable[[], Roster] | None = None
    pool: Callable[[], Pool] | None = None
    catch_up: timedelta = timedelta(hours=12)
    stop: asyncio.Event | None = None      #: set it to drain and end
    watch: Callable[[Outcome], None] = lambda _: None  #: hears of each outcome once it is durable
    database: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "database"))

    async def db(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One call in the database's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self.database, lambda: call(*args, **kwargs))


def needed(part: T | None) -> T:
    """A part of the house that this stage cannot do without. Raises ValueError when `cli/` forgot it."""
    if part is None:
        raise ValueError("this stage needs a part of the house that was not handed in")
    return part


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
    roster: tuple[DigestError, ...] = ()  #: faults for an admin to mend
    sync: SyncReport | None = None
    due: int = 0
    tally: Mapping[DeliveryState, int] = field(default_factory=dict)  #: of everybody who was due
    failures: list[DigestError] = field(default_factory=list)
    sent_now: int = 0
    ended: str = ""                        #: why the round ended before its time

    @property
    def exit_code(self) -> int:
        """2 = something for an admin to mend, 1 = something is still open, 0 = all well; 2 comes before 1."""
        if self.roster or (self.sync and self.sync.withheld):
            return 2
        open_states = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN, DeliveryState.EXPIRED)
        still_open = any(self.tally.get(state) for state in open_states) or not self.adds_up
        return int(still_open or bool(self.failures) or any(each.error for each in self.fetched))

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
    validators = await house.db(house.store.fetches.validators)
    async with needed(house.http)() as http:

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
    """Claim, select, render, freeze and deliver until nothing is left to claim, or the round ends early."""
    desk = Desk(house, due)
    while True:
        before = desk.claimed
        tally = await deliver(
            messages(house, desk, report),
            pool=needed(house.pool)(),
            journal=house.store.deliveries,
            owner=house.owner,
            clock=house.clock,
            lease=LEASE,
            stop=house.stop,
            database=house.database,
            watch=house.watch,
        )
        report.sent_now += tally[DeliveryState.SENT]
        report.ended = tally.ended
        # What a dead process left is claimed a few at a time, so one round more may find some (see Deliveries.claim).
        if tally.ended or desk.claimed == before:
            return


async def messages(house: House, desk: Desk, report: RunReport) -> AsyncIterator[tuple[Delivery, Message]]:
    """Everything that can be claimed, written down and ready to leave, a batch at a time, as it is asked for."""
    while batch := await house.db(house.store.deliveries.claim, house.owner, now=house.clock(), lease=LEASE, limit=BATCH):
        desk.claimed += len(batch)
        memory = await house.db(remember, house.store, batch)
        scored = await desk.scored()
        written = await asyncio.to_thread(write, house.press, scored, batch, memory, house.clock())
        report.failures.extend(each.failure for each in written if each.failure)
        held = await house.db(settle, house, written)
        for each in written:
            if each.message and each.delivery.key in held:
                yield each.delivery, each.message


# --- Select, render, freeze ----------------------------------------------------------------------------------------------


class Desk:
    """What lies ready for everybody in one pass: read and scored when the first digest needs it."""

    def __init__(self, house: House, due: Mapping[int, Subscriber]) -> None:
        self.claimed = 0                   #: deliveries so far
        self._house, self._due = house, due
        self._scored: reading.Scored | None = None

    async def scored(self) -> reading.Scored:
        """Every distinct topic scored once, in a worker so that nothing else waits for it."""
        if self._scored is None:
            topics = sorted({topic for each in self._due.values() for topic in each.topics}, key=repr)
            known = await self._house.db(reading.read, self._house.store, now=self._house.clock(), topics=topics)
            self._scored = await asyncio.to_thread(reading.score, known, topics)
        return self._scored


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of the people in one batch, and the papers of digests that were frozen by an earlier try."""

    people: Mapping[int, Subscriber]
    pasts: Mapping[int, reading.Past]
    papers: Mapping[int, Paper]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one claimed delivery: a message and what to freeze of it, nothing to say, or a failure of ours."""

    delivery: Delivery
    message: Message | None = None
    frozen: Frozen | None = None
    outcome: Outcome | None = None
    failure: DigestError | None = None


def remember(store: Store, batch: Sequence[Delivery]) -> Memory:
    """Everything that the store has to say about a batch, in few questions."""
    digests = [each for each in batch if each.kind == "digest"]
    fresh = [each for each in digests if not each.frozen]
    pasts: dict[int, reading.Past] = {}
    for day in {each.date for each in fresh if each.date}:
        pasts |= reading.past_of(store, [each.subscriber for each in fresh if each.date == day], before=day)
    keys = {key for each in digests if each.frozen for key in frozen.mentioned_keys(each.frozen)}
    return Memory(store.subscribers.by_key({each.subscriber for each in digests}), pasts, store.papers.by_key(keys))


def write(press: Press, scored: reading.Scored, batch: Sequence[Delivery], memory: Memory, now: datetime) -> list[Written]:
    """A message for each of a batch. One that fails is put off; it never takes the others with it."""
    return [write_one(press, scored, each, memory, now) for each in batch]


def write_one(press: Press, scored: reading.Scored, delivery: Delivery, memory: Memory, now: datetime) -> Written:
    """Select and render one digest, or render again what was frozen before."""
    if delivery.kind != "digest":
        return Written(delivery, press.mail(delivery))
    her = memory.people.get(delivery.subscriber)
    if her is None or delivery.date is None:
        return Written(delivery, outcome=Outcome(delivery.key, DeliveryEvent.UNSUBSCRIBED, now, "no longer a subscriber"))
    try:
        if delivery.frozen:
            digest = frozen.thaw(delivery.frozen, her, memory.papers)
        else:
            digest = reading.choose(her, delivery.date, scored, memory.pasts.get(her.key, reading.Past()))
        if not digest.items and digest.empty and her.when_empty == WhenEmpty.SKIP:
            return Written(delivery, outcome=Outcome(delivery.key, DeliveryEvent.NOTHING_TO_SAY, now, digest.empty.text))
        message, shown = press.digest(digest, delivery)
    except DigestError as error:
        put_off = Outcome(delivery.key, DeliveryEvent.FAILED_FOR_NOW, now, str(error), retry_at=now + RETRY_OUR_FAULT)
        return Written(delivery, outcome=put_off, failure=error)
    keys = {item.paper.id: item.paper.key for item in digest.items}
    shown_keys = tuple(keys[name] for name in shown if name in keys)
    return Written(
        delivery, message, Frozen(delivery.key, delivery.frozen or frozen.freeze(digest), message.message_id, shown_keys)
    )


def settle(house: House, written: Sequence[Written]) -> frozenset[int]:
    """Freeze what is about to leave, and record what is not going to; answers the keys that are still ours to send.

    Rendering comes before freezing because the ledger takes only papers that are in the mail: what the byte budget moved behind
    "and N more" was not sent (CONTRACT, "Candidates"). Nothing leaves before the commit.
    """
    journal = house.store.deliveries
    outcomes = [each.outcome for each in written if each.outcome]
    if outcomes:
        journal.record(outcomes, owner=house.owner)
    others = frozenset(each.delivery.key for each in written if each.message and not each.frozen)
    return others | journal.freeze([each.frozen for each in written if each.frozen], owner=house.owner)


# --- Account -------------------------------------------------------------------------------------------------------------


async def account(house: House, due: Mapping[int, Subscriber], report: RunReport) -> None:
    """Count rows, not memories: everybody who was due must be in a state that says what became of her."""
    days = {when.local_date(house.clock(), each.timezone) for each in due.values()}
    if not days:
        return
    rows = [row for day in sorted(days) for row in await house.db(house.store.deliveries.on, day) if row.subscriber in due]
    report.tally = dict(Counter(row.state for row in rows))
