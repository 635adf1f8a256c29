"""How the daemon is: what its jobs have been doing, kept in the store for `status`, /healthz and /metrics."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.cli.options import Clock
    from digest.scheduler import Job
    from digest.settings import Settings
    from digest.store.store import Store

#: Where the daemon leaves word of itself in the store.
KEY = "daemon"
#: A daemon that has not left word for so long is dead or hangs.
SILENT = timedelta(minutes=10)
#: So many failures of a job in a row are no hiccup any more.
FAILURES = 3
#: Below this, in bytes, a disk is as good as full: a pass of some thousands writes that much.
LITTLE_ROOM = 200_000_000


@dataclass(slots=True)
class Heart:
    """Watches over the jobs of this process: counts, and the last success of each."""

    store: Store
    clock: Clock
    jobs: list[Job] = field(default_factory=list)
    last_good: dict[str, datetime] = field(default_factory=dict)

    def watch(self, jobs: Iterable[Job]) -> list[Job]:
        """The same jobs, and from now on it is noted when each last went well."""
        for job in jobs:
            job.call = self._noting(job.name, job.call)
            self.jobs.append(job)
        return self.jobs

    def _noting(self, name: str, call: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        async def noting() -> None:
            await call()
            self.last_good[name] = self.clock()

        return noting

    def beat(self) -> None:
        """Leave word in the store."""
        self.store.meta.set(KEY, {"at": self.clock().isoformat(), "pid": os.getpid(), "jobs": self._rows()})

    def stop(self) -> None:
        """A daemon that was told to end is not missed."""
        self.store.meta.set(KEY, None)

    def status(self) -> str:
        """One line for the service manager."""
        failing = [f"{job.name} failed {job.in_a_row} times in a row" for job in self.jobs if job.in_a_row]
        last = self.last_good.get("tick")
        return "; ".join([f"last tick {last:%H:%M:%S} UTC" if last else "no tick yet", *failing])

    def _rows(self) -> dict[str, Any]:
        return {
            job.name: {
                "runs": job.runs,
                "errors": job.errors,
                "in_a_row": job.in_a_row,
                "last_good": good.isoformat() if (good := self.last_good.get(job.name)) else None,
            }
            for job in self.jobs
        }


def daemon(store: Store) -> dict[str, Any] | None:
    """What the daemon last said of itself: `at`, `pid` and its `jobs`; None when none runs, or it ended as it was told."""
    said: dict[str, Any] | None = store.meta.get(KEY)
    return said


def look(store: Store, given: Settings, now: datetime) -> dict[str, Any]:
    """Queue, disk and daemon at one glance; `grave` is what is out of order now, `problems` what soon may be."""
    running, free = daemon(store), disk_free(given)
    return {
        "queue": {state.value: count for state, count in sorted(store.deliveries.pending().items())},
        "disk_free": free,
        "daemon": running,
        "grave": list(_grave(running, now)),
        "problems": [*_failing(running), *_narrow(free)],
    }


def disk_free(given: Settings) -> int | None:
    """Bytes left where the SQLite store lies; None for a server's store, whose disk is not ours to see."""
    if not given.database_url.startswith("sqlite"):
        return None
    file = given.database_url.partition(":///")[2].partition("?")[0]
    try:
        return shutil.disk_usage(Path(file or ".").resolve().parent).free
    except OSError:
        return None


def _grave(running: dict[str, Any] | None, now: datetime) -> Iterable[str]:
    if running and now - (at := datetime.fromisoformat(running["at"])) > SILENT:
        yield f"the daemon has been silent since {at:%Y-%m-%d %H:%M} UTC: look into its log, and start it again"


def _failing(running: dict[str, Any] | None) -> Iterable[str]:
    for name, job in (running or {}).get("jobs", {}).items():
        if job["in_a_row"] >= FAILURES:
            yield f"{name} failed {job['in_a_row']} times in a row: its log says why"


def _narrow(free: int | None) -> Iterable[str]:
    if free is not None and free < LITTLE_ROOM:
        yield f"only {free / 1e6:.0f} MB are left on the disk of the store: free some space"
