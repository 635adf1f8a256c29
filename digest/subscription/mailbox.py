"""Where mails wait for us: an IMAP folder or a Maildir. The IMAP library's only room.

A mail is taken from the waiting ones only after all that it brought about is durable: who handles it says so by `done`. One that
nobody can handle is put aside, where a person finds it.
"""

from __future__ import annotations

import contextlib
import imaplib
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from digest.errors import ConfigError, TransportError
from digest.subscription.letter import BYTES_MOST

#: Folder for mails that could not be handled; of a Maildir a subfolder in the way of Maildir++.
ASIDE = "digest-aside"
#: Servers may end a session that idles for half an hour (RFC 2177), and firewalls forget silent ones far sooner.
IDLE_FOR = 120.0
TIMEOUT = 30.0                             #: seconds for the server to answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail that waits; `name` is its name in this mailbox, `raw` as much of it as is ever read."""

    name: str
    raw: bytes


class Mailbox(Protocol):
    def waiting(self) -> Iterator[Waiting]:
        """The mails that wait, oldest first."""

    def done(self, mail: Waiting) -> None:
        """It is handled, for good."""

    def set_aside(self, mail: Waiting) -> None:
        """Nobody can handle it: out of the way, and kept."""


# --- Maildir -------------------------------------------------------------------------------------------------------------


class Maildir:
    """A folder with `new`, `cur` and `tmp` (https://cr.yp.to/proto/maildir.html): a mail in `new`, or in `cur` without S, waits."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError for what is no Maildir."""
        self._folder = folder
        if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
            raise ConfigError(f"{folder} is no Maildir: it has no folders new and cur", key="--maildir")

    def waiting(self) -> Iterator[Waiting]:
        for path in sorted(self._unread(), key=lambda each: (each.name.partition(".")[0].zfill(20), each.name)):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # another process may have handled it
                yield Waiting(str(path.relative_to(self._folder)), file.read(BYTES_MOST))

    def done(self, mail: Waiting) -> None:
        path = self._folder / mail.name
        base, _, flags = path.name.partition(":2,")
        self._move(path, self._folder / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'}))}")

    def set_aside(self, mail: Waiting) -> None:
        aside = self._folder / f".{ASIDE}"
        for part in ("new", "cur", "tmp"):
            (aside / part).mkdir(parents=True, exist_ok=True)
        (aside / "maildirfolder").touch()
        path = self._folder / mail.name
        self._move(path, aside / "new" / path.name.partition(":2,")[0])

    def _unread(self) -> Iterator[Path]:
        for part in ("new", "cur"):
            for entry in os.scandir(self._folder / part):
                if not entry.name.startswith(".") and "S" not in entry.name.partition(":2,")[2] and entry.is_file():
                    yield Path(entry.path)

    def _move(self, path: Path, to: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            path.rename(to)


# --- IMAP ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """Where an IMAP mailbox is."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str = "INBOX"


class Imap:
    """A folder on an IMAP server, as a context manager: a mail that is not \\Seen waits."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._box: BaseMailBox | None = None
        self.idles = False                 #: whether the server tells by itself when something arrives

    def __enter__(self) -> Imap:
        """Connect and log in. Raises TransportError, and ConfigError when the password or the folder is wrong."""
        server = self._server
        with self._explained():
            kind = MailBox if server.tls else MailBoxUnencrypted
            box = kind(server.host, server.port, timeout=TIMEOUT)
        try:
            box.login(server.user, server.password, initial_folder=server.folder)
        except ImapToolsError as error:
            with contextlib.suppress(Exception):
                box.client.shutdown()
            message = f"{server.host} does not let us into {server.folder}: {_words(error)}; check user, password and folder"
            raise ConfigError(message, key="DIGEST_IMAP_URL") from None
        with self._explained():            # many servers tell all that they can only after the login
            self.idles = b"IDLE" in b" ".join(box.client.capability()[1]).upper().split()
        self._box = box
        return self

    def __exit__(self, *_: object) -> None:
        box, self._box = self._box, None
        with contextlib.suppress(Exception):  # it may be gone already
            if box:
                box.logout()

    def waiting(self) -> Iterator[Waiting]:
        with self._explained():
            self._has_arrived()            # what was told before the search is no news
            names = self._opened.uids("UNSEEN")
        for name in names:
            if (raw := self._fetched(name)) is not None:
                yield Waiting(name, raw)

    def done(self, mail: Waiting) -> None:
        with self._explained():
            self._opened.flag(mail.name, [MailMessageFlags.SEEN], True)

    def set_aside(self, mail: Waiting) -> None:
        """Into a folder of its own; where the server allows none, flagged where it is."""
        box = self._opened
        with self._explained():
            box.flag(mail.name, [MailMessageFlags.SEEN, MailMessageFlags.FLAGGED], True)
            try:
                if not box.folder.exists(ASIDE):
                    box.folder.create(ASIDE)
                box.move(mail.name, ASIDE)
            except ImapToolsError:
                return

    def wait(self, stop: Callable[[], bool], *, seconds: float = IDLE_FOR, look: float = 0.5) -> None:
        """Return when something arrived, when it is time to look anyway, or soon after `stop` says so (RFC 2177)."""
        box = self._opened
        if not self.idles:
            return
        with self._explained():
            box.idle.start()  # type: ignore[no-untyped-call]
            try:
                waited = 0.0
                while not (self._has_arrived() or self._has_read() or stop() or waited >= seconds):
                    waited = seconds if box.idle.poll(timeout=look) else waited + look
            finally:
                box.idle.stop()  # type: ignore[no-untyped-call]

    def _has_arrived(self) -> bool:
        """Whether the server told of new mail beside its answers since this was asked last: then waiting for it would miss it."""
        return self._opened.client.response("EXISTS")[1] != [None]

    def _has_read(self) -> bool:
        """Whether a line came along with an earlier one: the library looks for lines on the socket only, and would not see it."""
        client = self._opened.client
        patience = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            reader: Any = getattr(client, "_file", None) or client.file  # Python 3.14 renames it
            return bool(reader.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            client.sock.settimeout(patience)

    @property
    def _opened(self) -> BaseMailBox:
        if self._box is None:
            raise ValueError("the mailbox is not open")
        return self._box

    def _fetched(self, name: str) -> bytes | None:
        """As much of a mail as is ever read, without marking it as seen; None when it is gone."""
        with self._explained():
            _, parts = self._opened.client.uid("fetch", name, f"(BODY.PEEK[]<0.{BYTES_MOST}>)")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """What goes wrong on the line, as one error of ours."""
        try:
            yield
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            raise TransportError(f"the mailbox at {self._server.host} failed: {_words(error)}", phase="imap") from error


def _words(error: BaseException) -> str:
    """One line of what a server or the library said."""
    return " ".join(str(error).split())[:200] or type(error).__name__
