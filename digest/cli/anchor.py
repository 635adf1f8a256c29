"""The file of the store, watched by the daemon: one that was moved or deleted under it would take what is sent to its grave.

An open file outlives its name, so nothing fails: a daemon would go on in the old file while every other verb opens the new one, and
both would send the same digest.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import ConfigError

if TYPE_CHECKING:
    from digest.settings import Settings

#: How often it is looked for, in seconds.
OFTEN = 5.0


async def watch(given: Settings, stop: asyncio.Event, *, every: float = OFTEN) -> None:
    """Until `stop`. Raises ConfigError as soon as the name of an SQLite store no longer leads to the file it led to at first."""
    file = given.database_url.partition(":///")[2].partition("?")[0]
    at_first = _identity(file) if given.database_url.startswith("sqlite") else None
    if at_first is None:
        await stop.wait()
    while not stop.is_set():
        if _identity(file) != at_first:
            message = f"{file} was moved, deleted or replaced while the daemon ran: put the right one there, and start it again"
            raise ConfigError(message, key="DIGEST_DATABASE_URL")
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            continue


def _identity(file: str) -> tuple[int, int] | None:
    """Device and number of a file, the same for as long as it is the same one; None where there is none."""
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
