"""What the pages ask of the house, which `cli/` hands in: who somebody is, what she wants, what there is to read.

The pages know HTTP, tokens and limits; what happens to a subscription, and what a digest says, is known behind this desk. Its calls
may wait for the database, so the pages make them in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

#: What a form said: each field with all its values, in the order of the form.
Fields = Mapping[str, Sequence[str]]
#: What a template is told.
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as her pages show her."""

    key: int
    address: str                           #: masked: whoever has a forwarded mail must not learn it from a page
    state: str                             #: as in `digest.model.SubscriptionState`
    ended_by: str = ""                     #: what ended the subscription, "" while it lives: unsubscribed, bounced, …
    because: str = ""                      #: the detail of it, such as a mail server's words
    since: str = ""                        #: the day of that, in words
    may_return: bool = False               #: whether she may come back by herself
    schedule: str = ""                     #: when her digests come, in words
    paused_until: str = ""                 #: in words, "" = not paused
    topics: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Checked:
    """A form that was read: what is wrong with it by field, and, where nothing is, what it asks for."""

    faults: Mapping[str, str] = field(default_factory=dict)
    wish: Any = None


class Desk(Protocol):
    # --- Coming and going: each answers "done", "already" or "refused" ---

    def read_sign_up(self, fields: Fields) -> Checked:
        """What somebody who signs up wants; asks the store nothing, so that it takes the same time for everybody."""

    def sign_up(self, wish: Any, now: datetime) -> None:
        """Ask the address whether it wants mail, as far as the limits allow."""

    def confirm(self, key: int, asked: datetime, now: datetime) -> str: ...

    def decline(self, key: int, now: datetime) -> str: ...

    def leave(self, key: int, now: datetime) -> str: ...

    def come_back(self, key: int, now: datetime) -> str: ...

    def ask_again(self, key: int, now: datetime) -> None:
        """Ask somebody who left whether she wants mail again, as far as the limits allow."""

    def send_link(self, key: int, now: datetime) -> None:
        """Mail her a fresh link to her preferences, as far as the limits allow."""

    # --- Who somebody is, and what she wants ---

    def person(self, key: int) -> Person | None: ...

    def preferences(self, key: int, said: Fields | None = None) -> Values:
        """What the form of her preferences shows; `said` = what she typed, where that could not be taken."""

    def change(self, key: int, fields: Fields, now: datetime) -> Checked:
        """Take over what the form says, or nothing of it when something is wrong."""

    def pause(self, key: int, days: int, now: datetime) -> None:
        """No mail for so many days; 0 = mail again."""

    # --- What there is to read ---

    def examples(self, topics: Sequence[str]) -> Sequence[Values]:
        """For each topic, `topic` and `papers`: what it would have brought today; empty while that is being reckoned."""

    def trending(self, now: datetime, tongue: str) -> Values:
        """What everybody talks about, in that language."""

    def digest(self, key: int, day: date) -> Values | None:
        """A digest as it was sent, None when there is none of that day any more."""

    def digests(self, key: int) -> Sequence[Values]:
        """The last ones, the newest first."""

    def title(self, key: int, day: date, number: int) -> str:
        """The title of the paper of that number in her digest of that day, "" when there is none."""

    def vote(self, key: int, day: date, number: int, value: str, now: datetime) -> bool: ...

    # --- How it goes ---

    def health(self) -> str:
        """"" when all is well, else what is not."""
