"""The same conversations with a real Postfix and a real Dovecot on loopback: nothing of the way is ours but the two ends."""

from __future__ import annotations

import asyncio
import email
import email.policy
import email.utils
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from digest.model import SubscriptionState
from digest.store.store import Store
from tests.cli.desk import NOW, row
from tests.fakes import SECRET
from tests.mta import MailServer, mail_server, wait
from tests.postbox import COMMANDS, letter, opened, text_of
from tests.sink import Sink

pytestmark = [pytest.mark.mta, pytest.mark.slow]
LATER = {day: f"2026-03-{day}T09:00:00Z" for day in range(24, 32)}


class Elsewhere:
    """A server of somebody else's, in a thread of its own: it answers RCPT as it was told."""

    def __init__(self, answer: str) -> None:
        self._answer, self._ready, self.port = answer, threading.Event(), 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Elsewhere:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with Sink() as sink:
            sink.answers("RCPT", self._answer)
            self.port = sink.port
            self._ready.set()
            await self._stop.wait()


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServer]:
    answers = {"gone": "550 5.1.1 User unknown", "full": "552 5.2.2 Mailbox full", "policy": "550 5.7.1 Blocked by policy"}
    with ExitStack() as stack:
        ports = {f"{name}.example.com": stack.enter_context(Elsewhere(answer)).port for name, answer in answers.items()}
        yield stack.enter_context(mail_server(("alice", "bob"), ports | {"down.example.com": 9}))


@dataclass
class Installation:
    """A folder with settings, as an admin has it; verbs run as processes of their own."""

    folder: Path
    servers: MailServer

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")},
            "DIGEST_DATABASE_URL": f"sqlite:///{self.folder / 'digest.sqlite3'}",
            "DIGEST_SOURCES": "file:papers.jsonl",
            "DIGEST_SECRET_KEY": SECRET,
            "DIGEST_FROM": "Paper Digest <digest@example.org>",
            "DIGEST_COMMAND_ADDRESS": COMMANDS,
            "DIGEST_BOUNCE_ADDRESS": "digest+bounce@example.org",
            "DIGEST_ADMIN": "bob@example.net",
            "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{self.servers.smtp}",
            "DIGEST_IMAP_URL": self.servers.imap_url,
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }

    def __call__(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "digest", *words]
        ended = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60)
        assert ended.returncode == code, ended.stderr
        return ended.stdout

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "digest", "run", "-v"]
        with (self.folder / "log").open("w") as log:
            running = subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=log, text=True)
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=12) == 0, (self.folder / "log").read_text()

    def state(self, address: str) -> SubscriptionState | None:
        with Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}") as store:
            found = store.subscribers.subscription(address)
            return found.state if found else None

    def asks(self, question: Callable[[Store], Any]) -> Any:
        with Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}") as store:
            return question(store)


@pytest.fixture
def here(tmp_path: Path, servers: MailServer) -> Iterator[Installation]:
    rows = [row(number, announced=None) for number in range(1, 40)]
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "subscribers/somebody.yaml").write_text("email: zoe@example.net\npaused_until: 2099-01-01\ntopics: [x]\n")
    made = Installation(tmp_path, servers)
    yield made
    for name in ("digest", "alice", "bob"):    # the next story begins with empty mailboxes
        for path in (servers.folder / "mail" / name).glob("[nc]*/*"):
            path.unlink()


@dataclass
class Person:
    """A reader with a mail program at the real servers."""

    servers: MailServer
    name: str = "alice"
    seen: int = 0

    @property
    def address(self) -> str:
        return f"{self.name}@example.net"

    def writes(self, text: str = "", subject: str = "", *, to: str = COMMANDS, **fields: str | None) -> None:
        head: dict[str, Any] = {"Return_Path": None, "Delivered_To": None} | fields
        self.servers.sends(letter(text, subject, to=to, by=self.address, **head), by=self.address, to=to)

    def answers(self, mail: EmailMessage, text: str) -> None:
        to = email.utils.parseaddr(str(mail["Reply-To"]))[1]
        body = mail.get_body(("plain",))
        assert body is not None
        quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
        text = f"{text}\n\nOn Tue, 24 Mar 2026 at 09:12, Paper Digest <digest@example.org> wrote:\n{quoted}"
        self.writes(text, f"Re: {mail['Subject']}", to=to, In_Reply_To=str(mail["Message-ID"]))

    def gets(self) -> EmailMessage:
        """The next mail in her mailbox."""
        self.seen += 1
        return opened(self.servers.waits_for(self.name, count=self.seen)[self.seen - 1])


def handled(here: Installation, now: str = NOW) -> list[str]:
    """One round through the mailbox, once something waits in it."""
    before = len(here.servers.mails("digest"))
    wait(lambda: True if any("S" not in path.name.partition(":2,")[2] for path in _files(here)) else None, f"mail beyond {before}")
    return [each["what"] for each in json.loads(here("inbox", "--json", "--now", now))["handled"]]


def _files(here: Installation) -> list[Path]:
    return list((here.servers.folder / "mail/digest").glob("[nc]*/*"))


