"""The way out, against a real server on loopback and a journal in memory: what is sent and written down, and how a round ends."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from digest.mail import books
from digest.mail.envelope import Message
from digest.mail.outbox import FAILED_CONNECTIONS, Parcel, Tally, deliver
from digest.mail.pace import Dispatch, Pace
from digest.mail.relay import SmtpSettings
from digest.mail.smtp import Pool, Timeouts
from digest.model import Delivery, DeliveryEvent, DeliveryState, Outcome, delivery_after
from tests.sink import HANG_UP, SILENCE, Mail, Sink
from tests.world import NOW

D = DeliveryState


class MemoryJournal:
    """Keeps the outcomes, and refuses on request."""

    def __init__(self) -> None:
        self.ends: dict[int, Outcome] = {}
        self.commits: list[int] = []       # how many outcomes each commit closed
        self.released: list[str] = []
        self.left: set[str] = set()
        self.threads: set[str] = set()
        self.faults: list[Exception] = []
        self.turns: list[float] = []

    def record(self, batch: Sequence[Outcome], *, owner: str) -> None:
        self.threads.add(threading.current_thread().name)
        if self.faults:
            raise self.faults.pop(0)
        self.commits.append(len(batch))
        self.ends |= {each.key: each for each in batch}

    def release(self, owner: str, *, now: datetime, reason: str, retry_at: datetime) -> int:
        self.released.append(reason)
        return 0

    def renew(self, owner: str, *, now: datetime, lease: timedelta) -> int:
        return 0

    def unsubscribed_since(self, moment: datetime) -> frozenset[str]:
        return frozenset(self.left)

    def take_turns(self, count: int, *, rate: float, now: datetime) -> float:
        self.turns.append(count / rate)
        return 0.0

    def states(self) -> Counter[DeliveryState]:
        return Counter(delivery_after(D.SENDING, each.event) for each in self.ends.values())


class Hurry:
    """A monotonic clock for the pool, which moves only when somebody pauses, and then at once."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def parcel(n: int, *, domain: str = "example.org", kind: str = "digest", body: bytes = b"Hello.\r\n") -> Parcel:
    name = f"<{n}@example.org>"
    data = b"Message-ID: " + name.encode() + b"\r\nSubject: Papers\r\n\r\n" + body
    recipient = f"s{n}@{domain}"
    row = Delivery(n, kind, recipient, D.SENDING, message_id=name, lease_until=NOW + timedelta(minutes=10))
    return row, Message("bounce@example.org", recipient, name, data)


def parcels(count: int, **changes: Any) -> list[Parcel]:
    return [parcel(n, **changes) for n in range(1, count + 1)]


async def send(
    stream: Iterable[Parcel] | AsyncIterator[Parcel],
    sink: Sink,
    journal: MemoryJournal,
    *,
    stop: asyncio.Event | None = None,
    **changes: Any,
) -> Tally:
    given = {"tls": "none", "connections": 4, "hello": "digest.example.org"} | changes
    hurry = Hurry()
    short = Timeouts(connect=2, command=2, data=2, body=2, dot=0.3)
    pool = Pool(SmtpSettings("127.0.0.1", sink.port, **given), timeouts=short, pause=hurry.pause, monotonic=hurry)
    return await deliver(stream, pool=pool, journal=journal, owner="me", clock=lambda: NOW, stop=stop)


# --- All is well ---


async def test_every_mail_is_sent_once_and_written_down() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        tally = await send(parcels(50), sink, journal)
    assert sorted(sink.recipients) == sorted(f"s{n}@example.org" for n in range(1, 51))
    assert (tally[D.SENT], tally.ended, tally.released) == (50, "", 0)
    assert journal.states() == {D.SENT: 50}
    assert all("queued as" in each.reason and each.code == 250 for each in journal.ends.values())
    assert 1 <= len(sink.sessions) <= 4
    assert sink.commands.count("QUIT") == len(sink.sessions)


async def test_nothing_to_send_opens_no_connection() -> None:
    async with Sink() as sink:
        assert await send([], sink, MemoryJournal()) == Tally()
    assert not sink.attempts


async def test_one_mail_needs_one_connection() -> None:
    async with Sink() as sink:
        await send(parcels(1), sink, MemoryJournal(), connections=20)
    assert len(sink.attempts) == 1


async def test_a_stream_may_be_asynchronous() -> None:
    async def stream() -> AsyncIterator[Parcel]:
        for each in parcels(30):
            await asyncio.sleep(0)
            yield each

    async with Sink() as sink:
        assert (await send(stream(), sink, MemoryJournal()))[D.SENT] == 30


