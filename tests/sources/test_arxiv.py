"""arXiv by its three roads."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from digest.errors import SourceError
from digest.model import Fetch, Validator
from digest.sources import arxiv_feed, arxiv_oai
from digest.sources.arxiv import Arxiv, by_ids, harvest, parse
from digest.sources.arxiv_record import mailing_day, names
from tests.sources.answers import entry, item, oai, record, rss, search
from tests.sources.fakes import FakeHttp, Said
from tests.world import NOW, TODAY

MONDAY = ("Mon, 16 Mar 2026 10:00:00 GMT", "20kb", "D")


def test_a_feed_item_becomes_a_clean_paper_with_all_its_names() -> None:
    more = "<arxiv:DOI>10.1000/ABC</arxiv:DOI>"
    [paper] = parse(rss(item(title=r"$\beta$-VAE", more=more, abstract="Code: https://github.com/a/b."))).papers
    assert (paper.id, paper.title, paper.announce_type, paper.announced) == ("arxiv:2603.00001", "β-VAE", "new", TODAY)
    assert paper.authors == ("Ada Lovelace", "G. David Forney, Jr.", "Emmy Noether")
    assert paper.categories == ("cs.LG", "math.NA")
    assert paper.abstract == "Code: https://github.com/a/b."
    assert (paper.code_url, paper.doi) == ("https://github.com/a/b", "10.1000/abc")
    assert paper.aliases == ("arxiv:2603.00001", "doi:10.1000/abc")


def test_a_paper_that_stands_twice_in_a_feed_is_one_and_new_before_cross_listed() -> None:
    [paper] = parse(rss(item(kind="cross"), item(kind="new"), item(kind="replace"))).papers
    assert paper.announce_type == "new"


def test_replacements_are_papers_with_their_version() -> None:
    [paper] = parse(rss(item("2001.00001v3", kind="replace-cross"))).papers
    assert (paper.announce_type, paper.version) == ("replace-cross", 3)


def test_an_item_that_is_no_paper_is_left_out_and_counted() -> None:
    parsed = parse(rss(item(), item("nonsense"), item(title="")))
    assert len(parsed.papers) == 1
    assert parsed.note == "2 items without an arXiv id or a title left out"


def test_an_empty_mailing_is_no_error() -> None:
    assert parse(rss()).note == "the mailing is empty"


@pytest.mark.parametrize(
    ("body", "words", "retryable"),
    [
        (rss(title="Feed error for query: x", description="Bad subject class 'XX'."), "Bad subject class 'XX'", False),
        (search(entry().replace("http://arxiv.org/abs/2603.00001v2", "https://arxiv.org/api/errors#x")), "refuses", False),
        (
            b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badVerb">No.</error></OAI-PMH>',
            "badVerb: No.",
            False,
        ),
        (b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><Identify/></OAI-PMH>', "no records but Identify", False),
        (b"<!DOCTYPE html><html><body>Down for maintenance</body></html>", "web page", True),
        (b"Rate exceeded.", "no whole XML", True),
        (b"", "empty", True),
        (rss(item())[:400], "no whole XML", True),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss><channel>&a;</channel></rss>', "declares entities", False),
        (
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>'.encode("utf-16"),
            "declares entities",
            False,
        ),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>', "declares entities", False),
        (b"<svg/>", "<svg> document", True),
    ],
)
def test_an_answer_that_is_an_error_is_refused_and_says_why(body: bytes, words: str, retryable: bool) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse(body)
    assert caught.value.retryable is retryable


def test_a_search_result_tells_the_first_version_and_the_remark() -> None:
    [paper] = parse(search(entry(more="<arxiv:comment>12 pages, github.com/a/b</arxiv:comment>"))).papers
    assert (paper.version, paper.published, paper.abstract) == (2, datetime(2026, 3, 20, 17, tzinfo=UTC), "Two lines.")
    assert (paper.categories, paper.code_url) == (("cs.CL", "cs.AI"), "https://github.com/a/b")
    assert paper.announced == date(2026, 3, 23)


@pytest.mark.parametrize(
    ("remark", "withdrawn"),
    [("This paper has been withdrawn by the authors.", True), ("Withdrawn due to an error in Lemma 2", True),
     ("The paper has been temporarily withdrawn", True), ("12 pages; extends a withdrawn paper", False), ("", False)],
)  # fmt: skip
def test_authors_words_mark_a_withdrawal(remark: str, withdrawn: bool) -> None:
    [paper] = parse(search(entry(more=f"<arxiv:comment>{remark}</arxiv:comment>"))).papers
    assert paper.withdrawn is withdrawn


@pytest.mark.parametrize(
    ("versions", "withdrawn"),
    [((MONDAY,), False), ((MONDAY, ("Tue, 17 Mar 2026 10:00:00 GMT", "0kb", "I")), True),
     ((MONDAY, ("Tue, 17 Mar 2026 10:00:00 GMT", "0kb", "I"), ("Wed, 18 Mar 2026 10:00:00 GMT", "21kb", "D")), False)],
)  # fmt: skip
def test_a_version_without_bytes_is_a_withdrawal_and_a_later_one_revives_it(
    versions: tuple[tuple[str, str, str], ...], withdrawn: bool
) -> None:
    [paper] = parse(oai(record("2603.00001", *versions))).papers
    assert (paper.withdrawn, paper.version) == (withdrawn, len(versions))
    assert paper.published == datetime(2026, 3, 16, 10, tzinfo=UTC)
    assert paper.authors == ("A. B", "C. D")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A B and C D", ["A B", "C D"]),
        ("A (1), B (2) ((1) X, Y (2) Z)", ["A", "B"]),
        ("A, B, Jr., and C", ["A", "B, Jr.", "C"]),
        ("", []),
    ],
)
def test_authors_in_one_string_are_told_apart(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("submitted", "mailing"),
    [("2026-03-23T17:59", "2026-03-24"), ("2026-03-23T18:00", "2026-03-25"), ("2026-03-20T18:01", "2026-03-24"),
     ("2026-03-19T19:00", "2026-03-23")],
)  # fmt: skip
def test_the_mailing_of_a_submission_follows_arxivs_deadlines(submitted: str, mailing: str) -> None:
    assert mailing_day(datetime.fromisoformat(submitted).replace(tzinfo=UTC)) == date.fromisoformat(mailing)


def test_the_sets_of_oai_are_named_by_group_and_archive() -> None:
    assert [arxiv_oai.set_of(each) for each in ("cs.CL", "hep-th", "cond-mat.str-el", "math")] == [
        "cs:cs:CL", "physics:hep-th", "physics:cond-mat:str-el", "math:math",
    ]  # fmt: skip


def answers(url: str) -> Said:
    return rss(item()) if "/rss/" in url else search(entry("2603.00009v1"))


async def test_a_pull_brings_the_mailing_and_what_the_feed_missed() -> None:
    fetch = await Arxiv(("cs.LG", "cs.CL")).pull(FakeHttp(answers), now=NOW, validators={})
    assert [paper.id for paper in fetch.papers] == ["arxiv:2603.00001", "arxiv:2603.00009"]
    assert fetch.error is None


async def test_the_second_pull_of_a_day_costs_one_request() -> None:
    http = FakeHttp(answers, etag='"today"')
    first = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators={})
    known = {each.url: each for each in first.validators}
    second = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators=known)
    assert len(http.asked) == 3
    assert (second.papers, second.note) == ((), "nothing new since the last look")


async def test_a_broken_feed_is_reported_and_the_sweep_brings_the_day() -> None:
    http = FakeHttp(lambda url: rss(item())[:300] if "/rss/" in url else search(entry("2603.00009v1")), etag='"x"')
    fetch = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators={})
    assert fetch.error is not None
    assert [paper.id for paper in fetch.papers] == ["arxiv:2603.00009"]
    assert not [each for each in fetch.validators if "/rss/" in each.url]


async def test_a_sweep_reads_all_pages_and_an_empty_one_in_the_middle_is_an_error() -> None:
    pages = {0: search(entry("2603.00001v1"), total=3), 1: search(entry("2603.00002v1"), total=3), 2: search(total=3)}
    http = FakeHttp(lambda url: rss() if "/rss/" in url else pages[int(url.partition("start=")[2].partition("&")[0])])
    fetch = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators={})
    assert len(fetch.papers) == 2
    assert fetch.error is not None
    assert not [each for each in fetch.validators if "search_query" in each.url]


async def test_a_feed_that_was_cut_off_is_asked_for_in_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arxiv_feed, "CAP", 2)
    both = rss(item("2603.00001v1"), item("2603.00002v1"))
    http = FakeHttp(lambda url: search() if "/api/" in url else both if "+" in url else rss(item()))
    await Arxiv(("cs.LG", "cs.CL")).pull(http, now=NOW, validators={})
    assert [url.rpartition("/")[2] for url in http.asked if "/rss/" in url] == ["cs.LG+cs.CL", "cs.LG", "cs.CL"]


async def test_since_goes_by_oai_and_follows_its_tokens() -> None:
    first, second = oai(record("2603.00001", MONDAY), token="a%3Db"), oai(record("2603.00002", MONDAY))
    http = FakeHttp(lambda url: second if "resumptionToken" in url else first)
    fetch = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators={}, since=date(2026, 3, 1))
    assert [paper.id for paper in fetch.papers] == ["arxiv:2603.00001", "arxiv:2603.00002"]
    assert "set=cs:cs:LG" in http.asked[0]
    assert http.asked[1].endswith("resumptionToken=a%3Db")


GONE = ("Tue, 24 Mar 2026 10:00:00 GMT", "0kb", "I")
BACK = ("Wed, 25 Mar 2026 10:00:00 GMT", "21kb", "D")


class Days:
    """arXiv over some days: each pull hands the next one its validators."""

    def __init__(self, *pages: bytes) -> None:
        self.oai: Said = pages[0] if pages else oai()
        self.http = FakeHttp(self.say)
        self.known: dict[str, Validator] = {}

    def say(self, url: str) -> Said:
        return rss() if "/rss/" in url else search() if "/api/" in url else self.oai

    async def pull(self, day: int, hour: int = 9) -> Fetch:
        self.http.asked.clear()
        now = datetime(2026, 3, day, hour, tzinfo=UTC)
        fetch = await Arxiv(("cs.LG",)).pull(self.http, now=now, validators=self.known)
        self.known |= {each.url: each for each in fetch.validators}
        return fetch

    @property
    def harvests(self) -> list[str]:
        return [url for url in self.http.asked if "verb=ListRecords" in url]


async def test_what_changed_is_harvested_once_a_day_from_the_last_harvest_on() -> None:
    days = Days(oai(record("2603.00001", MONDAY, GONE), record("2603.00002", MONDAY), record("2603.00003", MONDAY, GONE, BACK)))
    first = await days.pull(24)
    assert (days.harvests, first.papers) == ([], ())   # a new store holds nothing that can have changed
    second = await days.pull(25)
    assert len(days.harvests) == 1
    assert "from=2026-03-24&set=cs:cs:LG" in days.harvests[0]
    assert {paper.id: (paper.withdrawn, paper.version) for paper in second.papers} == {
        "arxiv:2603.00001": (True, 2), "arxiv:2603.00003": (False, 3),
    }  # fmt: skip
    await days.pull(25, hour=11)
    assert days.harvests == []
    await days.pull(27)
    assert "from=2026-03-25" in days.harvests[0]


@pytest.mark.parametrize(
    "oai_answer",
    [SourceError("arxiv", "status 404 Not Found", retryable=False), oai(record("2603.00001", MONDAY))[:-20]],
    ids=["no-service", "cut-off"],
)
async def test_a_harvest_that_fails_is_a_note_and_is_tried_again_tomorrow(oai_answer: Said) -> None:
    days = Days()
    await days.pull(24)
    days.oai = oai_answer
    failed = await days.pull(25)
    assert (failed.error, len(days.harvests)) == (None, 1)
    assert "OAI-PMH: " in failed.note
    later = await days.pull(25, hour=11)
    assert (later.error, days.harvests) == (None, [])
    assert "what was withdrawn since 2026-03-24 is not known yet" in later.note
    days.oai = oai(record("2603.00001", MONDAY, GONE))
    healed = await days.pull(26)
    assert "from=2026-03-24" in days.harvests[0]
    assert [paper.withdrawn for paper in healed.papers] == [True]
    assert "not known yet" not in healed.note


async def test_without_oai_since_goes_by_the_api_and_without_both_it_is_an_error() -> None:
    gone = SourceError("arxiv", "status 404 Not Found", retryable=False)
    http = FakeHttp(lambda url: search(entry()) if "/api/" in url else gone)
    fetch = await Arxiv(("cs.LG",)).pull(http, now=NOW, validators={}, since=date(2026, 3, 1))
    assert (len(fetch.papers), fetch.error) == (1, None)
    assert "asked the API instead" in fetch.note
    dead = await Arxiv(("cs.LG",)).pull(FakeHttp(lambda _: gone), now=NOW, validators={}, since=date(2026, 3, 1))
    assert dead.error is not None


async def test_one_id_that_the_api_refuses_does_not_cost_the_others() -> None:
    refused = SourceError("arxiv", "status 400 Bad Request", retryable=False)
    ids = ["2010.08895", "xx/0101001", "2010.08896"]
    http = FakeHttp(lambda url: refused if "xx/0101001" in url else search(*(entry(f"{each}v1") for each in ids if each in url)))
    fetch = await by_ids(http, ids, now=NOW)
    assert [paper.id for paper in fetch.papers] == ["arxiv:2010.08895", "arxiv:2010.08896"]
    assert fetch.error is None


async def test_a_token_that_leads_in_a_circle_is_an_error() -> None:
    with pytest.raises(SourceError, match="same page"):
        await harvest(FakeHttp(lambda _: oai(token="x")), "https://o/?a", base="https://o/")


async def test_like_papers_come_by_id_and_unknown_ones_do_not() -> None:
    http = FakeHttp(lambda _: search(entry("2010.08895v3")))
    fetch = await by_ids(http, ["arxiv:2010.08895", "2603.99999", "doi:10.1/x"], now=NOW)
    assert [paper.id for paper in fetch.papers] == ["arxiv:2010.08895"]
    assert "id_list=2010.08895,2603.99999&" in http.asked[0]
