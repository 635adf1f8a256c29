"""`digest status`: sources, the day's deliveries, who got nothing and why, who is suppressed and why, who is next."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, date_option, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.model import Delivery
    from digest.store.fetches import SourceHealth
    from digest.store.store import Store


@click.command(name="status", epilog="Example: digest status --failed")
@click.option("--failed", is_flag=True, help="Only deliveries that did not reach anybody.")
@click.option("--csv", "as_csv", is_flag=True, help="The day's deliveries as CSV.")
@date_option
@json_option
@now_option
@verbose_option
def command(failed: bool, as_csv: bool, day: date | None, as_json: bool, now: datetime | None) -> int:
    """Sources, the day's deliveries by state, who got nothing and why, who is suppressed, and when the next is due."""
    from digest.cli import house
    from digest.cli.output import say_json

    moment = clock(now)()
    with house.open_store(house.settings()) as store:
        report = gather(store, day or moment.astimezone(UTC).date(), moment, failed=failed)
    if as_csv:
        write_csv(report["deliveries"])
    elif as_json:
        say_json(report)
    else:
        _print(report)
    return 0


def gather(store: Store, day: date, now: datetime, *, failed: bool = False) -> dict[str, Any]:
    """All that the page says, as plain values."""
    from digest.model import DeliveryState, SubscriptionState

    rows = store.deliveries.on(day)
    reached = (DeliveryState.SENT,)
    everybody = store.subscribers.all()
    return {
        "date": day,
        "now": now,
        "papers": store.papers.count(),
        "sources": [_source(each) for each in store.fetches.health()],
        "deliveries": [_delivery(each) for each in rows if not failed or each.state not in (*reached, DeliveryState.SKIPPED)],
        "tally": {
            state.value: sum(row.state == state for row in rows)
            for state in DeliveryState
            if any(row.state == state for row in rows)
        },
        "nothing": [_delivery(each) for each in rows if each.state not in reached],
        "suppressed": [
            {"email": each.subscription.email, "reason": each.subscription.reason, "since": each.subscription.since}
            for each in everybody
            if each.subscription.state == SubscriptionState.SUPPRESSED
        ],
        "subscribers": {state.value: sum(each.subscription.state == state for each in everybody) for state in SubscriptionState},
        "next_due": next_due(store, now),
    }


def next_due(store: Store, now: datetime) -> dict[str, Any] | None:
    """Whose digest comes next, and when."""
    from digest import when

    coming = [(due, her.email) for her in store.subscribers.active() if (due := when.next_due(her, now))]
    return {"at": min(coming)[0], "email": min(coming)[1]} if coming else None


def _source(health: SourceHealth) -> dict[str, Any]:
    return {
        "source": health.source,
        "last_good": health.last_good,
        "last_new": health.last_new,
        "last_error": health.last_error,
        "last_error_at": health.last_error_at,
        "failures": health.failures,
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
    columns = ("email", "date", "state", "reason", "attempts", "sent_at", "retry_at", "message_id")
    out = csv.writer(sys.stdout)
    out.writerow(columns)
    for row in rows:
        cells = ["" if row[name] is None else str(row[name]) for name in columns]
        out.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])


def _print(report: dict[str, Any]) -> None:
    from digest.cli.output import console, say, table

    say(f"{report['date']:%A} {report['date']}, seen at {report['now']:%Y-%m-%d %H:%M} UTC; {report['papers']} papers in the store")
    say("\nSources")
    for each in report["sources"]:
        last = f"last good {each['last_good']:%Y-%m-%d %H:%M}" if each["last_good"] else "never read"
        say(f"  {each['source']:14} {last}" + (f"  {each['note']}" if each["note"] else ""))
        if each["failures"]:
            say(f"  {'':14} failing since {each['failures']} tries, {each['last_error_at']:%Y-%m-%d %H:%M}: {each['last_error']}")
    if not report["sources"]:
        say("  none read yet; `digest fetch` does")
    say(
        "\nDeliveries  "
        + (", ".join(f"{count} {state}" for state, count in report["tally"].items()) or "none planned for this day")
    )
    if report["nothing"]:
        shown = table("address", "state", "why")
        for row in report["nothing"]:
            shown.add_row(row["email"], row["state"], row["reason"])
        console().print(shown)
    say("\nSubscribers  " + ", ".join(f"{count} {state}" for state, count in report["subscribers"].items() if count))
    for each in report["suppressed"]:
        say(f"  {each['email']}  suppressed since {each['since']:%Y-%m-%d}: {each['reason']}")
    if report["next_due"]:
        say(f"\nNext due  {report['next_due']['at']:%Y-%m-%d %H:%M} UTC, {report['next_due']['email']}")
