"""Acronyms as the corpus itself explains them: "partial differential equation (PDE)". PURE.

After A. S. Schwartz and M. A. Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", PSB 2003,
made stricter: every letter must begin one of the words before the bracket, since a wrong acronym costs more than a missed one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.selection.terms import STOP_WORDS, all_words, singular

#: An acronym is learned from so many papers at least, and where most of those that explain it agree.
PAPERS = 2
AGREEING = 0.6

_BRACKET = re.compile(r"\(([A-Z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*?)s?\)")
_BEFORE = 80                               #: characters before the bracket in which the long form is looked for


@dataclass(frozen=True, slots=True)
class Acronyms:
    """Both ways: how a long form (singular words, joined by spaces) is shortened, and what an acronym in lower case stands for."""

    short: dict[str, str] = field(default_factory=dict)
    long: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Acronyms:
        explained: dict[str, Counter[str]] = {}
        for text in texts:
            for acronym, long in sorted(set(_explained(text))):
                explained.setdefault(acronym, Counter())[long] += 1
        found = cls()
        for acronym, forms in sorted(explained.items()):
            long, papers = min(forms.items(), key=lambda each: (-each[1], each[0]))
            if papers >= PAPERS and papers >= AGREEING * forms.total():
                found.long[acronym.lower()] = long
                found.short.setdefault(long, acronym)
        return found


def _explained(text: str) -> Iterable[tuple[str, str]]:
    for bracket in _BRACKET.finditer(text) if "(" in text else ():
        before = all_words(text[max(0, bracket.start() - _BEFORE) : bracket.start()])
        if long := _long_form(bracket[1], before):
            yield bracket[1], " ".join(map(singular, long))


def _long_form(acronym: str, before: Sequence[str]) -> list[str]:
    """The words right before the bracket that its letters begin, in order; words of grammar may stand between them."""
    words: list[str] = []
    letters = [letter for letter in acronym.lower() if letter.isalpha()]
    for word in reversed(before):
        if letters and word[0] == letters[-1]:
            letters.pop()
            words.insert(0, word)
            if not letters:
                telling = [word for word in words if word not in STOP_WORDS]
                return telling if len(telling) > 1 else []
        elif word not in STOP_WORDS or not words:
            return []
    return []
