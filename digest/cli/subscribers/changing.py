"""`digest subscribers add|pause|resume|remove|reset|forget`: by an admin's hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import clock, now_option, verbose_option

if TYPE_CHECKING:
    from digest.model import Subscriber, Topic
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.store.subscribers import Enrolled

#: Entries of a library that are named one by one where they cannot be used.
NAMED = 5


@click.command(epilog="Example: digest subscribers add alice@example.org --topic 'neural operators' --timezone Europe/Berlin")
@click.argument("address")
@click.option("--topic", "topics", multiple=True, metavar="TEXT", help="A topic; may be given several times.")
@click.option(
    "--like",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A BibTeX, RIS or Zotero export: papers to resemble.",
)
@click.option("--name", default="", help="How she is addressed.")
@click.option("--timezone", default="", help="An IANA name; the setting's when left out.")
@click.option("--send-at", default="", metavar="HH:MM", help="Local time of her mail.")
@click.option("--days", default="", help="daily, weekdays, weekly:mon, or mon,thu.")
@click.option("--language", default="", help="Of the mail around the papers.")
@click.option("--ask", is_flag=True, help="Ask her first whether she wants mail, instead of vouching for it.")
@now_option
@verbose_option
def add(
    address: str, topics: tuple[str, ...], like: Path | None, name: str, timezone: str, send_at: str, days: str, language: str,
    ask: bool, now: datetime | None,
) -> int:  # fmt: skip
    """Somebody new; or more topics for one who is there already."""
    from digest.cli import house
    from digest.cli.output import say

    given, moment = house.settings(), clock(now)()
    wanted = _topics(topics, like)
    with house.open_store(given) as store:
        here = store.subscribers.get(address)
        if here and here.subscription.state != "suppressed":
            say(_more_topics(store, here, wanted, moment))
            return 0
        new = _newcomer(given, address, wanted, name, timezone, send_at, days, language)
        say(_enrol(store, new, ask=ask, now=moment))
    return 0


def _topics(names: tuple[str, ...], like: Path | None) -> tuple[Topic, ...]:
    """The topics that are named; with a library the first of them gets its papers to resemble, or a topic of its own."""
    from digest.errors import ConfigError
    from digest.model import Topic
    from digest.subscription import words

    try:
        found = tuple(Topic(words.named("a topic")(each)) for each in names)
    except ValueError as error:
        raise ConfigError(str(error), key="--topic") from None
    if like is None:
        return found
    papers = _library(like)
    if not papers:
        raise ConfigError("it names no paper by arXiv id or DOI; export with these fields", where=str(like), key="--like")
    first = found[0] if found else Topic(like.stem)
    return (replace(first, like=papers), *found[1:])


def _library(path: Path) -> tuple[str, ...]:
    """The papers of a library, as many as a topic may resemble: the last ones, which libraries add at the end."""
    from digest.cli.output import complain_all, tell
    from digest.subscription.bibtex import read_bibtex
    from digest.subscription.schema import ITEMS_MOST
    from digest.subscription.seeds import papers

    if path.suffix.lower() != ".bib":
        return papers(path.read_text(encoding="utf-8", errors="replace"))[-ITEMS_MOST:]
    found = read_bibtex(path)
    complain_all(found.faults)
    if nameless := [f"{entry.key} (line {entry.line})" for entry in found.entries if not entry.name]:
        more = f" and {len(nameless) - NAMED} more" if len(nameless) > NAMED else ""
        tell(f"{path}: left out, since no arXiv id or DOI stands there: {', '.join(nameless[:NAMED])}{more}")
    return found.names[-ITEMS_MOST:]


def _newcomer(
    given: Settings, address: str, topics: tuple[Topic, ...], name: str, timezone: str, send_at: str, days: str, language: str
) -> Subscriber:
    from digest import when
    from digest.errors import ConfigError
    from digest.subscription import changes, words

    try:
        new = changes.newcomer(
            words.address(address),
            timezone=words.zone(timezone) if timezone else given.timezone,
            send_at=when.clock_time(send_at) if send_at else given.send_at,
            language=words.language(language) if language else given.language,
        )
        chosen = tuple(sorted({words.weekday(each) for each in days.split(",")})) if "," in days else words.days(days or "weekdays")
    except ValueError as error:
        raise ConfigError(str(error), key="ADDRESS or option") from None
    return changes.with_topics(replace(new, name=name, days=chosen), topics)


def _enrol(store: Store, new: Subscriber, *, ask: bool, now: datetime) -> str:
    from digest.errors import ConfigError
    from digest.model import Consent, SubscriptionEvent, SubscriptionState
    from digest.notes import Post

    before = store.subscribers.subscription(new.email)
    if before and before.state is SubscriptionState.SUPPRESSED:
        advice = "if she asked you to come back, run `digest subscribers resume`"
        raise ConfigError(f"she gets no mail any more ({before.reason or 'suppressed'}); {advice}", key=new.email)
    event = SubscriptionEvent.SIGNED_UP if ask else SubscriptionEvent.ADDED
    store.subscribers.add(new, event=event, consent=Consent("admin", now), now=now)
    made = known(store, new.email)
    if ask:
        Post(store)("confirm", made.subscriber, now=now)
        return f"{new.email} is asked whether she wants mail; the question leaves with the next `digest send`, `inbox` or `run`"
    return f"{new.email} is subscribed"


def _more_topics(store: Store, found: Enrolled, wanted: tuple[Topic, ...], now: datetime) -> str:
    from digest.errors import ConfigError
    from digest.subscription import changes

    her, here = found.subscriber, {each.name for each in found.subscriber.topics}
    new = tuple(each for each in wanted if each.name not in here)
    if not new:
        raise ConfigError("she is subscribed already; give --topic or --like for more topics, or use `edit`", key=her.email)
    changed = changes.with_topics(her, her.topics + new)
    store.subscribers.overlay(her.email, {"topics": changed.topics, "trending": changed.trending}, now)
    return f"{her.email} has {len(changed.topics)} topics now: {', '.join(each.name for each in changed.topics)}"


@click.command(epilog="Example: digest subscribers pause alice@example.org 2 weeks")
@click.argument("address")
@click.argument("until", nargs=-1)
@now_option
@verbose_option
def pause(address: str, until: tuple[str, ...], now: datetime | None) -> int:
    """No mail for a while: `2 weeks`, `until 2026-12-01`; bare, for one week."""
    from digest import when
    from digest.cli import house
    from digest.cli.output import say
    from digest.errors import ConfigError, quoted
    from digest.subscription import changes

    moment, said = clock(now)(), " ".join(until)
    with house.open_store(house.settings()) as store:
        her = known(store, address).subscriber
        try:
            day = changes.pause_end(said, when.local_date(moment, her.timezone))
        except changes.Refused:
            raise ConfigError(f"{quoted(said)} is no time ahead; write 2 weeks or until 2026-12-01", key="UNTIL") from None
        store.subscribers.overlay(her.email, {"paused_until": day}, moment)
    say(f"{her.email} gets no mail until {day}")
    return 0


@click.command(epilog="Example: digest subscribers resume alice@example.org")
@click.argument("address")
@click.option("--force", is_flag=True, help="Also where she never wanted to be written to again.")
@now_option
@verbose_option
def resume(address: str, force: bool, now: datetime | None) -> int:
    """Mail again: after a pause, or for somebody who left or bounced and asked you to come back."""
    from digest.cli import house
    from digest.cli.output import say
    from digest.errors import ConfigError
    from digest.model import Consent, SubscriptionEvent, SubscriptionState
    from digest.subscription import membership

    moment = clock(now)()
    with house.open_store(house.settings()) as store:
        found = known(store, address)
        her, may = found.subscriber, found.subscription
        if may.state is SubscriptionState.SUPPRESSED:
            if not force and not membership.may_return(may):
                message = f"she wanted never to be written to again ({may.reason}); --force if she told you else"
                raise ConfigError(message, key=her.email)
            consent = Consent("admin", moment, moment)
            store.subscribers.change(her.email, SubscriptionEvent.REVIVED, now=moment, consent=consent)
        elif may.state is not SubscriptionState.ACTIVE:
            store.subscribers.change(her.email, SubscriptionEvent.CONFIRMED, now=moment, consent=Consent("admin", moment, moment))
        store.subscribers.overlay(her.email, {"paused_until": None}, moment)
    say(f"{her.email} gets mail again")
    return 0


@click.command(epilog="Example: digest subscribers remove alice@example.org")
@click.argument("address")
@now_option
@verbose_option
def remove(address: str, now: datetime | None) -> int:
    """No mail any more, whatever a file says; what is known of her stays, so that she can come back."""
    from digest.cli import house
    from digest.cli.output import say
    from digest.model import SubscriptionEvent, SubscriptionState
    from digest.subscription.membership import reason_of

    with house.open_store(house.settings()) as store:
        found = known(store, address)
        her, event = found.subscriber, SubscriptionEvent.UNSUBSCRIBED
        if found.subscription.state is not SubscriptionState.SUPPRESSED:
            store.subscribers.change(her.email, event, reason=reason_of(event, "by an admin"), now=clock(now)())
    say(f"{her.email} gets no mail any more" + (f"; her entry in {found.origin} has no effect now" if found.origin else ""))
    return 0


@click.command(epilog="Example: digest subscribers reset alice@example.org")
@click.argument("address")
@verbose_option
def reset(address: str) -> int:
    """Forget what was learned from her "more" and "less"."""
    from digest.cli import house
    from digest.cli.output import say

    with house.open_store(house.settings()) as store:
        her = known(store, address).subscriber
        count = store.subscribers.reset(her.key)
    say(f"{count} votes of {her.email} are forgotten")
    return 0


@click.command(epilog="Example: digest subscribers forget alice@example.org")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@verbose_option
def forget(address: str, yes: bool) -> int:
    """Delete all about her; what is left is a hash by which she is never written to again."""
    from digest.cli import house
    from digest.cli.output import say
    from digest.cli.subscribers.listing import without_profile

    with house.open_store(house.settings()) as store:
        found = store.subscribers.get(address)
        without_profile(store, address) if found is None else None
        if not yes:
            click.confirm(f"Delete profile, votes and deliveries of {address}? This cannot be undone.", abort=True, err=True)
        store.subscribers.forget(address)
    say(f"{address} is forgotten" + (f"; delete her from {found.origin} as well" if found and found.origin else ""))
    return 0


def known(store: Store, address: str) -> Enrolled:
    """Raises ConfigError, with the nearest address that is known."""
    from digest.cli.subscribers.listing import without_profile
    from digest.errors import ConfigError

    if found := store.subscribers.get(address):
        return found
    left = without_profile(store, address)
    raise ConfigError(f"nothing is left of her profile ({left.state}: {left.reason or 'no reason'}); `add` her anew", key=address)


