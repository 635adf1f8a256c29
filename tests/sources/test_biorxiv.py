"""bioRxiv and medRxiv."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from digest.errors import SourceError
from digest.sources.biorxiv import Biorxiv, day, parse
from tests.sources.fakes import FakeHttp
from tests.world import NOW


def row(doi: str = "10.64898/2026.03.23.000001", **changes: Any) -> dict[str, Any]:
    given = {"title": "Sound <i>symbols</i>", "authors": "Loconsole, M.; Xue, C.", "doi": doi, "date": "2026-3-23", "version": "1"}
    return given | {"type": "new results", "category": "cell biology", "abstract": "We <b>show</b>.", "published": "NA"} | changes


def page(*rows: Any, total: Any = "1", status: str = "ok") -> bytes:
    return json.dumps({"messages": [{"status": status, "count": len(rows), "total": total}], "collection": list(rows)}).encode()


def test_a_row_becomes_a_paper() -> None:
    [paper] = parse(page(row(published="10.1000/Journal"))).papers
    assert (paper.id, paper.title, paper.abstract) == ("doi:10.64898/2026.03.23.000001", "Sound symbols", "We show.")
    assert paper.authors == ("M. Loconsole", "C. Xue")
    assert (paper.announced, paper.categories) == (date(2026, 3, 23), ("cell biology",))
    assert paper.aliases == ("doi:10.64898/2026.03.23.000001", "doi:10.1000/journal")
    assert paper.url == "https://www.biorxiv.org/content/10.64898/2026.03.23.000001v1"


def test_versions_of_one_preprint_are_one_paper_and_the_newest_counts() -> None:
    [paper] = parse(page(row(), row(version="2", title="Second"))).papers
    assert (paper.title, paper.version, paper.announce_type) == ("Second", 2, "replace")


def test_a_withdrawal_is_marked() -> None:
    papers = parse(page(row(type="withdrawn"), row("10.64898/2", title="WITHDRAWN: Sounds"))).papers
    assert all(paper.withdrawn for paper in papers)


@pytest.mark.parametrize(
    ("text", "found"), [("2026-6-30", date(2026, 6, 30)), ("2026-07-15", date(2026, 7, 15)), ("soon", None), ("2026-13-1", None)]
)
def test_dates_come_with_and_without_zeros(text: str, found: date | None) -> None:
    assert day(text) == found


def test_a_day_without_posts_is_empty_and_no_error() -> None:
    assert parse(b'{"messages": [{"status": "no posts found"}], "collection": []}').papers == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"messages": [{"status": "error: bad date"}]}',
        b'{"messages": [], "collection": [1, {}]}',
        b"{",
    ],
)
def test_an_answer_that_is_an_error_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        parse(body)


async def test_a_pull_follows_the_cursor_and_keeps_the_wanted_categories() -> None:
    pages = {"0": page(row(), row("10.64898/2", category="Ecology"), total="3"), "2": page(row("10.64898/3"), total="3")}
    http = FakeHttp(lambda url: pages[url.split("/")[-2]])
    fetch = await Biorxiv("biorxiv", ("cell biology",)).pull(http, now=NOW, validators={})
    assert [paper.doi for paper in fetch.papers] == ["10.64898/2026.03.23.000001", "10.64898/3"]
    assert http.asked[0].endswith("/details/biorxiv/2026-03-20/2026-03-24/0/json")
