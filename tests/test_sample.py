"""The packaged sample: sound, small, varied, honest about what is known, and in our own words."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import digest.sample
from digest import identity
from tests.needs import needs_data

FILE = Path(digest.sample.__file__).with_name("papers.jsonl")
PAPERS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
KEYS = {
    "id", "title", "abstract", "authors", "categories", "published", "url", "pdf_url", "code_url", "upvotes", "comments",
    "github_stars", "announced", "summary", "keywords", "comment", "sightings", "discussion_url", "project_url",
}  # fmt: skip
COUNTS = {"upvotes": "upvotes", "comments": "comments", "github_stars": "stars"}  # of a paper, and the same in its sightings
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
LONGEST_COPY = 7  # words in a row; names and figures that belong together may be as long as that


def each_paper(check: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """One test for all papers; what fails carries the name of its paper."""

    def of_all() -> None:
        for paper in PAPERS:
            try:
                check(paper)
            except AssertionError as error:
                error.add_note(f"the paper is {paper['id']}")
                raise

    return of_all


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of `length` words in the text."""
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@each_paper
def test_a_paper_has_a_name_a_title_and_authors(paper: dict[str, Any]) -> None:
    assert identity.arxiv_id(paper["id"]) == paper["id"]
    assert paper["title"] == paper["title"].strip() != ""
    assert paper["authors"]
    assert all(author.strip() == author != "" for author in paper["authors"])


@each_paper
def test_a_paper_has_no_key_that_is_unknown_or_empty(paper: dict[str, Any]) -> None:
    assert not paper.keys() - KEYS
    assert [key for key, value in paper.items() if value in (None, "", [])] == []


@each_paper
def test_an_abstract_is_two_or_three_sentences(paper: dict[str, Any]) -> None:
    assert 150 <= len(paper["abstract"]) <= 700
    assert paper["abstract"].endswith(".")
    assert len(SENTENCE_END.findall(paper["abstract"])) in (2, 3)


@each_paper
def test_a_summary_is_one_short_line(paper: dict[str, Any]) -> None:
    summary = paper.get("summary", "A line.")
    assert summary == summary.strip()
    assert "\n" not in summary
    assert len(summary) <= 140


@each_paper
def test_no_markup_is_left_in_what_people_read(paper: dict[str, Any]) -> None:
    read = [paper["title"], paper["abstract"], paper.get("summary", ""), paper.get("comment", ""), *paper["authors"]]
    assert not re.search(r"[\\${}<>]|--|\s\s", "|".join(read))


@each_paper
def test_links_lead_to_the_paper_over_https(paper: dict[str, Any]) -> None:
    assert paper["url"] == f"https://arxiv.org/abs/{paper['id']}"
    assert paper["pdf_url"] == f"https://arxiv.org/pdf/{paper['id']}"
    assert all(paper[key].startswith("https://") for key in ("code_url", "project_url") if key in paper)
    assert paper.get("discussion_url", "").endswith(paper["id"] if "upvotes" in paper else "")


@each_paper
def test_votes_agree_with_the_sightings_in_order_of_time(paper: dict[str, Any]) -> None:
    sightings = paper.get("sightings", [])
    times = [moment(sighting["at"]) for sighting in sightings]
    assert times == sorted(times)
    assert all(time.utcoffset() == timedelta(0) for time in times)
    for count, seen in COUNTS.items():
        known = [sighting[seen] for sighting in sightings if seen in sighting]
        assert paper.get(count) == (known[-1] if known else None)


@each_paper
def test_a_paper_with_votes_stood_on_a_list_of_that_day(paper: dict[str, Any]) -> None:
    voted = [sighting for sighting in paper.get("sightings", []) if "upvotes" in sighting]
    assert bool(voted) == ("upvotes" in paper) == ("discussion_url" in paper)
    assert all(sighting["listed"] == sighting["at"][:10] for sighting in voted)
    assert all(paper["announced"] <= sighting["listed"] for sighting in voted)


def test_no_paper_stands_in_it_twice() -> None:
    assert len({paper["id"] for paper in PAPERS}) == len({paper["title"] for paper in PAPERS}) == len(PAPERS)


def test_it_is_small_enough_to_be_shipped() -> None:
    assert FILE.stat().st_size < 120_000


def test_it_spans_five_announcements_in_one_week_and_the_last_is_the_largest() -> None:
    days = Counter(date.fromisoformat(paper["announced"]) for paper in PAPERS)
    assert len(days) == 5
    assert max(days) - min(days) < timedelta(days=7)
    assert not [day for day in days if day.weekday() > 4]
    assert days[max(days)] == max(days.values()) >= 20


def test_nothing_was_seen_after_the_morning_of_the_last_day() -> None:
    last = max(paper["announced"] for paper in PAPERS)
    assert max(sighting["at"] for paper in PAPERS for sighting in paper.get("sightings", [])) < f"{last}T12:00"


def test_it_shows_every_kind_of_paper() -> None:
    assert 20 <= sum("upvotes" in paper for paper in PAPERS) <= len(PAPERS) - 20
    assert 2 / 5 < sum("summary" in paper for paper in PAPERS) / len(PAPERS) < 4 / 5
    assert sum(len(paper.get("sightings", [])) > 1 for paper in PAPERS) >= 5
    assert {1, 2} <= {len(paper["authors"]) for paper in PAPERS}
    assert max(len(paper["authors"]) for paper in PAPERS) > 100
    assert any(re.search("[äöü]", author) for paper in PAPERS for author in paper["authors"])
    assert any(re.search("[₀-₉λ]", paper["title"]) for paper in PAPERS)
    assert any("ccepted" in paper.get("comment", "") for paper in PAPERS)
    assert any("code_url" in paper for paper in PAPERS)


def test_it_covers_many_fields() -> None:
    fields = {category for paper in PAPERS for category in paper.get("categories", [])}
    assert fields >= {"cs.LG", "cs.CL", "cs.CV", "cs.AI", "cs.RO", "cs.GT", "stat.ML", "math.NA", "q-bio.NC", "hep-ex"}
    assert any(field.startswith("astro-ph") for field in fields)


@pytest.fixture(scope="module")
def originals() -> dict[str, list[str]]:
    """The authors' own abstracts of the sample's papers, by id."""
    found: dict[str, list[str]] = {paper["id"]: [] for paper in PAPERS}
    for name in ("hf_daily.jsonl.gz", "arxiv_daily_papers.jsonl.gz"):
        with gzip.open(needs_data() / "corpus" / name, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["id"] in found:
                    found[row["id"]].append(row["abstract"])
    return found


@pytest.mark.slow
@pytest.mark.replay
def test_retellings_take_no_long_phrase_from_the_abstracts(originals: dict[str, list[str]]) -> None:
    assert all(originals.values())
    for paper in PAPERS:
        ours = f"{paper['abstract']} | {paper.get('summary', '')}"
        for theirs in originals[paper["id"]]:
            assert not runs(ours, LONGEST_COPY + 1) & runs(theirs, LONGEST_COPY + 1), paper["id"]
