"""The way in: the same page for everybody, limits, traps, and no way to flood a mailbox."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import pytest

from digest.model import SubscriptionEvent
from digest.tokens import Purpose
from tests.web.visitor import Neighbourhood, Page


def signs_up(town: Neighbourhood, email: str = "alice@example.org", *, network: str = "192.0.2.1", **more: Any) -> Any:
    """One filled form, half a minute after it was shown."""
    stamp = town.site.signer.sign(Purpose.FORM, 0, extra="join", at=town.clock() - timedelta(seconds=30))
    said = {"email": email, "topics": "neural operators", "stamp": stamp, "do": "join"} | more
    return town.from_address(network).post("/", data=said)


def test_whoever_is_signed_up_sees_the_same_page(town: Neighbourhood) -> None:
    town.joins("active@example.org")
    town.joins("gone@example.org")
    town.store.subscribers.change("gone@example.org", SubscriptionEvent.COMPLAINED, reason="complained", now=town.clock())
    people = ("new@example.org", "new@example.org", "active@example.org", "gone@example.org")
    answers = [signs_up(town, each, network=f"192.0.2.{n}") for n, each in enumerate(people)]
    answers.append(signs_up(town, "robot@example.org", website="http://spam.example"))
    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    assert "Look into your mailbox" in answers[0].text
    assert [(each.kind, each.recipient) for each in town.outbox()] == [
        ("confirm", "new@example.org"),
        ("help", "active@example.org"),
    ]


def test_nothing_that_somebody_typed_stands_in_the_question(town: Neighbourhood) -> None:
    signs_up(town, topics="Buy cheap watches at http://spam.example, <b>now</b>")
    (note,) = town.outbox()
    message = town.printer.mail(note).data.decode("ascii")
    assert "watches" not in message
    assert "spam.example" not in message


def test_five_sign_ups_of_a_network_in_ten_minutes_are_enough(town: Neighbourhood) -> None:
    statuses = [signs_up(town, f"n{n}@example.org").status_code for n in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert signs_up(town, "other@example.org", network="192.0.2.77").status_code == 200
    town.clock.goes_on(minutes=10)
    assert signs_up(town, "later@example.org").status_code == 200


def test_neighbours_in_an_ipv6_network_are_one_network(town: Neighbourhood) -> None:
    statuses = [signs_up(town, f"n{n}@example.org", network=f"2001:db8:0:1::{n:x}").status_code for n in range(6)]
    assert statuses == [200] * 5 + [429]


@pytest.mark.slow
def test_behind_a_trusted_proxy_the_forwarded_network_counts(town: Neighbourhood) -> None:
    client = town.from_address("10.1.2.3")
    stamp = town.site.signer.sign(Purpose.FORM, 0, extra="join", at=town.clock() - timedelta(seconds=30))

    def status(number: int, forwarded: str) -> int:
        said = {"email": f"n{number}@example.org", "topics": "x", "stamp": stamp, "do": "join"}
        return client.post("/", data=said, headers={"X-Forwarded-For": forwarded}).status_code

    assert [status(n, f"198.51.100.{n}") for n in range(8)] == [200] * 8
    assert [status(n, f"203.0.113.{n}, 198.51.100.99") for n in range(10, 16)] == [200] * 5 + [429]


def test_a_form_that_is_wrong_keeps_what_was_typed_and_says_what_to_mend(town: Neighbourhood) -> None:
    answer = signs_up(town, "alice@", topics="<b>PINN</b>")
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "is no mail address" in page.text
    assert page.forms[0].fields["topics"] == ["<b>PINN</b>"]
    assert "<b>PINN" not in answer.text
    assert town.outbox() == []


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(days=2), timedelta(seconds=-60)])
def test_a_form_filled_too_fast_or_days_later_is_shown_again(town: Neighbourhood, age: timedelta) -> None:
    stamp = town.site.signer.sign(Purpose.FORM, 0, extra="join", at=town.clock() - age)
    answer = signs_up(town, stamp=stamp)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "once more" in page.text
    assert page.forms[0].fields["email"] == ["alice@example.org"]
    assert town.outbox() == []
    town.press(page, "Sign up", "/")
    assert len(town.outbox()) == 1


@pytest.mark.parametrize("stamp", ["", "nonsense", "x" * 500])
def test_a_form_that_another_site_made_signs_nobody_up(town: Neighbourhood, stamp: str) -> None:
    assert signs_up(town, stamp=stamp).status_code == 422
    assert town.outbox() == []


def test_the_button_of_a_page_works_on_that_page_only(town: Neighbourhood) -> None:
    alice, bob = town.joins(), town.joins("bob@example.org")
    path = f"/preferences/{town.token(Purpose.MANAGE, alice, town.clock())}"
    for stamp in (town.site.stamp("preferences", bob), town.site.stamp("confirm", alice), town.site.stamp("join"), "", "x"):
        assert town.client.post(path, data={"do": "pause-7", "stamp": stamp}).status_code == 403
    assert town.served().paused_until is None


def test_examples_show_what_her_topics_bring_today(town: Neighbourhood) -> None:
    from tests.world import NOW, paper, papers

    found = [*papers(60), paper("arxiv:2603.09999", "Turtle migration in the Atlantic", abstract="Where sea turtles go.")]
    town.store.papers.keep(found, now=NOW - timedelta(hours=2))
    town.shelf.fill()
    page = town.press(town.get("/"), "Show what my topics would bring today", "/", topics="sea turtles\nquantum chess")
    assert "Turtle migration in the Atlantic" in page.text
    assert "quantum chess nothing in the latest announcement" in page.text
    assert page.forms[0].fields["topics"] == ["sea turtles\nquantum chess"]


@pytest.mark.slow
def test_looking_at_examples_has_its_own_limit(town: Neighbourhood) -> None:
    statuses = [town.client.post("/", data={"do": "try", "topics": "x"}).status_code for _ in range(62)]
    assert statuses == [200] * 60 + [429] * 2


# --- Flood ---------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("count", [100, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_flood_of_sign_ups_brings_a_victim_five_mails_and_the_page_still_answers(town: Neighbourhood, count: int) -> None:
    """From 20 networks over a day, all for one mailbox, spelled in many ways; somebody else signs up in the midst of it."""
    clients = [town.from_address(f"198.51.100.{n}") for n in range(20)]
    spellings = ("victim@example.org", "Victim@Example.org", "victim+1@example.org", "VICTIM+2@example.org")
    step, took = timedelta(days=1) / count, list[float]()
    for number in range(count):
        town.clock.now += step
        stamp = town.site.signer.sign(Purpose.FORM, 0, extra="join", at=town.clock() - timedelta(seconds=30))
        said = {"email": spellings[number % 4], "topics": "x", "stamp": stamp, "do": "join"}
        began = perf_counter()
        answer = clients[number % 20].post("/", data=said)
        took.append(perf_counter() - began)
        assert answer.status_code in (200, 429)
    assert len([each for each in town.outbox() if each.kind == "confirm"]) <= 5
    assert median(took) < 0.1
    assert signs_up(town, "somebody@example.org").status_code == 200
    assert town.outbox()[-1].recipient == "somebody@example.org"


def test_a_flood_from_everywhere_fills_no_memory_and_few_mailboxes(town: Neighbourhood) -> None:
    """Each request from a network of its own, each for an address of its own: the cap of all together holds."""
    guard = town.site.sign_ups
    passed = sum(guard.lets(f"2001:db8:{n:x}::/64") for n in range(20_000))
    assert passed == 1000
    assert len(guard._each) <= 10_000
