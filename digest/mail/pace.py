"""How fast: turns at a steady rate, and who may be spoken of at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds' worth of turns that are reserved at once: what a crash wastes, and what a burst can be at most.
SLICE = 0.2


class Pace:
    """Hands out turns at `rate` a second, evenly spaced; 0 = no limit.

    Turns are reserved by the slice from `reserve(count)`, which answers in how many seconds the first of them is. It keeps its
    books outside this process, so that the rate holds across restarts and for several processes together.
    """

    def __init__(
        self,
        rate: float,
        *,
        reserve: Callable[[int], Awaitable[float]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._reserve, self._pause, self._monotonic = reserve, pause, monotonic
        self._lock = asyncio.Lock()
        self._next = 0.0                   #: when the next turn of the slice is, on the monotonic clock
        self._left = 0                     #: turns left in the slice

    async def turn(self) -> None:
        """Returns when it is the caller's turn."""
        if not self._rate:
            return
        async with self._lock:
            if not self._left:
                self._left = max(1, round(self._rate * SLICE))
                self._next = await self._reserve(self._left) + self._monotonic()
            turn = self._next
            self._next += 1 / self._rate
            self._left -= 1
        if (wait := turn - self._monotonic()) > 0:
            await self._pause(wait)


class Dispatch(Generic[T]):
    """What waits to be sent, in order, save that no more than `limit` items of one domain are out at once; 0 = no limit.

    Items whose domain is busy stand aside without blocking the others. It holds little more than `room` items, so that a stream
    of any length costs the same memory.
    """

    def __init__(self, domain: Callable[[T], str], *, limit: int, room: int) -> None:
        self._domain, self._limit, self._room = domain, limit, room
        self._ready: deque[T] = deque()
        self._aside: dict[str, deque[T]] = {}
        self._out: Counter[str] = Counter()  # domain -> items that are ready or taken
        self._waiting = 0
        self._closed = False
        self._changed = asyncio.Event()

    async def put(self, items: Iterable[T]) -> None:
        """Adds items, then waits until there is room for more."""
        for item in items:
            self._waiting += 1
            self._sort_in(item)
        self._ring()
        await self._until(lambda: self._waiting < self._room or self._closed)

    async def come(self) -> bool:
        """Waits until something may go out; False when nothing will come any more."""
        await self._until(lambda: bool(self._ready) or (self._closed and not self._waiting))
        return bool(self._ready)

    async def drained(self) -> None:
        """Returns when nothing will come any more, and all that came is dealt with."""
        await self._until(lambda: self._closed and not self._waiting and not self._out)

    @property
    def ready(self) -> int:
        """Items that may go out now."""
        return len(self._ready)

    def take(self) -> T | None:
        """The next item, if another worker did not take it first. Whoever has it says `done` in the end."""
        if not self._ready:
            return None
        self._waiting -= 1
        self._ring()
        return self._ready.popleft()

    def done(self, item: T) -> None:
        """The item is dealt with, so that the next one of its domain may go."""
        domain = self._domain(item)
        self._out[domain] -= 1
        if aside := self._aside.get(domain):
            self._sort_in(aside.popleft())
        if not self._out[domain]:
            del self._out[domain]
            self._aside.pop(domain, None)
        self._ring()

    def close(self, *, drop: bool = False) -> None:
        """Nothing more will be put in; with `drop`, nothing more will be taken out either."""
        self._closed = True
        if drop:
            for item in self._ready:
                self._out[self._domain(item)] -= 1
            self._out = +self._out
            self._ready.clear()
            self._aside.clear()
            self._waiting = 0
        self._ring()

    def _sort_in(self, item: T) -> None:
        domain = self._domain(item)
        if self._limit and self._out[domain] >= self._limit:
            self._aside.setdefault(domain, deque()).append(item)
        else:
            self._out[domain] += 1
            self._ready.append(item)

    def _ring(self) -> None:
        self._changed.set()
        self._changed.clear()

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self._changed.wait()
