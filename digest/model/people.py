"""Who reads it: subscribers with their topics, and the files that admins write of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from digest.errors import ConfigError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")



@dataclass(frozen=True, slots=True)
class Topic:
    """One interest of one person; equal topics of different people are the same topic, and scored once."""

    name: str
    keywords: tuple[str, ...] = ()         #: words, "some phrases", prefix*
    text: str = ""
    exclude: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    like: tuple[str, ...] = ()             #: names of papers to resemble
    weight: float = 1.0

    @property
    def query(self) -> str:
        """The free text to search for: the name serves only where nothing else was given."""
        return self.text or ("" if self.keywords or self.like else self.name)


class Layout(StrEnum):
    FULL = "full"
    COMPACT = "compact"


class WhenEmpty(StrEnum):
    SKIP = "skip"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's address, clock, limits and interests. `subscriber.topics` is her topic profile."""

    email: str
    topics: tuple[Topic, ...]
    name: str = ""
    timezone: str = "UTC"                  #: an IANA name
    send_at: time = time(8)                #: local
    days: tuple[int, ...] = (0, 1, 2, 3, 4)  #: weekdays she wants mail on, Monday 0 to Sunday 6
    max_papers: int = 12                   #: of a whole mail
    trending: int = 3                      #: of them, papers outside her topics
    layout: Layout = Layout.FULL
    language: str = "en"
    when_empty: WhenEmpty = WhenEmpty.SKIP
    paused_until: date | None = None       #: the first local day on which she gets mail again
    key: int = 0                           #: the store's surrogate key; 0 = not from the store

    @property
    def weekly(self) -> bool:
        """One mail a week looks back two weeks instead of one."""
        return len(self.days) == 1


@dataclass(frozen=True, slots=True)
class RosterFile:
    """One file of `subscribers/` as it was read: who is in it, and what is wrong with it.

    While a file has faults, nobody whom it once held is stopped: she is served by her last good profile.
    """

    name: str                              #: relative to the folder
    hash: str                              #: of its bytes and the defaults, so that an unchanged file is skipped; "" = unread
    subscribers: tuple[Subscriber, ...] = ()
    faults: tuple[ConfigError, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """All files of `subscribers/`, or the reason why the folder could not be read (then nobody is stopped)."""

    files: tuple[RosterFile, ...] = ()
    fault: ConfigError | None = None

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        return tuple(each for file in self.files for each in file.subscribers)

    @property
    def faults(self) -> tuple[ConfigError, ...]:
        return ((self.fault,) if self.fault else ()) + tuple(each for file in self.files for each in file.faults)
