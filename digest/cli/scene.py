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
from digest.cli.output import OPEN, WELL, complain_all, tell
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
    code: int = WELL  #: MEND when a part of it could not be read, OPEN when a source did not answer

    def close(self) -> None:
        if self.store:
            self.store.close()


def find_stock(given: Settings, *, now: datetime, fixed: bool, papers: Path | None, sample: bool) -> Stock:
    """What a preview reads from. `fixed` says that `--now` was given, so that the sample is seen at that moment, not at its own."""
    if papers:
        return _of_file(papers, now, str(papers))
    if not sample and (found := _of_store(given, now)):
        return found
    if not sample:
        tell("The store is empty: this is the packaged sample. `digest fetch` brings today's papers, `preview --fetch` only looks.")
    return _of_file(SAMPLE, now if fixed else None, "the packaged sample")


def _typed(text: str) -> Topic:
    """A topic typed by hand. Raises ConfigError for one that can find nothing."""
    from digest.cli.wordless import WHY
    from digest.selection.terms import words

    if not words(text):
        raise ConfigError(f"{quoted(text)} {WHY}", key="--topic")
    return Topic(text)


def find_subscriber(given: Settings, who: str | None, topics: Sequence[str], store: Store | None) -> tuple[Subscriber, int]:
    """An address, the path of a subscriber YAML, topics typed by hand, or the example; and MEND when her file has faults.

    What a file says now comes before what the store took over of it, as in a pass. Raises ConfigError when there is nobody.
    """
    if topics:
        return Subscriber(email="you@example.org", topics=tuple(map(_typed, topics)), timezone=given.timezone), WELL
    if who and "@" in who and not Path(who).exists():
        return _by_address(given, who, store)
    return _from_file(given, Path(who) if who else example_subscriber(given.subscribers), store)


def as_served(written: Subscriber, store: Store | None) -> Subscriber:
    """Somebody as a file has her, as a pass would serve her: with what the store knows of her, and under her own changes."""
    known = store.subscribers.get(written.email) if store else None
    if known is None:
        return written
    held = {name: value for name, value in known.overlay if getattr(known.written, name) == getattr(written, name)}
    return replace(written, key=known.subscriber.key, **held)


def _from_file(given: Settings, path: Path, store: Store | None) -> tuple[Subscriber, int]:
    from digest.subscription.roster import read_file

    if not path.exists():
        raise ConfigError(
            "no such file, and no address; give an address, the path of a subscriber YAML, or --topic TEXT", where=str(path)
        )
    found = read_file(path, defaults=given.defaults)
    if not found.subscribers:
        raise ConfigErrors(found.faults or [ConfigError("there is no subscriber in it; example.yaml shows one", where=str(path))])
    if len(found.subscribers) > 1:
        others = ", ".join(each.email for each in found.subscribers[1:])
        tell(f"{path} holds several subscribers; this is {found.subscribers[0].email}. The others: {others}")
    return as_served(found.subscribers[0], store), complain_all(found.faults)


def _by_address(given: Settings, address: str, store: Store | None) -> tuple[Subscriber, int]:
    """From her file as it is now; from the store when she has none, or it is broken."""
    known = store.subscribers.get(address) if store else None
    if known and not known.origin:
        return known.subscriber, WELL
    people, faults = _written(given, known.origin if known else "")
    if address.lower() in people:
        return as_served(people[address.lower()], store), WELL
    if known:
        if faults:
            tell(f"{known.origin} is broken: this is the last good profile of {known.subscriber.email}")
        return known.subscriber, complain_all(faults)
    hint = nearest(address.lower(), people) or "; `digest subscribers list` names all"
    stranger = ConfigError(f"no subscriber {quoted(address)} in the store or in {given.subscribers}{hint}")
    raise ConfigErrors([stranger, *faults])


def _written(given: Settings, name: str) -> tuple[dict[str, Subscriber], tuple[ConfigError, ...]]:
    """Who stands in one file of the folder, or in all of them, by address; and the faults there."""
    from digest.subscription.roster import read, read_file

    path = given.subscribers / name
    found = read_file(path, defaults=given.defaults) if name and path.exists() else read(given.subscribers, defaults=given.defaults)
    return {each.email.lower(): each for each in found.subscribers}, found.faults


def _of_file(path: Path, now: datetime | None, origin: str) -> Stock:
    from digest.cli.papers import read_papers

    papers, _, sightings, faults = read_papers(path)
    code = complain_all(faults)
    if now is None:
        last = max(paper.announced for paper in papers if paper.announced)
        now = datetime.combine(last, SAMPLE_HOUR, UTC)
    return Stock(reading.of_papers(papers, sightings, now=now), now, origin, code=code)


def _of_store(given: Settings, now: datetime) -> Stock | None:
    """What the store holds; None when there is no store yet, or nothing in it. A preview never makes one."""
    if not house.has_store(given):
        return None
    store = house.open_store(given)
    if not store.papers.count():
        store.close()
        return None
    return Stock(reading.read(store, now=now), now, "the store", store)


def ask_sources(given: Settings, now: datetime, topics: Sequence[Topic]) -> Stock:
    """Ask the sources now, into a store in memory that is forgotten afterwards; also for papers that topics want to resemble."""
    from digest import lookups, pipeline
    from digest.cli.fetch import report
    from digest.store.store import Store

    store, liked = Store.open("sqlite://"), sorted({name for topic in topics for name in topic.like})
    by_ids = (replace(each, lacks=lambda *_: liked) for each in house.lookups(given) if each.name == lookups.LIKE and liked)
    made = house.house(given, store, lambda: now, sources=house.sources(given), http=lambda: house.client(given))
    pulled = asyncio.run(pipeline.fetch(replace(made, lookups=tuple(by_ids))))
    report(pulled, tell)
    found = reading.read(store, now=now, topics=topics)
    # Nothing was kept yesterday, so that all seems new today: a paper counts as seen on the day it was announced.
    papers = tuple(replace(paper, first_seen=_announced(paper, now)) for paper in found.papers)
    code = OPEN if any(each.error for each in pulled) else WELL
    return Stock(replace(found, papers=papers), now, "the sources, asked just now", code=code)


def _announced(paper: Paper, now: datetime) -> datetime | None:
    return min(now, datetime.combine(paper.announced, time(), UTC)) if paper.announced else paper.first_seen
