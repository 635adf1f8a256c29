"""Against recorded answers: every parser on every file, and whole pulls against the replay server."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from digest.errors import DigestError, SourceError
from digest.sources import arxiv_oai
from digest.sources.arxiv import Arxiv, harvest
from digest.sources.http import Http
from digest.sources.huggingface import HuggingFace
from digest.sources.registry import KINDS, build, parse
from digest.sources.source import SourceUrls
from tests.needs import missing, needs_data

pytestmark = [pytest.mark.replay, pytest.mark.slow]

MORNING = datetime(2026, 3, 24, 9, tzinfo=UTC)
CATEGORIES = "arxiv:cs.LG+cs.CL+cs.CV+cs.AI+stat.ML"


def manifest() -> list[dict[str, Any]]:
    lines = (needs_data() / "payloads" / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def found(source: str, body: bytes) -> int | None:
    """The number of papers, or None for an answer that was refused."""
    try:
        return len(parse(source, body).papers)
    except SourceError:
        return None


def test_every_recorded_answer_is_read_as_its_manifest_says() -> None:
    wrong = []
    for row in manifest():
        if expected := row.get("expect"):
            body = (needs_data() / "payloads" / row["file"]).read_bytes()
            if found(expected["source"], body) != (None if expected.get("error") else expected["papers"]):
                wrong.append(row["file"])
    assert wrong == []


def test_no_recorded_answer_upsets_any_parser() -> None:
    for row in manifest():
        body = (needs_data() / "payloads" / row["file"]).read_bytes()
        for kind in KINDS:
            assert found(kind, body) is None or found(kind, body) is not None


def test_an_answer_that_was_cut_off_anywhere_is_refused() -> None:
    names = ("arxiv_oai/listrecords_arXivRaw_2011-03_p2.xml", "arxiv_rss/rss_cs_2011-02-03.xml", "hf_daily_papers/2026-03-02.json")
    for name in names:
        body = (needs_data() / "payloads" / name).read_bytes().rstrip()
        source = "huggingface" if name.endswith("json") else "arxiv"
        assert [found(source, body[: len(body) * part // 20]) for part in range(20)] == [None] * 20
        assert found(source, body[:-1]) is None


@pytest.fixture
def replay() -> Iterator[SourceUrls]:
    """A replay server at a Tuesday morning."""
    tool = Path(needs_data()).parent / "tools" / "replay.py"
    if not tool.exists():
        missing(f"no replay server at {tool}")
    process = subprocess.Popen([sys.executable, str(tool), "--now", MORNING.isoformat()], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        given = json.loads(process.stdout.readline())["env"]
        yield SourceUrls(
            arxiv_feed=given["DIGEST_ARXIV_FEED_URL"],
            arxiv_api=given["DIGEST_ARXIV_API_URL"],
            arxiv_oai=given["DIGEST_ARXIV_OAI_URL"],
            huggingface=given["DIGEST_HUGGINGFACE_URL"],
            arxiv_delay=0.0,
        )
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def host(urls: SourceUrls) -> str:
    return urlsplit(urls.arxiv_feed).netloc


def client(urls: SourceUrls) -> Http:
    return Http(hosts={host(urls)}, arxiv_delay=urls.arxiv_delay)


async def control(urls: SourceUrls, path: str, body: dict[str, Any] | None = None) -> Any:
    """Speak to the replay server itself."""
    import urllib.request

    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"http://{host(urls)}{path}", data=data)
    return json.loads(await asyncio.to_thread(lambda: urllib.request.urlopen(request).read()))


async def test_a_morning_brings_the_days_papers_from_both_sources(replay: SourceUrls) -> None:
    async with client(replay) as http:
        arxiv, daily = [await each.pull(http, now=MORNING, validators={}) for each in build(f"{CATEGORIES},huggingface", replay)]
    assert (arxiv.error, daily.error) == (None, None)
    news = [paper for paper in arxiv.papers if paper.announced == date(2026, 3, 24) and paper.announce_type]
    assert len(news) > 400
    assert len({each.listed for each in daily.sightings}) >= 5
    assert not [paper for paper in (*arxiv.papers, *daily.papers) if not paper.title or "\n" in paper.abstract]


async def test_a_steady_day_costs_one_request_for_arxiv(replay: SourceUrls) -> None:
    [source] = build(CATEGORIES, replay)
    async with client(replay) as http:
        first = await source.pull(http, now=MORNING, validators={})
        for _ in range(3):
            again = await source.pull(http, now=MORNING, validators={each.url: each for each in first.validators})
            assert (again.papers, again.error) == ((), None)
    statuses = [each["status"] for each in await control(replay, "/_log")]
    assert statuses[-3:] == [304, 304, 304]


async def test_three_refusals_in_a_row_are_waited_out(replay: SourceUrls) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await control(replay, "/_fault", {"path": "/rss.arxiv.org", "status": 429, "body": "Rate exceeded.", "times": 3})
    async with Http(hosts={host(replay)}, arxiv_delay=0.0, sleep=sleep) as http:
        fetch = await Arxiv(("cs.LG",), replay).pull(http, now=MORNING, validators={})
    assert fetch.error is None
    assert slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("fault", [{"truncate": 5000}, {"body": "<html><body>Sorry</body></html>", "status": 200}, {"truncate": 0}])
async def test_a_broken_feed_costs_nothing_since_the_sweep_brings_the_day(replay: SourceUrls, fault: dict[str, Any]) -> None:
    await control(replay, "/_fault", {"path": "/rss.arxiv.org", "times": 1} | fault)
    async with client(replay) as http:
        broken = await Arxiv(("cs.CL",), replay).pull(http, now=MORNING, validators={})
        whole = await Arxiv(("cs.CL",), replay).pull(http, now=MORNING, validators={each.url: each for each in broken.validators})
    assert broken.error is not None
    assert {paper.id for paper in whole.papers} <= {paper.id for paper in broken.papers}
    assert whole.error is None


async def test_arxiv_is_never_asked_twice_at_once_nor_sooner_than_agreed(replay: SourceUrls) -> None:
    async with Http(hosts={host(replay)}, arxiv_delay=0.4) as http:
        pulls = [Arxiv((each,), replay).pull(http, now=MORNING, validators={}) for each in ("cs.CL", "cs.LG", "astro-ph.GA")]
        await asyncio.gather(*pulls, HuggingFace(replay).pull(http, now=MORNING, validators={}))
    log = [each for each in await control(replay, "/_log") if "arxiv.org" in each["path"]]
    log.sort(key=lambda each: each["began"])
    assert len(log) >= 6
    for earlier, later in itertools.pairwise(log):
        assert later["began"] - earlier["began"] >= 0.39
        assert later["began"] >= earlier["ended"]


async def test_an_oai_harvest_reads_all_its_pages(replay: SourceUrls) -> None:
    async with client(replay) as http:
        for prefix, first, last, pages, papers in (
            ("arXiv", date(2011, 2, 1), date(2011, 2, 28), 5, 125),
            ("arXivRaw", date(2011, 3, 1), date(2011, 5, 31), 2, 45),
        ):
            url = arxiv_oai.list_url(replay.arxiv_oai, since=first, until=last, prefix=prefix)
            harvested = await harvest(http, url, base=replay.arxiv_oai)
            assert len(harvested) == pages
            assert len({paper.id for page in harvested for paper in page.papers}) == papers


def test_in_recorded_records_the_last_version_alone_says_whether_a_paper_is_withdrawn() -> None:
    """None of the recorded ones is; with the last version emptied all are, with an earlier one emptied none is."""
    body = (needs_data() / "payloads/arxiv_oai/listrecords_arXivRaw_2011-03_p2.xml").read_text(encoding="utf-8")
    gone = re.sub(r"<size>[^<]*</size>(?=(?:(?!<version ).)*?</arXivRaw>)", "<size>0kb</size>", body, flags=re.DOTALL)
    ignored = re.sub(r"(?=</version>(?:(?!<version ).)*?</arXivRaw>)", "<source_type>I</source_type>", body, flags=re.DOTALL)
    earlier = re.sub(r"<size>[^<]*</size>(?=(?:(?!</arXivRaw>).)*<version )", "<size>0kb</size>", body, flags=re.DOTALL)
    for text, withdrawn in ((body, False), (gone, True), (ignored, True), (earlier, False)):
        papers = parse("arxiv", text.encode()).papers
        assert len(papers) == body.count("<record>")
        assert {paper.withdrawn for paper in papers} == {withdrawn}


async def test_a_dead_source_is_an_error_and_keeps_its_time(replay: SourceUrls) -> None:
    gone = replace(replay, huggingface=f"http://{host(replay)}/nowhere")
    async with client(gone) as http:
        fetch = await HuggingFace(gone).pull(http, now=MORNING, validators={})
    assert isinstance(fetch.error, DigestError)
    assert not fetch.error.retryable
