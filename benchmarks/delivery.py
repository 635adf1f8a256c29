"""Delivery, from the journal to the relay, beside Postfix's smtp-source on the same sink.

    python benchmarks/delivery.py whole [--count 10000] [--connections 20]    `digest send` as it is, on a week of PAPER_DATA
    python benchmarks/delivery.py send [--count 10000] [--size 40960] [--connections 20] [--database URL]
    python benchmarks/delivery.py slow [--connections 20] [--count 200]       a relay that takes a second for each mail
    python benchmarks/delivery.py throttle [--rate 50] [--seconds 60]         half of the time, a restart, the other half
    python benchmarks/delivery.py restart [--count 100000]                    frozen digests of a dead process, to the first re-send

`whole` measures matching, composing, rendering, journal and SMTP, end to end: different digests of ten papers in the full
layout, which makes about 44 KiB (the compact one 35: `--layout compact`). The others measure plan, claim, freeze, SMTP and
record with messages that are built beforehand, so that nothing but delivery counts. smtp-source is the yardstick: C, no journal,
one message for all. Needs smtp-sink and smtp-source (Debian: postfix).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
from tests.needs import needs_data  # noqa: E402
from tests.postfix import smtp_sink, yardstick  # noqa: E402

FROZEN = '{"sections":[' + '[1,"Neural operators",0.5,[["keyword","operator","title",0.5]]],' * 50 + "]}"


def now() -> datetime:
    return datetime.now(UTC)


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


# --- The whole pass ------------------------------------------------------------------------------------------------------

SENT_AT = datetime(2026, 4, 10, 8, tzinfo=UTC)
DAYS = 7                                   # of papers, so that there are about as many as a reader's window holds


def whole(given: argparse.Namespace) -> None:
    """`digest send` in a process of its own: match, compose, render, journal and SMTP."""
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as port:
        office = Office(Path(folder), given.database, port, connections=given.connections)
        known = office.prepare()
        office.enrol(given.count, given.layout)
        size = office.size()
        run = office.send()
        theirs = yardstick(port, count=given.count, size=size, connections=given.connections)
    assert run.report["adds_up"], run.report
    sent = run.report["sent_now"]
    rate = sent / run.seconds
    print(f"{sent} of {given.count} sent, {known} papers, {size / 1024:.1f} KiB a mail, {given.connections} connections")
    print(f"{run.seconds:.1f} s: {rate:.0f}/s; smtp-source {theirs:.0f}/s; ratio {rate / theirs:.3f} (to reach: 0.15)")
    for name, seconds in run.cpu.items():
        print(f"  {seconds:6.1f} s of a processor, {1000 * seconds / sent:.2f} ms a mail: {name}")
    print(f"peak memory of all processes: {run.peak:.0f} MB (to reach: 300)")


@dataclass
class Run:
    """What one pass took."""

    seconds: float = 0.0
    report: dict[str, Any] = field(default_factory=dict)
    peak: float = 0.0                      #: MB that all its processes held at a time
    cpu: dict[str, float] = field(default_factory=dict)  #: seconds of a processor, by process


class Office:
    """A folder with settings, a store with a week of real papers, and readers with different topics."""

    def __init__(self, folder: Path, database: str, port: int, *, connections: int) -> None:
        self.folder, self.papers = folder, folder / "papers.jsonl"
        self.database = database or f"sqlite:///{folder}/digest.sqlite3"
        own = {
            "DATABASE_URL": self.database,
            "SOURCES": f"file:{self.papers}",
            "SECRET_KEY": "a secret that only benchmarks know",
            "COMMAND_ADDRESS": "digest+commands@example.org",
            "BOUNCE_ADDRESS": "digest+bounce@example.org",
            "BASE_URL": "https://digest.example.org",
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "SMTP_CONNECTIONS": str(connections),
            "SMTP_PER_CONNECTION": "1000",
        }
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)} | {f"DIGEST_{name}": value for name, value in own.items()}

    def prepare(self) -> int:
        """The papers in the store; answers how many."""
        (self.folder / "subscribers").mkdir()
        admin = "email: admin@example.org\ndays: daily\ntrending: 0\ntopics: [volcanoes]\n"
        (self.folder / "subscribers" / "admin.yaml").write_text(admin, encoding="utf-8")
        first = (SENT_AT - timedelta(days=DAYS - 1)).date().isoformat()
        rows = week(needs_data() / "corpus", first, SENT_AT.date().isoformat())
        self.papers.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
        self._digest("fetch", "--now", SENT_AT.isoformat())
        return len(rows)

    def enrol(self, count: int, layout: str) -> None:
        words = [sys.executable, "-m", "tests.crowd", self.database, str(count), SENT_AT.isoformat(), str(self.papers), layout]
        subprocess.run(words, check=True, env=self.environment, cwd=self.folder)

    def size(self) -> int:
        """Octets of a mail: the mean of a few previews."""
        shown = [["preview", f"s{n}@example.org", "--format", "eml", "--now", SENT_AT.isoformat()] for n in (1, 2, 3, 5, 8)]
        return round(statistics.mean(len(self._digest(*words)) for words in shown))

    def send(self) -> Run:
        """One pass, watched until it ends."""
        run, began = Run(), time.monotonic()
        words = [sys.executable, "-m", "digest", "send", "--no-fetch", "--json", "--now", SENT_AT.isoformat()]
        with subprocess.Popen(words, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE) as running:
            while running.poll() is None:
                known = {running.pid: "journal, SMTP"} | dict.fromkeys(children(running.pid), "match, compose, render")
                run.peak = max(run.peak, sum(map(memory, known)))
                run.cpu.update({name: seconds for pid, name in known.items() if (seconds := processor(pid))})
                time.sleep(0.1)
            run.seconds = time.monotonic() - began
            assert running.stdout
            run.report = json.loads(running.stdout.read())
        return run

    def _digest(self, *words: str) -> bytes:
        command = [sys.executable, "-m", "digest", *words]
        return subprocess.run(command, check=True, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE).stdout


def week(corpus: Path, first: str, last: str) -> list[dict[str, Any]]:
    """Papers as a paper file has them: those first listed in these days, and what Hugging Face's lists said of some."""
    rows: dict[str, dict[str, Any]] = {}
    for each in lines(corpus / "arxiv_daily_papers.jsonl.gz"):
        if first <= each["first_listed"] <= last:
            names = ("id", "title", "abstract", "authors", "categories")
            rows[each["id"]] = {name: each[name] for name in names} | {"announced": each["first_listed"]}
    for each in lines(corpus / "hf_daily.jsonl.gz"):
        if first <= each["daily_date"] <= last and each["id"] in rows:
            said = {"upvotes": each["upvotes"], "comments": each["num_comments"], "github_stars": each["github_stars"]}
            links = {"code_url": each["github_repo"], "published": each["published_at"]}
            rows[each["id"]] |= {name: value for name, value in (said | links).items() if value is not None}
    return list(rows.values())


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        yield from map(json.loads, handle)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    with contextlib.suppress(OSError):
        threads = Path(f"/proc/{pid}/task").iterdir()
        return [int(each) for path in threads for each in (path / "children").read_text(encoding="ascii").split()]
    return []


