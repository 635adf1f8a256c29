"""`digest parse` on recorded answers, as somebody would type it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, row
from tests.needs import needs_data

KINDS = ("arxiv", "feed")  # every parser on every answer: tests/sources/test_replay.py


def manifest() -> list[tuple[Path, dict[str, Any]]]:
    folder = needs_data() / "payloads"
    rows = map(json.loads, (folder / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines())
    return [(folder / each["file"], each) for each in rows]


def test_the_papers_of_an_answer_come_as_a_paper_file_that_can_be_read_again(desk: Desk) -> None:
    desk.writes("given.jsonl", "".join(json.dumps(row(n, upvotes=n)) + "\n" for n in range(1, 4)))
    first = desk("parse", "given.jsonl", "--source", "file")
    desk.writes("again.jsonl", first.out)
    again = desk("parse", "again.jsonl", "--source", "file")
    assert first.code == again.code == 0
    assert first.out == again.out
    assert [json.loads(line)["upvotes"] for line in first.lines] == [1, 2, 3]
    assert first.err == "3 papers, 3 sightings\n"


def test_an_answer_that_is_an_error_says_which_and_ends_with_one(desk: Desk) -> None:
    desk.writes("answer", "<html><body>Rate exceeded.</body></html>")
    said = desk("parse", "answer", "--source", "arxiv")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: arxiv: the answer is a web page, not XML: ")


@pytest.mark.slow
@pytest.mark.replay
def test_every_recorded_answer_is_read_as_its_manifest_says(desk: Desk) -> None:
    wrong, checked = [], 0
    for path, each in manifest():
        if expected := each.get("expect"):
            checked += 1
            said = desk("parse", str(path), "--source", expected["source"])
            names = [json.loads(line)["id"] for line in said.lines]
            told = "error" if said.code == 1 and said.err.startswith("error: ") and not names else len(set(names))
            if told != ("error" if expected.get("error") else expected["papers"]) or len(names) != len(set(names)):
                wrong.append((each["file"], expected, told))
    assert checked > 40
    assert wrong == []


@pytest.mark.replay
@pytest.mark.slow
def test_no_recorded_answer_upsets_any_parser(desk: Desk) -> None:
    for path, _ in manifest():
        for kind in KINDS:
            said = desk("parse", str(path), "--source", kind)
            assert said.code in (0, 1, 2), (path.name, kind)
            assert "Traceback" not in said.err
            assert said.code == 0 or said.err.startswith("error: "), (path.name, kind)
