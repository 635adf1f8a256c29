"""What a subscriber's commands do, once it is certain that they are hers: to her profile, to her votes, and what she is told.

The profile's changes are reckoned by `digest.subscription.changes`; here they are kept, and put into her language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from digest import frozen, when
from digest.mail.catalogue import Language, language
from digest.mail.letters import schedule
from digest.model import Delivery, Subscriber
from digest.store.store import Store
from digest.store.subscribers import Enrolled
from digest.subscription.changes import CHANGING, Change, Refused, change, numbers
from digest.subscription.commands import Command, Verb
from digest.text import shorten

_VOTES = {Verb.MORE: "more", Verb.LESS: "less", Verb.CLEAR: ""}
_TITLE = 90  #: characters of a paper's title


@dataclass(slots=True)
class Done:
    """What came of some commands: sentences in her language, and what to write to undo it all."""

    her: Subscriber
    changes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    undo: list[str] = field(default_factory=list)
    lists_topics: bool = False
    again: Delivery | None = None          #: the digest that she wants once more
    helps: bool = False

    @property
    def undo_line(self) -> str:
        """Undone in the reverse order."""
        return "; ".join(reversed(list(dict.fromkeys(self.undo))))


@dataclass(frozen=True, slots=True)
class Clerk:
    store: Store

    def carry_out(self, asked: Enrolled, commands: Iterable[Command], *, day: date | None, now: datetime) -> Done:
        """Do what she asks for. `day` is the date of the digest that she answers; without one her latest is meant."""
        done = Done(asked.subscriber)
        words = language(done.her.language)
        for each in commands:
            try:
                self._carry_out(each, asked, done, words, day, now)
            except Refused as why:
                done.refused.append(words.say(why.key, **_written(why.values, words)))
        return done

    def _carry_out(self, each: Command, asked: Enrolled, done: Done, words: Language, day: date | None, now: datetime) -> None:
        if each.verb in CHANGING:
            today = when.local_date(now, done.her.timezone)
            self._change(change(each, done.her, today=today, known=asked.written.topics), done, words, now)
        elif each.verb in _VOTES:
            self._vote(each, done, words, day, now)
        elif each.verb is Verb.TOPICS:
            done.lists_topics = True
        elif each.verb is Verb.DIGEST:
            done.again = self.store.deliveries.last_sent(done.her.key)
            if done.again is None:
                raise Refused("refused.no_digest")
        elif each.verb is Verb.HELP:
            done.helps = True

    def _change(self, what: Change, done: Done, words: Language, now: datetime) -> None:
        served = self.store.subscribers.overlay(done.her.email, what.fields, now)
        if served is None:
            return
        done.her = served
        values = _written(what.values, words) | {"schedule": schedule(served, words)}
        done.changes.append(words.say(what.key, **values))
        if what.undo:
            done.undo.append(what.undo)

    def _vote(self, each: Command, done: Done, words: Language, day: date | None, now: datetime) -> None:
        digest = self.digest_of(done.her.key, day)
        shown = frozen.numbered(digest.frozen) if digest else {}
        for number in numbers(each.text):
            if number not in shown:
                done.refused.append(words.say("refused.number", number=number) if shown else words.say("refused.no_digest"))
                continue
            paper = shown[number]
            title = next((shorten(found.title, _TITLE) for found in self.store.papers.by_key([paper]).values()), f"#{number}")
            if value := _VOTES[each.verb]:
                self.store.subscribers.vote(done.her.key, paper, value, now)
                done.undo.append(f"clear {number}")
            else:
                self.store.subscribers.unvote(done.her.key, paper)
            done.changes.append(words.say(f"done.{value or 'cleared'}", title=words.quoted(title)))

    def digest_of(self, subscriber: int, day: date | None) -> Delivery | None:
        """Her digest of that day, or her latest."""
        found = self.store.deliveries.of_day(subscriber, day) if day else None
        found = found if found and found.frozen else None
        return found or self.store.deliveries.last_sent(subscriber)


def answer(done: Done, words: Language) -> tuple[str, dict[str, Any]] | None:
    """Which mail tells her what came of it, and with which values; None when the digest that she asked for says enough."""
    if done.changes or done.refused:
        listed = [words.say("done.topics", topics=_names(done.her, words))] if done.lists_topics else []
        said = {"changes": done.changes + listed, "refused": done.refused, "undo": done.undo_line, "undo_url": ""}
        return "changed", said
    if done.lists_topics:
        until = done.her.paused_until
        paused = words.say("done.paused", until=words.date_of_day(until)) if until else ""
        names = [topic.name for topic in done.her.topics]
        return "topics", {"topics": names, "schedule": schedule(done.her, words), "paused": paused}
    if done.again:
        return None
    return "help", {}


def as_json(commands: Sequence[Command]) -> list[list[str]]:
    return [[each.verb.value, each.text] for each in commands]


def from_json(rows: Sequence[Sequence[str]]) -> tuple[Command, ...]:
    return tuple(Command(Verb(verb), text) for verb, text in rows)


def day_of_frozen(content: str) -> date:
    return date.fromisoformat(json.loads(content)["date"])


def _names(her: Subscriber, words: Language) -> str:
    return words.listed(words.quoted(topic.name) for topic in her.topics) if her.topics else "–"


def _written(values: Any, words: Language) -> dict[str, Any]:
    """Values as a sentence shows them: dates and lists in her language, foreign words in quotes."""
    return {name: _shown(name, value, words) for name, value in values.items()}


def _shown(name: str, value: Any, words: Language) -> Any:
    if isinstance(value, date):
        return words.date_in_full(value)
    if isinstance(value, list):
        return words.listed(words.quoted(each) for each in value) if value else "–"
    return words.quoted(value) if isinstance(value, str) and name != "zone" else value
