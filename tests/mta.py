"""A Postfix and a Dovecot of the test's own, on free ports of loopback, gone afterwards.

Everything for example.org (ours, one mailbox) and example.net (readers) ends in a Maildir; mail for `*.example.com` is handed on to
ports that the test names, where other servers accept, refuse or are down.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.needs import missing, needs_program

T = TypeVar("T")
PASSWORD = "test"
UID = 5000
#: How long Postfix keeps what it cannot deliver, in seconds; its queue is looked at every five.
QUEUE_LIFE = 10

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
local_transport = error:none
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = example.org, example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{{mailboxes}}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
recipient_delimiter = +
transport_maps = inline:{{{transports}}}
disable_dns_lookups = yes
smtp_host_lookup = native
minimal_backoff_time = 2s
queue_run_delay = 2s
maximal_backoff_time = 4s
maximal_queue_lifetime = {life}s
bounce_queue_lifetime = {life}s
"""
_DOVECOT = """\
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/log/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = {uid}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass
class MailServer:
    """Where to hand mail in, and the Maildirs that it ends in."""

    folder: Path
    smtp: int
    imap: int

    @property
    def imap_url(self) -> str:
        return f"imap://digest:{PASSWORD}@127.0.0.1:{self.imap}/INBOX"

    def sends(self, data: bytes, *, by: str, to: str) -> None:
        """As a mail program does."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as line:
            line.sendmail(by, [to], data)

    def mails(self, name: str) -> list[bytes]:
        """All that is in a mailbox, oldest first."""
        found = [path for part in ("new", "cur") for path in (self.folder / "mail" / name / part).glob("*")]
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def waits_for(self, name: str, *, count: int, seconds: float = 15.0) -> list[bytes]:
        """The mails of a mailbox, once there are so many."""
        return wait(lambda: found if len(found := self.mails(name)) >= count else None, f"{count} mails for {name}", seconds)

    @property
    def log(self) -> str:
        path = self.folder / "log/mail.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""


@contextmanager
def mail_server(readers: tuple[str, ...], hands_on: Mapping[str, int]) -> Iterator[MailServer]:
    """Both, running. `readers` have mailboxes at example.net, `hands_on` says at which port the mail of a domain is handed on."""
    if os.getuid() != 0:
        missing("Postfix and Dovecot can only be started by root")
    postfix = needs_program("postfix", Path("/usr/sbin"), package="postfix")
    dovecot = needs_program("dovecot", Path("/usr/sbin"), package="dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="digest-mta-"))
    server = MailServer(folder, *free_ports(2))
    try:
        _prepare(server, readers, hands_on)
        posts = _running([postfix, "-c", folder / "etc", "start-fg"], server.smtp, folder)
        with posts, _running([dovecot, "-F", "-c", folder / "dovecot.conf"], server.imap, folder):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait(ask: Callable[[], T | None], what: str, seconds: float = 15.0) -> T:
    """The first answer that is not None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := ask()) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:g} seconds in vain for {what}")


def _prepare(server: MailServer, readers: tuple[str, ...], hands_on: Mapping[str, int]) -> None:
    folder = server.folder
    folder.chmod(0o755)
    for name in ("etc", "spool", "data", "log", "mail", "dovecot"):
        (folder / name).mkdir()
    os.chown(folder / "mail", UID, UID)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    asked = subprocess.run(["postconf", "-d", "-h", "config_directory"], capture_output=True, text=True, check=True)
    config = Path(asked.stdout.strip())
    shutil.copy(config / "dynamicmaps.cf", folder / "etc")
    master = re.sub(r"(?m)^(\S+\s+(?:inet|unix|unix-dgram)\s+\S+\s+\S+\s+)y", r"\1n", (config / "master.cf").read_text())
    master = re.sub(r"(?m)^smtp +inet", f"127.0.0.1:{server.smtp} inet", master)
    (folder / "etc/master.cf").write_text(master)
    people = ["digest@example.org", *(f"{each}@example.net" for each in readers)]
    values = {
        "folder": folder,
        "uid": UID,
        "life": QUEUE_LIFE,
        "port": server.imap,
        "password": PASSWORD,
        "mailboxes": ", ".join(f"{{{each} = {each.partition('@')[0]}/}}" for each in people),
        "transports": ", ".join(f"{{{domain} = smtp:[127.0.0.1]:{port}}}" for domain, port in hands_on.items()),
    }
    (folder / "etc/main.cf").write_text(_MAIN.format(**values))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(**values))


@contextmanager
def _running(command: list[str | Path], port: int, folder: Path) -> Iterator[None]:
    """A server in the foreground, from its first answer on its port until it has ended."""
    with (folder / "log" / f"{port}.out").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait(lambda: listens(port) or process.poll() is not None or None, f"{command[0]} on {port}")
        if process.poll() is not None:
            missing(f"{command[0]} did not start: {(folder / 'log' / f'{port}.out').read_text(errors='replace')[-500:]}")
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)


def listens(port: int) -> bool | None:
    """True when somebody does on loopback, else None, as `wait` wants it."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return None
    return True


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
