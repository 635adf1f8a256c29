"""Who a preview is for, and what there is to read: the store, a paper file, the packaged sample, or the sources asked just now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from digest import reading
from digest.cli import house
from digest.cli.files import SAMPLE, example_subscriber
from digest.cli.output import complain_all, tell
from digest.errors import ConfigError, ConfigErrors, nearest, quoted
from digest.model import Paper, Subscriber, Topic

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.store.store import Store

#: The hour, in UTC, at which the packaged sample is looked at: after its last list was read.
SAMPLE_HOUR = time(9)


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is to read, and until when; `store` is where the ledger is, None for files and the sample."""

    reading: reading.Reading
    now: datetime
    origin: str  #: in words, for the summary
    store: Store | None = None


def find_stock(given: Settings, *, now: datetime, fixed: bool, papers: Path | None, sample: bool, ask: bool) -> Stock:
    """What a preview reads from. `fixed` says that `--now` was given, so that the sample is seen at that moment, not at its own."""
    if papers:
        return _of_file(papers, now, str(papers))
    if ask:
        return _asked(given, now)
    if not sample and (found := _of_store(given, now)):
        return found
    if not sample:
        tell(
            "The store is empty: showing the packaged sample. `digest fetch` brings today's papers, `digest preview --fetch` only looks."
        )
    return _of_file(SAMPLE, now if fixed else None, "the packaged sample")


def find_subscriber(given: Settings, who: str | None, topics: Sequence[str], store: Store | None) -> Subscriber:
    """An address, the path of a subscriber YAML, topics typed by hand, or the example. Raises ConfigError when there is nobody."""
    if topics:
        return Subscriber(email="you@example.org", topics=tuple(Topic(each) for each in topics), timezone=given.timezone)
    if who and "@" in who and not Path(who).exists():
        return _by_address(given, who, store)
    return _from_file(given, Path(who) if who else example_subscriber(given.subscribers))


def _from_file(given: Settings, path: Path) -> Subscriber:
    from digest.subscription.roster import read_file

    if not path.exists():
        raise ConfigError(
            "no such file, and no address; give an address, the path of a subscriber YAML, or --topic TEXT", where=str(path)
        )
    found = read_file(path, defaults=given.defaults)
    if not found.subscribers:
        raise ConfigErrors(found.faults)
    complain_all(found.faults)
    if len(found.subscribers) > 1:
        others = ", ".join(each.email for each in found.subscribers[1:])
        tell(f"{path} holds several subscribers; this is {found.subscribers[0].email}. The others: {others}")
    return found.subscribers[0]


def _by_address(given: Settings, address: str, store: Store | None) -> Subscriber:
    """From the store, or, where that has not been synced yet, from the folder."""
    from digest.subscription.roster import read

    if store and (enrolled := store.subscribers.get(address)):
        return enrolled.subscriber
    known = {each.email.lower(): each for each in read(given.subscribers, defaults=given.defaults).subscribers}
    if address.lower() in known:
        return known[address.lower()]
    hint = nearest(address.lower(), known) or "; `digest subscribers list` names all"
    raise ConfigError(f"no subscriber {quoted(address)} in the store or in {given.subscribers}/{hint}")


def _of_file(path: Path, now: datetime | None, origin: str) -> Stock:
    from digest.cli.papers import read_papers

    papers, _, sightings, faults = read_papers(path)
    complain_all(faults)
    if now is None:
        last = max(paper.announced for paper in papers if paper.announced)
        now = datetime.combine(last, SAMPLE_HOUR, UTC)
    return Stock(reading.of_papers(papers, sightings, now=now), now, origin)


def _of_store(given: Settings, now: datetime) -> Stock | None:
    """What the store holds; None when there is no store yet, or nothing in it. A preview never makes one."""
    path = given.database_url.removeprefix("sqlite:///")
    if given.database_url.startswith("sqlite") and not Path(path).exists():
        return None
    store = house.open_store(given)
    if not store.papers.count():
        store.close()
        return None
    return Stock(reading.read(store, now=now), now, "the store", store)


def _asked(given: Settings, now: datetime) -> Stock:
    """Ask the sources now, into a store in memory that is forgotten afterwards."""
    from digest import pipeline
    from digest.cli.fetch import report
    from digest.store.store import Store

    store = Store.open("sqlite://")
    made = house.house(given, store, lambda: now, sources=house.sources(given), http=lambda: house.client(given))
    report(asyncio.run(pipeline.fetch(made)))
    found = reading.read(store, now=now)
    # Nothing was kept yesterday, so that all seems new today: a paper counts as seen on the day it was announced.
    papers = tuple(replace(paper, first_seen=_announced(paper, now)) for paper in found.papers)
    return Stock(replace(found, papers=papers), now, "the sources, asked just now")


def _announced(paper: Paper, now: datetime) -> datetime | None:
    return min(now, datetime.combine(paper.announced, time(), UTC)) if paper.announced else paper.first_seen
