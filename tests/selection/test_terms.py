"""What counts as a word."""

from __future__ import annotations

import pytest

from digest.selection.stem import stem
from digest.selection.terms import singular, stem_of, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LoRA and GPT-4o", ["lora", "gpt", "4o"]),
        ("C++ or C# programs", ["c++", "c#", "programs"]),
        ("a p-value of α", ["p", "value", "α"]),
        ("state-of-the-art / physics-informed", ["state", "art", "physics", "informed"]),
        ("Schrödinger's naïve Straße", ["schrodinger", "naive", "strasse"]),
        (r"\textbf{Neural} operators, see https://example.org/a?b=c", ["neural", "operators", "see"]),
        ("图神经 networks", ["图", "神", "经", "networks"]),
        ("нейронные сети", ["неиронные", "сети"]),
        ("🎉 ¿?", []),
    ],
)
def test_words_are_runs_of_letters_and_digits_without_case_accents_and_stop_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("networks", "network"),
        ("studies", "study"),
        ("losses", "loss"),
        ("boxes", "box"),
        ("loss", "loss"),
        ("bias", "bia"),
        ("virus", "virus"),
        ("gas", "gas"),
    ],
)
def test_a_plural_meets_its_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


# The vocabulary in Porter's paper, step by step, and his later departures from it.
PORTER = """
    caresses caress ponies poni ties ti cats cat feed feed agreed agre plastered plaster bled bled motoring motor sing sing
    conflated conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss fizzed fizz failing fail
    filing file happy happi sky sky relational relat conditional condit rational ration valenci valenc digitizer digit
    conformabli conform radicalli radic differentli differ vileli vile analogousli analog vietnamization vietnam predication
    predic operator oper feudalism feudal decisiveness decis hopefulness hope callousness callous formaliti formal sensitiviti
    sensit sensibiliti sensibl triplicate triplic formative form formalize formal electriciti electr electrical electr hopeful
    hope goodness good revival reviv allowance allow inference infer airliner airlin gyroscopic gyroscop adjustable adjust
    defensible defens irritant irrit replacement replac adjustment adjust dependent depend adoption adopt homologou homolog
    communism commun activate activ angulariti angular homologous homolog effective effect bowdlerize bowdler probate probat
    rate rate cease ceas controll control roll roll
"""


def test_the_stemmer_agrees_with_porters_own_examples() -> None:
    pairs = iter(PORTER.split())
    assert not [(word, stem(word), expected) for word, expected in zip(pairs, pairs, strict=True) if stem(word) != expected]


def test_words_of_other_scripts_and_names_with_digits_are_left_whole() -> None:
    assert [stem(word) for word in ("gpt4s", "сетями", "α", "ab")] == ["gpt4s", "сетями", "α", "ab"]


def test_two_words_with_one_singular_share_a_stem() -> None:
    for word in ("networks", "studies", "axes", "matches", "losses", "phases", "analyses"):
        assert stem_of(singular(word)) == stem_of(word)
