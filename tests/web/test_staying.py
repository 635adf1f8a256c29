from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as Xml

import pytest

from digest.model import SubscriptionEvent
from digest.tokens import Purpose
from tests.web.visitor import BASE, Neighbourhood

DAY = date(2026, 3, 24)
ATOM = "{http://www.w3.org/2005/Atom}"


def preferences(town: Neighbourhood, key: int, *, age: timedelta = timedelta()) -> str:
    return f"/preferences/{town.token(Purpose.MANAGE, key, town.clock() - age)}"


def test_a_page_as_it_was_shown_changes_nothing_when_it_is_saved(town: Neighbourhood) -> None:
    key = town.joins()
    before = town.served()
    link = preferences(town, key)
    town.press(town.get(link), "Save", link)
    assert town.served() == before


def test_what_cannot_be_saved_is_shown_again_as_it_was_typed(town: Neighbourhood) -> None:
    key = town.joins()
    link = preferences(town, key)
    page = town.press(town.get(link), "Save", link, status=422, max_papers="many", timezone="Europe/Paris", days=["sun"])
    assert "Nothing was saved yet" in page.text
    form = page.form_with("Save")
    assert (form.fields["max_papers"], form.fields["timezone"], form.fields["days"]) == (["many"], ["Europe/Paris"], ["sun"])
    assert town.served().timezone == "Europe/Berlin"


def test_topics_are_dropped_and_added_on_her_page(town: Neighbourhood) -> None:
    key = town.joins()
    link = preferences(town, key)
    town.press(town.get(link), "Save", link, **{"topic-0-drop": "yes", "new-topics": "Sea turtles"})
    assert [each.name for each in town.served().topics] == ["Sea turtles"]


def test_links_of_old_mails_send_a_fresh_one_instead(town: Neighbourhood) -> None:
    key = town.joins()
    link = preferences(town, key, age=timedelta(days=60))
    page = town.get(link, 410)
    assert "from an old mail" in page.text
    form = page.forms[0]
    stamp = form.fields["stamp"][0]
    assert town.client.post(link, data={"do": "pause-7", "stamp": stamp}).status_code == 410
    assert town.served().paused_until is None
    town.client.post(link, data={"do": "link", "stamp": stamp})
    assert [(each.kind, each.recipient) for each in town.outbox()] == [("help", "alice@example.org")]


def test_who_complained_or_said_never_again_has_no_button_to_return(town: Neighbourhood) -> None:
    key = town.joins()
    town.store.subscribers.change("alice@example.org", SubscriptionEvent.COMPLAINED, reason="complained", now=town.clock())
    link = preferences(town, key)
    page = town.get(link)
    assert "reported as spam" in page.text
    assert not [form for form in page.forms if "Write to me again" in form.buttons]
    town.client.post(link, data={"do": "return", "stamp": town.site.stamp("preferences", key)})
    assert town.state() == "suppressed complained"


def test_somebody_deleted_finds_a_kind_word(town: Neighbourhood) -> None:
    key = town.joins()
    links = [preferences(town, key), f"/confirm/{town.token(Purpose.CONFIRM, key, town.clock())}"]
    town.store.subscribers.forget("alice@example.org")
    for link in links:
        assert town.client.get(link).status_code == 410


@pytest.mark.parametrize("number", [0, 4, 99, 10**9])
def test_a_vote_on_a_number_that_is_not_in_the_digest(town: Neighbourhood, number: int) -> None:
    key = town.joins()
    town.gets_digest(key, DAY)
    link = town.path(town.links.of(key, DAY).more(number))
    assert town.client.get(link).status_code == 410
    assert town.client.post(link, data={"stamp": town.site.stamp("feedback", key)}).status_code == 410


def test_a_vote_needs_its_button(town: Neighbourhood) -> None:
    key = town.joins()
    town.gets_digest(key, DAY)
    link = town.path(town.links.of(key, DAY).more(1))
    assert town.client.post(link, data={}).status_code == 403
    assert town.client.get(link.replace("/more/", "/most/")).status_code == 404
    assert town.store.subscribers.votes(key) == ()


# --- The feed ------------------------------------------------------------------------------------------------------------


def test_the_feed_brings_the_same_digests(town: Neighbourhood) -> None:
    key = town.joins()
    for day in (DAY, DAY + timedelta(days=1)):
        town.gets_digest(key, day)
        town.clock.goes_on(days=1)
    link = f"/feed/{town.token(Purpose.FEED, key)}"
    answer = town.client.get(link)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = Xml.fromstring(answer.content)
    entries = root.findall(f"{ATOM}entry")
    assert [each.findtext(f"{ATOM}title", "")[:10] for each in entries] == ["Wed 25 Mar", "Tue 24 Mar"]
    assert len({each.findtext(f"{ATOM}id") for each in entries}) == 2
    assert "tag:papers.example.org,2026:digest/" in (entries[0].findtext(f"{ATOM}id") or "")
    assert "Neural operators that keep their energy" in (entries[0].findtext(f"{ATOM}content") or "")
    view = entries[0].find(f"{ATOM}link")
    assert view is not None
    assert "25 March 2026" in town.get(view.attrib["href"]).text
    assert (root.findtext(f"{ATOM}updated") or "") == "2026-03-25T09:00:00Z"


def test_a_feed_reader_that_asks_again_hears_that_nothing_is_new(town: Neighbourhood) -> None:
    key = town.joins()
    town.gets_digest(key, DAY)
    link = f"/feed/{town.token(Purpose.FEED, key)}"
    tag = town.client.get(link).headers["etag"]
    again = town.client.get(link, headers={"If-None-Match": f'W/{tag}, "other"'})
    assert (again.status_code, again.content) == (304, b"")


def test_a_feed_without_digests_is_a_feed(town: Neighbourhood) -> None:
    root = Xml.fromstring(town.client.get(f"/feed/{town.token(Purpose.FEED, town.joins())}").content)
    assert root.findall(f"{ATOM}entry") == []
    assert root.findtext(f"{ATOM}updated")


def test_a_digest_that_is_no_longer_kept_says_so(town: Neighbourhood) -> None:
    key = town.joins()
    at = datetime(2020, 1, 1, tzinfo=UTC)
    assert town.client.get(f"/digest/{town.token(Purpose.VIEW, key, at)}").status_code == 410
    assert town.client.get(f"/digest/{town.token(Purpose.VIEW, key)}").status_code == 410
    assert BASE
