"""Paper files, in and out."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.sources.http import Http
from digest.sources.paperfile import FileSource, parse, read, write
from tests.world import NOW, TODAY, paper, papers, sighting


def file(folder: Path, *lines: object, name: str = "papers.jsonl") -> Path:
    path = folder / name
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


LINE = {"id": "2603.22288", "title": "A <b>title</b>", "abstract": "It\nworks."}


def test_a_line_needs_three_keys_and_no_more(tmp_path: Path) -> None:
    [row] = read(file(tmp_path, LINE | {"unknown": {"x": 1}})).rows
    assert (row.name, row.paper.id, row.paper.title, row.paper.abstract) == (
        "2603.22288",
        "arxiv:2603.22288",
        "A title",
        "It works.",
    )
    assert row.paper.url == "https://arxiv.org/abs/2603.22288"
    assert row.sightings == ()


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("2603.22288v2", "arxiv:2603.22288"),
        ("10.1000/ABC", "doi:10.1000/abc"),
        ("W123", "file:W123"),
        (77, "file:77"),
        ("x:1", "x:1"),
    ],
)
def test_ids_of_any_kind_are_taken(tmp_path: Path, written: object, id_: str) -> None:
    [row] = read(file(tmp_path, LINE | {"id": written})).rows
    assert (row.paper.id, row.name) == (id_, str(written))


def test_counts_become_a_sighting_on_the_day_that_the_line_names(tmp_path: Path) -> None:
    [row] = read(file(tmp_path, LINE | {"upvotes": 5, "github_stars": 0, "announced": "2026-03-24"})).rows
    [seen] = row.sightings
    assert (seen.upvotes, seen.comments, seen.stars, seen.listed) == (5, None, 0, TODAY)
    assert seen.at == datetime(2026, 3, 24, tzinfo=UTC)


def test_several_sightings_may_stand_in_one_line(tmp_path: Path) -> None:
    several = [{"at": "2026-03-24T08:00:00Z", "listed": "2026-03-24", "upvotes": 1}, {"at": "2026-03-25T08:00:00Z", "stars": 9}]
    [row] = read(file(tmp_path, LINE | {"sightings": several, "upvotes": 99})).rows
    assert [(each.upvotes, each.stars) for each in row.sightings] == [(1, None), (None, 9)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{broken", "no line of JSON"),
        ("[1]", "no JSON object"),
        ({"title": "T", "abstract": "A"}, '"id"'),
        (LINE | {"title": 7}, '"title"'),
        (LINE | {"title": " ", "abstract": ""}, '"title"'),
        (LINE | {"abstract": 5}, '"abstract"'),
        (LINE | {"upvotes": -1}, "upvotes: must be a whole number"),
        (LINE | {"upvotes": True}, "upvotes"),
        (LINE | {"authors": "A B"}, "authors: must be a list"),
        (LINE | {"published": "soon"}, "'soon' is no date"),
        (LINE | {"sightings": {}}, "sightings: must be a list"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, line: object, words: str) -> None:
    found = read(file(tmp_path, LINE, "", line, LINE | {"id": "2603.00002"}))
    assert [row.name for row in found.rows] == ["2603.22288", "2603.00002"]
    [fault] = found.faults
    assert str(fault).startswith(f"{tmp_path}/papers.jsonl:3: ")
    assert words in str(fault)


def test_a_paper_without_a_title_is_still_a_paper_when_it_has_an_abstract(tmp_path: Path) -> None:
    [row] = read(file(tmp_path, LINE | {"title": ""})).rows
    assert (row.paper.title, row.name) == ("", "2603.22288")


def test_a_zipped_file_is_read_whatever_its_name_and_a_cut_one_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = file(tmp_path, *(LINE | {"id": f"2603.{n:05d}", "abstract": str(n) * 99} for n in range(500)), name="a.jsonl.gz")
    assert len(read(whole).rows) == 500
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole.read_bytes()[:-500])
    found = read(cut)
    assert 0 < len(found.rows) < 500
    assert "cannot be read on" in str(found.faults[-1])


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in str(read(tmp_path / "none").faults[0])


def test_what_is_written_reads_back_the_same() -> None:
    given = [
        paper(doi="10.1000/x", aliases=("arxiv:2603.00001", "doi:10.1000/x"), keywords=("a", "b"),
              code_url="https://github.com/a/b", summary="Short.", comment="12 pages", version=3, withdrawn=True,
              pdf_url="https://arxiv.org/pdf/2603.00001", first_seen=None),
        *(each for each in papers(3, first_seen=None)[1:]),
    ]  # fmt: skip
    given[1:] = [paper(each.id, pdf_url=each.url.replace("abs", "pdf"), first_seen=None) for each in given[1:]]
    seen = [sighting(stars=4), sighting(listed=date(2026, 3, 20), upvotes=None, comments=None, stars=1)]
    parsed = parse("\n".join(write(given, seen)).encode())
    assert parsed.papers == tuple(given)
    assert parsed.sightings == tuple(seen)


async def test_a_file_is_a_source_and_its_bad_lines_are_an_error(tmp_path: Path) -> None:
    path = file(tmp_path, LINE, "{", LINE | {"id": "2603.00002", "published": "2020-01-01"})
    async with Http(hosts=()) as http:
        fetch = await FileSource(path).pull(http, now=NOW, validators={}, since=date(2026, 1, 1))
    assert [each.id for each in fetch.papers] == ["arxiv:2603.22288"]
    assert "papers.jsonl:2" in str(fetch.error)
