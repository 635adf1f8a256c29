"""`digest run`: the daemon. Fetches, and sends to everybody whose time has come, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.options import verbose_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.mail.templates import Templates
    from digest.model import Roster
    from digest.pipeline import House
    from digest.scheduler import Job
    from digest.settings import Settings

log = logging.getLogger(__name__)

TICK = timedelta(seconds=60)
A_DAY = timedelta(days=1)
#: How often it is looked for answers that a page put into the outbox; what a mail brought about leaves at once.
POST = timedelta(seconds=5)
#: A mailbox whose server tells by itself is attended all the time, another one so often.
MAILBOX = timedelta(seconds=30)


@click.command(name="run", epilog="Example: digest run -v")
@verbose_option
def command() -> int:
    """The daemon: the same pass as `digest send`, on a clock that obeys send_at. SIGTERM or Ctrl-C drains and stops."""
    from digest.cli import house
    from digest.cli.options import wall_clock

    given = house.settings()
    given.require_secret_key()
    given.require_reachable()
    press = house.press(given, checked=True)
    with house.open_store(given) as store:
        stop = asyncio.Event()
        made = house.house(
            given,
            store,
            wall_clock,
            press=press,
            sources=house.sources(given),
            http=lambda: house.client(given),
            roster=telling(read) if (read := house.roster(given, store)) else None,
            pool=lambda: house.pool(given),
            stop=stop,
        )
        asyncio.run(serve(made, given, stop, press.templates))
    return 0


async def serve(made: House, given: Settings, stop: asyncio.Event, templates: Templates) -> None:
    """All jobs in one process, and the pages where there is a web address, until SIGTERM or Ctrl-C."""
    from digest import scheduler
    from digest.cli import anchor, notify, web
    from digest.cli.health import Heart
    from digest.cli.options import endings
    from digest.scheduler import Job

    loop = asyncio.get_running_loop()
    for number in endings():
        loop.add_signal_handler(number, stop.set)
    working: list[asyncio.Task[None]] = []
    if given.base_url:
        working.append(asyncio.create_task(web.serve(given, made.store, templates, clock=made.clock, stop=stop)))
    working.append(asyncio.create_task(anchor.watch(given, stop)))
    heart = Heart(made.store, made.clock)
    working.append(asyncio.create_task(notify.keep_telling(stop, heart.status)))

    for each in working:                   # without its pages nobody could leave by link, without its store nothing is known
        each.add_done_callback(lambda _: stop.set())

    async def beat() -> None:
        await asyncio.to_thread(heart.beat)

    await scheduler.run([*heart.watch(jobs(made, given)), Job("heart", TICK, beat)], stop)
    await asyncio.gather(*working)
    heart.stop()


def jobs(made: House, given: Settings) -> list[Job]:
    from digest import pipeline
    from digest.cli.mailbox import attend
    from digest.scheduler import Job

    one_at_a_time = asyncio.Lock()  # a fetch beside a pass would ask the sources twice

    async def fetch() -> None:
        async with one_at_a_time:
            for line in await pipeline.fetch(made):
                level = logging.WARNING if line.error else logging.INFO
                log.log(level, "fetched source=%s found=%d new=%d error=%s", line.source, line.found, line.new, line.error or "-")

    async def tick() -> None:
        async with one_at_a_time:
            report = await pipeline.tick(made)
        if report:
            states = "".join(f" {state}={count}" for state, count in sorted(report.tally.items()))
            if report.due or report.sent_now:  # else it only looked whether a retry has come due
                log.info("passed due=%d sent_now=%d%s", report.due, report.sent_now, states)
            for trouble in (*report.failures, *([report.ended] if report.ended else [])):
                log.warning("trouble %s", trouble)

    one_post_at_a_time = asyncio.Lock()

    async def post() -> None:
        async with one_post_at_a_time:
            report = await pipeline.post(made)
        for trouble in (*report.failures, *([report.ended] if report.ended else [])):
            log.warning("trouble %s", trouble)

    async def retention() -> None:
        forgotten = await pipeline.tidy(made, timedelta(days=given.keep_days))
        if forgotten:
            log.info("forgot %s", " ".join(f"{name}={count}" for name, count in asdict(forgotten).items() if count))

    async def mailbox() -> None:
        await attend(made, given, answer=post, begin=tick)

    found = [Job("fetch", given.fetch_every, fetch), Job("tick", TICK, tick), Job("post", POST, post)]
    found.append(Job("retention", A_DAY, retention))
    return [*found, Job("mailbox", MAILBOX, mailbox)] if given.imap else found


def telling(read: Callable[[], Roster]) -> Callable[[], Roster]:
    """The same, and each fault of a subscriber file is logged once, when it appears: there is a tick every minute."""
    told: set[str] = set()

    def read_and_tell() -> Roster:
        nonlocal told
        roster = read()
        faults = {str(fault) for fault in roster.faults}
        for fault in sorted(faults - told):
            log.warning("fault %s", fault)
        told = faults
        return roster

    return read_and_tell
