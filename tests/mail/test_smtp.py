"""The SMTP dialogue, against a real server on loopback: what was certainly sent, certainly not, and what nobody knows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TransportError
from digest.mail.envelope import Message
from digest.mail.relay import SmtpSettings
from digest.mail.smtp import Connection, Pool, Timeouts, verify
from digest.mail.wire import on_the_wire
from tests.certificates import certificate, client_side, server_side
from tests.sink import HANG_UP, SILENCE, Sink

USUAL = Timeouts()
SHORT = Timeouts(connect=0.2, command=0.2, data=0.2, body=0.2, dot=0.2)


def message(recipient: str = "alice@example.org", *, sender: str = "bounce@example.org", body: bytes = b"Hello.\r\n") -> Message:
    head = b"Message-ID: <1@example.org>\r\nSubject: Papers\r\n\r\n"
    return Message(sender, recipient, "<1@example.org>", head + body)


def settings(sink: Sink, **changes: object) -> SmtpSettings:
    return replace(SmtpSettings("127.0.0.1", sink.port, "none", hello="digest.example.org"), **changes)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def line(
    sink: Sink, *, trust: ssl.SSLContext | None = None, timeouts: Timeouts = USUAL, **changes: object
) -> AsyncIterator[Connection]:
    connection = Connection(settings(sink, **changes), tls=trust, timeouts=timeouts)
    await connection.open()
    try:
        yield connection
    finally:
        await connection.quit()


async def failure(connection: Connection, mail: Message) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await connection.send(mail)
    return caught.value


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


# --- All is well ---


async def test_a_mail_arrives_as_it_was_written() -> None:
    mail = message(body=b".hidden dot\r\n..\r\n.\r\nend\r\n")
    async with Sink() as sink, line(sink) as connection:
        assert await connection.send(mail) == "2.0.0 queued as 1"
    assert [(each.sender, each.recipient) for each in sink.mails] == [("bounce@example.org", "alice@example.org")]
    assert sink.mails[0].data == mail.data
    assert sink.commands[0] == "EHLO digest.example.org"


async def test_one_line_carries_many_mails() -> None:
    async with Sink() as sink, line(sink) as connection:
        for n in range(5):
            await connection.send(message(f"s{n}@example.org"))
        assert connection.sent == 5
    assert sink.recipients == [f"s{n}@example.org" for n in range(5)]
    assert len(sink.sessions) == 1
    assert sink.commands[-1] == "QUIT"


async def test_the_null_sender_is_two_brackets() -> None:
    async with Sink() as sink, line(sink) as connection:
        await connection.send(message(sender=""))
    assert "MAIL FROM:<>" in sink.commands


async def test_any_2xx_after_the_dot_is_a_yes() -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers(".", "251 2.1.5 will forward")
        assert await connection.send(message()) == "2.1.5 will forward"
        sink.answers("RCPT", "252 2.1.5 cannot verify, but will try")
        await connection.send(message())


async def test_a_server_without_ehlo_is_greeted_the_old_way() -> None:
    async with Sink() as sink:
        sink.answers("EHLO", "502 5.5.1 unknown")
        async with line(sink) as connection:
            await connection.send(message())
    assert sink.commands[1] == "HELO digest.example.org"


async def test_what_the_server_offers_is_used() -> None:
    async with Sink(offers=("SIZE 100000", "8BITMIME", "SMTPUTF8", "DSN")) as sink, line(sink) as connection:
        await connection.send(message())
        await connection.send(message("jürgen@example.org", body="Grüße\r\n".encode()))
    size = len(sink.mails[0].data)
    assert f"MAIL FROM:<bounce@example.org> SIZE={size} RET=HDRS" in sink.commands
    assert any(each.endswith("BODY=8BITMIME SMTPUTF8 RET=HDRS") for each in sink.commands)
    assert sink.recipients[1] == "jürgen@example.org"


# --- The server says no ---


@pytest.mark.parametrize(
    ("verb", "answer", "phase", "code", "enhanced", "permanent"),
    [
        ("MAIL", "451 4.3.0 later", "mail", 451, "4.3.0", False),
        ("MAIL", "553 5.1.8 bad sender", "mail", 553, "5.1.8", True),
        ("RCPT", "450 4.2.1 greylisted", "rcpt", 450, "4.2.1", False),
        ("RCPT", "550 5.1.1 unknown user", "rcpt", 550, "5.1.1", True),
        ("RCPT", "550 unknown user", "rcpt", 550, "", True),
        ("DATA", "451 4.3.0 later", "data", 451, "4.3.0", False),
        ("DATA", "554 5.5.1 no", "data", 554, "5.5.1", True),
        (".", "451 4.7.1 try again in 60 seconds", "dot", 451, "4.7.1", False),
        (".", "554 5.7.1 spam", "dot", 554, "5.7.1", True),
    ],
)
async def test_a_refusal_names_its_phase_and_leaves_the_line_good(
    verb: str, answer: str, phase: str, code: int, enhanced: str, permanent: bool
) -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers(verb, answer, times=1)
        error = await failure(connection, message())
        assert (error.phase, error.code, error.enhanced, error.permanent) == (phase, code, enhanced, permanent)
        assert not error.uncertain
        await connection.send(message("bob@example.org"))
    assert sink.recipients == ["bob@example.org"]
    assert len(sink.sessions) == 1
    assert "RSET" in sink.commands


async def test_a_refusal_of_many_lines_becomes_one_readable_line() -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers("RCPT", "550-5.1.1 The account\r\n550-5.1.1 that you\x07tried\r\n550 5.1.1 does not exist")
        error = await failure(connection, message())
    assert str(error) == "rcpt: 550 5.1.1 The account that you tried does not exist"


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
async def test_421_ends_the_line_but_is_a_clear_no(verb: str) -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers(verb, "421 4.3.2 closing")
        error = await failure(connection, message())
        assert (error.code, error.permanent, error.uncertain) == (421, False, False)
        assert not connection.usable
    assert not sink.mails


async def test_a_mail_beyond_the_size_limit_is_refused_before_a_byte_of_it_leaves() -> None:
    async with Sink(offers=("SIZE 1000",)) as sink, line(sink) as connection:
        error = await failure(connection, message(body=b"x" * 2000 + b"\r\n"))
        assert (error.code, error.enhanced, error.permanent) == (552, "5.3.4", True)
        await connection.send(message())
    assert not [each for each in sink.commands if each.startswith("MAIL") and "SIZE=2" in each]


async def test_a_size_limit_of_zero_means_there_is_none() -> None:
    async with Sink(offers=("SIZE 0",)) as sink, line(sink) as connection:
        await connection.send(message(body=b"x" * 2000 + b"\r\n"))
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    "address",
    [
        "b@x.org>\r\nRCPT TO:<y@z.org",
        "b@x.org> NOTIFY=NEVER",
        "b@x.org\n",
        "b c@x.org",
        "a\x00@x.org",
        "a@b@c.org",
        "x" * 65 + "@x.org",
        "nobody",
    ],
)
async def test_what_would_not_stay_in_its_brackets_is_never_said(address: str) -> None:
    async with Sink() as sink, line(sink) as connection:
        error = await failure(connection, message(address))
        assert (error.phase, error.permanent) == ("rcpt", True)
        error = await failure(connection, message(sender=address))
        assert (error.phase, error.permanent) == ("mail", True)
    assert not [each for each in sink.commands if each.startswith("RCPT")]


async def test_letters_beyond_ascii_need_a_server_that_takes_them() -> None:
    async with Sink() as sink, line(sink) as connection:
        error = await failure(connection, message("jürgen@example.org"))
        assert (error.phase, error.enhanced, error.permanent) == ("rcpt", "5.6.7", True)
        await connection.send(message())


# --- The line is lost ---


@pytest.mark.parametrize(("verb", "phase"), [("MAIL", "mail"), ("RCPT", "rcpt"), ("DATA", "data"), (".", "dot")])
@pytest.mark.parametrize("fault", [HANG_UP, pytest.param(SILENCE, marks=pytest.mark.slow), "gibberish"])
async def test_only_what_goes_wrong_after_the_dot_is_uncertain(verb: str, phase: str, fault: str) -> None:
    async with Sink() as sink, line(sink, timeouts=SHORT) as connection:
        sink.answers(verb, fault)
        error = await failure(connection, message())
        assert (error.phase, error.code, error.permanent) == (phase, 0, False)
        assert error.uncertain == (phase == "dot")
        assert not connection.usable


@pytest.mark.parametrize("answer", ["150 wait", "354 more", "999 what"])
async def test_an_answer_that_makes_no_sense_after_the_dot_is_uncertain(answer: str) -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers(".", answer)
        assert (await failure(connection, message())).uncertain
        assert not connection.usable


@pytest.mark.slow
async def test_a_line_lost_within_the_message_is_certainly_not_sent() -> None:
    """The server stops reading at DATA and hangs up: the message is larger than all buffers, so the dot never leaves."""
    async with Sink() as sink, line(sink) as connection:
        stopped = asyncio.Event()

        async def read_nothing(session: object, verb: str, given: str) -> bool:
            session.writer.write(b"354 go ahead\r\n")  # type: ignore[attr-defined]
            session.reader._transport.pause_reading()  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_later(0.05, session.writer.transport.abort)  # type: ignore[attr-defined]
            await stopped.wait()
            return False

        sink._on_data = read_nothing  # type: ignore[method-assign]
        error = await failure(connection, message(body=b"x" * 78 * 400_000 + b"\r\n"))
        stopped.set()
    assert (error.phase, error.uncertain) == ("body", False)


@pytest.mark.slow
async def test_a_server_that_does_not_read_is_not_waited_for_for_ever() -> None:
    async with Sink() as sink, line(sink, timeouts=SHORT) as connection:
        async def read_nothing(session: object, verb: str, given: str) -> bool:
            session.writer.write(b"354 go ahead\r\n")  # type: ignore[attr-defined]
            session.reader._transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(5)
            return False

        sink._on_data = read_nothing  # type: ignore[method-assign]
        error = await failure(connection, message(body=b"x" * 78 * 400_000 + b"\r\n"))
    assert (error.phase, error.uncertain) == ("body", False)


async def test_a_server_that_hung_up_meanwhile_is_noticed_before_the_next_mail() -> None:
    async with Sink() as sink, line(sink) as connection:
        await connection.send(message())
        sink.sessions[0].writer.write(b"421 4.4.2 idle too long\r\n")
        sink.sessions[0].writer.close()
        await until(lambda: not connection.usable)
        error = await failure(connection, message())
        assert (error.phase, error.uncertain) == ("mail", False)


async def test_an_abort_ends_the_dialogue_with_the_phase_that_it_was_in() -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers(".", SILENCE)
        sending = asyncio.create_task(failure(connection, message()))
        await until(lambda: connection.phase == "dot")
        connection.abort()
        assert (await sending).uncertain


async def test_a_dialogue_that_is_cancelled_leaves_no_half_open_line() -> None:
    async with Sink() as sink, line(sink) as connection:
        sink.answers("RCPT", SILENCE)
        sending = asyncio.create_task(connection.send(message()))
        await until(lambda: connection.phase == "rcpt")
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert not connection.usable


# --- Before any mail ---


async def test_nobody_at_home_is_a_failure_to_connect() -> None:
    async with Sink() as sink:
        pass
    with pytest.raises(TransportError) as caught:
        await Connection(settings(sink)).open()
    assert (caught.value.phase, caught.value.permanent) == ("connect", False)


@pytest.mark.parametrize(
    ("verb", "answer", "phase", "code", "permanent"),
    [
        ("CONNECT", "554 5.3.2 go away", "greeting", 554, True),
        ("CONNECT", "421 4.3.2 too many", "greeting", 421, False),
        ("CONNECT", HANG_UP, "greeting", 0, False),
        pytest.param("CONNECT", SILENCE, "greeting", 0, False, marks=pytest.mark.slow),
        ("CONNECT", "SSH-2.0-OpenSSH_9.2", "greeting", 0, False),
        ("EHLO", "550 5.7.1 not you", "hello", 550, True),
        ("EHLO", "421 4.3.2 later", "hello", 421, False),
        ("EHLO", HANG_UP, "hello", 0, False),
        pytest.param("EHLO", SILENCE, "hello", 0, False, marks=pytest.mark.slow),
    ],
)
async def test_a_server_that_is_not_ready_says_so_before_any_mail(
    verb: str, answer: str, phase: str, code: int, permanent: bool
) -> None:
    async with Sink() as sink:
        sink.answers(verb, answer)
        connection = Connection(settings(sink), timeouts=SHORT)
        with pytest.raises(TransportError) as caught:
            await connection.open()
        assert (caught.value.phase, caught.value.code, caught.value.permanent) == (phase, code, permanent)
        assert not connection.usable


# --- TLS and login ---


LOGIN = {"user": "alice", "password": "sésame"}


@pytest.mark.parametrize("tls", ["required", "implicit"])
async def test_credentials_go_over_an_encrypted_line(trusted: Path, tls: str) -> None:
    server = Sink(offers=("STARTTLS", "AUTH PLAIN"), tls=server_side(trusted), implicit=tls == "implicit")
    async with server as sink, line(sink, trust=client_side(trusted), tls=tls, **LOGIN) as connection:
        await connection.send(message())
    said = [each for each in sink.commands if each.startswith("AUTH")]
    assert base64.b64decode(said[0].split()[-1]).decode() == "\0alice\0sésame"
    starts = ["EHLO", "STARTTLS", "EHLO", "AUTH"] if tls == "required" else ["EHLO", "AUTH"]
    assert [each.split()[0] for each in sink.commands][: len(starts)] == starts


async def test_a_wrong_password_is_for_good(trusted: Path) -> None:
    async with Sink(offers=("STARTTLS", "AUTH PLAIN"), tls=server_side(trusted)) as sink:
        sink.answers("AUTH", "535 5.7.8 wrong")
        error = await refused(sink, trusted, tls="required", **LOGIN)
    assert (error.phase, error.code, error.enhanced, error.permanent) == ("login", 535, "5.7.8", True)
    assert "sésame" not in str(error)


async def test_a_login_that_is_not_possible_now_is_not_for_good(trusted: Path) -> None:
    async with Sink(offers=("STARTTLS", "AUTH PLAIN"), tls=server_side(trusted)) as sink:
        sink.answers("AUTH", "454 4.7.0 later")
        error = await refused(sink, trusted, tls="required", **LOGIN)
    assert (error.phase, error.code, error.permanent) == ("login", 454, False)


async def test_a_server_that_knows_no_login_is_wrong_for_good(trusted: Path) -> None:
    async with Sink(offers=("STARTTLS",), tls=server_side(trusted)) as sink:
        error = await refused(sink, trusted, tls="required", **LOGIN)
    assert (error.phase, error.permanent) == ("login", True)


@pytest.mark.parametrize("login", [{}, LOGIN], ids=["open", "login"])
async def test_without_starttls_nothing_is_sent_in_clear(trusted: Path, login: dict[str, str]) -> None:
    async with Sink(offers=("AUTH PLAIN",)) as sink:
        error = await refused(sink, trusted, tls="required", **login)
    assert (error.phase, error.permanent) == ("tls", True)
    assert "no STARTTLS" in str(error)
    assert [each.split()[0] for each in sink.commands] == ["EHLO"]


async def test_a_refused_starttls_is_no_reason_to_speak_in_clear(trusted: Path) -> None:
    async with Sink(offers=("STARTTLS", "AUTH PLAIN")) as sink:
        sink.answers("STARTTLS", "454 4.7.0 not now")
        error = await refused(sink, trusted, tls="required", **LOGIN)
    assert (error.phase, error.code, error.permanent) == ("tls", 454, False)
    assert [each.split()[0] for each in sink.commands] == ["EHLO", "STARTTLS"]


async def test_a_password_is_never_said_on_a_plain_line() -> None:
    """The settings cannot say this (see test_relay), but they can be built by hand."""
    async with Sink(offers=("AUTH PLAIN",)) as sink:
        error = await refused(sink, None, tls="none", **LOGIN)
    assert (error.phase, error.permanent) == ("login", True)
    assert not [each for each in sink.commands if each.startswith("AUTH")]


@pytest.mark.parametrize("tls", ["required", "implicit"])
async def test_a_certificate_that_nobody_vouches_for_ends_it(trusted: Path, tmp_path: Path, tls: str) -> None:
    other = certificate(tmp_path)
    async with Sink(offers=("STARTTLS",), tls=server_side(other), implicit=tls == "implicit") as sink:
        error = await refused(sink, trusted, tls=tls)
    assert (error.phase, error.permanent) == ("tls", True)
    assert "certificate" in str(error)


async def test_a_certificate_for_another_name_ends_it(tmp_path: Path) -> None:
    other = certificate(tmp_path, name="mail.example.org")
    async with Sink(offers=("STARTTLS",), tls=server_side(other)) as sink:
        error = await refused(sink, other, tls="required")
    assert (error.phase, error.permanent) == ("tls", True)
    assert "127.0.0.1" in str(error)


async def refused(sink: Sink, trusted: Path | None, **changes: object) -> TransportError:
    connection = Connection(settings(sink, **changes), tls=client_side(trusted) if trusted else None, timeouts=SHORT)
    with pytest.raises(TransportError) as caught:
        await connection.open()
    assert not connection.usable
    return caught.value


async def test_a_check_logs_in_and_sends_nothing(trusted: Path) -> None:
    async with Sink(offers=("STARTTLS", "AUTH PLAIN", "SIZE 36700160"), tls=server_side(trusted)) as sink:
        words = await verify(settings(sink, tls="required", **LOGIN), tls=client_side(trusted))
    assert words == f"127.0.0.1:{sink.port}, encrypted (TLSv1.3), logged in as alice, takes messages up to 36,700,160 octets"
    assert sink.commands[-1] == "QUIT"
    assert not sink.mails


# --- The pool ---


class Clock:
    """A monotonic clock that moves only when somebody pauses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def pool(sink: Sink, clock: Clock) -> Pool:
    return Pool(settings(sink), timeouts=SHORT, pause=clock.pause, monotonic=clock)


