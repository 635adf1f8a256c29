"""Days without papers: four reasons, four honest sentences, the same in preview, mail and status; and what the next digest says."""

from __future__ import annotations

import email
import email.policy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest import pipeline
from digest.frozen import numbered
from digest.model import DeliveryState, Paper, WhenEmpty
from tests.cli.desk import Desk
from tests.fakes import World
from tests.sink import Sink
from tests.world import paper, subscriber, topic

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
OPERATORS = topic("Operators", keywords=("neural operator",))
FRIDAY, SATURDAY = "2026-03-20", "2026-03-21"
TUESDAY, WEDNESDAY, THURSDAY = "2026-03-24", "2026-03-25", "2026-03-26"


@pytest.fixture
def world(tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch, haste: None) -> Iterator[World]:
    """Alice wants a mail on every day, Bob only when there is something to say; the folder is the working directory."""
    for name in [*os.environ]:
        if name.startswith("DIGEST_"):
            monkeypatch.delenv(name)
    made = World(tmp_path / "world", sink.port)
    monkeypatch.chdir(made.folder)
    alice = subscriber(topics=(OPERATORS,), days=EVERY_DAY, trending=0, when_empty=WhenEmpty.MAIL)
    bob = subscriber("bob@example.org", topics=(OPERATORS,), days=EVERY_DAY, trending=0)
    made.subscribes(alice, bob)
    yield made
    made.close()


@dataclass(frozen=True)
class Seen:
    """What there is to see of a day: the mail that alice got, her preview, the admin's page."""

    mail: str
    subject: str
    preview: str
    status: str
    reason: str


def good(day: str, number: int = 1) -> Paper:
    return paper(f"arxiv:2603.{number:05d}", announced=datetime.fromisoformat(day).date(), abstract="A neural operator is learned.")


def other(day: str, number: int) -> Paper:
    title, said = "Operators of cranes", "Neural fatigue of crane operators, studied in a harbour."
    return paper(f"arxiv:2603.{number:05d}", title, abstract=said, announced=datetime.fromisoformat(day).date())


async def lives(world: World, day: str) -> pipeline.RunReport:
    world.clock.now = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
    return await pipeline.run(world.house())


def looks(world: World, sink: Sink, day: str, capture: pytest.CaptureFixture[str]) -> Seen:
    desk, now = Desk(world.folder, capture), f"{day}T09:30:00Z"
    mail = email.message_from_bytes(next(each.data for each in reversed(sink.mails)), policy=email.policy.default)
    page = json.loads(desk("preview", "alice@example.org", "--format", "json", "--now", now).out)
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n").replace(" \n", " ")  # type: ignore[union-attr]
    preview = desk("preview", "alice@example.org", "--now", now).out
    return Seen(text, str(mail["Subject"]), preview, desk("status", "--now", now).out, page["empty"]["reason"])


Look = Callable[[str], Seen]


@pytest.fixture
def look(world: World, sink: Sink, capsys: pytest.CaptureFixture[str]) -> Look:
    return lambda day: looks(world, sink, day, capsys)


def everywhere(seen: Seen, sentence: str) -> None:
    for place in (seen.mail, seen.preview, seen.status):
        assert sentence in place, place


@pytest.mark.slow
async def test_a_saturday(world: World, look: Look) -> None:
    world.source.has(good(FRIDAY))
    await lives(world, FRIDAY)
    report = await lives(world, SATURDAY)
    assert report.tally == {DeliveryState.SENT: 1, DeliveryState.SKIPPED: 1}
    seen = look(SATURDAY)
    everywhere(seen, "arXiv announces nothing on Friday and Saturday evenings, so weekends bring no papers.")
    everywhere(seen, "The next papers come on Monday, 23 March.")
    assert (seen.reason, seen.subject) == ("weekend", "Sat 21 Mar: no papers for you today")


@pytest.mark.slow
async def test_a_listed_holiday(world: World, look: Look) -> None:
    world.source.has(good("2026-01-16"))
    await lives(world, "2026-01-16")
    await lives(world, "2026-01-20")
    seen = look("2026-01-20")
    everywhere(seen, "arXiv keeps Monday, 19 January as a holiday and announced nothing for today.")
    everywhere(seen, "The next papers come on Wednesday, 21 January.")
    assert seen.reason == "holiday"


@pytest.mark.slow
async def test_a_source_that_is_down_since_yesterday(world: World, look: Look) -> None:
    world.source.has(good(TUESDAY))
    await lives(world, TUESDAY)
    world.source.fails("answered 503")
    report = await lives(world, WEDNESDAY)
    assert report.exit_code == 1
    seen = look(WEDNESDAY)
    for place in (seen.mail, seen.preview):
        assert "arXiv has not answered since Tuesday 10:00; its papers will come as soon as it does." in place  # her time
    assert "arXiv has not answered since Tuesday 09:00; its papers will come as soon as it does." in seen.status  # UTC
    assert "failed once since, last 2026-03-25 09:00: answered 503" in seen.status
    assert seen.reason == "source_down"


