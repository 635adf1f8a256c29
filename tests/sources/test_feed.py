"""Any feed."""

from __future__ import annotations

from datetime import date

import pytest

from digest.errors import SourceError
from digest.sources.feed import Feed, parse
from tests.sources.fakes import FakeHttp, down
from tests.world import NOW

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel><title>J</title>{}</channel></rss>"""


def rss(*items: str) -> bytes:
    return RSS.format("".join(f"<item>{each}</item>" for each in items)).encode()


ITEM = "<title>On &lt;i&gt;x&lt;/i&gt;</title><link>https://j.org/a?b=1</link><description>&lt;p&gt;We&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>"


def test_an_entry_becomes_a_paper_without_markup() -> None:
    [paper] = parse(
        rss(ITEM + "<pubDate>Mon, 23 Mar 2026 23:00:00 -0400</pubDate><author>A B, C D</author><category>bio</category>")
    ).papers
    assert (paper.title, paper.abstract, paper.url) == ("On x", "We", "https://j.org/a?b=1")
    assert (paper.announced, paper.authors, paper.categories) == (date(2026, 3, 24), ("A B", "C D"), ("bio",))
    assert paper.id == "feed:https://j.org/a?b=1"


@pytest.mark.parametrize(
    ("link", "more", "name"),
    [
        ("https://arxiv.org/abs/2603.00001v2", "", "arxiv:2603.00001"),
        ("https://doi.org/10.1000/XY", "", "doi:10.1000/xy"),
        ("https://j.org/x", "<prism:doi>10.1000/XY</prism:doi>", "doi:10.1000/xy"),
        ("https://www.biorxiv.org/content/10.1101/2026.03.01.123456v1?rss=1", "", "doi:10.1101/2026.03.01.123456"),
        ("https://doi.org/10.48550/arXiv.2603.00001", "", "arxiv:2603.00001"),
        ("https://j.org/x", f"<guid>{'g' * 300}</guid>", None),
    ],
)
def test_an_entry_is_named_after_the_work_that_it_links_to(link: str, more: str, name: str | None) -> None:
    [paper] = parse(rss(f"<title>T</title><link>{link}</link>{more}")).papers
    assert paper.id == name or (name is None and len(paper.id) < 50)


def test_other_schemes_never_become_links() -> None:
    [paper] = parse(rss("<title>T</title><link>javascript:alert(1)</link><guid>g1</guid>")).papers
    assert not paper.url.startswith("javascript")


@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html><html><body>x</body></html>", b'<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>', b"nothing", b"{}"]
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        parse(body)


def test_a_broken_feed_is_read_as_far_as_it_goes_and_says_so() -> None:
    parsed = parse(rss(ITEM, ITEM.replace("/a?b=1", "/c"))[:-40])
    assert parsed.papers
    assert "broken" in parsed.note


async def test_a_pull_asks_conditionally_and_keeps_what_is_recent_enough() -> None:
    body = rss(ITEM + "<pubDate>Mon, 02 Mar 2026 23:00:00 GMT</pubDate>", "<title>T</title><link>https://j.org/new</link>")
    http, feed = FakeHttp(lambda _: body, etag='"a"'), Feed("https://j.org/rss.xml")
    first = await feed.pull(http, now=NOW, validators={}, since=date(2026, 3, 10))
    again = await feed.pull(http, now=NOW, validators={each.url: each for each in first.validators})
    assert ([paper.url for paper in first.papers], again.papers) == (["https://j.org/new"], ())
    assert first.source == "feed:j.org/rss.xml"


async def test_a_feed_that_is_down_is_an_error_and_no_crash() -> None:
    fetch = await Feed("https://j.org/rss.xml").pull(FakeHttp(down), now=NOW, validators={})
    assert fetch.error is not None