def memory(pid: int) -> float:
    """What a process alone holds, in MB, with its part of what it shares with others (proc_pid_smaps(5): Pss)."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1e3
    return 0.0


def processor(pid: int) -> float:
    """Seconds of a processor that a process has used (proc_pid_stat(5), fields 14 and 15)."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


# --- Delivery alone ------------------------------------------------------------------------------------------------------


def send(given: argparse.Namespace) -> None:
    rates, yardsticks = [], []
    for _ in range(given.rounds):
        with smtp_sink() as port, journal(given.database, given.count) as store:
            yardsticks.append(yardstick(port, count=given.count, size=given.size, connections=given.connections))
            began = time.monotonic()
            tally = Work(store, size=given.size).send(port, connections=given.connections)
            rates.append(given.count / (time.monotonic() - began))
            assert tally[DeliveryState.SENT] == given.count
    ours, theirs = statistics.median(rates), statistics.median(yardsticks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.count} mails of {given.size} octets, {given.connections} connections: {ours:.0f}/s; smtp-source {theirs:.0f}/s")
    print(f"ratio {ours / theirs:.2f} (to reach: 0.15), peak {peak:.0f} MB")


def slow(given: argparse.Namespace) -> None:
    with smtp_sink("-w", "1") as port, journal(given.database, given.count) as store:
        began = time.monotonic()
        Work(store, size=given.size).send(port, connections=given.connections)
        rate = given.count / (time.monotonic() - began)
    share = rate / given.connections
    print(f"a second a mail, {given.connections} connections: {rate:.1f}/s, {share:.3f} of the bound (to reach: 0.95)")


def throttle(given: argparse.Namespace) -> None:
    count = int(given.rate * given.seconds)
    with smtp_sink() as port, journal(given.database, count) as store:
        began = time.monotonic()
        first, second = Work(store, size=given.size), Work(store, size=given.size)
        first.send(port, connections=given.connections, rate=given.rate, stop_after=given.seconds / 2)
        second.send(port, connections=given.connections, rate=given.rate)
        moments = sorted(first.moments + second.moments)
        rate = (len(moments) - 1) / (moments[-1] - moments[0])
        busiest = max(sum(1 for each in moments if start <= each < start + 1) for start in moments)
    print(f"{len(moments)} mails in {time.monotonic() - began:.1f} s with a restart: {rate:.2f}/s, busiest second {busiest}")


def restart(given: argparse.Namespace) -> None:
    with smtp_sink() as port, journal(given.database, given.count) as store:
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
    parser.add_argument("what", choices=["whole", "send", "slow", "throttle", "restart", "fill"])
    parser.add_argument("--count", type=int)
    parser.add_argument("--size", type=int, default=40960)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--layout", choices=["compact", "full"], default="full", help="of the digests of `whole`")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--database", default="", help="an empty database; default: a SQLite file in a temporary folder")
    given = parser.parse_args()
    given.count = given.count or {"whole": 10_000, "send": 10_000, "slow": 200, "throttle": 0, "restart": 100_000}[given.what]
    {"whole": whole, "send": send, "slow": slow, "throttle": throttle, "restart": restart, "fill": fill}[given.what](given)


if __name__ == "__main__":
    main()
