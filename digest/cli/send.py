"""`digest send`: one whole pass by hand or from cron."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import click

from digest.cli.options import clock, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.pipeline import RunReport


@click.command(name="send", epilog="Example: digest send --only alice@example.org")
@click.option("--only", multiple=True, metavar="ADDRESS", help="Only this subscriber; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Say who would get what, and do nothing.")
@click.option("--no-fetch", is_flag=True, help="Do not ask the sources first.")
@click.option("--test", metavar="ADDRESS", help="Send one marked digest to that address, and record nothing.")
@json_option
@now_option
@verbose_option
def command(only: tuple[str, ...], dry_run: bool, no_fetch: bool, test: str | None, as_json: bool, now: datetime | None) -> int:
    """One whole pass: everybody whose local date is one of her days and has no digest yet, whatever her send_at."""
    from digest import pipeline
    from digest.cli import house
    from digest.cli.output import say_json

    given = house.settings()
    given.require_secret_key()
    given.require_reachable()
    with house.open_store(given) as store:
        made = house.house(
            given, store, clock(now), sources=house.sources(given), http=lambda: house.client(given),
            roster=house.roster(given), pool=lambda: house.pool(given, store),
        )  # fmt: skip
        if test:
            return asyncio.run(_test(made, given, test, only))
        if dry_run:
            return _dry_run(made, only)
        report = asyncio.run(pipeline.run(made, only=only, fetch_first=not no_fetch))
    if as_json:
        say_json(as_row(report))
    else:
        tell_report(report)
    return report.exit_code