@pytest.mark.slow
async def test_a_day_on_which_nothing_matched_names_the_nearest_and_how_near_it_came(world: World, look: Look) -> None:
    world.source.has(good(TUESDAY))
    await lives(world, TUESDAY)
    world.source.has(*(other(WEDNESDAY, number) for number in range(2, 6)))
    await lives(world, WEDNESDAY)
    seen = look(WEDNESDAY)
    everywhere(seen, "Nothing new met your topics; the closest paper reached ")
    everywhere(seen, "% of what it takes.")
    everywhere(seen, "Operators of cranes")
    assert "[1] Operators of cranes" in seen.mail
    assert seen.reason == "nothing_matched"


async def test_the_nearest_can_be_voted_for_by_its_number(world: World) -> None:
    world.source.has(other(WEDNESDAY, 2))
    await lives(world, WEDNESDAY)
    alice = world.store.subscribers.get("alice@example.org")
    assert alice
    sent = world.store.deliveries.of_day(alice.subscriber.key, datetime.fromisoformat(WEDNESDAY).date())
    near = world.store.papers.find("arxiv:2603.00002")
    assert sent
    assert near
    assert numbered(sent.frozen) == {1: near.key}


@pytest.mark.slow
async def test_papers_of_one_source_that_met_no_topic_do_not_hide_another_that_is_down(world: World, look: Look) -> None:
    from tests.fakes import FakeSource

    daily = FakeSource("huggingface")
    world.more["sources"] = (world.source, daily)
    world.source.has(good(TUESDAY))
    await lives(world, TUESDAY)
    world.source.fails()
    daily.has(other(WEDNESDAY, 7))
    await lives(world, WEDNESDAY)
    seen = look(WEDNESDAY)
    assert "arXiv has not answered since Tuesday 10:00" in seen.mail
    assert "Operators of cranes" in seen.mail
    assert seen.reason == "source_down"


async def test_what_was_looked_through_yesterday_is_not_new_today(world: World, look: Look) -> None:
    """Bob never had a match: Saturday is a Saturday for him, not one more day without a match."""
    world.source.has(other(FRIDAY, 2))
    await lives(world, FRIDAY)
    await lives(world, SATURDAY)
    rows = {row.date.isoformat(): row.reason for day in (FRIDAY, SATURDAY) for row in rows_of(world, day)}
    assert rows[FRIDAY].startswith("Nothing new met your topics; the closest paper reached ")
    assert rows[SATURDAY].startswith("arXiv announces nothing on Friday and Saturday evenings")


@pytest.mark.slow
async def test_the_next_digest_says_why_the_days_between_were_silent(world: World, sink: Sink) -> None:
    world.source.has(good(FRIDAY))
    await lives(world, FRIDAY)
    for day in (SATURDAY, "2026-03-22"):
        await lives(world, day)
    world.source.has(other("2026-03-23", 2))
    await lives(world, "2026-03-23")
    world.source.has(good(TUESDAY, 3))
    await lives(world, TUESDAY)
    mails = [each for each in sink.mails if each.recipient == "bob@example.org"]
    last = email.message_from_bytes(mails[-1].data, policy=email.policy.default)
    text = last.get_body(("plain",)).get_content().replace("\r\n", "\n").replace(" \n", " ")  # type: ignore[union-attr]
    assert len(mails) == 2
    assert "No mail on Sat 21, Sun 22: nothing is announced at weekends; Mon 23: nothing new met your topics." in text


async def test_status_explains_a_day_that_is_nobodys(world: World, sink: Sink, capsys: pytest.CaptureFixture[str]) -> None:
    world.people[:] = [subscriber(topics=(OPERATORS,), days=(0,))]
    world.source.has(good(TUESDAY))
    report = await lives(world, TUESDAY)
    desk = Desk(world.folder, capsys)
    assert report.due == 0
    assert "It is nobody's day: all 1 who are active have other days, or pause." in desk("status", "--now", f"{TUESDAY}T09:30Z").out
    assert "weekends bring no papers" in desk("status", "--now", f"{SATURDAY}T09:30Z").out
    said = desk("status", "--date", "2026-03-30", "--now", "2026-03-30T05:00Z").out
    assert "1 of 1 active have it among their days; no pass has come to them." in said
    assert not sink.mails


def rows_of(world: World, day: str) -> list:  # type: ignore[type-arg]
    rows = world.store.deliveries.on(datetime.fromisoformat(day).date())
    return [row for row in rows if row.recipient == "bob@example.org"]
