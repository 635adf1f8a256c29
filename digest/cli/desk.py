"""The desk behind the pages: the store, the rules of membership, limits, and what there is to read, put together."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from digest import when
from digest.cli.health import look
from digest.cli.options import wall_clock
from digest.cli.reader import digest_values, item_values
from digest.errors import ConfigError
from digest.frozen import numbered
from digest.mail.catalogue import language
from digest.mail.languages import LANGUAGES
from digest.mail.letters import schedule
from digest.mail.wording import Length
from digest.model import WEEKDAYS, Subscriber
from digest.notes import QUESTIONS, Post
from digest.subscription import forms, limits, membership
from digest.web.desk import Checked, Fields, Person

if TYPE_CHECKING:
    from digest.cli.shelf import Shelf
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.store.subscribers import Enrolled

#: Kinds of mail that go to an address which did not ask for them in person; together they keep the limits of confirmations.
UNPROVED = (*QUESTIONS, "help")
FEED_DIGESTS = 15


class FrontDesk:
    """What `digest.web.desk.Desk` asks for. Every method may wait for the database."""

    def __init__(self, given: Settings, store: Store, shelf: Shelf) -> None:
        self._given, self._store, self._shelf, self._post = given, store, shelf, Post(store)
        self._one_at_a_time = threading.Lock()  # two requests at once must not both find that nothing was written yet
        self._mailboxes = limits.Ledger(limits.CONFIRMATIONS)
        self._all = limits.Ledger(limits.CONFIRMATIONS_TO_ALL)

    # --- Coming and going ---

    def read_sign_up(self, fields: Fields) -> Checked:
        wish, faults = forms.sign_up(fields, self._given.defaults)
        return Checked(faults, wish)

    def sign_up(self, wish: Subscriber, now: datetime) -> None:
        with self._one_at_a_time:
            if self._may_write(wish.email, now):
                membership.sign_up(self._store.subscribers, self._post, wish, how="form", now=now)

    def confirm(self, key: int, asked: datetime, now: datetime) -> str:
        return membership.confirm(self._store.subscribers, self._post, key, asked=asked, now=now)

    def decline(self, key: int, now: datetime) -> str:
        return membership.decline(self._store.subscribers, key, now=now)

    def leave(self, key: int, now: datetime) -> str:
        return membership.leave(self._store.subscribers, key, now=now)

    def come_back(self, key: int, now: datetime) -> str:
        return membership.come_back(self._store.subscribers, key, now=now)

    def ask_again(self, key: int, now: datetime) -> None:
        her = self._store.subscribers.by_number(key)
        with self._one_at_a_time:
            if her and self._may_write(her.subscriber.email, now):
                membership.ask_again(self._store.subscribers, self._post, key, now=now)

    def send_link(self, key: int, now: datetime) -> None:
        her = self._store.subscribers.by_number(key)
        with self._one_at_a_time:
            if her and self._may_write(her.subscriber.email, now):
                self._post("help", her.subscriber, now=now)

    # --- Who somebody is, and what she wants ---

    def person(self, key: int) -> Person | None:
        found = self._store.subscribers.by_number(key)
        return _person(found, self._store) if found else None

    def preferences(self, key: int, said: Fields | None = None) -> Mapping[str, Any]:
        found = self._store.subscribers.by_number(key)
        return _form(found.subscriber, said) if found else {}

    def change(self, key: int, fields: Fields, now: datetime) -> Checked:
        found = self._store.subscribers.by_number(key)
        if found is None:
            return Checked({"form": "Nobody is here any more."})
        her = found.subscriber
        wishes, faults = forms.preferences(fields, her, when.local_date(now, her.timezone))
        if wishes and not faults:
            membership.change(self._store.subscribers, key, wishes, now=now)
        return Checked(faults)

    def pause(self, key: int, days: int, now: datetime) -> None:
        found = self._store.subscribers.by_number(key)
        if found:
            until = when.local_date(now, found.subscriber.timezone) + timedelta(days=days) if days else None
            membership.change(self._store.subscribers, key, {"paused_until": until}, now=now)

    # --- What there is to read ---

    def examples(self, topics: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        return self._shelf.examples(topics)

    def trending(self, now: datetime, tongue: str) -> Mapping[str, Any]:
        words = language(tongue)
        items = self._shelf.talked_about()
        papers = [item_values(item, words, Length.NONE) for item in items or ()]
        return {"papers": papers, "ready": items is not None, "say": words.say, "date": words.date_in_full(now.date())}

    def digest(self, key: int, day: date) -> Mapping[str, Any] | None:
        found, delivery = self._store.subscribers.by_number(key), self._store.deliveries.of_day(key, day)
        return digest_values(self._store, found.subscriber, delivery) if found and delivery and delivery.frozen else None

    def digests(self, key: int) -> Sequence[Mapping[str, Any]]:
        found = self._store.subscribers.by_number(key)
        if found is None:
            return ()
        sent = self._store.histories.digests_of(key, FEED_DIGESTS)
        return [digest_values(self._store, found.subscriber, each) for each in sent if each.frozen]

    def title(self, key: int, day: date, number: int) -> str:
        paper = self._paper(key, day, number)
        found = self._store.papers.by_key([paper]) if paper else {}
        return next((each.title for each in found.values()), "")

    def vote(self, key: int, day: date, number: int, value: str, now: datetime) -> bool:
        paper = self._paper(key, day, number)
        return bool(paper) and self._store.subscribers.vote(key, paper, value, now)

    def health(self) -> str:
        try:
            self._store.papers.count()
            return "; ".join(look(self._store, self._given, wall_clock())["grave"])
        except ConfigError as error:
            return str(error)

    # --- Inside ---

    def _paper(self, key: int, day: date, number: int) -> int:
        """The key of the paper of that number in a digest of hers, 0 when there is none."""
        delivery = self._store.deliveries.of_day(key, day)
        return numbered(delivery.frozen).get(number, 0) if delivery and delivery.frozen else 0

    def _may_write(self, email: str, now: datetime) -> bool:
        """Whether one more mail to an unproved address keeps the limits: its own, its mailbox's, and those of all together."""
        since = now - limits.longest(limits.CONFIRMATIONS)
        before = [at for _, at in self._store.deliveries.mailed(UNPROVED, since=since, recipient=email.lower())]
        return (
            limits.allow(limits.CONFIRMATIONS, before, now)
            and self._mailboxes.take(limits.mailbox_of(email), now)
            and self._all.take("all", now)
        )


