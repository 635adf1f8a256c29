"""The queue in front of arXiv that all processes of a machine share: one request at a time, and a pause between two beginnings.

arXiv counts what comes from one machine, not what comes from one process (https://info.arxiv.org/help/api/tou.html). A lock of the
operating system on a small file keeps the order; it falls with the process that holds it. In the file stands when the last request
began, by the clock that counts since the machine was started, which all its processes read alike.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there each process keeps the pause by itself
    fcntl = None  # type: ignore[assignment]

LOOK_AGAIN = 0.05  #: seconds between two looks at a lock that another process holds


class Turns:
    """A queue by the name of a file, made where there is none. Where it cannot be written, each process keeps to itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def turn(self, delay: float) -> AsyncIterator[None]:
        """Wait until nobody else asks, and `delay` seconds have passed since the last one began; then it is our turn."""
        handle = self._open()
        if handle is None:
            yield
            return
        try:
            await _lock(handle)
            await asyncio.sleep(_until(handle, delay))
            _begin(handle)
            yield
        finally:
            os.close(handle)  # and with it the lock

    def _open(self) -> int | None:
        if fcntl is None:
            return None
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None


async def _lock(handle: int) -> None:
    """Without a thread that waits: it could not be called off."""
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            await asyncio.sleep(LOOK_AGAIN)
        else:
            return


def _until(handle: int, delay: float) -> float:
    """Seconds to wait; a time that lies ahead was written before the machine was started."""
    last = float("-inf")
    with suppress(ValueError):
        last = float(os.pread(handle, 64, 0))
    since = time.monotonic() - last
    return max(delay - since, 0.0) if since >= 0 else 0.0


def _begin(handle: int) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, repr(time.monotonic()).encode(), 0)
