"""A reader with a mail program: she writes to us, gets our mails, and answers them. For stories about whole conversations."""

from __future__ import annotations

import email
import email.policy
import email.utils
from dataclasses import dataclass, field
from datetime import time
from email.message import EmailMessage
from itertools import count

from digest import pipeline
from digest.cli.press import Printer
from digest.correspondence import Correspondence, Handled
from digest.mail.links import Links
from digest.pipeline import House
from digest.subscription.changes import newcomer
from digest.subscription.manners import OwnAddresses
from digest.tokens import Signer
from tests.fakes import SECRET, World, shipped_templates
from tests.sink import Sink

COMMANDS = "digest+commands@example.org"
BOUNCES = "digest+bounce@example.org"
OURS = OwnAddresses("digest@example.org", COMMANDS, BOUNCES)
_numbers = count(1)


def letter(text: str = "", subject: str = "", *, to: str = COMMANDS, by: str = "alice@example.net", **fields: str | None) -> bytes:
    """A plain mail as a delivering server leaves it; a field of None is left out, `_` in its name is `-`."""
    head: dict[str, str | None] = {
        "Return-Path": f"<{by}>",
        "Delivered-To": to,
        "From": f"Alice <{by}>",
        "To": to,
        "Subject": subject,
        "Message-ID": f"<{next(_numbers)}.letter@{by.rpartition('@')[2]}>",
        "Date": "Tue, 24 Mar 2026 10:00:00 +0100",
    }
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
    return f"{lines}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def house(world: World) -> House:
    """The house of a world whose mails carry the address that bounces go to."""
    links = Links(Signer((SECRET,)), "digest@example.org", COMMANDS, BOUNCES)
    return world.house(press=Printer(world.settings(), shipped_templates(), links))


def correspondence(world: World, **changes: object) -> Correspondence:
    """The one of this world, with its addresses and its secret."""
    parts: dict[str, object] = {
        "store": world.store,
        "signer": Signer((SECRET,)),
        "ours": OURS,
        "newcomer": lambda address: newcomer(address, timezone="UTC", send_at=time(8), language="en"),
        "admin": "admin@example.org",
        "message_ids": lambda key, day: [house(world).press.message_id(key, day)],  # type: ignore[union-attr]
    }
    return Correspondence(**(parts | changes))  # type: ignore[arg-type]


@dataclass
class Reader:
    """Somebody at her mail program."""

    world: World
    sink: Sink
    address: str = "alice@example.net"
    seen: int = 0
    last: Handled = field(default_factory=lambda: Handled(""))

    async def writes(self, text: str = "", subject: str = "", **fields: str | None) -> EmailMessage | None:
        """Sends a mail; what she gets in answer, None when there is none."""
        return await self.sends(letter(text, subject, **({"by": self.address} | fields)))  # type: ignore[arg-type]

    async def sends(self, raw: bytes, **envelope: str) -> EmailMessage | None:
        self.last = correspondence(self.world).handle(raw, now=self.world.clock(), **envelope)
        await pipeline.post(house(self.world))
        return self.gets()

    async def answers(self, mail: EmailMessage, text: str = "", **fields: str | None) -> EmailMessage | None:
        """Answers as mail programs do: to Reply-To, with "Re:", quoting what it answers."""
        body = mail.get_body(("plain",))
        assert body is not None
        quoted = "\r\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
        written = f"{text}\r\n\r\nOn Tue, 24 Mar 2026 at 09:12, Paper Digest wrote:\r\n{quoted}"
        more: dict[str, str | None] = {
            "to": email.utils.parseaddr(mail["Reply-To"])[1],
            "In_Reply_To": str(mail["Message-ID"]),
            "References": str(mail["Message-ID"]),
        }
        return await self.writes(written, f"Re: {mail['Subject']}", **(more | fields))

    def gets(self) -> EmailMessage | None:
        """The newest mail to her since she last looked."""
        hers = [each for each in self.sink.mails[self.seen :] if each.recipient == self.address]
        self.seen = len(self.sink.mails)
        return opened(hers[-1].data) if hers else None


def opened(data: bytes) -> EmailMessage:
    found = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(mail: EmailMessage | None) -> str:
    """The words of the text part, on one line."""
    assert mail is not None, "there should be a mail"
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())
