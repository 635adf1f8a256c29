"""The service manager, told how it goes: sd_notify(3) over NOTIFY_SOCKET in a few lines. Where nobody listens, nothing happens."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

#: How often the state is told where no watchdog asks for more, in seconds.
SELDOM = 60.0


def tell(*lines: str) -> bool:
    """Send `NAME=value` lines, like `READY=1`; False when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):            # an abstract socket, written so in environments
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)        # a manager that does not read must not hold us up
            line.sendto("\n".join(lines).encode(), address)
    except OSError:
        return False                       # a daemon does not end because nobody hears of it
    return True


def patience() -> float | None:
    """Seconds after which the watchdog takes this process for dead, None where there is none."""
    micro, for_whom = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return int(micro) / 1e6 if micro.isdigit() and int(micro) > 0 and for_whom == str(os.getpid()) else None


async def keep_telling(stop: asyncio.Event, status: Callable[[], str]) -> None:
    """READY now; then, three times in the watchdog's patience, that the event loop lives and how it goes; at last STOPPING.

    Passes, selection and database work in threads, so a long one does not look like a death; a loop that hangs does.
    """
    every = (patience() or 3 * SELDOM) / 3
    tell("READY=1", f"STATUS={status()}")
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            tell("WATCHDOG=1", f"STATUS={status()}")
    tell("STOPPING=1", "STATUS=ending open dialogues")
