"""`digest status`: sources, the day's deliveries, who got nothing and why, who is suppressed and why, who is next."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, date_option, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.model import Delivery, Subscriber
    from digest.store.fetches import SourceHealth
    from digest.store.store import Store

#: So many of those who got nothing are listed on the page; `--csv` and `--json` list all.
LISTED = 50

CSV_COLUMNS = ("email", "date", "state", "reason", "attempts", "sent_at", "retry_at", "message_id")
#: What makes a spreadsheet take a cell for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.command(name="status", epilog="Example: digest status --failed")
@click.option("--failed", is_flag=True, help="Only deliveries that failed or are still open.")
@click.option("--csv", "as_csv", is_flag=True, help="The day's deliveries as CSV.")
@date_option
@json_option
@now_option
@verbose_option
def command(failed: bool, as_csv: bool, day: date | None, as_json: bool, now: datetime | None) -> int:
    """Sources, the day's deliveries by state, who got nothing and why, who is suppressed, and when the next is due."""
    from digest import when
    from digest.cli import house
    from digest.cli.health import look
    from digest.cli.output import say_json

    given = house.settings()
    moment = clock(now)()
    with house.look_into_store(given) as store:
        report = gather(store, day or when.local_date(moment, given.timezone), moment, zone=given.timezone, failed=failed)
        report |= look(store, given, moment)
    if as_csv:
        write_csv(report["deliveries"])
    elif as_json:
        say_json(report)
    else:
        _print(report)
    return 0


def gather(store: Store, day: date, now: datetime, *, zone: str = "UTC", failed: bool = False) -> dict[str, Any]:
    """All that the page says, as plain values. `failed` leaves out whoever was reached or had nothing to be told."""
    from digest.model import DeliveryState, SubscriptionState

    rows = store.deliveries.on(day)
    tally = Counter(row.state for row in rows)
    well = (DeliveryState.SENT, DeliveryState.SKIPPED)
    listed = [row for row in rows if not failed or row.state not in well]
    states = Counter(each.subscription.state for each in store.subscribers.all())
    suppressed = store.subscribers.suppressed()
    return {
        "date": day,
        "now": now,
        "papers": store.papers.count(),
        "sources": [_source(each) for each in store.fetches.health()],
        "deliveries": [_delivery(each) for each in listed],
        "tally": {state.value: tally[state] for state in DeliveryState if tally[state]},
        "quiet": why_quiet(store, day, now, zone=zone, planned=bool(rows)) or None,
        "nothing": [_delivery(each) for each in listed if each.state != DeliveryState.SENT],
        "suppressed": [{"email": each.email or None, "reason": each.reason, "since": each.since} for each in suppressed],
        "subscribers": {state.value: states[state] for state in SubscriptionState} | {"suppressed": len(suppressed)},
        "next_due": next_due(store, now),
    }


def why_quiet(store: Store, day: date, now: datetime, *, zone: str, planned: bool) -> str:
    """Why that day brings little or nothing, as far as it is nobody's own matter; "" where the rows say it all."""
    from digest import silence, when

    today = when.local_date(now, zone)
    moment, health = now, store.fetches.health()
    if day != today:  # how the sources were then is not known any more
        moment, health = datetime.combine(day, time(12), when.zone(zone)), [each for each in health if each.is_well]
    if empty := silence.no_news(moment, now=now, health=health, zone=zone):
        return empty.text
    people = store.subscribers.active()
    if planned or not people:
        return ""
    hers = sum(when.is_digest_day(each, day) for each in people)
    if not hers:
        return f"It is nobody's day: all {len(people)} who are active have other days, or pause."
    return f"{hers} of {len(people)} active have it among their days; no pass has come to them."


def next_due(store: Store, now: datetime) -> dict[str, Any] | None:
    """Whose digest comes next, and when."""
    people = store.subscribers.active()
    last = store.histories.last_planned_of([her.key for her in people], now=now + timedelta(days=1))
    coming = [(due, her.email) for her in people if (due := _due_after(her, last.get(her.key), now))]
    return {"at": min(coming)[0], "email": min(coming)[1]} if coming else None


def _due_after(her: Subscriber, last: date | None, now: datetime) -> datetime | None:
    """Her next digest for a date that is not yet in the journal: by hand she may have had today's before its hour."""
    from digest import when

    return when.next_due(her, max(now, when.due_at(her, last)) if last else now)


