"""Acronyms as papers explain them."""

from __future__ import annotations

import pytest

from digest.selection.acronyms import Acronyms


@pytest.mark.parametrize(
    ("text", "acronym", "long"),
    [
        ("a partial differential equation (PDE) is", "pde", "partial differential equation"),
        ("with Large Language Models (LLMs) we", "llm", "large language model"),
        ("of physics-informed neural networks (PINNs).", "pinn", "physic informed neural network"),
        ("mixture of experts (MoE)", "moe", "mixture expert"),
        ("key-value (KV) cache", "kv", "key value"),
    ],
)
def test_an_acronym_is_learned_from_two_papers_that_explain_it(text: str, acronym: str, long: str) -> None:
    found = Acronyms.of([text, "Once more: " + text])
    assert found.long == {acronym: long}
    assert found.short[long].lower() == acronym
    assert Acronyms.of([text]) == Acronyms()


@pytest.mark.parametrize(
    "text", ["see the figure (FIG) of", "three things (A) and", "in (PDE)", "out of memory (OOM)", "(LLM) first", "a (b) C"]
)
def test_what_its_letters_do_not_begin_is_no_long_form(text: str) -> None:
    assert Acronyms.of([text] * 3) == Acronyms()


def test_an_acronym_about_which_papers_disagree_is_left_alone() -> None:
    texts = ["signal detection (SD)", "stable diffusion (SD)"] * 3
    assert Acronyms.of(texts) == Acronyms()
