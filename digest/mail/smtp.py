"""The line to the relay: one SMTP dialogue at a time, in phases, so that it is always known what the server may have taken.

The only room of aiosmtplib. Its `connect`, `ehlo`, `starttls` and `login` are used as they are; MAIL, RCPT and DATA are called
one by one, because its `sendmail` raises the same error for a line lost before the message and after it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from digest.errors import TransportError
from digest.mail.envelope import Message
from digest.mail.relay import SmtpSettings
from digest.mail.wire import on_the_wire, path

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for an answer, from `command` on as RFC 5321, 4.5.3.2 has them: impatience after the dot makes duplicates."""

    connect: float = 60.0                  #: to be connected, again for the greeting, and again for TLS and login
    command: float = 300.0
    data: float = 120.0
    body: float = 180.0                    #: to get rid of the whole message
    dot: float = 600.0


class Connection:
    """One dialogue with the relay. Not for two tasks at once; not to be used again once it is no longer `usable`."""

    def __init__(self, settings: SmtpSettings, *, tls: ssl.SSLContext | None = None, timeouts: Timeouts = Timeouts()) -> None:
        self.settings, self.timeouts = settings, timeouts
        self.phase = "connect"
        self.sent = 0                      #: messages that the server accepted on this line
        self.trouble: TransportError | None = None  #: why the last one was not accepted
        self.opened_at = time.monotonic()
        self._unfinished = False           #: a MAIL was given and not completed: RSET before the next one
        self._smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.hello or _own_name(),
            use_tls=settings.tls == "implicit",
            start_tls=False,               # ours to decide; its default would log in without TLS where none is offered
            tls_context=tls,
            timeout=timeouts.connect,
        )

    @property
    def usable(self) -> bool:
        """False once either side has hung up."""
        return self._smtp.is_connected

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self.opened_at

    @property
    def size_limit(self) -> int:
        """The largest message that the server takes, in octets (RFC 1870); 0 = it does not say."""
        given = self._smtp.esmtp_extensions.get("size", "")
        return int(given) if given.isdigit() else 0

    async def open(self) -> None:
        """Connects, greets, encrypts and logs in as the settings say. Raises TransportError; then nothing is left open."""
        try:
            await self._greeted()
            await self._hello()
            if self.settings.tls == "required":
                await self._encrypt()
                await self._hello()
            if self.settings.user:
                await self._login()
        except BaseException:
            self.abort()
            raise

    async def send(self, message: Message, *, well: Callable[[], None] = lambda: None) -> str:
        """Hands one message over and returns the server's words. Raises TransportError with the phase that it failed in.

        `well` is called once the server has taken sender and recipient: it does its work, however long the rest may take. Whether
        the line can be used for another message afterwards is told by `usable`, with or without an error.
        """
        try:
            if self._unfinished:
                await self._command("mail", b"RSET")
            self._unfinished = True
            await self._command("mail", b"MAIL", b"FROM:" + path(message.sender, "mail"), *self._mail_options(message))
            await self._command("rcpt", b"RCPT", b"TO:" + path(message.recipient, "rcpt"))
            well()
            await self._command("data", b"DATA", good=3, patience=self.timeouts.data)
            words = await self._hand_over(message.data if message.wired else on_the_wire(message.data))
        except TransportError as error:
            self.trouble = error
            raise
        except asyncio.CancelledError:
            self.abort()                   # half a dialogue is of no use to anybody
            raise
        self._unfinished = False
        self.sent += 1
        return words

    async def quit(self) -> None:
        """Says goodbye, and does not mind when nobody answers."""
        try:
            await self._smtp.quit(timeout=5)
        except (aiosmtplib.SMTPException, OSError, ValueError):
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Hangs up at once; whoever waits for an answer gets a TransportError of its phase."""
        if self._smtp.transport is not None and isinstance(self._smtp.transport, asyncio.WriteTransport):
            self._smtp.transport.abort()
        else:
            self._smtp.close()

    # --- The phases, in order ---

    async def _greeted(self) -> None:
        try:
            await self._smtp.connect()
        except aiosmtplib.SMTPConnectResponseError as error:
            self._fail("greeting", error)
        except (aiosmtplib.SMTPException, OSError) as error:
            cause = error.__cause__
            heard = isinstance(cause, aiosmtplib.SMTPException) or isinstance(error, aiosmtplib.SMTPResponseException)
            self._fail("tls" if isinstance(cause, ssl.SSLError) else "greeting" if heard else "connect", error)

    async def _hello(self) -> None:
        """EHLO, and HELO where that is unknown (RFC 5321, 3.2): without it there is neither TLS nor login."""
        try:
            await self._smtp.ehlo(timeout=self.timeouts.command)
        except aiosmtplib.SMTPHeloError as error:
            if not (error.code in {500, 502, 504} and self.usable and self.settings.tls == "none"):
                self._fail("hello", error)
            await self._command("hello", b"HELO", (self._smtp.local_hostname or "localhost").encode("ascii"))
        except (aiosmtplib.SMTPException, OSError) as error:
            self._fail("hello", error)

    async def _encrypt(self) -> None:
        if not self._smtp.supports_extension("starttls"):
            raise TransportError(
                f"{self.settings.host} offers no STARTTLS, so nothing was sent; use smtps:// if it takes TLS from the first byte, "
                "or add ?tls=none to send in clear without a password",
                phase="tls",
                permanent=True,
            )
        try:
            await self._smtp.starttls(timeout=self.timeouts.connect)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._fail("tls", error)

    async def _login(self) -> None:
        if self._smtp.get_transport_info("sslcontext") is None:
            raise TransportError("a password goes over an encrypted line only", phase="login", permanent=True)
        try:
            await self._smtp.login(self.settings.user, self.settings.password, timeout=self.timeouts.connect)
        except aiosmtplib.SMTPResponseException as error:
            self._fail("login", error)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._fail("login", error, permanent=self.usable)

    def _mail_options(self, message: Message) -> list[bytes]:
        offers = self._smtp.supports_extension
        options = []
        if offers("size"):
            self._check_size(len(message.data))
            options.append(b"SIZE=%d" % len(message.data))
        if offers("8bitmime") and not message.data.isascii():
            options.append(b"BODY=8BITMIME")
        if not (message.sender + message.recipient).isascii():
            if not offers("smtputf8"):
                words = f"{self.settings.host} takes no address with letters beyond ASCII"
                raise TransportError(words, phase="rcpt", enhanced="5.6.7", permanent=True)
            options.append(b"SMTPUTF8")
        if offers("dsn"):
            options.append(b"RET=HDRS")    # a bounce need not carry 40 KB back
        return options

    def _check_size(self, size: int) -> None:
        if 0 < self.size_limit < size:
            words = f"the message has {size} octets, {self.settings.host} takes {self.size_limit}"
            raise TransportError(words, phase="mail", code=552, enhanced="5.3.4", permanent=True)

    async def _command(self, phase: str, *words: bytes, good: int = 2, patience: float = 0.0) -> str:
        """One command and its answer, whose first digit has to be `good`."""
        self.phase = phase
        try:
            reply = await self._smtp.execute_command(*words, timeout=patience or self.timeouts.command)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._fail(phase, error)
        return self._judge(phase, reply, good=good)

    async def _hand_over(self, body: bytes) -> str:
        """The message, then its dot. Only once the dot is on its way is it unknown what a lost line means."""
        self.phase = "body"
        protocol = self._smtp.protocol
        try:
            if protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            protocol.write(body)
            await self._flushed(protocol)
            protocol.write(b".\r\n")
            self.phase = "dot"
            reply = await protocol.read_response(timeout=self.timeouts.dot)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._fail(self.phase, error)
        if reply.code == 421:
            self.abort()
        return self._judge("dot", reply, good=2)

    async def _flushed(self, protocol: SMTPProtocol) -> None:
        """Returns when the kernel has all of it: at once, unless the message is larger than the buffers or the line is slow."""
        until = time.monotonic() + self.timeouts.body
        while isinstance(protocol.transport, asyncio.WriteTransport) and protocol.transport.get_write_buffer_size():
            if time.monotonic() > until:
                raise aiosmtplib.SMTPTimeoutError("the server does not read")
            await asyncio.sleep(0.005)

    # --- What an answer means ---

    def _judge(self, phase: str, reply: aiosmtplib.SMTPResponse, *, good: int) -> str:
        if reply.code // 100 == good:
            return reply.message
        if reply.code // 100 in {4, 5}:
            raise _answered(phase, reply.code, reply.message)
        self.abort()                       # an answer from another dialogue: the two sides are out of step
        raise TransportError(f"an answer that makes no sense here: {reply.code} {_line(reply.message)}", phase=phase)

    def _fail(self, phase: str, error: Exception, *, permanent: bool = False) -> NoReturn:
        """Turns what the library or the system raised into a TransportError. Only an orderly no leaves the line open."""
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code // 100 in {4, 5}:
            if error.code == 421:
                self.abort()
            raise _answered(phase, error.code, error.message) from error
        if isinstance(error, ValueError) and not isinstance(error, OSError):
            raise TransportError(f"not to be said in SMTP: {error}", phase=phase, permanent=True) from error
        self.abort()
        certificate = _caused_by(error, ssl.SSLError)
        if certificate is not None and phase == "tls":
            words = f"no TLS with {self.settings.host}: {_line(str(certificate))}"
            raise TransportError(words, phase=phase, permanent=True) from error
        if isinstance(error, TimeoutError):
            raise TransportError(f"{self.settings.host}:{self.settings.port} did not answer in time", phase=phase) from error
        raise TransportError(_line(str(error)) or type(error).__name__, phase=phase, permanent=permanent) from error


class Pool:
    """Opens connections to one relay, and never in a hurry.

    Once a connection has done its work, as many more as are asked for are opened at once. Before that, and after a line was lost,
    each attempt goes alone, and at least a second after the last one that came to nothing.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        timeouts: Timeouts = Timeouts(),
        tls: ssl.SSLContext | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.timeouts = settings, timeouts
        self.failures = 0                  #: attempts in a row that came to nothing
        self.trouble: TransportError | None = None  #: why the last of them did
        self._open: set[Connection] = set()
        self._tls = tls
        self._pause, self._monotonic = pause, monotonic
        self._gate = asyncio.Lock()
        self._proved = False
        self._next_attempt = monotonic()

    @property
    def lines(self) -> int:
        """Connections that are open now."""
        return sum(each.usable for each in self._open)

    @property
    def proved_lines(self) -> int:
        """Of them, those that have handed over a mail."""
        return sum(each.usable and each.sent > 0 for each in self._open)

    @property
    def untried_lines(self) -> int:
        """Those that have not handed over a mail yet, and are not known to have failed."""
        return sum(each.sent == 0 for each in self._open)

    async def connect(self) -> Connection:
        """A fresh connection, ready for MAIL. Raises TransportError after one attempt."""
        if self._proved:
            return await self._attempt()
        async with self._gate:
            if not self._proved:
                await self._pause(max(0.0, self._next_attempt - self._monotonic()))
                if self.failures:          # a line that opens is no proof yet: the last ones opened too
                    self._next_attempt = self._monotonic() + 1.0
                return await self._attempt()
        return await self._attempt()

    def works(self) -> None:
        """A mail got its answer: the server is well."""
        self._proved, self.failures = True, 0

    async def close(self, connection: Connection) -> None:
        """Ends a connection: with a goodbye, or, where the line was lost, with more care for the next one."""
        self._open.discard(connection)
        if connection.usable:
            await connection.quit()
            return
        self._proved = False
        if not connection.sent:
            self._failed(connection.trouble or TransportError("the server hung up before it took a mail", phase="mail", code=421))
        connection.abort()

    def abort(self) -> None:
        """Hangs up on all lines at once. Each dialogue under way ends with the TransportError of its phase."""
        for connection in tuple(self._open):
            connection.abort()

    async def _attempt(self) -> Connection:
        if self._tls is None and self.settings.tls != "none":
            self._tls = await asyncio.to_thread(ssl.create_default_context)  # reads the machine's certificates once
        connection = Connection(self.settings, tls=self._tls, timeouts=self.timeouts)
        try:
            await connection.open()
        except TransportError as error:
            self._failed(error)
            raise
        self._open.add(connection)
        return connection

    def _failed(self, error: TransportError) -> None:
        self._proved, self.trouble = False, error
        self.failures += 1
        self._next_attempt = self._monotonic() + 1.0


