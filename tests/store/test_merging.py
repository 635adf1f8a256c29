from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper
from digest.store.merging import Told, Works, is_news, told, united
from tests.world import NOW, paper

ARXIV = paper(version=1, comment="12 pages", doi="")
HF = paper(
    title="Neural Operators For Turbulent Flow",
    abstract="A shorter one.",
    categories=(),
    announce_type="",
    url="https://huggingface.co/papers/2603.00001",
    summary="Faster than the solver.",
    keywords=("neural operator",),
    code_url="https://github.com/example/flow",
    discussion_url="https://huggingface.co/papers/2603.00001",
    sources=("huggingface",),
    announced=date(2026, 3, 25),
)


def say(*tellings: Paper) -> Paper:
    """What is known after hearing these, in this order."""
    known = told(tellings[0], first_seen=None)
    for each in tellings[1:]:
        known = united(known, told(each, first_seen=None))
    return known.paper


def test_arxiv_knows_best_what_the_authors_wrote_and_hugging_face_what_readers_add() -> None:
    for known in (say(ARXIV, HF), say(HF, ARXIV)):
        assert (known.title, known.abstract, known.categories, known.comment) == (
            ARXIV.title,
            ARXIV.abstract,
            ARXIV.categories,
            "12 pages",
        )
        assert (known.summary, known.keywords, known.code_url) == (HF.summary, HF.keywords, HF.code_url)
        assert known.url == ARXIV.url
        assert known.sources == ("arxiv", "huggingface")


def test_a_full_field_is_never_overwritten_by_an_empty_one() -> None:
    assert say(ARXIV, paper(version=2, comment="")).comment == "12 pages"


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way_round() -> None:
    newer = paper(title="Neural operators, revised", version=2)
    assert say(ARXIV, newer).title == say(newer, ARXIV).title == "Neural operators, revised"
    assert say(newer, ARXIV).version == 2


def test_the_later_word_of_one_source_about_one_version_counts() -> None:
    assert say(ARXIV, paper(comment="accepted at a conference")).comment == "accepted at a conference"


def test_dates_are_the_earliest_that_anybody_named() -> None:
    early = paper(published=NOW - timedelta(days=9), announced=date(2026, 3, 20))
    known = say(early, ARXIV, HF)
    assert (known.published, known.announced) == (NOW - timedelta(days=9), date(2026, 3, 20))
    assert say(ARXIV, paper(published=None, announced=None)).published == ARXIV.published


def test_the_strongest_news_is_remembered() -> None:
    assert say(paper(announce_type="replace"), paper(announce_type="cross"), paper(announce_type="new")).announce_type == "new"


def test_a_paper_is_withdrawn_until_a_newer_version_is_not() -> None:
    withdrawn = paper(version=2, withdrawn=True)
    assert say(ARXIV, withdrawn).withdrawn
    assert say(withdrawn, ARXIV).withdrawn
    assert say(withdrawn, HF).withdrawn
    assert not say(ARXIV, withdrawn, paper(version=3)).withdrawn


def test_a_doi_is_a_name_and_arxivs_own_doi_is_its_id() -> None:
    assert say(paper(doi="10.1000/xyz")).aliases == ("arxiv:2603.00001", "doi:10.1000/xyz")
    assert say(paper(doi="10.48550/arxiv.2603.00001")).aliases == ("arxiv:2603.00001",)
    assert say(paper("feed:1", doi="10.1000/xyz")).id == "doi:10.1000/xyz"


def test_a_paper_that_claims_two_arxiv_ids_has_its_own() -> None:
    assert say(paper(aliases=("arxiv:2603.00001", "arxiv:2601.99999"))).aliases == ("arxiv:2603.00001",)


def test_a_replacement_is_no_news() -> None:
    kinds = ("new", "cross", "", "replace", "replace-cross")
    assert [kind for kind in kinds if is_news(paper(announce_type=kind))] == ["new", "cross", ""]


def test_a_withdrawn_paper_is_no_news() -> None:
    assert not is_news(paper(withdrawn=True))


def test_two_arxiv_ids_are_two_works_even_where_both_claim_one_doi() -> None:
    works = Works([])
    for name in ("arxiv:2603.00001", "arxiv:2603.00002"):
        works.hear(told(paper(name, doi="10.1000/xyz"), first_seen=None))
    assert [work.now.paper.aliases for work in works] == [("arxiv:2603.00001", "doi:10.1000/xyz"), ("arxiv:2603.00002",)]


# --- Whatever the order --------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "a", "b", "c"])
KINDS = st.sampled_from(["new", "cross", "replace", "replace-cross", ""])


@st.composite
def tellings(draw: st.DrawFn) -> list[Paper]:
    """What some sources say of one paper: each says one thing of each version."""
    versions = st.tuples(st.sampled_from(["arxiv", "huggingface", "biorxiv", "feed", "file"]), st.integers(1, 3))
    return [
        paper(
            title=draw(WORDS),
            summary=draw(WORDS),
            comment=draw(WORDS),
            code_url=draw(WORDS),
            announce_type=draw(KINDS),
            published=NOW - timedelta(days=draw(st.integers(0, 3))),
            version=version,
            withdrawn=draw(st.booleans()),
            sources=(source,),
            aliases=draw(st.sampled_from([(), ("feed:1",), ("doi:10.1/x",)])),
        )
        for source, version in draw(st.lists(versions, unique=True))
    ]


@given(st.data(), tellings())
def test_the_order_of_telling_does_not_matter(data: st.DataObject, given_tellings: list[Paper]) -> None:
    known = [told(each, first_seen=NOW + timedelta(hours=n)) for n, each in enumerate(given_tellings)]
    if not known:
        return
    other = data.draw(st.permutations(known))
    assert _all(known) == _all(other)


@given(tellings())
def test_hearing_the_same_again_changes_nothing(given_tellings: list[Paper]) -> None:
    known = [told(each, first_seen=None) for each in given_tellings]
    if known:
        assert _all(known + known) == _all(known)


def _all(known: list[Told]) -> Told:
    total = known[0]
    for each in known[1:]:
        total = united(total, each)
    return total
