"""The journal as the outbox sees it: asked from the event loop, answered in the one thread that may touch the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from digest.model import Delivery, Outcome

T = TypeVar("T")

#: Seconds between looks at who unsubscribed: it takes effect within one second.
LOOK = 0.4

#: Seconds to wait before each further try to record. A database that restarts is worth waiting for: what the server accepted and we
#: cannot write down would be sent twice.
PATIENCE = (0.5, 2.0, 5.0)


class Journal(Protocol):
    """What the outbox needs of the store. Every call is one durable transaction, and recording twice is harmless."""

    def record(self, batch: Sequence[Outcome], *, owner: str) -> None: ...
    def release(self, owner: str, *, now: datetime, reason: str, retry_at: datetime) -> int: ...
    def renew(self, owner: str, *, now: datetime, lease: timedelta) -> int: ...
    def unsubscribed_since(self, moment: datetime) -> Collection[str]: ...
    def take_turns(self, count: int, *, rate: float, now: datetime) -> float: ...


class Books:
    """The journal of one owner, with group commit: while one commit is under way, the next group gathers."""

    def __init__(
        self, journal: Journal, owner: str, *, clock: Callable[[], datetime], lease: timedelta, database: Executor
    ) -> None:
        self.clock = clock
        self.unsubscribed: Collection[str] = frozenset()
        self._journal, self._owner, self._lease, self._database = journal, owner, lease, database
        self._began = clock()
        self._leased_until = self._began   # by renewal; a mail that was claimed later says so itself
        self._waiting: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    async def record(self, end: Outcome) -> None:
        """Returns once the outcome is durable. Raises what the journal raised."""
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((end, durable))
        self._wake.set()
        await durable

    async def commit_groups(self) -> None:
        """For ever commits whatever waits."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            group, self._waiting = self._waiting, []
            error = await self._commit([end for end, _ in group])
            for _, durable in group:
                if durable.done():         # whoever waited has been cancelled
                    continue
                if error is None:
                    durable.set_result(None)
                else:
                    durable.set_exception(error)

    async def _commit(self, ends: Sequence[Outcome]) -> Exception | None:
        error: Exception | None = None
        for pause in (0.0, *PATIENCE):
            await asyncio.sleep(pause)
            try:
                await self._ask(self._journal.record, ends, owner=self._owner)
            except Exception as raised:    # noqa: BLE001 - it is handed to everyone who waits
                error = raised
            else:
                return None
        return error

    def holds(self, delivery: Delivery) -> bool:
        """Whether the lease on it still runs; it may not when this machine slept."""
        return self.clock() < max(delivery.lease_until or self._began, self._leased_until)

    async def keep_leases(self) -> None:
        """For ever renews the leases in time."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            now = self.clock()
            await self._ask(self._journal.renew, self._owner, now=now, lease=self._lease)
            self._leased_until = now + self._lease

    async def look_who_left(self) -> None:
        """For ever keeps `unsubscribed` at most half a second old."""
        since = self._began - timedelta(minutes=5)  # the clocks of other machines may differ a little
        while True:
            self.unsubscribed = await self._ask(self._journal.unsubscribed_since, since)
            await asyncio.sleep(LOOK)

    async def take_turns(self, count: int, rate: float) -> float:
        """In how many seconds the first of `count` turns is."""
        return await self._ask(self._journal.take_turns, count, rate=rate, now=self.clock())

    async def release(self, reason: str, *, wait: timedelta) -> int:
        """Gives back all that the owner holds, to be tried again after `wait`."""
        now = self.clock()
        return await self._ask(self._journal.release, self._owner, now=now, reason=reason, retry_at=now + wait)

    async def _ask(self, question: Callable[..., T], *words: Any, **more: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, lambda: question(*words, **more))
