"""Hugging Face Daily Papers, of all years."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from digest.errors import SourceError
from digest.sources.huggingface import PAGE, HuggingFace, parse
from tests.sources.answers import daily, listed
from tests.sources.fakes import FakeHttp, down
from tests.world import NOW, TODAY


def test_an_entry_becomes_a_paper_and_a_sighting() -> None:
    told = listed(
        githubRepo="https://github.com/a/b", githubStars=7, projectPage="javascript:alert(1)", ai_summary="It <b>works</b>.",
        ai_keywords=["neural operators"], submittedOnDailyAt="2026-03-24T02:03:25.262Z",
    )  # fmt: skip
    parsed = parse(daily(told), at=NOW, listed=TODAY)
    [paper], [sighting] = parsed.papers, parsed.sightings
    assert (paper.id, paper.title, paper.abstract, paper.summary) == ("arxiv:2603.00001", "A title", "It works.", "It works.")
    assert (paper.announced, paper.published) == (TODAY, datetime(2026, 3, 20, 10, tzinfo=UTC))
    assert paper.authors == ("Ada Lovelace",)
    assert (paper.code_url, paper.project_url) == ("https://github.com/a/b", "")
    assert (paper.discussion_url, paper.url) == ("https://huggingface.co/papers/2603.00001", "https://arxiv.org/abs/2603.00001")
    assert paper.keywords == ("neural operators",)
    assert (sighting.upvotes, sighting.comments, sighting.stars) == (5, 2, 7)
    assert (sighting.listed, sighting.at, sighting.paper) == (TODAY, NOW, paper.id)


def test_what_an_old_answer_does_not_hold_is_unknown_and_not_zero() -> None:
    told = listed()
    del told["paper"]["upvotes"], told["numComments"]
    [sighting] = parse(daily(told)).sightings
    assert (sighting.upvotes, sighting.comments, sighting.stars) == (None, None, None)


@pytest.mark.parametrize(
    ("outer", "inner", "day"),
    [
        ({"publishedAt": "2024-06-13T01:00:00.000Z"}, {}, date(2024, 6, 13)),
        ({}, {"submittedOnDailyAt": "2025-03-17T00:44:05.364Z"}, date(2025, 3, 17)),
        ({}, {"submittedOnDailyAt": "2026-05-28T00:00:00.000Z"}, date(2026, 5, 28)),
    ],
)
def test_the_day_of_the_list_is_read_from_the_right_date_of_each_era(
    outer: dict[str, str], inner: dict[str, str], day: date
) -> None:
    [sighting] = parse(daily(listed(outer=outer, **inner))).sightings
    assert sighting.listed == day


def test_one_bad_entry_does_not_stop_the_rest() -> None:
    parsed = parse(daily(listed(), None, "text", {"paper": None}, {"paper": {"id": 5}}, listed("2603.00002", upvotes="many")))
    assert [paper.id for paper in parsed.papers] == ["arxiv:2603.00001", "arxiv:2603.00002"]
    assert parsed.note.startswith("4 entries")
    assert parsed.sightings[1].upvotes is None


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "empty"), (b"<html>", "web page"), (b'[{"paper": {', "cut off"), (b'{"error":"Invalid date"}', "Invalid date"),
     (b'{"papers": []}', "another shape"), (b'["{\'paper\': {}}"]', "another shape"), (b"null", "another shape"),
     (b"[" * 5000, "cut off")],
)  # fmt: skip
def test_an_answer_that_is_an_error_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        parse(body)


def test_an_empty_list_is_an_empty_day() -> None:
    assert parse(b"[]").papers == ()


async def test_a_pull_reads_today_and_the_last_seven_days_again() -> None:
    http = FakeHttp(lambda _: b"[]")
    fetch = await HuggingFace().pull(http, now=NOW, validators={})
    days = [url.partition("date=")[2][:10] for url in http.asked]
    assert days == ["2026-03-24", "2026-03-23", "2026-03-22", "2026-03-21", "2026-03-20", "2026-03-19", "2026-03-18", "2026-03-17"]
    assert (fetch.papers, fetch.error) == ((), None)


async def test_a_full_page_is_followed_by_the_next() -> None:
    full = daily(*(listed(f"2603.{n:05d}") for n in range(PAGE)))
    rest = daily(listed("2603.77777"))
    http = FakeHttp(lambda url: (full if "p=0" in url else rest) if TODAY.isoformat() in url else b"[]")
    fetch = await HuggingFace().pull(http, now=NOW, validators={})
    assert len(fetch.papers) == PAGE + 1
    assert len(http.asked) == 9


async def test_a_relisted_paper_is_one_paper_with_a_sighting_on_each_list() -> None:
    http = FakeHttp(
        lambda url: daily(listed(upvotes=42)) if "03-24" in url else daily(listed(upvotes=2)) if "03-18" in url else b"[]"
    )
    fetch = await HuggingFace().pull(http, now=NOW, validators={})
    assert len(fetch.papers) == 1
    assert {(each.listed, each.upvotes) for each in fetch.sightings} == {(TODAY, 42), (date(2026, 3, 18), 2)}


async def test_what_came_before_a_failure_is_kept() -> None:
    http = FakeHttp(lambda url: daily(listed()) if "03-24" in url else down(url))
    fetch = await HuggingFace().pull(http, now=NOW, validators={})
    assert len(fetch.papers) == 1
    assert fetch.error is not None
    assert len(http.asked) == 2


async def test_since_reaches_further_back() -> None:
    http = FakeHttp(lambda _: b"[]")
    await HuggingFace().pull(http, now=NOW, validators={}, since=date(2026, 3, 1))
    assert len(http.asked) == 24
