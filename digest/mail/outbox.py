"""The way out: claimed and frozen mails are handed to the relay, and what became of each is written down before the next one.

A connection takes its next mail only when the end of its last one is durable in the journal; one commit serves all connections
that wait for theirs. So after a kill there is at most one mail for each open connection of which the journal does not know what
became of it, and that one is sent again with the same Message-ID. None is lost, since none is closed without an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from digest.errors import TransportError
from digest.mail.books import Books, Journal
from digest.mail.envelope import Message
from digest.mail.outcome import BACK_OFF, SOON, Blame, blame, outcome
from digest.mail.pace import Dispatch, Pace
from digest.mail.smtp import Connection, Pool
from digest.model import Delivery, DeliveryEvent, DeliveryState, Outcome, delivery_after

Parcel = tuple[Delivery, Message]

#: How long a claim holds without being renewed; it is renewed three times as often.
LEASE = timedelta(minutes=10)

#: Connections in a row that came to nothing, or mails in a row that were refused for now: then the server is left alone.
FAILED_CONNECTIONS = 3
DEFERRED_IN_A_ROW = 50

#: More than this share of a round refused for good, and at least so many: then the fault is probably ours.
SUSPICIOUS_SHARE, SUSPICIOUS_COUNT = 0.1, 20
THINK = timedelta(hours=1)                 #: how long what is left then waits for somebody to look into it

OLD = 300.0                                #: seconds after which a connection is opened anew: firewalls forget long ones
GRACE = 7.0                                #: seconds for open dialogues to end once the round is stopped
RENDERED = 16                              #: mails that are drawn from the stream at a time
ROOM = 200                                 #: mails that wait, rendered, while the next ones are being rendered


@dataclass(slots=True)
class Tally:
    """What one round did, and why it ended before its time, if it did."""

    states: Counter[DeliveryState] = field(default_factory=Counter)
    released: int = 0                      #: mails given back unsent; they are deferred
    ended: str = ""                        #: why it ended early, "" = it did not
    error: TransportError | None = None    #: the trouble with the server that ended it
    suspicious: bool = False               #: it ended because so many mails were refused for good
    wait: timedelta = timedelta(0)         #: before what was given back is tried again

    def __getitem__(self, state: DeliveryState) -> int:
        return self.states[state]


async def deliver(
    stream: AsyncIterable[Parcel] | Iterable[Parcel],
    *,
    pool: Pool,
    journal: Journal,
    owner: str,
    clock: Callable[[], datetime],
    lease: timedelta = LEASE,
    stop: asyncio.Event | None = None,
    database: Executor | None = None,
    watch: Callable[[Outcome], None] = lambda _: None,
) -> Tally:
    """Sends mails that are claimed, frozen and rendered, and closes each in the journal; returns when all have an end.

    `stream` may be of any length: a plain iterable is drawn from in a thread of its own, a few mails at a time, as they are needed.
    `owner` is the name that the mails were claimed under, `database` the one thread that may touch the database, `watch` is told of
    each outcome once it is durable. After `stop` is set no new dialogue begins, open ones have seven seconds, and the rest is given
    back, as it is when the server has trouble.

    Raises what `stream` or `journal` raised, after open dialogues have ended.
    """
    with contextlib.ExitStack() as own:
        database = database or own.enter_context(ThreadPoolExecutor(1, "database"))
        books = Books(journal, owner, clock=clock, lease=lease, database=database)
        return await _Round(pool, books, stop or asyncio.Event(), watch).run(stream)


class _Round:
    """One pass over a stream with a number of connections, each with its worker."""

    def __init__(self, pool: Pool, books: Books, stop: asyncio.Event, watch: Callable[[Outcome], None]) -> None:
        settings = pool.settings
        self.tally = Tally()
        self._pool, self._books, self._stop, self._watch = pool, books, stop, watch
        self._dispatch = Dispatch[Parcel](_domain, limit=settings.per_domain, room=max(ROOM, 2 * settings.connections))
        self._pace = Pace(settings.rate, reserve=lambda count: books.take_turns(count, settings.rate))
        self._feeding: asyncio.Task[None] | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[Any] | None] = set()
        self._wanted = settings.connections
        self._deferred_in_a_row = 0
        self._failure: BaseException | None = None

    async def run(self, stream: AsyncIterable[Parcel] | Iterable[Parcel]) -> Tally:
        books = self._books
        chores = [books.commit_groups(), books.keep_leases(), books.look_who_left(), self._heed_stop()]
        background = {asyncio.create_task(self._guarded(each)) for each in chores}
        self._feeding = asyncio.create_task(self._guarded(self._feed(stream)))
        try:
            self._hire(1)
            await self._dispatch.drained()
            self._wake_the_waiting()
            await asyncio.gather(*self._workers, return_exceptions=True)
        finally:
            await _cancelled({*background, *self._workers, self._feeding})
            self._pool.abort()
        if self.tally.ended:
            self.tally.released = await books.release(self.tally.ended, wait=self.tally.wait)
        if self._failure is not None:
            raise self._failure
        return self.tally

    # --- In ---

    async def _feed(self, stream: AsyncIterable[Parcel] | Iterable[Parcel]) -> None:
        async with contextlib.aclosing(_batches(stream)) as batches:
            async for batch in batches:
                await self._dispatch.put(batch)
        self._dispatch.close()

    # --- Out ---

    def _hire(self, count: int) -> None:
        """So many more workers, as far as connections are wanted. The first one shows that the server is well."""
        for _ in range(0 if self.tally.ended else min(count, self._wanted - len(self._workers))):
            worker = asyncio.create_task(self._guarded(self._work()))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _hire_for_all(self) -> None:
        """The server does its work. After lines that were lost it has to take a whole mail before it is believed."""
        if not self._pool.failures:
            self._hire(self._dispatch.ready)

    async def _work(self) -> None:
        """One connection's life: opened when there is something to send, opened anew when it is worn."""
        line: Connection | None = None
        try:
            while await self._dispatch.come():
                line = await self._line(line)
                if line is None:
                    return
                if (parcel := self._dispatch.take()) is not None:
                    line = await self._serve(parcel, line)
        finally:
            if line is not None:
                await self._pool.close(line)

    async def _line(self, line: Connection | None, *, anew: bool = False) -> Connection | None:
        """The line as long as it is good, else a fresh one; None when this round needs no further line now, or gets none."""
        settings = self._pool.settings
        if line is not None and line.usable and not anew and line.sent < settings.per_connection and line.age < OLD:
            return line
        if line is not None:
            await self._pool.close(line)
        while not self.tally.ended:
            if self._pool.failures >= FAILED_CONNECTIONS and not self._pool.proved_lines:
                self._end(str(self._pool.trouble), wait=SOON, error=self._pool.trouble)
                break
            if self._pool.failures and self._pool.untried_lines and not anew:
                break                      # first the others show whether they get through
            try:
                with self._waiting():
                    return await self._pool.connect()
            except TransportError as error:
                if self._pool.lines:
                    self._wanted -= 1      # the others get through: this one was too many
                    break
                if error.permanent:
                    self._end(str(error), wait=SOON, error=error)
        return None

    async def _serve(self, parcel: Parcel, line: Connection) -> Connection:
        """From a mail to its durable outcome. What the end of the round overtakes has none, and is given back afterwards."""
        delivery, message = parcel
        try:
            with self._waiting():
                await self._pace.turn()
            if not self._books.holds(delivery):
                self._end("the leases ran out; did this machine sleep?")
            if self.tally.ended:
                return line
            if delivery.kind == "digest" and delivery.recipient.lower() in self._books.unsubscribed:
                now, gone = self._books.clock(), DeliveryEvent.UNSUBSCRIBED
                end = Outcome(delivery.key, gone, now, "no longer subscribed", attempted=False)
            else:
                end, line = await self._hand_over(delivery, message, line)
            await self._books.record(end)
            self._count(end)
        finally:
            self._dispatch.done(parcel)
        return line

    async def _hand_over(
        self, delivery: Delivery, message: Message, line: Connection, *, again: bool = True
    ) -> tuple[Outcome, Connection]:
        """One mail to the relay. When the line is to blame and not the mail, a fresh line gets the same mail at once, but once."""
        try:
            words = await line.send(message, well=self._hire_for_all)
        except TransportError as error:
            whose = blame(error, sent_before=line.sent)
            if whose is Blame.LINE and again and (fresh := await self._line(line, anew=True)):
                return await self._hand_over(delivery, message, fresh, again=False)
            if whose is Blame.SERVER:
                self._end(str(error), wait=SOON, error=error)
            elif whose is Blame.MAIL and error.code:  # a line that was lost is no answer
                self._pool.works()
            return outcome(delivery.key, error, attempts=delivery.attempts, now=self._books.clock()), line
        self._pool.works()
        self._hire_for_all()
        return Outcome(delivery.key, DeliveryEvent.ACCEPTED, self._books.clock(), words, 250), line

    def _count(self, end: Outcome) -> None:
        states = self.tally.states
        states[delivery_after(DeliveryState.SENDING, end.event)] += 1
        self._watch(end)
        if end.event is DeliveryEvent.FAILED_FOR_NOW:
            self._deferred_in_a_row += 1
        elif end.event is not DeliveryEvent.UNSUBSCRIBED:
            self._deferred_in_a_row = 0
        bounced = states[DeliveryState.BOUNCED]
        if self._deferred_in_a_row >= DEFERRED_IN_A_ROW:
            self._end(f"{DEFERRED_IN_A_ROW} mails in a row were refused for now, the last with {end.reason}", wait=BACK_OFF[0])
        if bounced >= SUSPICIOUS_COUNT and bounced > SUSPICIOUS_SHARE * states.total():
            self.tally.suspicious = True
            self._end(f"{bounced} of {states.total()} mails were refused for good, the last with {end.reason}", wait=THINK)

    # --- The end ---

    def _end(self, reason: str, *, wait: timedelta = timedelta(0), error: TransportError | None = None) -> None:
        """No new dialogue begins; what is not under way will be given back."""
        if not self.tally.ended:
            self.tally.ended, self.tally.error, self.tally.wait = reason, error, wait
            if self._feeding is not None:
                self._feeding.cancel()
            self._dispatch.close(drop=True)
            self._wake_the_waiting()

    async def _heed_stop(self) -> None:
        await self._stop.wait()
        self._end("stopped before its turn")
        await asyncio.sleep(GRACE)
        self._pool.abort()                 # every dialogue that is still open ends with the error of its phase

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """What goes wrong in one task ends the round in good order, and climbs when all others are done."""
        try:
            await work
        except Exception as error:         # noqa: BLE001 - see above
            self._failure = self._failure or error
            self._end(f"the pass failed: {error}")

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        """Marks a worker as not in a dialogue, so that the end of the round need not wait for it."""
        worker = asyncio.current_task()
        self._idle.add(worker)
        try:
            yield
        finally:
            self._idle.discard(worker)

    def _wake_the_waiting(self) -> None:
        for worker in self._idle - {asyncio.current_task()}:
            if worker is not None:
                worker.cancel()


async def _batches(stream: AsyncIterable[Parcel] | Iterable[Parcel]) -> AsyncGenerator[list[Parcel], None]:
    """A stream in small lists; a plain one is drawn from in a thread, since every mail takes a while to render."""
    if isinstance(stream, AsyncIterable):
        async for parcel in stream:
            yield [parcel]
        return
    loop, iterator = asyncio.get_running_loop(), iter(stream)
    with ThreadPoolExecutor(1, "rendering") as thread:
        try:
            while batch := await loop.run_in_executor(thread, lambda: list(islice(iterator, RENDERED))):
                yield batch
        finally:
            if close := getattr(iterator, "close", None):
                await asyncio.shield(loop.run_in_executor(thread, close))


async def _cancelled(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _domain(parcel: Parcel) -> str:
    return parcel[1].recipient.rpartition("@")[2].lower()
