"""A relay that keeps no letters, only the books: who got how many mails for which day, and which papers. Fast enough for a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from digest.errors import DigestError, TransportError
from digest.mail.envelope import Message
from digest.mail.relay import SmtpSettings
from digest.mail.smtp import Connection, Pool
from digest.model import Delivery, Digest


@dataclass
class PostOffice:
    """`closed` refuses every connection, `full` every mail for now; `gone` are recipients that nobody knows any more."""

    first: date  #: the books begin here
    papers: Sequence[str]  #: all that there are, so that a bit is enough to know who had which
    closed: bool = False
    full: bool = False
    gone: set[str] = field(default_factory=set)
    mails: int = 0
    books: defaultdict[str, bytearray] = field(default_factory=lambda: defaultdict(lambda: bytearray(500)))
    repeats: list[tuple[str, str]] = field(default_factory=list)  #: who got which paper a second time

    def __post_init__(self) -> None:
        self._numbers = {name: number for number, name in enumerate(self.papers)}
        self._had: dict[str, bytearray] = {}

    def pool(self) -> Pool:
        return _Lines(self)

    def count(self, recipient: str, day: date) -> int:
        """How many mails that recipient got for that local date."""
        return self.books[recipient][(day - self.first).days]

    def takes(self, message: Message) -> None:
        if self.full:
            raise TransportError("451 4.3.0 try again later", phase="data", code=451, enhanced="4.3.0")
        if message.recipient in self.gone:
            raise TransportError("550 5.1.1 no such user", phase="rcpt", code=550, enhanced="5.1.1", permanent=True)
        self.mails += 1
        day, *papers = message.data.decode().split()
        self.books[message.recipient][(date.fromisoformat(day) - self.first).days] += 1
        had = self._had.setdefault(message.recipient, bytearray(len(self.papers)))
        for number in map(self._numbers.__getitem__, papers):
            if had[number]:
                self.repeats.append((message.recipient, self.papers[number]))
            had[number] = 1


class PlainPress:
    """Prints the local date and the names of the papers, and nothing else."""

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...], tuple[DigestError, ...]]:
        name = f"<{delivery.subscriber}.{digest.date}@example.org>"
        shown = tuple(item.paper.id for item in digest.items)
        data = " ".join((digest.date.isoformat(), *shown)).encode()
        return Message("digest@example.org", delivery.recipient, name, data), shown, ()

    def mail(self, delivery: Delivery) -> Message:
        raise NotImplementedError


class _Line:
    """As much of a connection as the outbox uses."""

    usable, age, size_limit = True, 0.0, 0

    def __init__(self, office: PostOffice) -> None:
        self._office, self.sent = office, 0

    async def send(self, message: Message, *, well: Callable[[], None] = lambda: None) -> str:
        well()
        self._office.takes(message)
        self.sent += 1
        return "250 2.0.0 taken"

    async def quit(self) -> None:
        pass

    def abort(self) -> None:
        pass


async def _no_pause(_: float) -> None:
    pass


class _Lines(Pool):
    def __init__(self, office: PostOffice) -> None:
        super().__init__(SmtpSettings("relay.test", tls="none", connections=4), pause=_no_pause)
        self._office = office

    async def _attempt(self) -> Connection:
        if self._office.closed:
            error = TransportError("connection refused", phase="connect")
            self._failed(error)
            raise error
        line = cast(Connection, _Line(self._office))
        self._open.add(line)
        return line
