"""`digest send`: one whole pass by hand or from cron."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import json_option, now_option, running_clock, verbose_option

if TYPE_CHECKING:
    from digest.model import DeliveryState
    from digest.pipeline import House
    from digest.report import RunReport


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
    from digest.cli import house, rehearse
    from digest.cli.output import progress, say_json

    given = house.settings()
    given.require_secret_key()
    given.require_reachable()
    press = house.press(given, checked=True)
    opened = house.look_into_store if dry_run else house.open_store
    with opened(given) as store, progress() as bar:
        task = bar.add_task("sending", total=None)
        made = house.house(
            given,
            store,
            running_clock(now),
            press=press,
            sources=house.sources(given),
            http=lambda: house.client(given),
            roster=house.roster(given, store),
            pool=lambda: house.pool(given),
            watch=lambda _: bar.advance(task),
        )
        check_addresses(made, only)
        if test:
            return rehearse.test(made, given, test, only)
        if dry_run:
            return rehearse.dry_run(made, only)
        report = asyncio.run(pipeline.run(made, only=only, fetch_first=not no_fetch))
        bar.stop()
        if as_json:
            say_json(as_row(report))
        else:
            show(report)
        if now is None:                    # a clock set by hand must not make anything old
            asyncio.run(pipeline.tidy(made, timedelta(days=given.keep_days)))
    return report.exit_code


def check_addresses(made: House, only: tuple[str, ...]) -> None:
    """Raises ConfigErrors for addresses behind --only to which nothing can be sent: a slip must not pass for a quiet day."""
    from digest.cli.rehearse import everybody
    from digest.errors import ConfigError, ConfigErrors, nearest, quoted

    if not only:
        return
    known = [each.email.lower() for each in everybody(made, ())]
    faults = []
    for address in only:
        if address.lower() not in known:
            barred = made.store.subscribers.subscription(address)
            reason = f" ({barred.reason})" if barred and barred.reason else ""
            hint = nearest(address.lower(), known) or "; `digest subscribers list` names all"
            message = f"{quoted(address)} is {barred.state}{reason}" if barred else f"no subscriber {quoted(address)}{hint}"
            faults.append(ConfigError(message, key="--only"))
    if faults:
        raise ConfigErrors(faults)


def as_row(report: RunReport) -> dict[str, Any]:
    """What `--json` says of a pass."""
    from digest.cli.fetch import as_row as fetched

    return {
        "fetched": [fetched(each) for each in report.fetched],
        "faults": [str(each) for each in report.roster],
        "due": report.due,
        "sent_now": report.sent_now,
        "tally": {state.value: count for state, count in sorted(report.tally.items())},
        "reasons": [{"state": state.value, "reason": why, "count": count} for (state, why), count in unsent(report).items()],
        "adds_up": report.adds_up,
        "failures": [str(each) for each in report.failures],
        "ended": report.ended or None,
        "withheld": report.sync.withheld if report.sync else "",
    }


def unsent(report: RunReport) -> dict[tuple[DeliveryState, str], int]:
    """Why those who were due and got nothing did not."""
    return {(state, why): count for (state, why), count in report.reasons.items() if state != "sent"}


def show(report: RunReport) -> None:
    """What a pass did, and what is left to do."""
    from digest.cli.fetch import report as fetched
    from digest.cli.output import complain_all, say, tell

    fetched(report.fetched, say)
    complain_all(report.roster)
    if report.sync and report.sync.withheld:
        tell(f"error: {report.sync.withheld}")
    parts = ", ".join(f"{count} {state}" for state, count in sorted(report.tally.items()))
    say(f"{report.due} due today: {parts or 'nobody'}; {report.sent_now} sent now")
    for (state, reason), count in sorted(unsent(report).items(), key=lambda each: (-each[1], each[0])):
        say(f"{count:5d} {state}: {reason or 'no reason noted'}")
    complain_all(report.failures)
    if report.ended:
        tell(f"the round ended early: {report.ended}; what is left is tried again by the next `digest send`")
    if report.in_hand:
        tell(f"{report.in_hand} are in the hands of another process that does not get on; in ten minutes any pass takes them over")
    elif not report.adds_up:
        tell("error: the rows do not add up; `digest status` shows who is still open")
