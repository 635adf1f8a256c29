"""Writers in processes of their own: for a hundred thousand digests, choosing and rendering take more than one processor, and the
event loop keeps time for dialogues, pages and those who unsubscribe meanwhile.

One process reads and scores what everybody needs; then it doubles itself, so that all that is held once. Each of the two is asked
through a pipe and answers through another, a pickle at a time. They read the store and change nothing; nothing that they do is of
any worth until this process has frozen it. When its pipe is cut, a writer ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from digest.errors import DigestError
from digest.model import Delivery
from digest.writing import Writer, Written, put_off

log = logging.getLogger(__name__)

#: So many keep up with the one process that freezes and sends what they write.
WRITERS = 2
#: Octets that a pipe holds, where the system lets us choose: a batch of mails in a few pieces, since for each the reading thread
#: has to wait for its turn.
WIDE = 2**20
_CAN_DOUBLE = hasattr(os, "fork")
#: Seconds that a writer has to end once nobody asks it any more.
FAREWELL = 1.0


class Pipe:
    """One end of a pipe both ways: whole objects, a pickle at a time."""

    def __init__(self, incoming: IO[bytes] | int, outgoing: IO[bytes] | int) -> None:
        self._in = os.fdopen(incoming, "rb") if isinstance(incoming, int) else incoming
        self._out = os.fdopen(outgoing, "wb") if isinstance(outgoing, int) else outgoing

    @property
    def ends(self) -> tuple[int, int]:
        """File descriptors: in, out."""
        return self._in.fileno(), self._out.fileno()

    def tell(self, what: Any) -> None:
        """Raises BrokenPipeError when nobody listens any more."""
        pickle.dump(what, self._out)
        self._out.flush()

    def hear(self) -> Any:
        """Raises EOFError when nothing will come any more."""
        return pickle.load(self._in)  # noqa: S301 - from ourselves

    def hang_up(self) -> None:
        """Nothing more will be told; who listens over there hears so."""
        with contextlib.suppress(BrokenPipeError):
            self._out.close()

    def close(self) -> None:
        self.hang_up()
        self._in.close()


def both_ends() -> tuple[Pipe, Pipe]:
    """A new pipe: this end and that end."""
    (here_in, there_out), (there_in, here_out) = os.pipe(), os.pipe()
    return Pipe(here_in, here_out), Pipe(there_in, there_out)


class Workshop:
    """`make` makes the writer over there, so it has to be something that can be pickled. Use it as a context manager."""

    def __init__(self, make: Callable[[], Writer], *, writers: int = WRITERS) -> None:
        self.writers = min(writers, os.cpu_count() or 1) if _CAN_DOUBLE else 1  #: batches that it takes at a time
        self._make = make
        self._processes: list[subprocess.Popen[bytes]] = []
        self._pipes: list[Pipe] = []
        self._idle: asyncio.Queue[Pipe] = asyncio.Queue()
        self._at_work = 0                  #: writers that are alive
        self._expected: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self._close)
        await asyncio.gather(*self._expected)

    async def write(self, batch: Sequence[Delivery], now: datetime) -> list[Written]:
        """What a writer wrote. Should a mail be the death of it, that one is put off, and another writer takes the others.

        Raises what the writer raised.
        """
        pipe = await self._idle.get()
        try:
            answer = await asyncio.to_thread(_asked, pipe, batch, now)
        except (EOFError, BrokenPipeError):
            log.warning("a writer died, deliveries=%d", len(batch))
            await self._lose(pipe)
        else:
            self._idle.put_nowait(pipe)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if len(batch) == 1:
            return [put_off(batch[0], DigestError("the process that was to write it died"), now)]
        return [each for one in batch for each in await self.write([one], now)]

    async def _open(self) -> None:
        first, *further = await asyncio.to_thread(self._start)
        self._join(first)
        self._expected |= {asyncio.create_task(self._welcome(each)) for each in further}

    def _start(self) -> list[Pipe]:
        pairs = [both_ends() for _ in range(1, self.writers)]
        ends = [end for _, there in pairs for end in there.ends]
        words: list[str] = [sys.executable, "-m", __name__, *map(str, ends)]
        group: dict[str, Any] = {"process_group": 0} if _CAN_DOUBLE else {}
        process = subprocess.Popen(  # noqa: S603 - ourselves
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=WIDE, pass_fds=ends, **group
        )
        assert process.stdin  # noqa: S101
        assert process.stdout  # noqa: S101
        pipes = [Pipe(process.stdout, process.stdin), *[here for here, _ in pairs]]
        self._processes.append(process)
        self._pipes += pipes
        for _, there in pairs:
            there.close()
        pipes[0].tell(self._make)
        return pipes

    async def _welcome(self, pipe: Pipe) -> None:
        """A further writer says a word when it is there; if the process cannot be doubled, none ever comes."""
        with contextlib.suppress(EOFError):
            await asyncio.to_thread(pipe.hear)
            self._join(pipe)

    def _join(self, pipe: Pipe) -> None:
        self._at_work += 1
        self._idle.put_nowait(pipe)

    async def _lose(self, pipe: Pipe) -> None:
        pipe.close()
        self._at_work -= 1
        if not self._at_work:
            await self._open()

    def _close(self) -> None:
        for pipe in self._pipes:
            pipe.hang_up()
        for process in self._processes:
            try:
                process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                _kill(process)
        for pipe in self._pipes:
            pipe.close()


def _asked(pipe: Pipe, batch: Sequence[Delivery], now: datetime) -> list[Written] | Exception:
    pipe.tell((batch, now))
    answer: list[Written] | Exception = pipe.hear()
    return answer


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With its twins, which are no children of ours."""
    if _CAN_DOUBLE:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


