"""`digest fetch`: pull new papers and sightings into the store."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from digest.cli.options import Day, clock, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.report import Pulled


@click.command(name="fetch", epilog="Example: digest fetch --source arxiv --since 2026-03-20")
@click.option("--source", "names", multiple=True, metavar="NAME", help="Only this source; may be given several times.")
@click.option("--since", type=Day(), help="Everything since that date, not only what is new.")
@json_option
@now_option
@verbose_option
def command(names: tuple[str, ...], since: date | None, as_json: bool, now: datetime | None) -> int:
    """Pull new papers into the store; one line a source: found, new, updated, seconds, or why not."""
    from digest import pipeline
    from digest.cli import house
    from digest.cli.output import progress, say, say_json

    given = house.settings()
    wanted = house.sources(given, names)
    with house.open_store(given) as store, progress() as bar:
        task = bar.add_task("fetching", total=len(wanted))
        made = house.house(given, store, clock(now), sources=wanted, http=lambda: house.client(given))
        pulled = asyncio.run(pipeline.fetch(made, since=since, told=lambda _: bar.advance(task)))
    if as_json:
        say_json([as_row(each) for each in pulled])
    else:
        report(pulled, say)
    return 1 if any(each.error for each in pulled) else 0


def as_row(pulled: Pulled) -> dict[str, object]:
    return {
        "source": pulled.source,
        "found": pulled.found,
        "new": pulled.new,
        "updated": pulled.updated,
        "seconds": round(pulled.seconds, 3),
        "note": pulled.note,
        "error": pulled.error and str(pulled.error),
    }


def report(pulled: tuple[Pulled, ...], write: Callable[[str], None]) -> None:
    """One line a source."""
    width = max((len(each.source) for each in pulled), default=0)
    for each in pulled:
        line = f"{each.source:{width}}  {each.found:5d} found  {each.new:5d} new  {each.updated:5d} updated  {each.seconds:6.1f} s"
        write(line + (f"  {each.note}" if each.note else ""))
        if each.error:
            write(f"{'':{width}}  failed: {each.error.message}")
