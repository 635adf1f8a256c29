"""Batch after batch through a pass: claimed, written, settled, and only then on its way.

While one batch leaves, the next one is being written, and those after it are claimed, so that the writer never waits for a commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from digest.model import Delivery
from digest.writing import Written

Claim = Callable[[], Awaitable[Sequence[Delivery]]]
Write = Callable[[Sequence[Delivery]], Awaitable[list[Written]]]
#: Freezes what was written, and answers the keys of those that may leave.
Settle = Callable[[list[Written]], Awaitable[Collection[int]]]
Settled = tuple[list[Written], Collection[int]]


@dataclass(frozen=True, slots=True, eq=False)
class _Claimed:
    """A batch that is not in the ledger yet."""

    people: frozenset[int]
    settled: asyncio.Event = field(default_factory=asyncio.Event)


async def in_turn(claim: Claim, write: Write, settle: Settle, *, ahead: int) -> AsyncGenerator[Settled, None]:
    """What became of each batch, and the keys of those that may leave, until there is nothing left to claim.

    At most `ahead` batches are claimed besides the one that is leaving. None is written while one that was claimed before it holds
    a digest of the same person: what that one shows has to be in the ledger first.
    """
    claimed: list[_Claimed] = []
    turn, pen = asyncio.Lock(), asyncio.Lock()

    async def next_batch() -> tuple[_Claimed, list[Written]]:
        async with turn:
            batch = await claim()
            this = _Claimed(frozenset(each.subscriber for each in batch))
            earlier = [each.settled.wait() for each in claimed if not each.people.isdisjoint(this.people)]
            claimed.append(this)
        await asyncio.gather(*earlier)
        async with pen:
            return this, await write(batch) if batch else []

    coming = deque(asyncio.create_task(next_batch()) for _ in range(ahead))
    try:
        while coming:
            this, done = await coming.popleft()
            if done:
                coming.append(asyncio.create_task(next_batch()))
                await asyncio.sleep(0)     # its claim comes before what this one has to write down
                held = await settle(done)
                this.settled.set()
                yield done, held
            claimed.remove(this)
    finally:
        for each in coming:
            each.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
