"""When: APScheduler calls the jobs it is handed, until it is told to stop. It knows nothing of what they do.

There is one short tick instead of one job for each subscriber: adding 100,000 jobs takes minutes, reading an indexed `next_due`
takes microseconds, and what is due is decided by rows, so a clock that jumps or fires twice does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """Something to be called again and again, and how it has been going."""

    name: str
    every: timedelta
    call: Callable[[], Awaitable[object]]
    runs: int = 0
    errors: int = 0  #: calls that raised
    in_a_row: int = 0  #: of them, since the last good one

    async def __call__(self) -> None:
        """One call. What it raises is counted and logged, and the next one comes as planned."""
        self.runs += 1
        try:
            await self.call()
            self.in_a_row = 0
        except Exception:
            self.errors += 1
            self.in_a_row += 1
            log.exception("failed job=%s in_a_row=%d", self.name, self.in_a_row)


async def run(jobs: Sequence[Job], stop: asyncio.Event) -> None:
    """Call each job at once and then at its interval, until `stop` is set; then wait for those that are under way.

    A job never overlaps itself: a call that comes due meanwhile is left out. Late calls are made once, however many were missed.
    """
    under_way: set[asyncio.Task[None]] = set()
    running: set[str] = set()

    def start(job: Job) -> None:
        if job.name in running or stop.is_set():
            return
        running.add(job.name)
        task = asyncio.get_running_loop().create_task(job())
        under_way.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            under_way.discard(done)
            running.discard(job.name)

        task.add_done_callback(ended)

    async def called(job: Job) -> None:
        start(job)

    scheduler = AsyncIOScheduler(timezone="UTC")
    for job in jobs:
        # The library's default forgets a call that is a second late, and would run what was missed several times.
        options = {"id": job.name, "misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        interval = IntervalTrigger(seconds=job.every.total_seconds(), timezone="UTC")
        scheduler.add_job(called, interval, args=[job], **options)
    scheduler.start()
    for job in jobs:
        start(job)
    try:
        await stop.wait()
    finally:
        scheduler.shutdown(wait=False)  # waiting here would cancel what is under way; we wait for it ourselves
        while under_way:
            await asyncio.gather(*under_way, return_exceptions=True)