def _source(health: SourceHealth) -> dict[str, Any]:
    return {
        "source": health.source,
        "last_good": health.last_good,
        "last_new": health.last_new,
        "last_error": health.last_error,
        "last_error_at": health.last_error_at,
        "failures": health.failures,
        "found": health.found,
        "new": health.new,
        "note": health.note,
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "email": row.recipient,
        "date": row.date,
        "state": row.state.value,
        "reason": row.reason,
        "attempts": row.attempts,
        "sent_at": row.sent_at,
        "retry_at": row.retry_at,
        "message_id": row.message_id,
    }


def write_csv(rows: list[dict[str, Any]]) -> None:
    """One line a delivery. A cell that a spreadsheet would take for a formula gets an apostrophe."""
    out = csv.writer(sys.stdout)
    out.writerow(CSV_COLUMNS)
    for row in rows:
        cells = ["" if row[name] is None else str(row[name]) for name in CSV_COLUMNS]
        out.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])


def _print(report: dict[str, Any]) -> None:
    from digest.cli.output import say

    say(f"{report['date']:%A} {report['date']}, seen at {_minute(report['now'])} UTC; {report['papers']} papers in the store")
    say(_machine(report))
    for wrong in (*report["grave"], *report["problems"]):
        say(f"  {wrong}")
    _print_sources(report["sources"])
    tally = ", ".join(f"{count} {state}" for state, count in report["tally"].items())
    say(f"\nDeliveries: {tally or 'none planned for this day'}")
    if report["quiet"]:
        say(f"  {report['quiet']}")
    _print_nothing(report["nothing"])
    people = ", ".join(f"{count} {state}" for state, count in report["subscribers"].items() if count)
    say(f"\nSubscribers: {people or 'nobody; `digest subscribers sync` reads the folder'}")
    for each in report["suppressed"]:
        since = f" since {each['since']:%Y-%m-%d}" if each["since"] else ""
        say(f"  {each['email'] or '(forgotten)'} suppressed{since}: {each['reason'] or 'no reason noted'}")
    if coming := report["next_due"]:
        say(f"\nNext due: {_minute(coming['at'])} UTC, {coming['email']}")


def _machine(report: dict[str, Any]) -> str:
    """Queue, disk and daemon in one line."""
    parts = [f"queue: {', '.join(f'{count} {state}' for state, count in report['queue'].items()) or 'empty'}"]
    if report["disk_free"] is not None:
        parts.append(f"disk: {report['disk_free'] / 1e9:.1f} GB free")
    if running := report["daemon"]:
        tick = running["jobs"].get("tick", {}).get("last_good")
        parts.append(f"daemon: last tick {_minute(datetime.fromisoformat(tick)) + ' UTC' if tick else 'still to come'}")
    return "; ".join(parts)


def _print_sources(sources: list[dict[str, Any]]) -> None:
    from digest.cli.output import say

    say("\nSources")
    if not sources:
        say("  none read yet; `digest fetch` does")
    width = max((len(each["source"]) for each in sources), default=0)
    for each in sources:
        last = f"last good {_minute(each['last_good'])}" if each["last_good"] else "never read well"
        say(f"  {each['source']:{width}}  {last}" + (f"  {each['note']}" if each["note"] else ""))
        if each["failures"]:
            times = "once" if each["failures"] == 1 else f"{each['failures']} times"
            say(f"  {'':{width}}  failed {times} since, last {_minute(each['last_error_at'])}: {each['last_error']}")


def _print_nothing(rows: list[dict[str, Any]]) -> None:
    """Failures first: who had nothing to be told can wait."""
    from digest.cli.output import print_table, say, table

    if not rows:
        return
    shown = table("address", "state", "why", wrap=("why",))
    for row in sorted(rows, key=lambda row: row["state"] == "skipped")[:LISTED]:
        again = f" (again at {_minute(row['retry_at'])} UTC)" if row["retry_at"] else ""
        shown.add_row(row["email"], row["state"], f"{row['reason']}{again}")
    print_table(shown, indent=2)
    if len(rows) > LISTED:
        say(f"  and {len(rows) - LISTED} more; --csv lists all")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
