"""Fakes with a vocabulary, shorter than what they stand in for: a source, a client that nobody asks, and a house around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from digest.cli.files import packaged
from digest.cli.press import Printer
from digest.errors import SourceError
from digest.mail.links import Links
from digest.mail.relay import SmtpSettings
from digest.mail.smtp import Pool
from digest.mail.templates import Templates
from digest.model import Fetch, Paper, Roster, RosterFile, Sighting, Subscriber, Validator
from digest.pipeline import House
from digest.settings import Settings
from digest.store.leases import new_owner
from digest.store.store import Store
from digest.tokens import Signer
from tests.world import NOW

SECRET = "a secret that only tests know"


@cache
def shipped_templates() -> Templates:
    """Compiled once: that is what takes time."""
    return Templates((packaged("templates"),))


@cache
def usual_settings() -> Settings:
    return Settings.load({"DIGEST_SECRET_KEY": SECRET, "DIGEST_COMMAND_ADDRESS": "digest+commands@example.org"}, env_file=None)


class NoClient:
    """Stands where the HTTP client is; nothing in these tests may ask it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


@dataclass
class FakeSource:
    """`.has(paper, …)` what the next pulls bring, `.fails(why)` why they bring nothing."""

    name: str = "arxiv"
    papers: list[Paper] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    error: SourceError | None = None
    pulls: int = 0

    def has(self, *found: Paper | Sighting) -> Self:
        self.papers += [each for each in found if isinstance(each, Paper)]
        self.sightings += [each for each in found if isinstance(each, Sighting)]
        return self

    def fails(self, why: str = "answered 503") -> Self:
        self.error = SourceError(self.name, why)
        return self

    def works(self) -> Self:
        self.error = None
        return self

    async def pull(self, http: Any, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        self.pulls += 1
        if self.error:
            return Fetch(self.name, now, error=self.error)
        return Fetch(self.name, now, tuple(self.papers), tuple(self.sightings))


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class World:
    """A whole house on a SQLite file, with a fake source and a roster in memory; mail goes to a sink on loopback."""

    folder: Path
    port: int
    clock: Clock = field(default_factory=Clock)
    source: FakeSource = field(default_factory=FakeSource)
    people: list[Subscriber] = field(default_factory=list)
    faults: tuple[Any, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.store = Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}")

    def subscribes(self, *people: Subscriber) -> None:
        self.people += people

    def leaves(self, email: str) -> None:
        self.people = [each for each in self.people if each.email != email]

    def roster(self) -> Roster:
        files = tuple(RosterFile(f"{each.email}.yaml", str(hash(each)), (each,)) for each in self.people)
        return Roster((*files, *(RosterFile("broken.yaml", "x", faults=self.faults) for _ in self.faults[:1])))

    def settings(self) -> Settings:
        return usual_settings()

    def house(self, **changes: Any) -> House:
        given = self.settings()
        links = Links(Signer((SECRET,)), "digest@example.org", "digest+commands@example.org")
        parts: dict[str, Any] = {
            "store": self.store,
            "clock": self.clock,
            "owner": new_owner,
            "press": Printer(given, shipped_templates(), links),
            "sources": (self.source,),
            "http": NoClient,
            "roster": self.roster,
            "pool": lambda: Pool(SmtpSettings("127.0.0.1", self.port, tls="none", connections=2)),
        }
        return House(**(parts | self.more | changes))

    def close(self) -> None:
        self.store.close()
