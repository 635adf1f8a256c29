"""Which names mean the same paper, and what two accounts of it make together."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.identity import arxiv_id, arxiv_version, doi, merged, name, shown
from tests.world import paper


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("2603.22288", "2603.22288"),
        ("2603.22288v3", "2603.22288"),
        ("arXiv:0704.0001", "0704.0001"),
        ("oai:arXiv.org:2603.22288v1", "2603.22288"),
        ("https://arxiv.org/pdf/2603.22288v2.pdf", "2603.22288"),
        ("http://export.arxiv.org/abs/astro-ph/0601001v1", "astro-ph/0601001"),
        ("https://huggingface.co/papers/2603.22288", "2603.22288"),
        ("https://www.alphaxiv.org/abs/2603.22288", "2603.22288"),
        ("10.48550/arXiv.2603.22288", "2603.22288"),
        ("https://doi.org/10.48550/ARXIV.MATH.GT/0309136", "math.GT/0309136"),
        ("arXiv:2603.22288v1 [cs.CL]", "2603.22288"),
        ("arXiv: hep-th/9901001 [hep-th]", "hep-th/9901001"),
        ("<https://arxiv.org/abs/2603.22288v1>.", "2603.22288"),
        ("https://hf.co/papers/2603.22288)", "2603.22288"),
        ("2603.22288 [1]", None),
        ("2613.00001", None),
        ("2603.222881", None),
        ("10.1000/2603.22288", None),
        ("", None),
    ],
)
def test_arxiv_ids_are_found_in_all_their_dresses(text: str, id_: str | None) -> None:
    assert arxiv_id(text) == id_


def test_the_version_is_read_apart() -> None:
    assert [arxiv_version(each) for each in ("2603.22288v12", "2603.22288", "x")] == [12, None, None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://doi.org/10.1000/ABC%2FD", "10.1000/abc/d"),
        ("doi: 10.1000/x.", "10.1000/x"),
        ("10.1000/", None),
        ("11.1000/x", None),
    ],
)
def test_dois_ignore_case_and_dress(text: str, found: str | None) -> None:
    assert doi(text) == found


def test_a_doi_that_arxiv_minted_is_the_arxiv_paper() -> None:
    assert name("10.48550/arXiv.2603.22288") == "arxiv:2603.22288"


def test_other_sources_names_pass_and_links_do_not() -> None:
    assert [name(each) for each in ("feed:https://x.org/1", "https://x.org/1", "plain")] == ["feed:https://x.org/1", None, None]


@given(st.permutations(["arxiv:2603.00001", "doi:10.1/x", "feed:a", "feed:b"]))
def test_the_shown_name_does_not_depend_on_the_order(names: list[str]) -> None:
    assert shown(names) == "arxiv:2603.00001"


@given(st.text(max_size=40))
def test_no_text_upsets_the_names(text: str) -> None:
    found = name(text)
    assert found is None or name(found) == found


def test_two_accounts_make_one_paper_with_the_best_of_each() -> None:
    told = paper(
        summary="Short.", code_url="https://github.com/a/b", sources=("huggingface",), categories=(), announced=None, comment=""
    )
    ours = paper(title="The archive's title", doi="10.1000/x", aliases=("arxiv:2603.00001", "doi:10.1000/x"), comment="12 pages")
    both = merged(told, ours)
    assert (both.title, both.summary, both.code_url, both.comment) == (
        "The archive's title",
        "Short.",
        "https://github.com/a/b",
        "12 pages",
    )
    assert both.categories == ours.categories
    assert both.aliases == ("arxiv:2603.00001", "doi:10.1000/x")
    assert both.sources == ("huggingface", "arxiv")


def test_the_newer_version_speaks_and_a_revival_counts() -> None:
    old, new = paper(withdrawn=True, announced=date(2026, 3, 1)), paper(title="Second", version=2)
    assert (merged(old, new).title, merged(old, new).withdrawn, merged(new, old).version) == ("Second", False, 2)
    assert merged(old, new).announced == date(2026, 3, 1)


def test_a_better_name_becomes_the_shown_one() -> None:
    feed = paper("feed:x", doi="10.1000/x", aliases=("feed:x", "doi:10.1000/x"), key=7)
    both = merged(feed, paper())
    assert (both.id, both.key) == ("arxiv:2603.00001", 7)
    assert "feed:x" in both.aliases