# --- Over there ----------------------------------------------------------------------------------------------------------


def serve(ends: Sequence[int]) -> None:
    """The process: makes its writer, and writes what it is given until nobody asks any more.

    `ends` are pairs of file descriptors, the pipes of its twins.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # meant for the one that asks, which ends this one when it has ended
        signal.signal(number, signal.SIG_IGN)
    pipes = [Pipe(sys.stdin.buffer, os.dup(1)), *[Pipe(*pair) for pair in zip(ends[::2], ends[1::2], strict=True)]]
    os.dup2(2, 1)                          # whatever is printed must not stand among the answers
    try:
        writer = pipes[0].hear()()
        pipes[0].tell(_answer(writer, *pipes[0].hear()))
        gc.freeze()                        # what the first needed serves all; searching it for garbage took an eighth of the time
        own = _doubled(writer, pipes)
        while True:
            own.tell(_answer(writer, *own.hear()))
    except (EOFError, BrokenPipeError):
        if len(pipes) > 1:
            with contextlib.suppress(ChildProcessError):
                os.wait()
        os._exit(0)                        # nobody is left to hear why a file cannot be flushed


def _answer(writer: Writer, batch: Sequence[Delivery], now: datetime) -> list[Written] | Exception:
    try:
        return writer(batch, now)
    except Exception as error:  # noqa: BLE001 - it climbs over there
        return error


def _doubled(writer: Writer, pipes: Sequence[Pipe]) -> Pipe:
    """Makes of this process as many as there are pipes, and answers which one is left to it.

    A twin holds in common with this one what neither changes. Connections to the database do not survive that, and threads neither:
    where there are any, or no room for another process, this one stays alone.
    """
    own, *others = pipes
    writer.let_go()
    with contextlib.suppress(OSError):
        for pipe in others if _is_single() else ():
            if os.fork() == 0:
                own = pipe
                own.tell("here")
                break
    for pipe in pipes:
        if pipe is not own:
            pipe.close()
    return own


def _is_single() -> bool:
    """Whether this process has one thread only; libraries may have started some that Python does not know of."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return threading.active_count() == 1


if __name__ == "__main__":
    serve([int(each) for each in sys.argv[1:]])