async def test_a_plain_stream_is_drawn_in_a_thread_of_its_own_and_only_as_far_as_needed() -> None:
    drawn: list[int] = []
    threads: set[str] = set()
    closed = threading.Event()

    def stream() -> Iterator[Parcel]:
        try:
            for each in parcels(10_000):
                drawn.append(each[0].key)
                threads.add(threading.current_thread().name)
                yield each
        finally:
            closed.set()

    stop = asyncio.Event()
    async with Sink(heard=lambda _: stop.set()) as sink:
        await send(stream(), sink, MemoryJournal(), stop=stop)
    assert len(drawn) < 1000
    assert all("rendering" in each for each in threads)
    assert closed.is_set()


async def test_the_journal_is_asked_in_one_thread_only() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        await send(parcels(30), sink, journal)
    assert len(journal.threads) == 1
    assert threading.current_thread().name not in journal.threads


async def test_the_next_mail_of_a_connection_waits_until_its_last_one_is_durable() -> None:
    """Group commit, and the whole promise: never more mails on the way than there are connections."""
    journal = MemoryJournal()
    worst = 0

    def heard(_: Mail) -> None:
        nonlocal worst
        worst = max(worst, len(sink.mails) - len(journal.ends))

    async with Sink(heard=heard) as sink:
        await send(parcels(200), sink, journal, connections=5)
    assert 1 <= worst <= 5
    assert max(journal.commits) <= 5
    assert sum(journal.commits) == 200


# --- What the server says ---


async def test_one_refusal_does_not_stop_the_others() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        sink.answers("RCPT", "550 5.1.1 unknown", when="s7@")
        sink.answers("RCPT", "450 4.2.1 greylisted, try again in 300 seconds", when="s8@")
        tally = await send(parcels(20), sink, journal)
    assert tally.states == {D.SENT: 18, D.BOUNCED: 1, D.DEFERRED: 1}
    assert journal.ends[7].reason == "rcpt: 550 5.1.1 unknown"
    assert journal.ends[8].retry_at == NOW + timedelta(seconds=300)


async def test_a_drop_after_the_dot_is_uncertain_and_not_sent_again_in_this_round() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        sink.answers(".", HANG_UP, when="s3@")
        tally = await send(parcels(6), sink, journal)
    assert tally.states == {D.SENT: 5, D.UNCERTAIN: 1}
    assert sink.recipients.count("s3@example.org") == 1
    assert journal.ends[3].event is DeliveryEvent.LINE_LOST


async def test_a_server_that_hangs_up_after_every_dot_gets_few_mails_to_be_uncertain_of() -> None:
    journal = MemoryJournal()
    async with Sink().answers(".", HANG_UP) as sink:
        tally = await send(parcels(50), sink, journal, connections=4)
    assert tally.ended
    # Four lines at once, and none in the place of one that was lost as long as the others have not shown whether they get through.
    assert tally[D.UNCERTAIN] == len(sink.mails) <= max(4, FAILED_CONNECTIONS)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_drop_before_the_dot_costs_nothing(verb: str) -> None:
    async with Sink() as sink:
        sink.answers(verb, HANG_UP, times=1, after=2)
        tally = await send(parcels(12), sink, MemoryJournal(), connections=2)
    assert tally.states == {D.SENT: 12}
    assert sorted(sink.recipients) == sorted({f"s{n}@example.org" for n in range(1, 13)})


@pytest.mark.parametrize("answer", ["421 4.7.0 too many messages", "452 4.5.3 too many messages"])
async def test_a_server_that_takes_only_so_many_on_a_connection_gets_more_connections(answer: str) -> None:
    async with Sink() as sink:
        sink.answers("MAIL", answer, after=3)
        tally = await send(parcels(20), sink, MemoryJournal(), connections=2)
    assert tally.states == {D.SENT: 20}
    assert len(set(sink.recipients)) == 20


async def test_a_connection_is_renewed_after_so_many_mails() -> None:
    async with Sink() as sink:
        await send(parcels(20), sink, MemoryJournal(), connections=1, per_connection=7)
    assert [session.mails for session in sink.sessions] == [7, 7, 6]


# --- The server is not well ---


async def test_a_server_that_is_down_ends_the_round_after_three_tries() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        sink.answers("CONNECT", "421 4.3.2 down")
        tally = await send(parcels(500), sink, journal)
    assert len(sink.attempts) == 3
    assert tally.error is not None
    assert tally.ended == "greeting: 421 4.3.2 down"
    assert journal.released == [tally.ended]
    assert not journal.ends


@pytest.mark.parametrize("answer", ["554 5.3.2 not for you", "535 nonsense"])
async def test_a_server_that_refuses_us_for_good_is_asked_once(answer: str) -> None:
    async with Sink() as sink:
        sink.answers("CONNECT", answer)
        tally = await send(parcels(50), sink, MemoryJournal())
    assert len(sink.attempts) == 1
    assert tally.states == {}


