"""What a mail server can do wrong, through whole passes: each fault ends in its documented state, nothing is lost."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import DeliveryState
from tests.certificates import certificate, server_side
from tests.postfix import smtp_sink
from tests.program import Ended, Program
from tests.sink import HANG_UP, Sink
from tests.world import NOW

pytestmark = pytest.mark.slow

CROWD, CONNECTIONS = 80, 4
D = DeliveryState


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'digest.sqlite3'}"


async def calmly(program: Program, sink: Sink) -> Ended:
    """One pass, during which the server is not asked more than once a second as long as that comes to nothing."""
    before, began = len(sink.attempts), time.monotonic()
    end = await program.sends()
    assert len(sink.attempts) - before <= 1 + CONNECTIONS + time.monotonic() - began
    assert "Traceback" not in end.err
    assert end.report["adds_up"]
    return end


async def afterwards(program: Program, sink: Sink, *, minutes: float = 61) -> Ended:
    """The server is well again, and the next pass comes."""
    sink.recovers()
    return await program.sends(now=NOW + timedelta(minutes=minutes))


def ids(sink: Sink) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in sink.mails:
        found.setdefault(each.recipient, set()).add(each.message_id)
    return found


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(("RCPT", "450 4.2.1 Not now"), "refused for now", id="4xx for all"),
        pytest.param(("CONNECT", "554 5.3.2 Not you"), "greeting: 554 5.3.2 Not you", id="a greeting that refuses"),
        pytest.param(("CONNECT", "421 4.3.2 Busy"), "greeting: 421 4.3.2 Busy", id="a greeting that asks for patience"),
        pytest.param(("CONNECT", "hello!?"), "greeting", id="a greeting that is none"),
        pytest.param(("CONNECT", HANG_UP), "greeting", id="a line cut at once"),
        pytest.param(("MAIL", "whatever"), "mail", id="garbage for an answer"),
        pytest.param(("MAIL", "354 go on"), "makes no sense", id="an answer out of step"),
        pytest.param(("DATA", HANG_UP), "data", id="a line cut before the message"),
    ],
)
async def test_a_server_in_trouble_defers_everybody_and_all_is_well_later(
    tmp_path: Path, url: str, fault: tuple[str, str], said: str
) -> None:
    async with Sink().answers(*fault) as sink:
        program = Program(tmp_path, url, sink.port, crowd=CROWD)

        end = await calmly(program, sink)

        assert (end.code, program.states) == (1, {D.DEFERRED: CROWD}), end
        assert said in end.report["ended"]
        assert not sink.mails
        again = await afterwards(program, sink)
        assert (again.code, program.states) == (0, {D.SENT: CROWD}), again
        assert sorted(sink.recipients) == sorted(program.addresses)


async def test_a_server_that_is_down_for_ten_minutes(tmp_path: Path, url: str) -> None:
    async with Sink() as gone:
        port = gone.port
    program = Program(tmp_path, url, port, crowd=CROWD)
    for minute in (0, 1.5, 5, 9):
        end = await program.sends(now=NOW + timedelta(minutes=minute))
        assert (end.code, program.states) == (1, {D.DEFERRED: CROWD}), end
        assert end.report["adds_up"]
        assert "connect" in end.report["ended"]

    async with Sink(port=port) as sink:
        end = await program.sends(now=NOW + timedelta(minutes=10.5))

        assert (end.code, program.states) == (0, {D.SENT: CROWD}), end
        assert sorted(sink.recipients) == sorted(program.addresses)


async def test_a_server_that_takes_five_mails_a_connection_gets_five_on_each(tmp_path: Path, url: str) -> None:
    async with Sink().answers("MAIL", "421 4.7.0 Enough for one connection", after=5) as sink:
        program = Program(tmp_path, url, sink.port, crowd=CROWD)

        end = await program.sends()

        assert (end.code, program.states) == (0, {D.SENT: CROWD}), end
        assert sorted(sink.recipients) == sorted(program.addresses)


async def test_of_a_twentieth_that_is_refused_everybody_else_gets_hers(tmp_path: Path, url: str) -> None:
    async with Sink() as sink:
        gone = [f"s{n}@example.org" for n in range(1, CROWD, 20)]
        for each in gone:
            sink.answers("RCPT", "550 5.1.1 No such user", when=f"<{each}>")
        program = Program(tmp_path, url, sink.port, crowd=CROWD)

        end = await program.sends()

        assert (end.code, program.states) == (0, {D.SENT: CROWD - len(gone), D.BOUNCED: len(gone)}), end
        failed = await program.runs("status", "--failed", "--csv", "--now", NOW.isoformat())
        assert [line.split(",")[:4] for line in failed.out.splitlines()[1:]] == [
            [each, "2026-03-24", "bounced", "rcpt: 550 5.1.1 No such user"] for each in sorted(gone)
        ]


async def test_lines_lost_after_the_dot_are_uncertain_and_tried_once_more_with_the_same_message(tmp_path: Path, url: str) -> None:
    async with Sink().answers(".", HANG_UP) as sink:
        program = Program(tmp_path, url, sink.port, crowd=CROWD)

        end = await calmly(program, sink)

        first = program.states
        assert end.code == 1
        assert set(first) == {D.UNCERTAIN, D.DEFERRED}
        assert first[D.UNCERTAIN] == len(sink.mails) <= CONNECTIONS
        again = await afterwards(program, sink)
        assert (again.code, program.states) == (0, {D.SENT: CROWD}), again
        assert len(sink.recipients) == CROWD + first[D.UNCERTAIN]
        assert all(len(names) == 1 for names in ids(sink).values())


async def test_a_second_loss_is_final_and_on_record(tmp_path: Path, url: str) -> None:
    async with Sink().answers(".", HANG_UP, when="s1@") as sink:
        program = Program(tmp_path, url, sink.port, crowd=5)

        ends = [await program.sends(now=NOW + timedelta(minutes=minutes)) for minutes in (0, 30, 60, 90)]

        assert program.states == {D.SENT: 4, D.UNCERTAIN: 1}
        assert [each.code for each in ends] == [1] * 4
        assert sink.recipients.count("s1@example.org") == 2
        assert len(ids(sink)["s1@example.org"]) == 1


async def test_slow_answers_only_take_longer(tmp_path: Path, url: str) -> None:
    async with Sink(delay=0.1) as sink:
        program = Program(tmp_path, url, sink.port, crowd=CROWD)

        end = await program.sends()

        assert (end.code, program.states) == (0, {D.SENT: CROWD}), end


def plain(_: Path) -> dict[str, Any]:
    return {"offers": ("AUTH PLAIN",)}


def unknown_certificate(folder: Path) -> dict[str, Any]:
    tls: ssl.SSLContext = server_side(certificate(folder))
    return {"offers": ("STARTTLS", "AUTH PLAIN"), "tls": tls}


@pytest.mark.parametrize(
    ("server", "said"),
    [
        pytest.param(plain, "offers no STARTTLS, so nothing was sent", id="no STARTTLS"),
        pytest.param(unknown_certificate, "certificate", id="a certificate that nobody vouches for"),
    ],
)
async def test_without_encryption_nothing_is_said(
    tmp_path: Path, url: str, server: Callable[[Path], dict[str, Any]], said: str
) -> None:
    async with Sink(**server(tmp_path)) as sink:
        secure = {"SMTP_URL": f"smtp://alice:hunter2@127.0.0.1:{sink.port}"}
        program = Program(tmp_path, url, sink.port, crowd=CROWD, settings=secure)

        end = await calmly(program, sink)

        assert (end.code, program.states) == (1, {D.DEFERRED: CROWD}), end
        assert said in end.report["ended"]
        assert not [line for line in sink.commands if line.split(" ")[0] in {"AUTH", "MAIL"}]
        assert "hunter2" not in end.out + end.err


# --- Postfix's own sink --------------------------------------------------------------------------------------------------


@pytest.mark.smtp_sink
@pytest.mark.parametrize(
    ("options", "code", "states"),
    [
        pytest.param((), 0, {D.SENT: CROWD}, id="well"),
        pytest.param(("-e",), 0, {D.SENT: CROWD}, id="without extensions"),
        pytest.param(("-r", "RCPT"), 1, {D.DEFERRED: CROWD}, id="450 for all"),
        pytest.param(("-r", "."), 1, {D.DEFERRED: CROWD}, id="450 after the dot"),
        pytest.param(("-f", "CONNECT"), 1, {D.DEFERRED: CROWD}, id="5xx for a greeting"),
        pytest.param(("-f", "MAIL"), 1, {D.DEFERRED: CROWD}, id="5xx for the sender"),
        pytest.param(("-q", "CONNECT"), 1, {D.DEFERRED: CROWD}, id="a line cut at once"),
        pytest.param(("-q", "DATA"), 1, {D.DEFERRED: CROWD}, id="a line cut at DATA"),
    ],
)
async def test_postfix_sink_in_trouble(
    tmp_path: Path, url: str, options: tuple[str, ...], code: int, states: dict[str, int]
) -> None:
    with smtp_sink(*options) as port:
        program = Program(tmp_path, url, port, crowd=CROWD)

        end = await program.sends()

        assert (end.code, program.states) == (code, states), end
        assert end.report["adds_up"]


@pytest.mark.smtp_sink
async def test_everybody_refused_pauses_the_pass(tmp_path: Path, url: str) -> None:
    with smtp_sink("-f", "RCPT") as port:
        program = Program(tmp_path, url, port, crowd=CROWD)

        end = await program.sends()

        assert end.code == 1
        assert end.report["adds_up"]
        assert set(program.states) == {D.BOUNCED, D.DEFERRED}
        assert 20 <= program.states[D.BOUNCED] <= 20 + CONNECTIONS
