"""Every mail but a digest, as it lies in the outbox: what it says in values for its template, written out when it leaves.

    confirm   does she want mail?            approve   did she write that, and is it to happen?
    welcome   it begins                      changed   what her words changed, and how to undo it
    topics    what she has chosen            goodbye   it ends, or it ended because mails came back
    help      what she can write             alarm     to the administrator
    again     her latest digest once more

Each is put into the outbox once for the reason that it has, so whatever is handled twice is answered once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest import when
from digest.mail.catalogue import language
from digest.mail.letters import schedule
from digest.model import Planned, Subscriber

if TYPE_CHECKING:  # who only prints mails needs no database
    from digest.store.store import Store

#: What people get because they, or somebody in their name, wrote to us or filled a form.
ANSWERS = ("confirm", "approve", "welcome", "changed", "topics", "goodbye", "help", "again")
#: Questions to an address that proved nothing yet: the ones that could be used to flood it.
QUESTIONS = ("confirm", "approve")
AGAIN = "again"
KINDS = (*ANSWERS, "alarm")


@dataclass(frozen=True, slots=True)
class Note:
    """One mail before it is written out; the outbox keeps it as JSON."""

    values: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    answers: str = ""                      #: the Message-ID that it answers
    references: Sequence[str] = ()
    wish: Sequence[Sequence[str]] = ()     #: commands that wait for approval: verb and text of each

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Note:
        """Raises ValueError for what no version of this program wrote."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Post:
    """Puts notes into the outbox of a store."""

    store: Store

    def __call__(self, kind: str, her: Subscriber, *, now: datetime, **thread: Any) -> bool:
        """A mail of that kind to a subscriber, as things stand with her; a welcome brings her first digest with it.

        False = it was sent for this reason before.
        """
        note = Note(_VALUES[kind](her), her.language, **thread)
        standing = self.store.subscribers.by_number(her.key)
        since = standing.since if standing else None
        if kind == "welcome":
            today = when.local_date(now, her.timezone)
            self.store.deliveries.plan([Planned(her.key, her.email, today, due_at=now)])
        moment = since if kind in {"welcome", "goodbye"} and since else now
        return self.send(kind, her.email, note, once=f"{kind}:{her.key}:{moment.isoformat()}", now=now, subscriber=her.key)

    def send(self, kind: str, to: str, note: Note, *, once: str, now: datetime, subscriber: int = 0) -> bool:
        """Any note to any address, once for what `once` names; the address in lower case, so that limits know it again."""
        return self.store.deliveries.enqueue(kind, to.lower(), note.to_json(), once=once, now=now, subscriber=subscriber)

    def alarm(self, to: str, what: str, *, lines: Sequence[str], steps: Sequence[str], once: str, now: datetime) -> bool:
        """Tell the administrator, once for the reason given; without an address nobody is told."""
        note = Note({"what": what, "lines": list(lines), "steps": list(steps)})
        return bool(to) and self.send("alarm", to, note, once=f"alarm:{once}", now=now)


def welcome(her: Subscriber) -> dict[str, Any]:
    return {"schedule": schedule(her, language(her.language)), "topics": [topic.name for topic in her.topics]}


def goodbye(her: Subscriber, *, bounced: bool = False) -> dict[str, Any]:
    return {"bounced": bounced}


_VALUES: Mapping[str, Any] = {
    "confirm": lambda her: {},
    "welcome": welcome,
    "goodbye": goodbye,
    "help": lambda her: {},
}
