"""Mail scanners, prefetchers and crawlers open every link of every mail and page: nothing in the store may change by that."""

from __future__ import annotations

from datetime import date

import pytest

from digest.tokens import Purpose
from tests.web.visitor import BASE, Neighbourhood, Page, links_of

DAY = date(2026, 3, 24)


def seeds(town: Neighbourhood) -> set[str]:
    """All links of a digest, a question, a welcome, a goodbye and a help mail."""
    key = town.joins()
    found = set(links_of(town.gets_digest(key, DAY)))
    wish = town.site.desk.read_sign_up({"email": ["bob@example.org"], "topics": ["graph matching"]}).wish
    town.site.desk.sign_up(wish, town.clock())
    bob = town.key("bob@example.org")
    town.site.desk.confirm(bob, town.clock(), town.clock())
    town.site.desk.sign_up(wish.__class__("carol@example.org", wish.topics), town.clock())
    town.site.desk.send_link(key, town.clock())
    for note in town.outbox():
        found |= set(links_of(town.printer.mail(note).data.decode("ascii")))
    return found


@pytest.mark.slow
def test_whoever_opens_every_link_changes_nothing(town: Neighbourhood) -> None:
    waiting = {town.path(link) for link in seeds(town)} | {"/"}
    pages = {link.split("/")[1] for link in waiting}
    assert {"unsubscribe", "preferences", "digest", "feedback", "confirm", "decline"} <= pages
    town.clock.goes_on(minutes=5)
    before, seen = town.everything(), set[str]()
    while waiting:
        link = waiting.pop()
        seen.add(link)
        for ask in (town.client.get, town.client.head):
            answer = ask(link)
            assert answer.status_code == 200, (link, answer.status_code)
            assert "set-cookie" not in answer.headers
        if "html" in town.client.get(link).headers["content-type"]:
            links = {town.path(each) for each in Page(town.client.get(link).text).links}
            waiting |= {each for each in links if each.startswith("/") and each not in seen}
    assert len(seen) >= 20
    assert town.everything() == before


@pytest.mark.slow
def test_no_page_shows_a_whole_address(town: Neighbourhood) -> None:
    for link in seeds(town):
        assert "alice@example.org" not in town.client.get(town.path(link)).text, link


def test_a_page_that_is_shown_to_others_holds_nothing_that_is_only_hers(town: Neighbourhood) -> None:
    """A digest in the browser is what people pass on: no link of it lets others choose, vote or unsubscribe for her."""
    key = town.joins()
    town.gets_digest(key, DAY)
    page = town.get(town.links.of(key, DAY).browser)
    assert "Neural operators that keep their energy" in page.text
    assert {each for each in page.links if each.startswith((BASE, "/"))} == {"/", "/trending", "/about"}
    assert not page.forms


@pytest.mark.slow
def test_a_token_of_one_page_opens_no_other(town: Neighbourhood) -> None:
    key = town.joins()
    town.gets_digest(key, DAY)
    pages = {
        "preferences": Purpose.MANAGE, "unsubscribe": Purpose.UNSUBSCRIBE, "digest": Purpose.VIEW, "feed": Purpose.FEED,
        "confirm": Purpose.CONFIRM, "decline": Purpose.CONFIRM,
    }  # fmt: skip
    for page, right in pages.items():
        for purpose in Purpose:
            status = town.client.get(f"/{page}/{town.token(purpose, key, town.clock())}").status_code
            assert (status == 404) == (purpose is not right), (page, purpose, status)
