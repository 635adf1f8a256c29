"""The pages and the mails together: what a page brings about leaves over SMTP, and the links that arrive lead back to the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest import pipeline
from digest.pipeline import House
from digest.tokens import Purpose
from tests.fakes import World
from tests.sink import Sink
from tests.web.visitor import Neighbourhood, links_of
from tests.world import papers


@pytest.fixture
def daemon(town: Neighbourhood, world: World) -> House:
    world.source.has(*papers(24))
    return world.house(store=town.store, clock=town.clock, press=town.printer, roster=None)


def last(sink: Sink) -> str:
    return sink.mails[-1].data.decode("ascii")


def link(message: str, page: str) -> str:
    return next(each for each in links_of(message) if f"/{page}/" in each)


@pytest.mark.slow
async def test_from_the_form_to_the_first_digest_and_out(town: Neighbourhood, daemon: House, sink: Sink) -> None:
    await pipeline.fetch(daemon)
    town.press(town.get("/"), "Sign up", "/", email="alice@example.org", topics="neural operators")
    await pipeline.post(daemon)
    question = link(last(sink), "confirm")
    page = town.press(town.get(question), "Yes, confirm my subscription", question)
    assert "on its way" in page.text
    await pipeline.post(daemon)
    assert "Welcome" in last(sink)
    await pipeline.tick(daemon)
    assert sink.recipients == ["alice@example.org"] * 3
    digest = last(sink)
    assert "On neural operators" in digest

    read = town.get(link(digest, "digest"))
    assert "On neural operators, part" in read.text
    more = next(each for each in links_of(digest) if each.endswith("/more/1"))
    town.press(town.get(more), "More like this", more)
    assert len(town.store.subscribers.votes(town.key())) == 1
    preferences = link(digest, "preferences")
    town.press(town.get(preferences), "1 week", preferences)
    town.clock.goes_on(days=1)
    await pipeline.tick(daemon)
    assert len(sink.mails) == 3
    answer = town.client.post(town.path(link(digest, "unsubscribe")), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert town.state() == "suppressed unsubscribed"


async def test_somebody_who_leaves_while_her_digest_waits_gets_none(town: Neighbourhood, daemon: House, sink: Sink) -> None:
    key = town.joins()
    await pipeline.fetch(daemon)
    await pipeline.plan_today(daemon)
    town.clock.goes_on(seconds=1)
    town.client.post(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", data={"List-Unsubscribe": "One-Click"})
    await pipeline.tick(daemon)
    assert sink.mails == []
    (row,) = town.store.deliveries.on(town.clock().date())
    assert row.state == "skipped"


async def test_a_second_confirmation_brings_no_second_digest(town: Neighbourhood, daemon: House, sink: Sink) -> None:
    await pipeline.fetch(daemon)
    town.press(town.get("/"), "Sign up", "/", email="alice@example.org", topics="neural operators")
    await pipeline.post(daemon)
    question = link(last(sink), "confirm")
    for _ in range(2):
        town.press(town.get(question), "Yes, confirm my subscription", question)
        await pipeline.post(daemon)
        await pipeline.tick(daemon)
        town.clock.goes_on(minutes=5)
    assert len(sink.mails) == 3
    town.clock.now += timedelta(days=3)
    assert town.client.get(town.path(question)).status_code == 410