async def test_a_server_that_is_down_is_asked_once_a_second_at_most() -> None:
    clock = Clock()
    async with Sink() as sink:
        sink.answers("CONNECT", "421 4.3.2 down")
        tried = pool(sink, clock)
        for n in range(4):
            with pytest.raises(TransportError):
                await tried.connect()
            assert tried.failures == n + 1
    assert clock.pauses == [0.0, 1.0, 1.0, 1.0]


async def test_many_at_once_ask_a_server_that_is_down_one_after_the_other() -> None:
    clock = Clock()
    async with Sink() as sink:
        sink.answers("CONNECT", HANG_UP)
        tried = pool(sink, clock)
        ends = await asyncio.gather(*(tried.connect() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, TransportError) for each in ends)
    assert clock.now >= 102.0


async def test_a_line_that_breaks_before_its_first_mail_counts_as_a_failure() -> None:
    clock = Clock()
    async with Sink() as sink:
        tried = pool(sink, clock)
        sink.answers("MAIL", "421 4.3.2 closing")
        connection = await tried.connect()
        await failure(connection, message())
        await tried.close(connection)
        assert (tried.failures, tried.lines) == (1, 0)
        await tried.close(await tried.connect())
    assert clock.pauses == [0.0, 1.0]


async def test_a_server_that_works_is_opened_to_at_will() -> None:
    clock = Clock()
    async with Sink() as sink:
        tried = pool(sink, clock)
        first = await tried.connect()
        await first.send(message())
        tried.works()
        others = await asyncio.gather(*(tried.connect() for _ in range(5)))
        assert (tried.lines, clock.pauses) == (6, [0.0])
        for each in (first, *others):
            await tried.close(each)
    assert tried.lines == 0


# --- The bytes ---


@given(st.binary(max_size=200) | st.lists(st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n"]), max_size=30).map(b"".join))
def test_no_message_can_end_the_dialogue_early(data: bytes) -> None:
    wire = on_the_wire(data)
    assert wire.endswith(b"\r\n")
    lines = wire.removesuffix(b"\r\n").split(b"\r\n")
    assert b"." not in lines
    assert not any(b"\r" in each or b"\n" in each for each in lines)
    assert not any(each.startswith(b".") and not each.startswith(b"..") for each in lines)


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\r" not in line and b"\n" not in line), min_size=1))
def test_dots_are_the_only_thing_that_changes(lines: list[bytes]) -> None:
    wire = on_the_wire(b"\r\n".join(lines) + b"\r\n")
    assert [each[1:] if each.startswith(b".") else each for each in wire.removesuffix(b"\r\n").split(b"\r\n")] == lines
