"""Papers that say the same twice, and papers of one group. PURE."""

from __future__ import annotations

from functools import lru_cache

from digest.model import Paper
from digest.selection.authors import name_words
from digest.selection.terms import singular, words

#: Two papers of one group whose titles share this part of their words are one work in two guises: a revision under a new id, a
#: part II.
SAME_TITLE = 0.8


def group_of(paper: Paper) -> str:
    """What stands for a paper's group: the last author, who leads it where there is an order, "" where nobody is named."""
    return " ".join(name_words(paper.authors[-1])) if paper.authors else ""


def near_duplicates(one: Paper, other: Paper) -> bool:
    """Whether two papers of one group have all but the same title, or the same abstract."""
    first, second = _title(one.title), _title(other.title)
    alike = len(first & second) >= SAME_TITLE * max(1, len(first | second))
    return alike or (one.abstract != "" and one.abstract == other.abstract)


@lru_cache(maxsize=2_048)                  # of a day's papers some are compared, most of them again and again
def _title(title: str) -> frozenset[str]:
    return frozenset(map(singular, words(title)))
