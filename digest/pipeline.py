"""The spine. One pass is

      enrol      what the admins wrote in `subscribers/`
    | fetch      papers and sightings from every source into the store
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
from array import array
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import ParamSpec, Self, TypeVar

from digest import caution, lookups, when
from digest.batches import in_turn
from digest.errors import DigestError
from digest.lookups import Lookup
from digest.mail.envelope import Message
from digest.mail.outbox import Tally, deliver
from digest.mail.smtp import Pool
from digest.model import Delivery, DeliveryState, Fetch, Outcome, Planned, Roster, Subscriber, Topic
from digest.notes import KINDS, Note, Post
from digest.report import Pulled, RunReport
from digest.returns import Judge
from digest.selection.semantic import Embedder
from digest.sources.http import Http
from digest.sources.source import Source
from digest.store.retention import Forgotten
from digest.store.store import Store
from digest.store.subscribers import SyncReport
from digest.subscription.membership import CONFIRM_WITHIN
from digest.workshop import Workshop
from digest.writing import Press, Writer, Writing, Written

P = ParamSpec("P")
T = TypeVar("T")

#: How many deliveries are claimed, selected and frozen at a time: one commit each, and the most that a killed process holds back.
BATCH = 100
#: How many batches are claimed besides the one that leaves: one is being written, and one lies ready to be written next.
AHEAD = 2
#: A claim is another's to take when its owner has been silent for so long.
LEASE = timedelta(minutes=10)
#: How many seconds another process may hold digests of a pass by hand without getting on, until that pass stops waiting for it.
PATIENCE = 30
#: More digests than this are chosen and rendered in a process of their own, which takes about two seconds to start.
MANY = 1000
#: How far back days that this machine slept through are written down as expired.
LOOK_BACK = timedelta(days=14)
ONE_DAY = timedelta(days=1)
#: A pass on the clock reads the sources again when the last good fetch is older.
FRESH = timedelta(minutes=15)
#: An answer that could not be delivered for so long is given up; whoever waits for it has written again.
NOTE_KEEPS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a pass needs, handed in by `cli/`."""

    store: Store
    clock: Callable[[], datetime]
    owner: Callable[[], str]  #: a new name for each pass of this process, for its leases
    press: Press | None = None
    embedder: Embedder | None = None  #: knows what is near in meaning
    workshop: Callable[[Collection[Topic]], Workshop] | None = None  #: a process that writes, for a pass with these topics
    sources: tuple[Source, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    http: Callable[[], AbstractAsyncContextManager[Http]] | None = None
    roster: Callable[[], Roster] | None = None
    pool: Callable[[], Pool] | None = None
    catch_up: timedelta = timedelta(hours=12)
    admin: str = ""  #: who is told when servers refuse our mail by policy
    ask_first: bool = False  #: somebody new in a file is asked whether she wants mail
    stop: asyncio.Event | None = None  #: set it to drain and end
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
class Plan:
    """Who is due in a pass, for which local dates, and all that they are interested in: of many people no more than their keys."""

    due: Mapping[date, Sequence[int]] = field(default_factory=dict)  #: keys of subscribers, by local date
    topics: frozenset[Topic] = frozenset()

    @classmethod
    def of(cls, pairs: Collection[tuple[Subscriber, date]]) -> Self:
        due: dict[date, array[int]] = {}
        for her, day in pairs:
            due.setdefault(day, array("q")).append(her.key)
        return cls(due, frozenset(topic for her, _ in pairs for topic in her.topics))

    def __len__(self) -> int:
        return sum(map(len, self.due.values()))


async def run(house: House, *, only: Sequence[str] = (), fetch_first: bool = True) -> RunReport:
    """One whole pass by hand: everybody whose local date is one of her days, whatever her `send_at`. `only` limits it."""
    report = RunReport()
    report.roster, report.sync = await enrol(house)
    if fetch_first:
        report.fetched = await fetch(house)
    plan = await plan_today(house, only=only)
    await send(house, plan, report)
    await finish_together(house, plan, report)
    return report


async def tick(house: House) -> RunReport | None:
    """The same on a clock: those whose `send_at` has come, with votes read again just before; None when there is nothing to do."""
    report = RunReport()
    await house.db(house.store.hindsight.heed, house.clock(), catch_up=house.catch_up)
    report.roster, report.sync = await enrol(house)
    plan = await plan_by_clock(house)
    if not plan and not await house.db(house.store.deliveries.pending):
        return None
    names = [source.name for source in house.sources]
    stale = await house.db(is_stale, house.store, now=house.clock(), sources=names)
    if plan and stale:
        report.fetched = await fetch(house)
    return await send(house, plan, report)


async def post(house: House) -> RunReport:
    """Hand over all mail but the digests, at once and beside a pass that may be under way: answers do not wait for digests."""
    report = RunReport()
    if not await house.db(house.store.deliveries.waits, KINDS, now=house.clock()):
        return report
    await house.db(house.store.deliveries.expire, house.clock() - NOTE_KEEPS, kinds=KINDS)
    await hand_over(house, Plan(), report, kinds=KINDS)
    return report


async def send(house: House, plan: Plan, report: RunReport) -> RunReport:
    """What both have in common: give up what is too late, hand over the rest, account for everybody."""
    await house.db(house.store.deliveries.expire, house.clock() - house.catch_up, kinds=("digest",))
    why, until = await house.db(caution.paused, house.store, now=house.clock())
    if why:
        await house.db(house.store.deliveries.put_off, now=house.clock(), reason=why, retry_at=until)
    await hand_over(house, plan, report, kinds=KINDS if why else None)
    if report.suspicious:
        await hand_over(house, Plan(), RunReport(), kinds=KINDS)  # what tells the administrator
    else:
        await house.db(Judge(house.store, house.admin).heed_refusals, now=house.clock())
    report.ended = report.ended or why
    await account(house, plan, report)
    return report


def is_stale(store: Store, *, now: datetime, sources: Sequence[str]) -> bool:
    """Votes read right before building are worth more than any formula: is the last good fetch of a source too old?

    One that lies ahead was noted by a clock that was wrong.
    """
    return any((good := store.fetches.last_good(name)) is None or abs(now - good) > FRESH for name in sources)


async def fetch(house: House, *, since: date | None = None, told: Callable[[Pulled], None] = lambda _: None) -> tuple[Pulled, ...]:
    """Pull every source, all at once; what one brings is kept whatever happens to the others. `told` hears of each as it ends."""
    validators = await house.db(house.store.fetches.validators)
    async with needed(house.http)() as http:

        async def pull(source: Source) -> Pulled:
            brought = await source.pull(http, now=house.clock(), validators=validators, since=since)
            line = await house.db(keep, house.store, brought)
            told(line)
            return line

        pulled = tuple(await asyncio.gather(*(pull(source) for source in house.sources)))
        for lookup in house.lookups:
            await look_up(house, lookup, http)
        return pulled


async def look_up(house: House, lookup: Lookup, http: Http) -> None:
    """Ask for what the store lacks beside the news, if it lacks anything that is not known to be unknown."""
    if names := await house.db(lookups.questions, house.store, lookup, house.clock()):
        brought = await lookup.ask(http, names, house.clock())
        await house.db(lookups.keep, house.store, lookup, names, brought)


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
    report = await house.db(house.store.subscribers.sync, roster, now=house.clock(), ask_first=house.ask_first)
    if house.ask_first:
        await house.db(ask, house.store, now=house.clock())
    return roster.faults, report


def ask(store: Store, *, now: datetime) -> None:
    """Ask everybody who stands in a file and was not asked yet whether she wants mail; each once."""
    for each in store.subscribers.waiting_in_files():
        her = each.subscriber
        Post(store).send("confirm", her.email, Note(language=her.language), once=f"confirm:{her.key}", now=now, subscriber=her.key)


async def plan_today(house: House, *, only: Sequence[str] = ()) -> Plan:
    """Write down a due digest for everybody whose local date is one of her days and has none yet. No hour of it is too late."""
    now = house.clock()
    wanted = {address.lower() for address in only}
    everybody = await house.db(house.store.subscribers.active)
    chosen = [(her, when.local_date(now, her.timezone)) for her in everybody if not wanted or her.email.lower() in wanted]
    pairs = [(her, day) for her, day in chosen if when.is_digest_day(her, day)]
    await house.db(house.store.deliveries.plan, (Planned(her.key, her.email, day, due_at=now) for her, day in pairs))
    return Plan.of(pairs)


async def plan_by_clock(house: House) -> Plan:
    """The same for everybody whose `send_at` has come, also for days that this machine slept through: those expire, on record."""
    now = house.clock()
    coming = await house.db(house.store.subscribers.due, now)
    keys = [her.key for her in coming]
    last = await house.db(house.store.histories.last_planned_of, keys, now=now)
    wished = await house.db(house.store.subscribers.wished_since, keys)
    days = ((her, days_since(her, last.get(her.key), now, house.catch_up, wished.get(her.key, now))) for her in coming)
    pairs = [(her, day) for her, hers in days for day in hers]
    rows = (Planned(her.key, her.email, day, due_at=when.due_at(her, day)) for her, day in pairs)
    await house.db(house.store.deliveries.plan, rows)
    await house.db(house.store.subscribers.set_next_due, {her.key: due for her in coming if (due := when.next_due(her, now))})
    return Plan.of(pairs)


def days_since(her: Subscriber, last: date | None, now: datetime, catch_up: timedelta, wished: datetime) -> Iterator[date]:
    """Her days since the last one planned whose hour has come, two weeks back at most; of those before she wished to be served
    as she is now, and of a new one, what can be caught up: nothing else was owed."""
    earliest = when.local_date(now - LOOK_BACK, her.timezone)
    day = when.next_mail_day(her, max(last, earliest) if last else when.local_date(now - catch_up, her.timezone) - ONE_DAY)
    while day and (due := when.due_at(her, day)) <= now:
        if due >= now - catch_up or (last and due >= wished):
            yield day
        day = when.next_mail_day(her, day)


async def hand_over(house: House, plan: Plan, report: RunReport, *, kinds: Collection[str] | None = None) -> None:
    """Claim, select, render, freeze and deliver until nothing is left to claim, or the round ends early. `kinds`: None = all."""
    owner = house.owner()
    async with writers(house, plan) as write:
        while True:
            before = report.claimed
            tally = await deliver(
                messages(house, owner, write, report, kinds),
                pool=needed(house.pool)(),
                journal=house.store.deliveries,
                owner=owner,
                clock=house.clock,
                lease=LEASE,
                stop=house.stop,
                database=house.database,
                watch=house.watch,
            )
            report.sent_now += tally[DeliveryState.SENT]
            # What a dead process left is claimed a few at a time, so one round more may find some (see Deliveries.claim).
            if tally.ended or report.claimed == before:
                break
    if tally.ended:
        await break_off(house, tally, report)


async def break_off(house: House, tally: Tally, report: RunReport) -> None:
    """A round that ended before its time leaves nobody due without a reason, unless others are at work, or we are told to stop."""
    now = house.clock()
    report.ended, report.suspicious = tally.ended, tally.suspicious
    if not (house.stop and house.stop.is_set()):
        await house.db(house.store.deliveries.put_off, now=now, reason=tally.ended, retry_at=now + tally.wait)
    if tally.suspicious:
        await house.db(caution.pause, house.store, tally.ended, now=now, admin=house.admin)


@asynccontextmanager
async def writers(house: House, plan: Plan) -> AsyncIterator[Writing]:
    """Whoever writes the mails of a pass: a thread of this process, or for many a process of its own."""
    if house.workshop and len(plan) > MANY:
        async with house.workshop(plan.topics) as workshop:
            yield workshop.write
    else:
        writer = Writer(house.store, needed(house.press), topics=plan.topics, embedder=house.embedder)
        yield lambda batch, now: asyncio.to_thread(writer, batch, now)


async def messages(
    house: House, owner: str, write: Writing, report: RunReport, kinds: Collection[str] | None = None
) -> AsyncIterator[tuple[Delivery, Message]]:
    """Everything that can be claimed, written down and ready to leave, as it is asked for."""
    claim = partial(house.store.deliveries.claim, owner, lease=LEASE, limit=BATCH, kinds=kinds)
    batches = in_turn(
        lambda: house.db(claim, now=house.clock()),
        lambda batch: write(batch, house.clock()),
        lambda done: house.db(settle, house.store, done, owner=owner),
        ahead=AHEAD,
    )
    async with aclosing(batches):
        async for done, held in batches:
            report.claimed += len(done)
            report.note(failure for each in done for failure in each.failures)
            for each in done:
                if each.message and each.delivery.key in held:
                    yield each.delivery, each.message


async def tidy(house: House, keep: timedelta) -> Forgotten:
    """Forget what is older than `keep`, and requests that were never confirmed; nothing while the clock is in doubt.

    In a thread of its own: no pass waits for it.
    """
    now, stop = house.clock(), house.stop or asyncio.Event()

    def forget() -> Forgotten:
        if not house.store.retention.trusts(now):
            return Forgotten()
        house.store.subscribers.drop_unconfirmed(now - CONFIRM_WITHIN)
        topics = (topic for each in house.store.subscribers.all() for topic in each.subscriber.topics)
        liked = {name for topic in topics for name in topic.like}
        return house.store.retention.forget(now - keep, spare=liked, stop=stop.is_set)

    return await asyncio.to_thread(forget)


# --- Select, render, freeze ----------------------------------------------------------------------------------------------


def settle(store: Store, written: Sequence[Written], *, owner: str) -> frozenset[int]:
    """Freeze what is about to leave, and record what is not going to; answers the keys that are still ours to send.

    Rendering comes before freezing because the ledger takes only papers that are in the mail: what the byte budget moved behind
    "and N more" was not sent (CONTRACT, "Candidates"). Nothing leaves before the commit.
    """
    journal = store.deliveries
    outcomes = [each.outcome for each in written if each.outcome]
    if outcomes:
        journal.record(outcomes, owner=owner)
    others = frozenset(each.delivery.key for each in written if each.message and not each.frozen)
    return others | journal.freeze([each.frozen for each in written if each.frozen], owner=owner)


# --- Account -------------------------------------------------------------------------------------------------------------


async def account(house: House, plan: Plan, report: RunReport) -> None:
    """Count rows, not memories: every digest that was due must be in a state that says what became of it."""
    report.due = len(plan)
    report.reasons = await house.db(house.store.deliveries.reasons_of, plan.due)


async def finish_together(house: House, plan: Plan, report: RunReport) -> None:
    """Wait for what other processes hold of this pass, as long as they get on with it, and take over what one leaves that died."""
    patience = PATIENCE
    while report.unfinished and not report.ended and patience:
        before = report.unfinished
        await asyncio.sleep(1)
        await hand_over(house, Plan(), report)
        await account(house, plan, report)
        patience = patience - 1 if report.unfinished == before else PATIENCE
