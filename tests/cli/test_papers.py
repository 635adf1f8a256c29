"""`digest trending`, `rank` and `parse`: papers for people and for other programs."""

from __future__ import annotations

import json

import pytest

from tests.cli.desk import ALICE, BROKEN, NOW, Desk, row

# --- Trending ------------------------------------------------------------------------------------------------------------


def test_trending_papers_come_best_first_with_every_part_of_their_score(desk: Desk) -> None:
    desk.has_read(row(1, upvotes=5, comments=1, github_stars=7), row(2, upvotes=50), row(3), row(4, upvotes=20))

    best = desk("trending", "--json", "--now", NOW).json

    assert [each["id"] for each in best] == ["arxiv:2603.00002", "arxiv:2603.00004", "arxiv:2603.00001"]
    last = best[-1]
    assert last["title"] == "On diffusion models, part 1"
    assert {name: last[name] for name in ("upvotes", "comments", "stars", "gain")} == {
        "upvotes": 5, "comments": 1, "stars": 7, "gain": None,
    }  # fmt: skip
    product = 1.0
    for part in last["parts"].values():
        product *= part
    assert product == pytest.approx(last["score"])


def test_as_a_table_what_is_unknown_is_a_dot_and_lines_are_whole(desk: Desk) -> None:
    title = "A title [of] many words :smile: " * 8
    desk.has_read(row(1, upvotes=5, title=title))

    lines = desk("trending", "--now", NOW).lines

    assert len(lines) == 2
    assert lines[1].split()[:6] == ["1", "11.90", "5", "·", "·", "·"]
    assert lines[1].endswith(f"{title.strip()}  arxiv:2603.00001")


def test_the_limit_and_the_moment_are_obeyed(desk: Desk) -> None:
    desk.has_read(*(row(number, upvotes=number) for number in range(1, 9)))

    assert len(desk("trending", "--limit", "3", "--json", "--now", NOW).json) == 3
    assert desk("trending", "--date", "2026-03-20", "--json", "--now", NOW).json == []
    assert "No paper with votes in the seven days before" in desk("trending", "--now", "2026-04-20T09:00:00Z").out


# --- Rank ----------------------------------------------------------------------------------------------------------------

TOPICS = ALICE + "  - name: Of protein\n    keywords: [protein folding]\n"


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    desk.has_papers(*map(row, range(1, 13)), row(13, id="10.1101/2026.03.01.1", title="Protein folding by hand"))
    desk.writes("topics.yaml", TOPICS)
    return desk


def test_a_ranking_has_six_columns_with_tabs_and_ids_as_in_the_file(shelf: Desk) -> None:
    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl")

    assert (said.code, said.err) == (0, "")
    rows = [line.split("\t") for line in said.lines]
    assert {len(each) for each in rows} == {6}
    assert {(each[1], each[5]) for each in rows} == {("Q0", "digest")}
    of_protein = [each for each in rows if each[0] == "Of protein"]
    assert [int(each[3]) for each in of_protein] == list(range(1, len(of_protein) + 1))
    assert {each[2] for each in of_protein[:3]} == {"2603.00002", "2603.00008", "10.1101/2026.03.01.1"}
    scores = [float(each[4]) for each in of_protein]
    assert scores == sorted(scores, reverse=True)


def test_a_limit_is_for_each_topic(shelf: Desk) -> None:
    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl", "--limit", "2")

    assert [line.split("\t")[0] for line in said.lines] == ["Operators", "Operators", "Of protein", "Of protein"]


def test_as_json_lines_each_place_has_its_reasons(shelf: Desk) -> None:
    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl", "--limit", "1", "--format", "jsonl")

    first = json.loads(said.lines[0])
    assert first.keys() == {"topic", "rank", "id", "title", "score", "why"}
    assert sum(hit["contribution"] for hit in first["why"]) == pytest.approx(first["score"])


def test_as_a_table_people_see_titles_and_words(shelf: Desk) -> None:
    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl", "--limit", "1", "--format", "table")

    assert said.lines[0] == "Operators"
    assert "On neural operators, part " in said.lines[1]
    assert "(neural operators" in said.lines[1]


def test_bad_lines_are_told_and_the_others_ranked(shelf: Desk) -> None:
    shelf.writes("papers.jsonl", json.dumps(row(6)) + '\n{"id": "2603.00007"}\n')

    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl")

    assert said.code == 2
    assert said.err.startswith("error: papers.jsonl:2: title: ")
    assert said.lines[0].split("\t")[2] == "2603.00006"


def test_a_broken_profile_ranks_nothing(shelf: Desk) -> None:
    shelf.writes("topics.yaml", BROKEN)

    said = shelf("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl")

    assert said == (2, "", "error: topics.yaml:4:5: topics.keyword: no such key, did you mean 'keywords'?\n")


# --- Parse ---------------------------------------------------------------------------------------------------------------


def test_what_is_parsed_is_a_paper_file_again(desk: Desk) -> None:
    desk.has_papers(row(1, upvotes=3), row(2))

    said = desk("parse", "papers.jsonl", "--source", "file")

    assert (said.code, said.err) == (0, "2 papers, 1 sightings\n")
    desk.writes("again.jsonl", said.out)
    assert desk("parse", "again.jsonl", "--source", "file").out == said.out
    assert [json.loads(line)["id"] for line in said.lines] == ["2603.00001", "2603.00002"]


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("arxiv", "<html><body>Sorry, we are down</body></html>"),
        ("arxiv", "<rss><channel><item><title>cut"),
        ("huggingface", '{"error": "Internal error"}'),
        ("biorxiv", '{"messages": [{"status": "Error"}]}'),
        ("feed", "no feed at all"),
        ("file", "{broken"),
    ],
)
def test_an_answer_that_is_an_error_exits_1_and_says_which(desk: Desk, source: str, body: str) -> None:
    desk.writes("answer", body)

    said = desk("parse", "answer", "--source", source)

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: {source}: ")
    assert len(said.err.splitlines()) == 1


def test_a_source_that_nobody_knows_is_an_argument_to_mend(desk: Desk) -> None:
    desk.writes("answer", "x")

    said = desk("parse", "answer", "--source", "arxif")

    assert said.code == 2
    assert "'arxif' is no source, did you mean 'arxiv'?" in said.err


def test_none_of_them_makes_a_file(desk: Desk) -> None:
    desk.writes("papers.jsonl", json.dumps(row(6)))
    desk.writes("topics.yaml", TOPICS)

    desk("parse", "papers.jsonl", "--source", "file")
    desk("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl")
    desk("trending", "--now", NOW)

    assert desk.files == ["papers.jsonl", "topics.yaml"]
