"""`digest subscribers import|export`: from elsewhere, and to elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import clock, now_option, verbose_option

if TYPE_CHECKING:
    from digest.errors import ConfigError
    from digest.model import Subscriber
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.subscription.schema import Entry
    from digest.subscription.tree import Node

#: Columns that hold several values, divided by semicolons.
LISTS = ("topics", "days")


@click.command(name="import", epilog="Example: digest subscribers import old-list.csv --ask")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--ask", is_flag=True, help="Ask each of them first whether she wants mail, instead of vouching for it.")
@now_option
@verbose_option
def import_(file: Path, ask: bool, now: datetime | None) -> int:
    """Subscribers from a CSV file whose first line names the columns as the keys of a subscriber file are named.

    `email` is needed, topics are divided by semicolons. Who is subscribed already stays as she is; who left stays away.
    """
    from digest.cli import house
    from digest.cli.output import complain_all, say, tell

    given, moment = house.settings(), clock(now)()
    people, faults = _read(given, file)
    added, there, away = 0, 0, 0
    with house.open_store(given) as store:
        for each in people:
            state = store.subscribers.subscription(each.email)
            if state is None or state.state == "pending":
                _take(store, each, detail=file.name, ask=ask, now=moment)
                added += 1
            elif state.state == "suppressed":
                tell(f"{each.email} stays away: {state.reason or 'she left'}")
                away += 1
            else:
                there += 1
    say(f"{added} added, {there} subscribed already, {away} stay away, {len(faults)} faults")
    return complain_all(faults)


def _take(store: Store, new: Subscriber, *, detail: str, ask: bool, now: datetime) -> None:
    from digest.model import Consent, SubscriptionEvent
    from digest.notes import Post

    event = SubscriptionEvent.SIGNED_UP if ask else SubscriptionEvent.ADDED
    store.subscribers.add(new, event=event, consent=Consent("admin", now, detail=detail), now=now)
    made = store.subscribers.get(new.email)
    if ask and made:
        Post(store)("confirm", made.subscriber, now=now)


def _read(given: Settings, file: Path) -> tuple[list[Subscriber], list[ConfigError]]:
    """Everybody in the file, by the rules of subscriber files; each fault with its line."""
    from digest.errors import quoted
    from digest.subscription.schema import Report, read

    report = Report(str(file))
    people: dict[str, Entry] = {}
    for node in _rows(file):
        for entry in read(node, report, defaults=given.defaults):
            first = people.setdefault(entry.subscriber.email.lower(), entry)
            if first is not entry:
                message = f"{quoted(entry.subscriber.email)} stands in line {first.place.line} already; keep one of them"
                report.fault(entry.place, "email", message)
    return [each.subscriber for each in people.values()], report.faults


def _rows(file: Path) -> Iterator[Node]:
    """Each line as the mapping that it would be in a subscriber file; empty cells are left out. Raises ConfigError for no table."""
    from digest.errors import ConfigError
    from digest.subscription.tree import List, Map, Place, Text

    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        lines = csv.DictReader(opened)
        if "email" not in [name.strip().lower() for name in lines.fieldnames or ()]:
            message = "the first line of a CSV file names its columns, and email is none of them; write email,name,topics"
            raise ConfigError(f"{message}; a subscriber YAML needs no import, put it into the folder", where=f"{file}:1:1")
        for line in lines:
            place = Place(lines.line_num)
            pairs: list[tuple[Text, Node]] = []
            for key, value in line.items():
                if key and isinstance(value, str) and value.strip():
                    name = key.strip().lower()
                    several = [Text(part.strip(), place) for part in value.split(";") if part.strip()]
                    is_list = name == "topics" or (name in LISTS and len(several) > 1)
                    pairs.append((Text(name, place), List(list(several), place) if is_list else Text(value.strip(), place)))
            yield Map(pairs, place)


@click.command(epilog="Example: digest subscribers export > everybody.yaml")
@click.argument("addresses", nargs=-1)
@verbose_option
def export(addresses: tuple[str, ...]) -> int:
    """Print everybody whom we may write to, or those named, as one subscriber file: as they are served now."""
    from digest.cli import house
    from digest.cli.output import say
    from digest.cli.subscribers.changing import known
    from digest.subscription.roster import dump

    with house.look_into_store(house.settings()) as store:
        people = [known(store, each).subscriber for each in addresses] or store.subscribers.active()
        for her in people:
            first, *rest = dump(her).rstrip().split("\n")
            say("\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)]))
    return 0
