"""The mailbox as a job of the daemon: handled when something arrives, answered at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from digest.cli.inbox import correspondence, server

if TYPE_CHECKING:
    from digest.correspondence import Handled
    from digest.pipeline import House
    from digest.settings import Settings
    from digest.subscription.mailbox import Imap, Waiting

log = logging.getLogger(__name__)

_begun: set[asyncio.Future[object]] = set()  # first digests under way; a mailbox that fails does not end them


async def attend(
    made: House, given: Settings, *, answer: Callable[[], Awaitable[object]], begin: Callable[[], Awaitable[object]]
) -> None:
    """Read the mailbox until the house stops, or once where its server does not tell when something arrives.

    `answer` hands over what was put into the outbox, `begin` sends first digests. The mailbox has threads of its own, so an
    unsubscribe takes effect while a pass is under way. Raises TransportError when the server fails: the next call connects anew.
    """
    from digest.mailroom import Mailroom
    from digest.subscription.mailbox import Imap

    room = Mailroom(correspondence(given, made.store), made.clock, _log)
    stop = made.stop.is_set if made.stop else lambda: False
    box: Imap = Imap(server(given))
    await asyncio.to_thread(box.__enter__)
    try:
        while not stop():
            done = await asyncio.to_thread(room.empty, box, stop=stop)
            if done.answers:
                await answer()
            if done.begins:
                _start(begin)
            if not box.idles:
                return
            await asyncio.to_thread(box.wait, stop)
    finally:
        await asyncio.to_thread(box.__exit__, None, None, None)
        if stop():
            await asyncio.gather(*_begun, return_exceptions=True)


def _start(begin: Callable[[], Awaitable[object]]) -> None:
    """A pass takes its time, and the next command is not to wait for it."""
    task = asyncio.ensure_future(begin())
    _begun.add(task)
    task.add_done_callback(_begun.discard)


def _log(mail: Waiting, handled: Handled) -> None:
    log.info("handled mail=%s answer=%s what=%r", mail.name, handled.answer or "-", handled.what)
