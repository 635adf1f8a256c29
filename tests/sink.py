"""A small SMTP server for tests: it records what it took, and misbehaves on request.

    async with Sink() as sink:
        sink.answers("RCPT", "550 5.1.1 No such user", when="bob@")
        sink.answers(".", HANG_UP, times=1)
        ...
        assert sink.recipients == [...]
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

#: Instead of an answer: the line is cut, or nothing is ever said.
HANG_UP = "hang up"
SILENCE = "silence"


@dataclass(frozen=True)
class Mail:
    """One message as it arrived, dots undone; `connection` counts from 1."""

    sender: str
    recipient: str
    data: bytes
    connection: int

    @property
    def message_id(self) -> str:
        found = re.search(rb"^Message-ID: *(\S+)", self.data, re.MULTILINE | re.IGNORECASE)
        return found[1].decode() if found else ""


@dataclass
class _Rule:
    verb: str
    answer: str
    when: str
    times: int                             # left; negative = for ever
    after: int                             # messages that the connection must have handed over before

    def fits(self, verb: str, line: str, session: _Session) -> bool:
        return self.verb == verb and self.when in line and self.times != 0 and session.mails >= self.after


@dataclass
class _Session:
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    mails: int = 0
    sender: str = ""
    recipient: str = ""
    commands: list[str] = field(default_factory=list)


class Sink:
    """Listens on loopback. Verbs: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, RSET, QUIT, and "." for the end of a message."""

    def __init__(
        self,
        *,
        offers: tuple[str, ...] = (),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        delay: float = 0.0,
        port: int = 0,
        heard: Callable[[Mail], None] | None = None,
    ) -> None:
        self.mails: list[Mail] = []
        self.sessions: list[_Session] = []
        self.attempts: list[float] = []    # when somebody connected, on the monotonic clock
        self.silent = asyncio.Event()      # it has left somebody without an answer
        self.port = port
        self._offers, self._tls, self._implicit, self._delay, self._heard = offers, tls, implicit, delay, heard
        self._rules: list[_Rule] = []
        self._tasks: list[asyncio.Task[None]] = []

    def answers(self, verb: str, answer: str, *, when: str = "", times: int = -1, after: int = 0) -> Self:
        """From now on answers `verb` so if its line contains `when`, the connection took `after` mails before, and so often."""
        self._rules.append(_Rule(verb, answer, when, times, after))
        return self

    def recovers(self) -> None:
        """Forgets all that it was told."""
        self._rules.clear()

    @property
    def recipients(self) -> list[str]:
        return [each.recipient for each in self.mails]

    @property
    def commands(self) -> list[str]:
        """Every line that it was sent, outside of messages, by session."""
        return [line for session in self.sessions for line in session.commands]

    async def __aenter__(self) -> Self:
        tls = self._tls if self._implicit else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls, limit=1 << 25)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for session in self.sessions:
            session.writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts.append(time.monotonic())
        if task := asyncio.current_task():
            self._tasks.append(task)
        session = _Session(len(self.sessions) + 1, reader, writer)
        self.sessions.append(session)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            if await self._say(session, "CONNECT", "", "220 sink.test ESMTP"):
                while await self._turn(session):
                    pass
        writer.close()

    async def _turn(self, session: _Session) -> bool:
        line = (await session.reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")
        session.commands.append(line)
        verb = line.split(" ")[0].upper()
        return await getattr(self, f"_on_{verb.lower()}", self._on_unknown)(session, verb, line)

    async def _on_ehlo(self, session: _Session, verb: str, line: str) -> bool:
        lines = ["sink.test", *self._offers]
        text = "\r\n".join(f"250{'-' if n < len(lines) else ' '}{each}" for n, each in enumerate(lines, 1))
        return await self._say(session, verb, line, text)

    async def _on_helo(self, session: _Session, verb: str, line: str) -> bool:
        return await self._say(session, verb, line, "250 sink.test")

    async def _on_starttls(self, session: _Session, verb: str, line: str) -> bool:
        if not await self._say(session, verb, line, "220 2.0.0 go ahead"):
            return False
        assert self._tls is not None
        await session.writer.start_tls(self._tls)
        return True

    async def _on_auth(self, session: _Session, verb: str, line: str) -> bool:
        return await self._say(session, verb, line, "235 2.7.0 welcome")

    async def _on_mail(self, session: _Session, verb: str, line: str) -> bool:
        session.sender = line.partition("<")[2].partition(">")[0]
        return await self._say(session, verb, line, "250 2.1.0 ok")

    async def _on_rcpt(self, session: _Session, verb: str, line: str) -> bool:
        session.recipient = line.partition("<")[2].partition(">")[0]
        return await self._say(session, verb, line, "250 2.1.5 ok")

    async def _on_data(self, session: _Session, verb: str, line: str) -> bool:
        rule = self._rule(session, verb, line)
        if not await self._say(session, verb, line, "354 go ahead", rule=rule):
            return False
        if rule is not None:
            return True
        data = (await _message(session.reader))[:-3]
        mail = Mail(session.sender, session.recipient, re.sub(rb"(?m)^\.", b"", data), session.number)
        rule = self._rule(session, ".", session.recipient)
        if rule is None or rule.answer == HANG_UP:  # who hangs up after the dot has taken the mail
            self._took(session, mail)
        return await self._say(session, ".", session.recipient, f"250 2.0.0 queued as {len(self.mails)}", rule=rule)

    def _took(self, session: _Session, mail: Mail) -> None:
        self.mails.append(mail)
        session.mails += 1
        if self._heard is not None:
            self._heard(mail)

    async def _on_rset(self, session: _Session, verb: str, line: str) -> bool:
        return await self._say(session, verb, line, "250 2.0.0 ok")

    async def _on_noop(self, session: _Session, verb: str, line: str) -> bool:
        return await self._say(session, verb, line, "250 2.0.0 ok")

    async def _on_quit(self, session: _Session, verb: str, line: str) -> bool:
        await self._say(session, verb, line, "221 2.0.0 bye")
        return False

    async def _on_unknown(self, session: _Session, verb: str, line: str) -> bool:
        return await self._say(session, verb, line, "500 5.5.1 what?")

    def _rule(self, session: _Session, verb: str, line: str) -> _Rule | None:
        return next((each for each in self._rules if each.fits(verb, line, session)), None)

    async def _say(self, session: _Session, verb: str, line: str, usual: str, *, rule: _Rule | None = None) -> bool:
        """Answers, as usual or as told; False when that is the end of the line."""
        rule = rule or self._rule(session, verb, line)
        answer = usual if rule is None else rule.answer
        if rule is not None:
            rule.times -= 1
        if answer == SILENCE:
            self.silent.set()
            await session.reader.read()    # until the other side gives up
            return False
        if answer == HANG_UP:
            session.writer.transport.abort()
            return False
        if self._delay and verb == ".":
            await asyncio.sleep(self._delay)
        session.writer.write(answer.encode() + b"\r\n")
        await session.writer.drain()
        return not answer.startswith("421")


async def _message(reader: asyncio.StreamReader) -> bytes:
    """All up to the lonely dot, and with it; empty messages too."""
    data = await reader.readexactly(3)
    while not (data == b".\r\n" or data.endswith(b"\r\n.\r\n")):
        data += await reader.readuntil(b".\r\n")
    return data
