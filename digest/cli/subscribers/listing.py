"""`digest subscribers list|show|sync`: who gets mail, with what profile, and since when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Subscriber, Subscription
    from digest.store.store import Store
    from digest.store.subscribers import Enrolled


@click.command(name="list", epilog="Example: digest subscribers list --json")
@json_option
@verbose_option
def list_(as_json: bool) -> int:
    """Everybody that the store knows, with her state."""
    from digest.cli import house
    from digest.cli.output import print_table, say, say_json, table

    with house.look_into_store(house.settings()) as store:
        everybody = store.subscribers.all()
    if as_json:
        say_json([as_row(each) for each in everybody])
    elif not everybody:
        say("Nobody yet. `digest subscribers sync` reads the folder of subscriber files.")
    else:
        shown = table("address", "state", "topics", "days", "at", "from", "reason", wrap=("topics", "reason"))
        for each in everybody:
            her = each.subscriber
            shown.add_row(
                her.email,
                each.subscription.state,
                ", ".join(topic.name for topic in her.topics),
                _days(her.days),
                f"{her.send_at:%H:%M} {her.timezone}",
                each.origin or "herself",
                each.subscription.reason,
            )
        print_table(shown)
    return 0


@click.command(epilog="Example: digest subscribers show alice@example.org")
@click.argument("address")
@json_option
@verbose_option
def show(address: str, as_json: bool) -> int:
    """One person: the file's profile, her own changes, state, consent."""
    from digest.cli import house
    from digest.cli.output import say, say_json

    with house.look_into_store(house.settings()) as store:
        profile = store.subscribers.get(address)
        subscription = profile.subscription if profile else without_profile(store, address)
    if as_json:
        say_json(as_row(profile) if profile else _row(subscription))
        return 0
    for line in _history(subscription):
        say(f"# {line}")
    if profile:
        _show_profile(profile)
    return 0


def without_profile(store: Store, address: str) -> Subscription:
    """Whether we may write to an address without a profile: it asked, or left. Raises ConfigError when nobody knows it."""
    from digest.errors import ConfigError, nearest, quoted

    if found := store.subscribers.subscription(address):
        return found
    known = [each.subscriber.email for each in store.subscribers.all()]
    hint = nearest(address, known) or "; `digest subscribers list` names all"
    raise ConfigError(f"no subscriber {quoted(address)}{hint}", key="ADDRESS")


def _history(subscription: Subscription) -> Iterator[str]:
    """State, since when, and the proof of consent."""
    yield subscription.state + (f" ({subscription.reason})" if subscription.reason else "")
    yield f"since {_minute(subscription.since)}" if subscription.since else "since unknown"
    if consent := subscription.consent:
        confirmed = f", confirmed {_minute(consent.confirmed)}" if consent.confirmed else ""
        yield f"consent by {consent.how}, {_minute(consent.at)}{confirmed}{f', {consent.detail}' if consent.detail else ''}"


def _show_profile(found: Enrolled) -> None:
    from digest.cli.output import say
    from digest.subscription.roster import dump

    say(f"# from {found.origin or 'herself'}")
    now, before = (_values(each) for each in (found.subscriber, found.written))
    for key, _ in found.overlay:
        say(f"# her own change: {key}: {_in_words(now[key])} (her file: {_in_words(before[key])})")
    say(dump(found.subscriber).rstrip())


def _in_words(value: Any) -> str:
    """A value of a profile in one line, as a file would have it."""
    words = ", ".join(value) if isinstance(value, list) else str(value)
    return words if words and value is not None else "nothing"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@click.command(
    short_help="Read the folder of subscriber files into the store.", epilog="Example: digest subscribers sync --confirm"
)
@click.option("--confirm", is_flag=True, help="Yes, stop them all: the folder is meant to be so much smaller.")
@json_option
@now_option
@verbose_option
def sync(confirm: bool, as_json: bool, now: datetime | None) -> int:
    """Read the folder of subscriber files into the store; every pass does it too."""
    from digest.cli import house
    from digest.cli.output import MEND, complain_all, say, say_json, tell
    from digest.model import Roster
    from digest.subscription.roster import is_empty

    given = house.settings()
    with house.open_store(given) as store:
        roster = Roster() if confirm and is_empty(given.subscribers) else house.folder(given, store)()
        report = store.subscribers.sync(roster, now=clock(now)(), confirm=confirm, ask_first=given.confirm_yaml)
    figures = {name: getattr(report, name) for name in ("added", "changed", "unchanged", "stopped", "back")}
    if as_json:
        say_json(figures | {"withheld": report.withheld, "faults": [str(each) for each in roster.faults]})
    else:
        say(", ".join(f"{count} {name}" for name, count in figures.items()))
    if report.withheld:
        tell(f"error: {report.withheld}")
    return max(complain_all(roster.faults), MEND if report.withheld else 0)


def as_row(found: Enrolled) -> dict[str, Any]:
    """What `--json` says of one person."""
    served = _values(found.subscriber)
    own = {"origin": found.origin, "overlay": {key: served[key] for key, _ in found.overlay}}
    return _row(found.subscription) | served | own


def _values(her: Subscriber) -> dict[str, Any]:
    """Her profile as plain values; of a topic its name."""
    return {
        "name": her.name,
        "timezone": her.timezone,
        "send_at": f"{her.send_at:%H:%M}",
        "days": _days(her.days),
        "max_papers": her.max_papers,
        "trending": her.trending,
        "layout": her.layout.value,
        "language": her.language,
        "when_empty": her.when_empty.value,
        "paused_until": her.paused_until,
        "topics": [topic.name for topic in her.topics],
    }


def _row(subscription: Subscription) -> dict[str, Any]:
    """The same of somebody without a profile."""
    proof = subscription.consent
    return {
        "email": subscription.email,
        "state": subscription.state.value,
        "reason": subscription.reason,
        "since": subscription.since,
        "consent": proof and {"how": proof.how, "at": proof.at, "confirmed": proof.confirmed, "detail": proof.detail},
    }


def _days(days: tuple[int, ...]) -> str:
    from digest.model import WEEKDAYS

    known = {(0, 1, 2, 3, 4): "weekdays", (0, 1, 2, 3, 4, 5, 6): "daily"}
    return known.get(days) or ("weekly:" if len(days) == 1 else "") + ",".join(WEEKDAYS[day] for day in days)
