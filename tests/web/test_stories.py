"""Whole stories, by link: sign up, confirm, choose, pause, leave; as somebody without scripts lives them."""

from __future__ import annotations

from datetime import date, timedelta

from digest.model import SubscriptionEvent
from digest.tokens import Purpose
from tests.web.visitor import BASE, Neighbourhood


def test_from_sign_up_to_goodbye(town: Neighbourhood) -> None:
    page = town.get("/")
    assert "Get trending papers in your inbox once a day" in page.text
    page = town.press(page, "Sign up", "/", email="alice@example.org", topics="neural operators\ndiffusion models, PINN")
    assert "Look into your mailbox" in page.text
    assert town.state() == "pending"
    (mail,) = town.outbox()
    assert (mail.kind, mail.recipient) == ("confirm", "alice@example.org")

    link = f"{BASE}/confirm/" + town.token(Purpose.CONFIRM, town.key(), town.clock())
    page = town.get(link)
    assert town.state() == "pending"
    page = town.press(page, "Yes, confirm my subscription", link)
    assert town.state() == "active"
    assert "Your first digest is on its way" in page.text
    assert [each.kind for each in town.outbox()] == ["confirm", "welcome"]
    today = town.store.deliveries.on(date(2026, 3, 24))
    assert [(each.recipient, each.due_at) for each in today] == [("alice@example.org", town.clock())]

    link = next(each for each in page.links if "/preferences/" in each)
    page = town.get(link)
    assert "PINN" in page.text
    wishes = {"days": ["mon", "thu"], "send_at": "07:30", "timezone": "Europe/Berlin", "topic-0-keywords": "FNO, DeepONet"}
    page = town.press(page, "Save", link, **wishes)
    assert "Saved." in page.text
    her = town.served()
    assert (her.days, her.send_at.isoformat(), her.timezone) == ((0, 3), "07:30:00", "Europe/Berlin")
    assert her.topics[0].keywords == ("FNO", "DeepONet")
    page = town.press(page, "1 week", link)
    assert town.served().paused_until == date(2026, 3, 31)
    page = town.press(page, "Resume now", link)
    assert town.served().paused_until is None

    link = next(each for each in page.links if "/unsubscribe/" in each)
    page = town.press(town.get(link), "Unsubscribe", link)
    assert "You are unsubscribed" in page.text
    assert town.state() == "suppressed unsubscribed"


def test_this_was_not_me(town: Neighbourhood) -> None:
    town.press(town.get("/"), "Sign up", "/", email="alice@example.org", topics="neural operators")
    link = f"{BASE}/decline/" + town.token(Purpose.CONFIRM, town.key(), town.clock())
    page = town.press(town.get(link), "This was not me", link)
    assert "gets no further mail" in page.text
    assert town.state() == "suppressed declined"
    town.clock.goes_on(days=2)
    town.press(town.get("/"), "Sign up", "/", email="alice@example.org", topics="neural operators")
    assert [each.kind for each in town.outbox()] == ["confirm"]


def test_who_left_comes_back_with_her_topics(town: Neighbourhood) -> None:
    key = town.joins()
    town.client.post(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", data={"List-Unsubscribe": "One-Click"})
    town.clock.goes_on(hours=1)
    town.press(town.get("/"), "Sign up", "/", email="alice@example.org", topics="something else")
    assert town.state() == "suppressed unsubscribed"
    link = f"{BASE}/confirm/" + town.token(Purpose.CONFIRM, key, town.clock())
    page = town.press(town.get(link), "Yes, confirm my subscription", link)
    assert "Neural PDE solvers" in page.text
    assert town.state() == "active"


def test_an_old_confirmation_does_not_undo_a_goodbye(town: Neighbourhood) -> None:
    key = town.joins()
    asked = town.clock()
    town.clock.goes_on(hours=1)
    town.client.post(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", data={"List-Unsubscribe": "One-Click"})
    link = f"{BASE}/confirm/" + town.token(Purpose.CONFIRM, key, asked)
    town.press(town.get(link), "Yes, confirm my subscription", link, status=410)
    assert town.state() == "suppressed unsubscribed"


def test_more_and_less(town: Neighbourhood) -> None:
    key = town.joins()
    town.gets_digest(key, date(2026, 3, 24))
    link = town.links.of(key, date(2026, 3, 24)).more(2)
    page = town.get(link)
    assert "Neural operators that keep their energy" in page.text
    assert town.store.subscribers.votes(key) == ()
    page = town.press(page, "More like this", link)
    assert [each.value for each in town.store.subscribers.votes(key)] == ["more"]
    town.press(page, "No, less like this", link)
    assert [each.value for each in town.store.subscribers.votes(key)] == ["less"]


def test_who_was_cut_off_is_told_why_and_may_return(town: Neighbourhood) -> None:
    key = town.joins()
    reason = "bounced: 5.1.1 no such user"
    town.store.subscribers.change("alice@example.org", SubscriptionEvent.BOUNCED, reason=reason, now=town.clock())
    link = f"{BASE}/preferences/" + town.token(Purpose.MANAGE, key, town.clock() - timedelta(days=3))
    page = town.get(link)
    assert "because our mails came back" in page.text
    assert "5.1.1 no such user" in page.text
    page = town.press(page, "Write to me again", link)
    assert "Welcome back" in page.text
    assert town.state() == "active"