async def test_a_server_that_goes_down_in_mid_round_is_left_alone_and_nothing_is_lost() -> None:
    journal = MemoryJournal()

    def heard(mail: Mail) -> None:
        if len(sink.mails) == 30:
            sink.answers("CONNECT", "421 4.3.2 down")
            sink.answers("MAIL", "421 4.3.2 going down")

    async with Sink(heard=heard) as sink:
        tally = await send(parcels(500), sink, journal)
    assert tally[D.SENT] == len(sink.mails) == len(set(sink.recipients))
    assert tally.ended.startswith(("greeting: 421", "mail: 421"))
    assert len(sink.attempts) <= 4 + 4 + 3  # the first ones, one more for each that had work, and the last three in vain
    assert set(journal.states()) <= {D.SENT, D.DEFERRED}


async def test_a_server_that_drops_every_line_before_its_first_mail_is_not_called_for_ever() -> None:
    async with Sink() as sink:
        sink.answers("MAIL", "421 4.3.2 no")
        tally = await send(parcels(50), sink, MemoryJournal())
    assert tally.ended
    assert len(sink.attempts) <= 4


async def test_a_connection_too_many_is_done_without() -> None:
    """The server takes two at a time and turns the third away: the two do the work."""

    def heard(_: Mail) -> None:
        open_ones = sum(not session.writer.is_closing() for session in sink.sessions)
        sink.recovers()
        if open_ones >= 2:
            sink.answers("CONNECT", "421 4.7.0 too many connections")

    async with Sink(heard=heard) as sink:
        tally = await send(parcels(100), sink, MemoryJournal(), connections=5)
    assert tally.states == {D.SENT: 100}
    assert tally.ended == ""


async def test_a_sender_that_is_refused_costs_nobody_her_digest() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        sink.answers("MAIL", "553 5.1.8 sender domain does not exist")
        tally = await send(parcels(50), sink, journal)
    assert tally.ended == "mail: 553 5.1.8 sender domain does not exist"
    assert D.BOUNCED not in tally.states
    assert len(journal.ends) <= 4


async def test_fifty_in_a_row_put_off_end_the_round() -> None:
    async with Sink() as sink:
        sink.answers("RCPT", "451 4.3.0 disk full")
        tally = await send(parcels(500), sink, MemoryJournal())
    assert 50 <= tally[D.DEFERRED] <= 54
    assert "451" in tally.ended


async def test_too_many_bounces_stop_the_round_since_the_fault_is_probably_ours() -> None:
    async with Sink() as sink:
        sink.answers("RCPT", "550 5.7.1 blocked")
        tally = await send(parcels(500), sink, MemoryJournal())
    assert tally.suspicious
    assert 20 <= tally[D.BOUNCED] <= 24


@pytest.mark.slow
async def test_one_bounce_in_twenty_is_life() -> None:
    async with Sink() as sink:
        for n in range(20, 501, 20):
            sink.answers("RCPT", "550 5.1.1 unknown", when=f"<s{n}@")
        tally = await send(parcels(500), sink, MemoryJournal())
    assert tally.states == {D.SENT: 475, D.BOUNCED: 25}
    assert not tally.suspicious


# --- The round ends early ---


async def test_stop_lets_open_dialogues_end_and_gives_back_the_rest() -> None:
    journal, stop = MemoryJournal(), asyncio.Event()

    def heard(_: Mail) -> None:
        if len(sink.mails) == 10:
            stop.set()

    async with Sink(heard=heard, delay=0.01) as sink:
        tally = await send(parcels(500), sink, journal, stop=stop)
    assert 10 <= tally[D.SENT] == len(sink.mails) < 30
    assert tally.ended == "stopped before its turn"
    assert journal.released == [tally.ended]


async def test_stop_does_not_wait_for_ever_for_a_slow_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.mail.outbox.GRACE", 0.05)
    journal, stop = MemoryJournal(), asyncio.Event()
    async with Sink() as sink:
        sink.answers("RCPT", SILENCE, when="s1@")
        sink.answers(".", SILENCE, when="s2@")
        sending = asyncio.create_task(send(parcels(2), sink, journal, stop=stop, connections=1))
        await sink.silent.wait()
        stop.set()
        async with asyncio.timeout(1.5):   # the server has two seconds for an answer
            await sending
    assert journal.ends[1].event is DeliveryEvent.FAILED_FOR_NOW


@pytest.mark.slow
async def test_who_unsubscribes_during_the_round_gets_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "LOOK", 0.0)
    journal = MemoryJournal()

    def heard(_: Mail) -> None:
        journal.left.add("s400@example.org")

    stream = [*parcels(399), parcel(400), parcel(401, kind="goodbye")]
    async with Sink(heard=heard) as sink:
        tally = await send(stream, sink, journal)
    assert "s400@example.org" not in sink.recipients
    assert journal.ends[400].event is DeliveryEvent.UNSUBSCRIBED
    assert not journal.ends[400].attempted
    assert tally.states == {D.SENT: 400, D.SKIPPED: 1}


