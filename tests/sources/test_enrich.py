"""Abstracts by DOI, from three services in turn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digest.errors import SourceError
from digest.sources.enrich import SERVICES, abstracts, parse
from tests.needs import needs_data
from tests.sources.fakes import FakeHttp, Said, down
from tests.world import NOW

DOI = "10.1000/a.1"
ABSENT = SourceError("x", "status 404 Not Found", retryable=False)
JATS = "<jats:title>Abstract</jats:title><jats:p>It <jats:italic>works</jats:italic>.</jats:p>"
CROSSREF = json.dumps({"message": {"DOI": "10.1000/A.1", "abstract": JATS}}).encode()
INDEX = {"works.": [1, 3], "It": [0], "really": [2]}
OPENALEX = json.dumps({"doi": f"https://doi.org/{DOI}", "abstract_inverted_index": INDEX}).encode()
SCHOLAR = json.dumps({"externalIds": {"DOI": DOI}, "abstract": "It works well."}).encode()


@pytest.mark.parametrize(
    ("name", "body", "abstract"),
    [("crossref", CROSSREF, "It works."), ("openalex", OPENALEX, "It works. really works."),
     ("semantic_scholar", SCHOLAR, "It works well.")],
)  # fmt: skip
def test_each_service_tells_the_abstract_in_its_own_way(name: str, body: bytes, abstract: str) -> None:
    assert parse(name, body, DOI) == abstract
    assert parse(name, body, "10.1000/another") == ""


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": 1}', b'{"message": {}}', b"Resource not found."])
def test_an_answer_of_another_shape_is_an_error(body: bytes) -> None:
    for service in SERVICES:
        with pytest.raises(SourceError, match="another shape"):
            parse(service.name, body, DOI)


async def test_the_next_service_is_asked_where_one_has_nothing() -> None:
    answers: dict[str, Said] = {"api.crossref.org": ABSENT, "api.openalex.org": OPENALEX}
    http = FakeHttp(lambda url: answers[url.split("/")[2]])
    fetch = await abstracts(http, [f"doi:{DOI}", DOI], now=NOW, contact="me@example.org")
    [paper] = fetch.papers
    assert (paper.id, paper.abstract, paper.sources) == (f"doi:{DOI}", "It works. really works.", ("openalex",))
    assert len(http.asked) == 2
    assert http.asked[0] == "https://api.crossref.org/works/10.1000%2Fa.1?mailto=me@example.org"


async def test_a_service_that_fails_is_left_alone_for_the_rest_of_the_pull() -> None:
    http = FakeHttp(lambda url: down(url) if "crossref" in url else ABSENT)
    fetch = await abstracts(http, [DOI, "10.1000/b"], now=NOW)
    assert (fetch.papers, fetch.error) == ((), None)
    assert "crossref: cannot be reached" in fetch.note
    assert len([url for url in http.asked if "crossref" in url]) == 1


async def test_without_any_service_it_is_an_error_and_nobody_is_asked_further() -> None:
    http = FakeHttp(down)
    fetch = await abstracts(http, [DOI, "10.1000/b"], now=NOW)
    assert fetch.error is not None
    assert len(http.asked) == 3


def recorded(path: str, *keys: str) -> list[dict[str, Any]]:
    """The works in a recorded search, whose objects are those that a DOI alone brings."""
    answer = json.loads((needs_data() / "payloads" / path).read_bytes())
    for key in keys:
        answer = answer[key]
    return list(answer)


@pytest.mark.replay
def test_recorded_works_have_clean_abstracts() -> None:
    at_crossref = [work for work in recorded("crossref/works_field_queries.json", "message", "items") if work.get("abstract")]
    at_openalex = [work for name in "df" for work in recorded(f"openalex/pq_{name}_{'2' if name == 'd' else '3'}.json", "results")]
    found = [parse("crossref", json.dumps({"message": work}).encode(), work["DOI"].lower()) for work in at_crossref]
    found += [parse("openalex", json.dumps(work).encode(), work["doi"].partition("doi.org/")[2].lower()) for work in at_openalex]
    assert len(at_crossref) >= 10
    assert len(at_openalex) == 2
    assert all(len(abstract) > 100 for abstract in found)
    assert not [abstract for abstract in found if "</" in abstract or "jats" in abstract]


@pytest.mark.replay
def test_a_recorded_work_without_an_abstract_has_none() -> None:
    folder, doi = needs_data() / "payloads", "10.1016/j.xgen.2025.100814"
    for file in ("crossref/pq_a_3.json", "openalex/pq_a_2.json", "semantic_scholar/pq_a_0.json"):
        assert parse(file.partition("/")[0], (folder / file).read_bytes(), doi) == ""
