"""The one line that says what a paper is about."""

from __future__ import annotations

from digest.selection.summary import tldr
from tests.world import paper

ABSTRACT = (
    "Turbulence is hard, cf. e.g. A. Kolmogorov et al. and many others. Solvers need days. "
    "We introduce a neural operator for turbulent flow that learns from coarse grids. It is fast. Code is available."
)


def test_the_sources_own_summary_is_taken_and_marked() -> None:
    assert tldr(paper(summary=" A fast surrogate. ")) == ("A fast surrogate.", True)


def test_else_the_sentence_that_says_what_was_done() -> None:
    assert tldr(paper(abstract=ABSTRACT)) == (
        "We introduce a neural operator for turbulent flow that learns from coarse grids.",
        False,
    )


def test_abbreviations_end_no_sentence() -> None:
    line, _ = tldr(
        paper(
            title="Kolmogorov on turbulence",
            abstract="Turbulence by A. Kolmogorov et al. Is still hard, cf. Fig. 3 of our long study. Yes.",
        )
    )
    assert line == "Turbulence by A. Kolmogorov et al. Is still hard, cf. Fig. 3 of our long study."


def test_no_abstract_is_no_line() -> None:
    assert tldr(paper(abstract="")) == ("", False)


def test_an_abstract_without_a_claim_gives_what_is_nearest_to_the_title() -> None:
    line, _ = tldr(
        paper(
            title="Moss on roofs",
            abstract="Rain falls in many places of the world. Moss grows on wet and shady roofs in the north. The end.",
        )
    )
    assert line == "Moss grows on wet and shady roofs in the north."