# --- What a page shows of somebody ---------------------------------------------------------------------------------------


def _person(found: Enrolled, store: Store) -> Person:
    her, subscription = found.subscriber, found.subscription
    words, ended = language(her.language), membership.ended_by(subscription)
    return Person(
        key=her.key,
        address=masked(her.email),
        state=subscription.state.value,
        ended_by=ended.value if ended else "",
        because=subscription.reason.partition(": ")[2],
        since=words.date_of_day(subscription.since.date()) if subscription.since else "",
        may_return=membership.may_return(subscription),
        schedule=schedule(her, words),
        paused_until=words.date_of_day(her.paused_until) if her.paused_until else "",
        topics=tuple(topic.name for topic in her.topics),
        language=her.language,
    )


def masked(address: str) -> str:
    """Enough to know one's own address by: `al…@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:2] if len(local) > 3 else local[:1]}…\u2060@{domain}"  # a word joiner, so that no line breaks there


def _form(her: Subscriber, said: Fields | None) -> dict[str, Any]:
    """The fields of her preferences by name, as they stand, or as she typed them just now."""
    stored = {
        "timezone": her.timezone,
        "send_at": f"{her.send_at:%H:%M}",
        "max_papers": str(her.max_papers),
        "trending": str(her.trending),
        "layout": her.layout.value,
        "when_empty": her.when_empty.value,
        "language": her.language,
        "paused_until": her.paused_until.isoformat() if her.paused_until else "",
        "new-topics": "",
    }
    for number, topic in enumerate(her.topics):
        stored |= {f"topic-{number}-{name}": ", ".join(getattr(topic, name)) for name in _LISTS}
        stored |= {f"topic-{number}-name": topic.name, f"topic-{number}-text": topic.text, f"topic-{number}-drop": ""}
    typed = {name: next(iter(values), "") for name, values in said.items()} if said else {}
    chosen = said.get("days", ()) if said else [WEEKDAYS[day] for day in her.days]
    words = language(her.language)
    return {
        "form": stored | typed,
        "count": len(her.topics),
        "days": [(short, words.weekdays[number], short in chosen) for number, short in enumerate(WEEKDAYS)],
        "zones": _zones(),
        "languages": [(code, each.name) for code, each in LANGUAGES.items()],
        "paused": bool(her.paused_until),
        "learns": True,
    }


@cache
def _zones() -> list[str]:
    """All zones that there are; looking for them reads a whole folder tree."""
    return sorted(available_timezones())


_LISTS = ("keywords", "exclude", "authors", "categories")
