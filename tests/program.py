"""The program as its administrator runs it: a folder with settings and papers, a database, and `digest` in processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from digest.model import Delivery, DeliveryState, Topic
from digest.store.store import Store
from tests.cli.desk import row
from tests.crowd import OPERATORS, enrol, readers
from tests.fakes import SECRET
from tests.sink import Mail, Sink
from tests.world import NOW, TODAY

ROOT = Path(__file__).resolve().parents[1]
ADMIN = "email: admin@example.org\ndays: daily\ntrending: 0\ntopics: [volcanoes]\n"


#: All that were started; what a test that failed left running is killed after it.
STARTED: list[asyncio.subprocess.Process] = []


class Ended(NamedTuple):
    """How a process ended: its exit code (negative: the signal), and what it said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """One installation. `crowd` readers have a digest to come each, besides the administrator, of whose topic there is nothing."""

    folder: Path
    database: str
    port: int
    crowd: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()           #: words before the command, such as those that enter a network namespace

    def __post_init__(self) -> None:
        (self.folder / "subscribers").mkdir(parents=True, exist_ok=True)
        (self.folder / "subscribers" / "admin.yaml").write_text(ADMIN, encoding="utf-8")
        rows = [row(n, upvotes=n if n % 5 == 0 else None) for n in range(1, 31)]
        (self.folder / "papers.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
        if self.crowd:
            with self.store() as store:
                topics = [OPERATORS, Topic("Diffusion", ("diffusion models",))]
                enrol(store, readers(self.crowd, topics), now=NOW - timedelta(days=1))

    def store(self) -> Store:
        return Store.open(self.database)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.database,
            "SOURCES": f"file:{self.folder / 'papers.jsonl'}",
            "SECRET_KEY": SECRET,
            "COMMAND_ADDRESS": "digest+commands@example.org",
            "SMTP_URL": f"smtp://127.0.0.1:{self.port}",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
        return kept | {"PYTHONPATH": str(ROOT)} | {f"DIGEST_{name}": value for name, value in (own | self.settings).items()}

    async def starts(self, *words: str) -> asyncio.subprocess.Process:
        pipes: dict[str, Any] = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        command = (*self.prefix, sys.executable, "-m", "digest", *words)
        process = await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=self.environment, **pipes)
        STARTED.append(process)
        return process

    async def runs(self, *words: str) -> Ended:
        return await ended(await self.starts(*words))

    async def sends(self, *words: str, now: datetime = NOW) -> Ended:
        """One whole pass, its report as JSON."""
        return await self.runs("send", "--json", "--now", now.isoformat(), *words)

    @property
    def addresses(self) -> set[str]:
        return {f"s{n}@example.org" for n in range(1, self.crowd + 1)}

    @property
    def rows(self) -> list[Delivery]:
        with self.store() as store:
            return store.deliveries.on(TODAY)

    @property
    def states(self) -> dict[DeliveryState, int]:
        """How the crowd's digests of today stand."""
        return dict(Counter(each.state for each in self.rows if each.recipient in self.addresses))


async def ended(process: asyncio.subprocess.Process) -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def kill(process: asyncio.subprocess.Process) -> None:
    """At once. Its own `kill` looks first whether it has ended, and so may take its exit code from whoever waits for that."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def until(true: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.02)


@dataclass
class Life:
    """One run of a pass, and the point at which it is to be killed: so many seconds from its start, or an event that has happened
    so often. Events: "dialogue", "taken", "answered" (see `Witness`)."""

    point: str = ""                        #: "" = it may live
    count: float = 0
    process: asyncio.subprocess.Process | None = None
    mails: list[Mail] = field(default_factory=list)

    def happens(self, what: str) -> None:
        if what == self.point:
            self.count -= 1
            if self.count <= 0:
                self.dies()

    def dies(self) -> None:
        if self.process is not None:
            kill(self.process)

    async def lives(self, program: Program, sink: Witness, *words: str) -> Ended:
        sink.life = self
        self.process = await program.starts("send", "--json", "--now", NOW.isoformat(), *words)
        if self.point == "seconds":
            asyncio.get_running_loop().call_later(self.count, self.dies)
        return await ended(self.process)


class Witness(Sink):
    """A sink that tells the life that is running what happens to it."""

    life = Life()

    async def _on_data(self, session: Any, verb: str, line: str) -> bool:
        self.life.happens("dialogue")      # after MAIL and RCPT, before a byte of the message
        alive = await super()._on_data(session, verb, line)
        self.life.happens("answered")      # 250 was said; whether it is written down nobody knows
        return alive

    def _took(self, session: Any, mail: Mail) -> None:
        super()._took(session, mail)
        self.life.mails.append(mail)
        self.life.happens("taken")         # the whole message is here, 250 not yet said
