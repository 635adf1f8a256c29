"""Why a paper met a topic: only what is really there, and only what says something."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Hit, Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.match import explain, rank
from digest.selection.terms import is_quantity, is_telling
from tests.world import paper, papers, topic

BACKGROUND = papers(30, abstract="Nothing in particular about anything at all.")


def hits(title: str, abstract: str, *keywords: str, text: str = "", others: tuple[Paper, ...] = ()) -> tuple[Hit, ...]:
    met = paper("arxiv:1", title, abstract=abstract)
    asked = topic(keywords=keywords, text=text)
    return explain(asked, met, Corpus.of([met, *others, *BACKGROUND])).hits


def terms(found: tuple[Hit, ...], *kinds: str) -> set[str]:
    return {hit.term for hit in found if hit.kind in kinds}


@pytest.mark.parametrize("written", ["Neural operators", "neural-operator", "A neural operator", "NEURAL OPERATORS'"])
def test_a_keyword_is_named_where_all_of_it_stands(written: str) -> None:
    found = hits(written, "It is fast.", "neural operator")
    assert terms(found, "keyword") == {"neural operator"}
    assert not terms(found, "text")


@pytest.mark.parametrize(
    ("keyword", "abstract", "expected"),
    [
        ("neural operator", "A neural network.", {"neural"}),
        ("neural operator", "An operator that is not neural.", {"neural", "operator"}),
        ("multi-agent*", "An agent acts.", {"agent"}),
        ("LLM agent", "Agents of all kinds.", {"agents"}),
        ("generative model", "We generate text.", {"generate"}),
        ("deep reinforcement learning", "Reinforcement learning works.", {"reinforcement", "learning", "reinforcement learning"}),
    ],
)
def test_a_part_of_a_keyword_speaks_for_itself_only(keyword: str, abstract: str, expected: set[str]) -> None:
    found = hits("On something else", abstract, keyword)
    assert not terms(found, "keyword")
    assert terms(found, "text") == expected


@pytest.mark.parametrize("written", ["Multi-agent systems", "multi agents", "A multi-agentic world"])
def test_an_open_phrase_is_there_when_its_last_word_begins_so(written: str) -> None:
    assert terms(hits(written, "", "multi-agent*"), "keyword") == {"multi-agent*"}


def test_two_words_of_a_text_side_by_side_are_named_together() -> None:
    assert "diffusion models" in terms(hits("Diffusion models for all", "", text="fast diffusion models"), "text")


def test_numbers_letters_and_words_of_prose_are_no_reasons() -> None:
    odd = "We try 4 or 6 runs of x end to end and use 2026 new approaches for results."
    alike = tuple(paper(f"arxiv:9{n}", "Neural operators", abstract=odd) for n in range(5))
    found = hits("Neural operators", odd, "neural operator", text="We use 4 tests to try it from end to end", others=alike)
    assert all(is_telling(hit.term) for hit in found if hit.term)
    assert not {"4", "6", "x", "end", "try", "use", "2026"} & {hit.term for hit in found}


def test_what_is_related_stands_in_the_paper_as_it_is_named() -> None:
    alike = tuple(paper(f"arxiv:9{n}", "Neural operators", abstract=f"Turbulence simulated, case {n}.") for n in range(5))
    found = hits("Neural operators", "We simulate turbulent flows.", "neural operator", others=alike)
    assert {"turbulent", "simulate"} & terms(found, "related")
    assert not {"turbulence", "simulated"} & terms(found, "related")


PDES = tuple(
    paper(f"arxiv:5{n}", f"Solvers {n}", abstract=f"We solve the partial differential equation (PDE) of case {n}.")
    for n in range(3)
)


def test_an_acronym_that_papers_explain_counts_for_the_long_form_and_says_so() -> None:
    found = hits("Fast solvers of PDEs", "No long form here.", "partial differential equation", others=PDES)
    assert "PDE" in terms(found, "text")
    found = hits("Fast solvers", "A partial differential equation is solved.", "PDE", others=PDES)
    assert "partial differential equation" in terms(found, "text")


def test_an_acronym_alone_is_worth_less_than_the_keyword() -> None:
    pair = [paper("arxiv:1", "PDE solvers", abstract=""), paper("arxiv:2", "Partial differential equations", abstract="")]
    order = rank(topic(keywords=("partial differential equations",)), Corpus.of([*pair, *PDES, *BACKGROUND])).scores
    assert 0 < order["arxiv:1"] < order["arxiv:2"]


@pytest.mark.parametrize(
    ("keyword", "title", "other"),
    [
        ("神经网络", "图神经网络的研究", "网络图书的研究"),
        ("нейронные сети", "Нейронные сети и их обучение", "Обучение без сетей"),
        ("réseaux neuronaux", "Les RESEAUX NEURONAUX profonds", "Réseaux électriques"),
        ("신경망", "그래프 신경망 연구", "그래프 연구"),
        ("ニューラルネット", "グラフニューラルネットの研究", "グラフの研究"),
    ],
)
def test_other_languages_match_by_their_words(keyword: str, title: str, other: str) -> None:
    met, near = paper("arxiv:1", title, abstract=""), paper("arxiv:2", other, abstract="")
    found = rank(topic(keywords=(keyword,)), Corpus.of([met, near, *BACKGROUND]))
    assert found[0].paper == met
    assert terms(found[0].hits, "keyword") == {keyword}
    assert not any(terms(each.hits, "keyword") for each in found[1:])


SAID = st.lists(
    st.sampled_from("neural operator operators agent agents multi PDE the 4 x end try flows turbulent 神 сети C++ α".split()),  # noqa: SIM905
    min_size=1,
    max_size=12,
)


@settings(max_examples=2 * settings.default.max_examples)
@given(SAID, SAID, st.lists(SAID, min_size=1, max_size=3), SAID)
def test_contributions_add_up_and_name_only_what_is_there(
    title: list[str], body: list[str], keywords: list[list[str]], text: list[str]
) -> None:
    met = paper("arxiv:1", " ".join(title), abstract=" ".join(body))
    corpus = Corpus.of([met, *PDES, *BACKGROUND])
    asked = Topic("x", tuple(map(" ".join, keywords)), " ".join(text))
    told = explain(asked, met, corpus)
    assert sum(hit.contribution for hit in told.hits) == pytest.approx(told.score, abs=1e-9)
    for hit in told.hits:
        if hit.kind == "keyword":
            assert corpus.position(met) in corpus.having(hit.term)
        if hit.kind in ("related", "learned"):
            assert hit.term in f"{met.title} {met.abstract}".lower().split()


@pytest.mark.parametrize("word", ["32k", "7b", "128", "10x", "1st", "24gb", "5ms"])
def test_a_number_with_its_unit_is_a_quantity(word: str) -> None:
    assert is_quantity(word)


@pytest.mark.parametrize("word", ["3d", "gpt4", "h100", "k", "5g2", "covid19"])
def test_a_name_with_digits_is_none(word: str) -> None:
    assert not is_quantity(word)


def related_to(others: int) -> tuple[Hit, ...]:
    """The hits of a paper on neural operators that names Scrollscape and 32k, as do so many others on neural operators."""
    company = [paper(f"arxiv:2{n}", f"Neural operator {n}", abstract="Scrollscape reads 32k turbulence.") for n in range(others)]
    return hits("Neural operators at last", "Scrollscape reads 32k turbulence.", "neural operator", others=tuple(company))


def test_a_name_that_hardly_any_paper_has_is_no_reason_but_part_of_the_rest() -> None:
    assert "scrollscape" not in terms(related_to(1), "related")
    assert "scrollscape" in terms(related_to(5), "related")


def test_a_quantity_is_no_reason_unless_she_wrote_it() -> None:
    assert "32k" not in terms(related_to(5), "related")
    assert "32k" in terms(hits("Reading 32k", "", text="context of 32k"), "text")


def test_what_is_not_shown_still_counts() -> None:
    met = paper("arxiv:1", "Neural operators at last", abstract="Scrollscape reads 32k turbulence.")
    found = explain(topic(keywords=("neural operator",)), met, Corpus.of([met, *BACKGROUND]))
    assert "rest" in {hit.kind for hit in found.hits}
    assert sum(hit.contribution for hit in found.hits) == pytest.approx(found.score)