async def verify(settings: SmtpSettings, *, tls: ssl.SSLContext | None = None, timeouts: Timeouts = Timeouts()) -> str:
    """Logs in as a pass would, sends nothing, and returns one line on what the server offers. Raises TransportError."""
    connection = await Pool(settings, tls=tls, timeouts=timeouts).connect()
    try:
        cipher = connection._smtp.get_transport_info("cipher")  # noqa: SLF001 - the same room
        parts = [
            f"{settings.host}:{settings.port}",
            f"encrypted ({cipher[1]})" if cipher else "in clear",
            f"logged in as {settings.user}" if settings.user else "no login",
            f"takes messages up to {connection.size_limit:,} octets" if connection.size_limit else "names no size limit",
        ]
        return ", ".join(parts)
    finally:
        await connection.quit()


def _answered(phase: str, code: int, text: str) -> TransportError:
    """A 4xx or 5xx of the server, with its enhanced code (RFC 2034) taken out of the text."""
    found = _ENHANCED.match(text.strip())
    lines = [line.strip().removeprefix(found[0]) if found else line for line in text.splitlines()]
    return TransportError(_line(" ".join(lines)), phase=phase, code=code, enhanced=found[0] if found else "", permanent=code >= 500)


def _line(text: str) -> str:
    """Foreign words as one printable line of at most 400 characters."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))[:400]


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error


def _own_name() -> str:
    """This machine's name if it is a full one, else an address literal (RFC 5321, 4.1.3). Asks no name server."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}", name) else "[127.0.0.1]"
