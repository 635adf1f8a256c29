"""`digest fetch`: what is new in the sources, one line for each."""

from __future__ import annotations

from tests.cli.desk import NOW, Desk, row


def test_a_line_a_source_says_what_it_brought(desk: Desk) -> None:
    desk.has_papers(*map(row, range(1, 6)))

    first, second = desk("fetch", "--now", NOW), desk("fetch", "--now", NOW)

    assert (first.code, first.err) == (0, "")
    assert first.out.split()[:7] == ["file:papers.jsonl", "5", "found", "5", "new", "0", "updated"]
    assert second.out.split()[3:5] == ["0", "new"]


def test_the_same_as_json(desk: Desk) -> None:
    desk.has_papers(row(1))

    said = desk("fetch", "--json", "--now", NOW)

    (line,) = said.json
    assert line.pop("seconds") >= 0
    assert line == {"source": "file:papers.jsonl", "found": 1, "new": 1, "updated": 0, "note": "", "error": None}


def test_one_source_of_several_may_be_named(desk: Desk) -> None:
    desk.has_papers(row(1), name="one.jsonl")
    desk.has_papers(row(2), name="two.jsonl")
    desk.sets(sources="file:one.jsonl,file:two.jsonl")

    said = desk("fetch", "--source", "file:two.jsonl", "--json", "--now", NOW)

    assert [line["source"] for line in said.json] == ["file:two.jsonl"]


def test_a_source_that_is_not_configured_is_named_with_the_nearest(desk: Desk) -> None:
    said = desk("fetch", "--source", "arxif")

    assert said == (2, "", "error: --source: no source 'arxif' in DIGEST_SOURCES, did you mean 'arxiv'?\n")
    assert desk.files == []


def test_a_source_that_fails_is_told_and_the_others_still_bring_theirs(desk: Desk) -> None:
    desk.has_papers(row(1), name="good.jsonl")
    desk.writes("bad.jsonl", "{broken\n")
    desk.sets(sources="file:bad.jsonl,file:good.jsonl")

    said = desk("fetch", "--now", NOW)

    assert said.code == 1
    assert "failed: bad.jsonl:1: no line of JSON" in said.out
    assert desk.with_store(lambda store: store.papers.count()) == 1


def test_only_what_is_recent_enough_is_read_with_since(desk: Desk) -> None:
    desk.has_papers(row(1, announced="2026-03-20"), row(2))

    assert desk("fetch", "--since", "2026-03-22", "--json", "--now", NOW).json[0]["found"] == 1


def test_an_unknown_source_in_the_settings_is_for_the_admin_to_mend(desk: Desk) -> None:
    desk.sets(sources="arxif:cs.LG")

    said = desk("fetch")

    assert said.code == 2
    assert "did you mean 'arxiv'?" in said.err