async def test_a_goodbye_goes_to_somebody_who_left() -> None:
    journal = MemoryJournal()
    journal.left.add("s1@example.org")
    async with Sink() as sink:
        assert (await send(parcels(1, kind="goodbye"), sink, journal))[D.SENT] == 1


async def test_a_mail_whose_lease_ran_out_is_somebody_elses() -> None:
    journal = MemoryJournal()
    stale = [(replace(row, lease_until=NOW - timedelta(seconds=1)), mail) for row, mail in parcels(5)]
    async with Sink() as sink:
        tally = await send(stale, sink, journal)
    assert not sink.mails
    assert "lease" in tally.ended


async def test_a_stream_that_fails_raises_after_what_was_under_way_is_written_down() -> None:
    journal = MemoryJournal()

    def stream() -> Iterator[Parcel]:
        yield from parcels(32)
        raise RuntimeError("no more templates")

    async with Sink() as sink:
        with pytest.raises(RuntimeError, match="no more templates"):
            await send(stream(), sink, journal)
    assert len(journal.ends) == len(sink.mails)
    assert journal.released == ["the pass failed: no more templates"]


async def test_a_journal_that_comes_back_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PATIENCE", (0.0, 0.0, 0.0))
    journal = MemoryJournal()
    journal.faults = [OSError("restarting"), OSError("restarting")]
    async with Sink() as sink:
        assert (await send(parcels(10), sink, journal))[D.SENT] == 10
    assert len(sink.mails) == 10


async def test_a_journal_that_does_not_come_back_ends_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PATIENCE", (0.0,))
    journal = MemoryJournal()
    journal.faults = [OSError("gone") for _ in range(100)]
    async with Sink() as sink:
        with pytest.raises(OSError, match="gone"):
            await send(parcels(100), sink, journal)
    assert len(sink.mails) <= 4


# --- Pace ---


async def test_turns_come_at_the_rate() -> None:
    hurry = Hurry()

    async def reserve(count: int) -> float:
        assert count == 10
        return max(0.0, booked[0] - hurry.now) + booked.pop(0) * 0

    booked = [100.0, 100.2, 100.4]
    pace = Pace(50, reserve=reserve, pause=hurry.pause, monotonic=hurry)
    moments = []
    for _ in range(25):
        await pace.turn()
        moments.append(hurry.now)
    assert moments == pytest.approx([100 + n / 50 for n in range(25)])


async def test_without_a_rate_nothing_is_reserved() -> None:
    async def reserve(count: int) -> float:
        raise AssertionError

    await Pace(0, reserve=reserve).turn()


@pytest.mark.slow
async def test_a_round_keeps_to_the_rate() -> None:
    journal = MemoryJournal()
    async with Sink() as sink:
        await send(parcels(20), sink, journal, rate=100)
    assert journal.turns == pytest.approx([0.2])


async def test_a_busy_domain_stands_aside_and_does_not_hold_up_the_others() -> None:
    dispatch = Dispatch[str](lambda item: item[0], limit=2, room=100)
    await dispatch.put(["a1", "a2", "a3", "b1", "a4"])
    assert [dispatch.take() for _ in range(4)] == ["a1", "a2", "b1", None]
    dispatch.done("a1")
    assert dispatch.take() == "a3"
    dispatch.done("b1")
    assert dispatch.take() is None
    dispatch.close()
    dispatch.done("a2")
    assert await dispatch.come()
    assert dispatch.take() == "a4"
    dispatch.done("a3")
    dispatch.done("a4")
    await dispatch.drained()
    assert not await dispatch.come()


async def test_no_more_connections_speak_of_a_domain_than_allowed() -> None:
    """All mails of the busy domain go over one connection at a time; with the limit at one, they arrive in order."""
    busy, other = parcels(30, domain="gmail.example"), [parcel(n) for n in range(31, 61)]
    async with Sink(delay=0.001) as sink:
        tally = await send([*busy, *other], sink, MemoryJournal(), connections=5, per_domain=1)
    arrived = [each for each in sink.recipients if each.endswith("gmail.example")]
    assert arrived == [mail.recipient for _, mail in busy]
    assert tally.states == {D.SENT: 60}


async def test_a_queue_that_is_dropped_lets_everybody_go() -> None:
    dispatch = Dispatch[str](lambda item: item[0], limit=1, room=2)
    filling = asyncio.create_task(dispatch.put(["a1", "a2", "b1"]))
    await asyncio.sleep(0)
    assert dispatch.take() == "a1"
    dispatch.close(drop=True)
    await filling
    assert dispatch.take() is None
    dispatch.done("a1")
    await dispatch.drained()
