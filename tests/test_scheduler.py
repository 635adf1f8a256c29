"""When: jobs are called at once and again, never over themselves, and the end waits for them. No test waits for a clock."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from digest.scheduler import Job, run

MOMENT = timedelta(milliseconds=5)
HOUR = timedelta(hours=1)


class Work:
    """A job's work: counts how often it began, how often at once, and ends when it is let go."""

    def __init__(self) -> None:
        self.began, self.at_once, self.most = 0, 0, 0
        self.under_way, self.may_end = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.began += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.under_way.set()
        await self.may_end.wait()
        self.at_once -= 1


async def test_every_job_is_called_at_once_and_the_end_waits_for_what_is_under_way() -> None:
    works, stop = [Work(), Work()], asyncio.Event()
    running = asyncio.create_task(run([Job("a", HOUR, works[0]), Job("b", HOUR, works[1])], stop))
    await asyncio.gather(*(work.under_way.wait() for work in works))

    stop.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not running.done(), "somebody is still at work"
    for work in works:
        work.may_end.set()
    await running

    assert [(work.began, work.at_once) for work in works] == [(1, 0), (1, 0)]


async def test_a_job_that_is_still_at_work_is_not_called_again() -> None:
    slow, quick, stop = Work(), 0, asyncio.Event()

    async def tick() -> None:
        nonlocal quick
        quick += 1
        if quick == 3:                     # two moments have passed: the slow one came due as well
            stop.set()
            slow.may_end.set()

    await run([Job("slow", MOMENT, slow), Job("quick", MOMENT, tick)], stop)

    assert (slow.began, slow.most) == (1, 1)


async def test_what_a_job_raises_is_counted_and_told_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    stop, good = asyncio.Event(), Work()
    good.may_end.set()

    async def fails() -> None:
        await good.under_way.wait()
        stop.set()
        raise RuntimeError("no")

    job = Job("bad", HOUR, fails)
    await run([job, Job("good", HOUR, good)], stop)

    assert (job.runs, job.errors, job.in_a_row) == (1, 1, 1)
    assert good.began == 1
    assert [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR] == ["failed job=bad in_a_row=1"]


async def test_a_good_call_ends_the_row_of_bad_ones() -> None:
    answers = iter([ValueError(), ValueError(), None, ValueError()])

    async def call() -> None:
        if error := next(answers):
            raise error

    job = Job("moody", HOUR, call)
    rows = []
    for _ in range(4):
        await job()
        rows.append(job.in_a_row)

    assert rows == [1, 2, 0, 1]
    assert (job.runs, job.errors) == (4, 3)


async def test_once_stopped_nothing_begins() -> None:
    stop, work = asyncio.Event(), Work()
    stop.set()

    await run([Job("late", HOUR, work)], stop)

    assert work.began == 0
