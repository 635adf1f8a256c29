"""A writer in a process of its own: for a hundred thousand digests, choosing and rendering take a processor of their own, and the
event loop keeps the other one for dialogues, pages and those who unsubscribe meanwhile.

The process is asked through its standard input and answers through its standard output, a pickle at a time. It reads the store and
changes nothing; nothing that it does is of any worth until this process has frozen it. When its line is cut, it ends.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from types import TracebackType
from typing import Any, Self

from digest.errors import DigestError
from digest.model import Delivery
from digest.writing import Writer, Written, put_off

log = logging.getLogger(__name__)

#: Octets that the line holds, where the system lets us choose: a batch of mails in a few pieces, since for each the reading thread
#: has to wait for its turn.
WIDE = 2**20
#: After how many new objects Python looks for circles of garbage, here and over there (gc.set_threshold): mails make millions of
#: objects and hardly any circle, and with its own 700 a tenth of the time went there.
RARELY = 50_000, 20, 100


class Workshop:
    """`make` makes the writer over there, so it has to be something that can be pickled. Use it as a context manager."""

    def __init__(self, make: Callable[[], Writer]) -> None:
        self._make = make
        self._process: subprocess.Popen[bytes] | None = None
        self._usually = gc.get_threshold()

    async def __aenter__(self) -> Self:
        gc.set_threshold(*RARELY)
        await asyncio.to_thread(self._start)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()
        gc.set_threshold(*self._usually)

    async def write(self, batch: Sequence[Delivery], now: datetime) -> list[Written]:
        """What the writer wrote. Should a mail be the death of it, that one is put off, and a new writer takes the others.

        Raises what the writer raised.
        """
        try:
            return await asyncio.to_thread(self._ask, batch, now)
        except (EOFError, BrokenPipeError):
            log.warning("a writer died, deliveries=%d", len(batch))
        self._stop()
        await asyncio.to_thread(self._start)
        if len(batch) == 1:
            return [put_off(batch[0], DigestError("the process that was to write it died"), now)]
        return [each for one in batch for each in await self.write([one], now)]

    def _start(self) -> None:
        words, pipe = [sys.executable, "-m", __name__], subprocess.PIPE
        self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, pipesize=WIDE)  # noqa: S603 - ourselves
        self._tell(self._make)

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            with self._process:            # closes the line and waits
                pass

    def _ask(self, batch: Sequence[Delivery], now: datetime) -> list[Written]:
        self._tell((batch, now))
        assert self._process  # noqa: S101 - started
        assert self._process.stdout  # noqa: S101
        answer: list[Written] | Exception = pickle.load(self._process.stdout)  # noqa: S301 - from ourselves
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _tell(self, what: Any) -> None:
        assert self._process  # noqa: S101 - started
        assert self._process.stdin  # noqa: S101
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()


def serve() -> None:
    """The process: makes its writer, then writes what it is given until nobody asks any more."""
    for number in (signal.SIGTERM, signal.SIGINT):  # meant for the one that asks, which ends this one when it has ended
        signal.signal(number, signal.SIG_IGN)
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)                          # whatever is printed must not stand among the answers
    gc.disable()                           # what the first batch makes is no garbage
    gc.set_threshold(*RARELY)
    try:
        writer = pickle.load(jobs)()  # noqa: S301 - from ourselves
        for batch in count():
            pickle.dump(_answer(writer, *pickle.load(jobs)), answers)  # noqa: S301
            answers.flush()
            if not batch:
                gc.freeze()
                gc.enable()
    except (EOFError, BrokenPipeError):
        os._exit(0)                        # nobody is left to hear why a file cannot be flushed


def _answer(writer: Writer, batch: Sequence[Delivery], now: datetime) -> list[Written] | Exception:
    try:
        return writer(batch, now)
    except Exception as error:  # noqa: BLE001 - it climbs over there
        return error


if __name__ == "__main__":
    serve()
