"""Delivery, from the journal to the relay, beside Postfix's smtp-source on the same sink.

    python benchmarks/delivery.py send [--count 10000] [--size 40960] [--connections 20] [--database URL]
    python benchmarks/delivery.py slow [--connections 20] [--count 200]       a relay that takes a second for each mail
    python benchmarks/delivery.py throttle [--rate 50] [--seconds 60]         half of the time, a restart, the other half
    python benchmarks/delivery.py restart [--count 100000]                    frozen digests of a dead process, to the first re-send

What it measures: plan, claim, freeze, SMTP, record, with messages that are built beforehand, so that nothing but delivery counts.
smtp-source is the yardstick: C, no journal, one message for all. Needs smtp-sink and smtp-source (Debian: postfix).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from digest.mail.envelope import Message  # noqa: E402
from digest.mail.outbox import LEASE, Parcel, Tally, deliver  # noqa: E402
from digest.mail.relay import SmtpSettings  # noqa: E402
from digest.mail.smtp import Pool  # noqa: E402
from digest.model import DeliveryState, Frozen, Outcome  # noqa: E402
from digest.store.leases import new_owner  # noqa: E402
from digest.store.store import Store  # noqa: E402
from tests.courier import crowd  # noqa: E402

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/postfix/sbin"
FROZEN = '{"sections":[' + '[1,"Neural operators",0.5,[["keyword","operator","title",0.5]]],' * 50 + "]}"


def now() -> datetime:
    return datetime.now(UTC)


@contextlib.contextmanager
def sink(*options: str) -> Iterator[int]:
    """The port of a smtp-sink of our own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    as_user = ["-u", "nobody"] if os.getuid() == 0 else []
    program = shutil.which("smtp-sink", path=PATH) or sys.exit("no smtp-sink here: install postfix")
    running = subprocess.Popen([program, *as_user, *options, f"127.0.0.1:{port}", "1000"])
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.02)
        yield port
    finally:
        running.terminate()
        running.wait()


@contextlib.contextmanager
def journal(url: str, count: int) -> Iterator[Store]:
    """A store with `count` digests due, filled by a process of its own, whose memory is not ours."""
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/digest.sqlite3"
        subprocess.run([sys.executable, __file__, "fill", "--database", url, "--count", str(count)], check=True)
        with Store.open(url) as store:
            yield store


def fill(given: argparse.Namespace) -> None:
    with Store.open(given.database) as store:
        crowd(store, given.count, now=now() - timedelta(minutes=1))


