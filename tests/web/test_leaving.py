"""The way out: RFC 8058 exactly, on mails that were really rendered."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from digest.model import SubscriptionEvent
from digest.tokens import Purpose, Signer
from tests.web.visitor import BASE, Neighbourhood

DAY = date(2026, 3, 24)
CLICK = {"List-Unsubscribe": "One-Click"}
BOUNDARY = "=_a1b2"
AS_MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{BOUNDARY}--\r\n'
).encode()
MULTIPART = {"Content-Type": f'multipart/form-data; boundary="{BOUNDARY}"'}
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


def header(message: str, name: str) -> list[str]:
    unfolded = re.sub(r"\r\n[ \t]+", " ", message.partition("\r\n\r\n")[0])
    return re.findall(rf"^{name}: (.*?)\r?$", unfolded, re.MULTILINE)


def one_click_url(message: str) -> str:
    """What a mail program takes the address from (RFC 8058, section 3.1)."""
    (uris,) = header(message, "List-Unsubscribe")
    (https,) = [uri for uri in re.findall(r"<([^>]*)>", uris) if uri.startswith("https:")]
    assert header(message, "List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    return https


@pytest.fixture
def path(town: Neighbourhood) -> str:
    return town.path(one_click_url(town.gets_digest(town.joins(), DAY)))


@pytest.mark.parametrize(
    ("data", "headers"), [(b"List-Unsubscribe=One-Click", URLENCODED), (AS_MULTIPART, MULTIPART)], ids=["urlencoded", "multipart"]
)
def test_one_click_in_either_encoding_ends_it_at_once(town: Neighbourhood, path: str, data: bytes, headers: dict[str, str]) -> None:
    answer = town.client.post(path, content=data, headers=headers)
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert town.state() == "suppressed unsubscribed"
    assert town.store.subscribers.active() == []


def test_one_click_twice_is_as_good_as_once(town: Neighbourhood, path: str) -> None:
    town.client.post(path, data=CLICK)
    before = town.everything()
    town.clock.goes_on(days=400)
    assert town.client.post(path, data=CLICK).status_code == 200
    assert town.everything() == before


def test_the_link_works_for_ever_and_whatever_became_of_her(town: Neighbourhood, path: str) -> None:
    town.store.subscribers.change("alice@example.org", SubscriptionEvent.BOUNCED, reason="bounced: 5.1.1", now=town.clock())
    town.clock.goes_on(days=4000)
    assert town.client.post(path, data=CLICK).status_code == 200
    assert town.state() == "suppressed bounced: 5.1.1"
    town.store.subscribers.forget("alice@example.org")
    assert town.client.post(path, data=CLICK).status_code == 200


def test_looking_changes_nothing(town: Neighbourhood, path: str) -> None:
    before = town.everything()
    assert town.client.get(path).status_code == 200
    assert town.client.head(path).status_code == 200
    assert town.client.options(path).status_code == 405
    assert town.client.put(path, data=CLICK).status_code == 405
    assert town.client.get(path, params=CLICK).status_code == 200
    assert town.everything() == before


@pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "Two-Clicks"}, {"one-click": "yes"}])
def test_a_post_that_does_not_say_so_changes_nothing(town: Neighbourhood, path: str, data: dict[str, str]) -> None:
    before = town.everything()
    assert town.client.post(path, data=data).status_code == 400
    assert town.everything() == before


@pytest.mark.slow
def test_forged_and_cut_tokens_are_refused(town: Neighbourhood, path: str) -> None:
    page, _, token = path.rpartition("/")
    key = town.key()
    others = [
        *(token[:length] for length in range(1, len(token))),
        token + "A",
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        Signer(("another secret",)).sign(Purpose.UNSUBSCRIBE, key),
        *(town.token(purpose, key, town.clock()) for purpose in Purpose if purpose is not Purpose.UNSUBSCRIBE),
        "%00", "..%2f..", "a" * 2000,
    ]  # fmt: skip
    before = town.everything()
    for other in others:
        assert town.client.post(f"{page}/{other}", data=CLICK).status_code == 404, other
        assert town.client.get(f"{page}/{other}").status_code == 404, other
    assert town.everything() == before


def test_no_address_stands_in_any_link_of_a_mail(town: Neighbourhood) -> None:
    message = town.gets_digest(town.joins(), DAY)
    for link in re.findall(re.escape(BASE) + r"\S*", message):
        assert "alice" not in link
        assert "%40" not in link


def test_a_body_that_never_ends_is_cut_off(town: Neighbourhood, path: str) -> None:
    assert town.client.post(path, content=b"x" * 100_000, headers=URLENCODED).status_code == 413
    assert town.client.post(path, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 415
    assert town.state() == "active"


def test_coming_back_by_the_link_of_an_old_mail_needs_her_mailbox(town: Neighbourhood, path: str) -> None:
    page = town.press(town.get(path), "Unsubscribe", path)
    town.clock.goes_on(days=100)
    page = town.press(town.get(path), "I want to come back", path)
    assert "Look into your mailbox" in page.text
    assert town.state() == "suppressed unsubscribed"
    assert [each.kind for each in town.outbox()] == ["confirm"]
    link = f"/confirm/{town.token(Purpose.CONFIRM, town.key(), town.clock())}"
    town.press(town.get(link), "Yes, confirm my subscription", link)
    assert town.state() == "active"


def test_leaving_takes_effect_on_what_is_about_to_be_sent(town: Neighbourhood, path: str) -> None:
    before = town.clock()
    town.clock.goes_on(seconds=1)
    town.client.post(path, data=CLICK)
    assert town.store.deliveries.unsubscribed_since(before) == {"alice@example.org"}
    town.clock.goes_on(days=1)
    assert town.store.subscribers.due(town.clock() + timedelta(days=9)) == []
