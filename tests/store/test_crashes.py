"""Killed at any point: nobody is left out, hardly anybody is written to twice, and everything adds up.

At its full size (`--full`) each case is 2,000 recipients and 20 kills.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digest.model import DeliveryState
from digest.store.store import Store
from tests import courier
from tests.sink import Mail, Sink
from tests.world import TODAY

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = 4


@dataclass
class Life:
    """One run of a courier, and the point at which it is to be killed: an event, and how often it has to happen first."""

    point: str = ""                        #: "claimed", "frozen", "dialogue", "taken", "answered" or "" = it may live
    count: int = 0
    process: asyncio.subprocess.Process | None = None
    mails: list[Mail] = field(default_factory=list)

    def happens(self, what: str) -> None:
        if what == self.point:
            self.count -= 1
            if self.count == 0 and self.process is not None and self.process.returncode is None:
                self.process.send_signal(signal.SIGKILL)

    async def run(self, *words: str | int, sink: Sink) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.courier", *map(str, words), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        sink.life = self  # type: ignore[attr-defined]
        async for line in self.process.stdout:
            self.happens(line.decode().split()[0])
        await self.process.wait()


class Witness(Sink):
    """A sink that tells the life that is running what happens to it."""

    life = Life()

    async def _on_data(self, session: object, verb: str, line: str) -> bool:
        self.life.happens("dialogue")      # after MAIL and RCPT, before a byte of the message
        alive = await super()._on_data(session, verb, line)  # type: ignore[arg-type]
        self.life.happens("answered")      # 250 was said; whether it is written down nobody knows
        return alive

    def _took(self, session: object, mail: Mail) -> None:
        super()._took(session, mail)  # type: ignore[arg-type]
        self.life.mails.append(mail)
        self.life.happens("taken")         # the whole message is here, 250 not yet said


def plan_of_deaths(kills: int, recipients: int, chance: random.Random) -> list[Life]:
    """Twenty points, spread over the whole pass: each life gets about as far as its share of the mails."""
    share = recipients // kills
    points = ["claimed", "frozen", "dialogue", "taken", "answered"]
    deaths = [points[n % len(points)] for n in range(kills)]
    chance.shuffle(deaths)
    return [Life(point, 1 if point in {"claimed", "frozen"} else chance.randint(1, share)) for point in deaths]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_at_any_point_nothing_is_lost_and_little_is_sent_twice(database_url: str, full: bool, seed: int) -> None:
    recipients, kills = (2000, 20) if full else (200, 10)
    with Store.open(database_url) as store:
        addresses = courier.crowd(store, recipients, now=courier.now())
        async with Witness() as sink:
            lives = [*plan_of_deaths(kills, recipients, random.Random(seed)), Life(), Life()]
            for life in lives:
                await life.run(database_url, sink.port, CONNECTIONS, 50, sink=sink)
        copies = Counter(sink.recipients)
        lost = set(addresses) - set(copies)
        assert not lost, f"{len(lost)} lost, states {courier.states(store)}"
        assert courier.states(store) == {DeliveryState.SENT: recipients}
        assert store.deliveries.add_up([TODAY], now=courier.now()).adds_up
        _check_copies(lives)
        again = sum(copies.values()) - recipients
        killed = sum(1 for life in lives if life.process and life.process.returncode == -signal.SIGKILL)
        print(f"{recipients} recipients, {killed} kills, 0 lost, {again} sent twice, all under the same Message-ID")
        assert killed >= kills // 2


def _check_copies(lives: list[Life]) -> None:
    """A second copy is word for word the first one, and no life leaves more of them than it had connections."""
    first: dict[str, tuple[int, bytes]] = {}
    left: defaultdict[int, int] = defaultdict(int)
    for n, life in enumerate(lives):
        for mail in life.mails:
            if mail.recipient in first:
                before, data = first[mail.recipient]
                left[before] += 1
                assert mail.data == data
            first[mail.recipient] = (n, mail.data)
    assert max(left.values(), default=0) <= CONNECTIONS


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 4])
async def test_several_processes_at_once_share_the_work(database_url: str, full: bool, processes: int) -> None:
    recipients = 2000 if full else 300
    with Store.open(database_url) as store:
        addresses = courier.crowd(store, recipients, now=courier.now())
        async with Witness() as sink:
            await asyncio.gather(*(Life().run(database_url, sink.port, CONNECTIONS, 10, sink=sink) for _ in range(processes)))
        assert sorted(sink.recipients) == sorted(addresses)
        assert courier.states(store) == {DeliveryState.SENT: recipients}


@pytest.mark.slow
async def test_one_of_two_processes_is_killed_and_the_other_finishes(database_url: str, full: bool) -> None:
    recipients = 2000 if full else 300
    with Store.open(database_url) as store:
        addresses = courier.crowd(store, recipients, now=courier.now())
        async with Witness() as sink:
            survivor, victim = Life(), Life("claimed", 4)
            work = (database_url, sink.port, CONNECTIONS, 10)
            await asyncio.gather(survivor.run(*work, sink=sink), victim.run(*work, sink=sink))
            await Life().run(*work, sink=sink)
        copies = Counter(sink.recipients)
        assert set(copies) == set(addresses)
        assert sum(copies.values()) - recipients <= CONNECTIONS
        assert courier.states(store) == {DeliveryState.SENT: recipients}
