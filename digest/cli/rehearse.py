"""`digest send --dry-run` and `--test`: the pass as it would be, with nothing recorded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from digest import pipeline, reading, when
from digest.cli.output import complain_all, say, tell
from digest.cli.scene import as_served
from digest.errors import ConfigError
from digest.model import Digest, Subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.pipeline import House
    from digest.settings import Settings

#: Stands before the subject of a test, so that nobody takes it for the day's digest.
MARK = "[test] "


def dry_run(house: House, only: tuple[str, ...]) -> int:
    """Say who would get what, from what the store and the folder hold now; nothing is fetched, sent or written."""
    faults = house.roster().faults if house.roster else ()
    if not house.store.papers.count():
        tell("The store holds no papers yet: `digest fetch` brings them, `digest send` fetches first.")
    chosen = list(digests(house, only))
    if not chosen:
        say("nobody is due: today is not among their days, or their digests are out already")
    for digest in chosen:
        her = digest.subscriber.email
        if digest.items:
            say(f"{her}  {digest.date}  {len(digest.items)} papers, first: {digest.items[0].paper.title}")
        else:
            say(f"{her}  {digest.date}  nothing: {digest.empty.text if digest.empty else 'no paper'}")
    return complain_all(faults)


def digests(house: House, only: tuple[str, ...]) -> Iterator[Digest]:
    """The digests that a pass would send now, one person at a time."""
    now = house.clock()
    due = [each for each in everybody(house, only) if when.is_digest_day(each, when.local_date(now, each.timezone))]
    topics = [topic for each in due for topic in each.topics]
    scored = reading.score(reading.read(house.store, now=now, topics=topics), topics, house.embedder)
    for each in due:
        day = when.local_date(now, each.timezone)
        if any(row.subscriber == each.key for row in house.store.deliveries.on(day) if each.key):
            continue
        past = reading.past_of(house.store, [each.key], before=day).get(each.key, reading.Past())
        yield reading.choose(each, day, scored, past)


def everybody(house: House, only: tuple[str, ...]) -> list[Subscriber]:
    """Who is in the store, and who the folder would add to it; the folder's profile is the newer one."""
    known = {each.email.lower(): each for each in house.store.subscribers.active()}
    barred = {each.email.lower() for each in house.store.subscribers.suppressed()}
    for each in house.roster().subscribers if house.roster else ():
        if each.email.lower() not in barred:
            known[each.email.lower()] = as_served(each, house.store)
    wanted = {address.lower() for address in only}
    return [each for address, each in sorted(known.items()) if not wanted or address in wanted]


def test(house: House, given: Settings, address: str, only: tuple[str, ...]) -> int:
    """Send one digest, marked as a test, to `address`; nothing is recorded, so that the real one still comes."""
    from digest.cli.house import pool

    chosen = next((each for each in digests(house, only) if each.items), None) or _anyhow(house, only)
    if chosen is None:
        raise ConfigError("nobody to rehearse with; `digest subscribers sync` reads the folder, `digest preview` shows the example")
    printer = pipeline.needed(house.press)
    rendered = printer.render(chosen)  # type: ignore[attr-defined]
    message = printer.build(  # type: ignore[attr-defined]
        chosen, replace(rendered, subject=MARK + rendered.subject), at=house.clock(), recipient=address
    )

    async def hand_over() -> None:
        connection = await pool(given).connect()
        await connection.send(message)
        await connection.quit()

    asyncio.run(hand_over())
    say(f"sent to {address}: {MARK}{rendered.subject}")
    return 0


def _anyhow(house: House, only: tuple[str, ...]) -> Digest | None:
    """Somebody's digest even if today is not her day, or she has had it."""
    for each in everybody(house, only):
        day = when.local_date(house.clock(), each.timezone)
        scored = reading.score(reading.read(house.store, now=house.clock(), topics=each.topics), each.topics, house.embedder)
        return reading.choose(each, day, scored, reading.Past())
    return None