class Work:
    """Claims and freezes as the pass does, and hands over messages that are ready."""

    def __init__(self, store: Store, *, size: int, batch: int = 200) -> None:
        self.store, self.batch, self.owner = store, batch, new_owner()
        self.body = (b"x" * 74 + b"\r\n") * (size // 76)
        self.first = 0.0                   #: seconds from the start to the first mail that was accepted
        self.moments: list[float] = []

    def parcels(self) -> Iterator[Parcel]:
        deliveries = self.store.deliveries
        while claimed := deliveries.claim(self.owner, now=now(), lease=LEASE, limit=self.batch):
            fresh = [Frozen(each.key, FROZEN, f"<{each.key}@example.org>") for each in claimed if not each.message_id]
            deliveries.freeze(fresh, owner=self.owner)
            for each in claimed:
                name = f"<{each.key}@example.org>"
                data = b"Message-ID: " + name.encode() + b"\r\nSubject: Papers\r\n\r\n" + self.body
                yield each, Message(f"bounce+{each.key}@example.org", each.recipient, name, data)

    def send(self, port: int, *, connections: int, rate: float = 0.0, stop_after: float = 0.0) -> Tally:
        return asyncio.run(self._send(port, connections, rate, stop_after))

    async def _send(self, port: int, connections: int, rate: float, stop_after: float) -> Tally:
        pool = Pool(SmtpSettings("127.0.0.1", port, "none", connections=connections, per_connection=1000, rate=rate))
        stop = asyncio.Event()
        if stop_after:
            asyncio.get_running_loop().call_later(stop_after, stop.set)
        watch = self._watch
        journal = self.store.deliveries
        return await deliver(self.parcels(), pool=pool, journal=journal, owner=self.owner, clock=now, stop=stop, watch=watch)

    def _watch(self, end: Outcome) -> None:
        self.moments.append(time.monotonic())


def yardstick(port: int, count: int, size: int, connections: int) -> float:
    """Messages a second of smtp-source."""
    program = shutil.which("smtp-source", path=PATH) or sys.exit("no smtp-source here: install postfix")
    began = time.monotonic()
    command = [program, "-s", str(connections), "-d", "-m", str(count), "-l", str(size), f"127.0.0.1:{port}"]
    subprocess.run(command, check=True)
    return count / (time.monotonic() - began)


def send(given: argparse.Namespace) -> None:
    rates, yardsticks = [], []
    for _ in range(given.rounds):
        with sink() as port, journal(given.database, given.count) as store:
            yardsticks.append(yardstick(port, given.count, given.size, given.connections))
            began = time.monotonic()
            tally = Work(store, size=given.size).send(port, connections=given.connections)
            rates.append(given.count / (time.monotonic() - began))
            assert tally[DeliveryState.SENT] == given.count
    ours, theirs = statistics.median(rates), statistics.median(yardsticks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.count} mails of {given.size} octets, {given.connections} connections: {ours:.0f}/s; smtp-source {theirs:.0f}/s")
    print(f"ratio {ours / theirs:.2f} (to reach: 0.15), peak {peak:.0f} MB")


def slow(given: argparse.Namespace) -> None:
    with sink("-w", "1") as port, journal(given.database, given.count) as store:
        began = time.monotonic()
        Work(store, size=given.size).send(port, connections=given.connections)
        rate = given.count / (time.monotonic() - began)
    share = rate / given.connections
    print(f"a second a mail, {given.connections} connections: {rate:.1f}/s, {share:.3f} of the bound (to reach: 0.95)")


def throttle(given: argparse.Namespace) -> None:
    count = int(given.rate * given.seconds)
    with sink() as port, journal(given.database, count) as store:
        began = time.monotonic()
        first, second = Work(store, size=given.size), Work(store, size=given.size)
        first.send(port, connections=given.connections, rate=given.rate, stop_after=given.seconds / 2)
        second.send(port, connections=given.connections, rate=given.rate)
        moments = sorted(first.moments + second.moments)
        rate = (len(moments) - 1) / (moments[-1] - moments[0])
        busiest = max(sum(1 for each in moments if start <= each < start + 1) for start in moments)
    print(f"{len(moments)} mails in {time.monotonic() - began:.1f} s with a restart: {rate:.2f}/s, busiest second {busiest}")


def restart(given: argparse.Namespace) -> None:
    with sink() as port, journal(given.database, given.count) as store:
        dead = Work(store, size=given.size, batch=1000)
        for _ in dead.parcels():
            pass
        store.deliveries.renew(dead.owner, now=now() - timedelta(days=1), lease=LEASE)
        began = time.monotonic()
        work = Work(store, size=given.size)
        while time.monotonic() < began + 5:  # what was left behind comes a group at a time
            work.send(port, connections=given.connections, stop_after=5)
        first = work.moments[0] - began
        print(f"{given.count} frozen digests left behind: the first is sent again after {first:.2f} s (to reach: 5)")
        print(f"{len(work.moments)} within 5 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["send", "slow", "throttle", "restart", "fill"])
    parser.add_argument("--count", type=int)
    parser.add_argument("--size", type=int, default=40960)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--database", default="", help="an empty database; default: a SQLite file in a temporary folder")
    given = parser.parse_args()
    given.count = given.count or {"send": 10_000, "slow": 200, "throttle": 0, "restart": 100_000}[given.what]
    {"send": send, "slow": slow, "throttle": throttle, "restart": restart, "fill": fill}[given.what](given)


if __name__ == "__main__":
    main()