def test_a_whole_life_by_mail(here: Installation) -> None:
    alice = Person(here.servers)
    here("fetch", "--now", LATER[24])

    alice.writes("subscribe neural operators, diffusion models")
    assert handled(here) == ["asked whether she wants mail"]
    alice.answers(alice.gets(), "Yes!")
    assert handled(here) == ["confirmed: done"]
    welcome, first = sorted((alice.gets(), alice.gets()), key=lambda mail: "On neural" in text_of(mail))
    assert "neural operators" in text_of(welcome)
    assert "On neural operators" in text_of(first)

    here("send", "--now", LATER[25])
    digest = alice.gets()
    assert str(digest["Return-Path"]).startswith("<digest+bounce+")
    alice.answers(digest, "less 1")
    assert handled(here, LATER[25]) == ["1 changed, 0 refused"]
    assert "Fewer papers like" in text_of(alice.gets())
    alice.answers(digest, "pause 1 week")
    handled(here, LATER[25])
    assert "No digest until Wednesday, 1 April 2026" in text_of(alice.gets())
    alice.answers(digest, "unsubscribe")
    assert handled(here, LATER[25]) == ["unsubscribed: done"]
    assert "You are unsubscribed" in text_of(alice.gets())
    assert here.state("alice@example.net") is SubscriptionState.SUPPRESSED


def test_an_unknown_user_is_cut_off_at_the_first_report(here: Installation) -> None:
    here("subscribers", "add", "ghost@gone.example.com", "--topic", "neural operators", "--now", NOW)
    here("send", "--now", NOW)
    assert handled(here)[0].startswith("bounced: no more mail to this address (5.1.1")
    assert here.state("ghost@gone.example.com") is SubscriptionState.SUPPRESSED


def test_an_unknown_user_is_cut_off_at_the_first_refusal_too(here: Installation) -> None:
    here("subscribers", "add", "nobody@example.net", "--topic", "neural operators", "--now", NOW)
    here("send", "--now", NOW)
    assert here.state("nobody@example.net") is SubscriptionState.SUPPRESSED


def test_a_full_mailbox_is_soft_until_the_fifth_day(here: Installation) -> None:
    here("subscribers", "add", "lea@full.example.com", "--topic", "neural operators", "--topic", "diffusion models", "--now", NOW)
    for day in (24, 25, 26, 27, 30):
        assert here.state("lea@full.example.com") is SubscriptionState.ACTIVE
        here("send", "--now", LATER[day])
        [what] = handled(here, LATER[day])
        assert "5.2.2" in what
    assert here.state("lea@full.example.com") is SubscriptionState.SUPPRESSED


def test_a_server_that_is_down_is_soft_when_the_queue_gives_up(here: Installation) -> None:
    here("subscribers", "add", "tim@down.example.com", "--topic", "neural operators", "--now", NOW)
    here("send", "--now", NOW)
    here.servers.waits_for("digest", count=1, seconds=60)
    assert handled(here) == ["a soft bounce (4.4.1)"]
    assert here.state("tim@down.example.com") is SubscriptionState.ACTIVE


def test_a_refusal_by_policy_alarms_the_admin_and_cuts_nobody_off(here: Installation) -> None:
    here("subscribers", "add", "pia@policy.example.com", "--topic", "neural operators", "--now", NOW)
    here("send", "--now", NOW)
    assert "refused by policy" in handled(here)[0]
    assert here.state("pia@policy.example.com") is SubscriptionState.ACTIVE
    here("inbox", "--now", NOW)
    assert "Our mail is refused by policy" in str(Person(here.servers, "bob").gets()["Subject"])


def test_the_daemon_answers_within_five_seconds_and_lets_go_within_one(here: Installation) -> None:
    alice = Person(here.servers)
    with here.daemon():
        wait(lambda: True if (here.folder / "digest.sqlite3").exists() else None, "the daemon")
        alice.writes("subscribe neural operators")
        began = alice.gets()                   # it is awake now, and idles
        alice.answers(began, "yes")
        welcome = text_of(alice.gets())
        assert welcome.startswith("Welcome") or "neural operators" in welcome

        asked = time.monotonic()
        alice.writes("help")
        found = alice.gets()
        while "What you can write" not in text_of(found):
            found = alice.gets()
        answered = time.monotonic() - asked

        digests = [opened(each) for each in here.servers.mails("alice")]
        address = next(str(each["List-Unsubscribe"]) for each in digests if each["List-Unsubscribe"])
        to = address.strip("<>").removeprefix("mailto:").partition("?")[0]
        count = len(here.servers.mails("digest"))
        alice.writes("", "unsubscribe", to=to)
        here.servers.waits_for("digest", count=count + 1)
        arrived = time.monotonic()
        suppressed = SubscriptionState.SUPPRESSED
        wait(lambda: True if here.state("alice@example.net") is suppressed else None, "the unsubscription", 5)
        left = time.monotonic() - arrived
    print(f"command to answer in her mailbox: {answered:.2f} s; unsubscribe effective after {left:.2f} s")
    assert answered <= 5
    assert left <= 1
