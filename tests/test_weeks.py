"""Six real weeks, replayed with faults: every announced paper is in the store once at the end, nothing came twice or got lost."""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from digest import pipeline
from digest.cli import house as rooms
from digest.pipeline import House
from digest.settings import Settings
from digest.store.store import Store
from tests.fakes import Clock
from tests.needs import needs_data
from tests.replayed import SECRET, Internet, internet
from tests.sink import Sink

pytestmark = [pytest.mark.replay, pytest.mark.slow]

CATEGORIES = "cs+astro-ph"
FIRST, LAST = date(2026, 3, 2), date(2026, 4, 12)
HOURS = range(6, 21, 2)

READER = """
email: {name}@example.org
days: daily
max_papers: 100
trending: {trending}
topics:
  - name: Everything about images
    keywords: [image, video, vision]
  - name: Everything about language
    keywords: [language model, LLM, text]
  - name: Everything about the sky
    keywords: [galaxy, star, planet]
"""


@pytest.fixture
def net() -> Iterator[Internet]:
    with internet("--now", f"{FIRST}T06:00:00Z") as running:
        yield running


def announced(data: Path, first: date, last: date) -> set[str]:
    """The ids that arXiv's pages and Hugging Face's lists showed on those days."""
    found = set()
    with gzip.open(data / "corpus" / "arxiv_daily_listing.csv.gz", "rt", encoding="utf-8") as handle:
        found |= {row["paper_id"] for row in csv.DictReader(handle) if first.isoformat() <= row["day"] <= last.isoformat()}
    with gzip.open(data / "corpus" / "hf_daily.jsonl.gz", "rt", encoding="utf-8") as handle:
        import json

        rows = map(json.loads, handle)
        found |= {row["id"] for row in rows if first.isoformat() <= row["daily_date"] <= last.isoformat()}
    return found


def faults_of(day: date, hour: int) -> list[tuple[str, dict[str, object]]]:
    """Five kinds of trouble, at the places where they hurt: the hours in which the day's papers would have come."""
    number = (day - FIRST).days
    if number % 7 == 1 and hour == 6:
        return [("/rss.arxiv.org", {"status": 429, "body": "Rate exceeded.", "times": 3})]
    if number % 7 == 2 and hour < 12:
        return [("/rss.arxiv.org", {"status": 503, "times": 9}), ("/export.arxiv.org", {"status": 503, "times": 9})]
    if number % 7 == 3 and hour < 10:
        return [("/rss.arxiv.org", {"truncate": 20_000, "times": 2})]
    if number % 7 == 4 and hour == 8:
        return [("/huggingface.co", {"status": 200, "body": "<html>one moment please</html>", "times": 4})]
    return []


def is_missed(day: date) -> bool:
    """Days on which the machine was off."""
    return (day - FIRST).days in (10, 24)


def assembled(home: Path, net: Internet, sink: Sink, clock: Clock) -> House:
    """The house as `digest send` assembles it, with the tests' clock and without pauses between tries."""
    import asyncio

    from digest.sources.http import Http

    given = Settings.load(
        net.env
        | {
            "DIGEST_SECRET_KEY": SECRET,
            "DIGEST_COMMAND_ADDRESS": "digest+commands@example.org",
            "DIGEST_DATABASE_URL": f"sqlite:///{home / 'digest.sqlite3'}",
            "DIGEST_SUBSCRIBERS": str(home / "subscribers"),
            "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "DIGEST_SOURCES": f"arxiv:{CATEGORIES},huggingface",
        },
        env_file=None,
    )
    host = net.base.removeprefix("http://")

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    store = Store.open(given.database_url)
    return rooms.house(
        given,
        store,
        clock,
        press=rooms.press(given),
        sources=rooms.sources(given),
        http=lambda: Http(hosts={host}, arxiv_delay=0, sleep=at_once),
        roster=rooms.roster(given, store),
        pool=lambda: rooms.pool(given),
    )


async def live_through(house: House, net: Internet, clock: Clock, last: date) -> None:
    """Fetch every two hours from 06:00 to 20:00 UTC and send at 10:00, with all that goes wrong on the way."""
    import asyncio

    day = FIRST
    while day <= last:
        for hour in HOURS if not is_missed(day) else ():
            clock.now = datetime.combine(day, time(hour), UTC)
            await asyncio.to_thread(net.is_, clock.now.isoformat())
            for path, fault in faults_of(day, hour):
                await asyncio.to_thread(lambda path=path, fault=fault: net.breaks(path, **fault))
            if hour == 10:
                await pipeline.run(house)
            else:
                await pipeline.fetch(house)
        day += timedelta(days=1)


def ids_in(sink: Sink) -> dict[str, Counter[str]]:
    """How often each reader was shown each paper."""
    found: dict[str, Counter[str]] = {}
    for each in sink.mails:
        mail = email.message_from_bytes(each.data, policy=email.policy.default)
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        found.setdefault(each.recipient, Counter()).update(re.findall(r"^Abstract: \S*/(\S+)", text, re.MULTILINE))
    return found


async def test_after_weeks_with_faults_nothing_is_missing_and_nothing_came_twice(
    tmp_path: Path, net: Internet, sink: Sink, full: bool
) -> None:
    last = LAST if full else FIRST + timedelta(days=6)
    (tmp_path / "subscribers").mkdir()
    for name, trending in (("alice", 0), ("bob", 10), ("carol", 40)):
        (tmp_path / "subscribers" / f"{name}.yaml").write_text(READER.format(name=name, trending=trending), encoding="utf-8")
    clock = Clock(datetime.combine(FIRST, time(6), UTC))
    house = assembled(tmp_path, net, sink, clock)

    await live_through(house, net, clock, last)

    wanted = announced(needs_data(), FIRST, last)
    missing = {each for each in wanted if house.store.papers.find(f"arxiv:{each}") is None}
    assert not missing, f"{len(missing)} of {len(wanted)}: {sorted(missing)[:5]}"
    assert house.store.papers.count() == len({paper.id for paper in house.store.papers.since(datetime.min.replace(tzinfo=UTC))})
    for address, counts in ids_in(sink).items():
        repeated = [name for name, count in counts.items() if count > 1]
        assert not repeated, f"{address}: {repeated[:5]}"
        her = house.store.subscribers.get(address)
        assert her is not None
        chosen = house.store.papers.by_key(house.store.deliveries.sent_papers(her.subscriber.key))
        assert set(counts) == {paper.id.removeprefix("arxiv:") for paper in chosen.values()}
    house.store.close()
