"""When two written names are one person: initials, order and accents do not matter. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from digest.model import Paper
from digest.selection.terms import plain

_NAME = re.compile(r"[^\W\d_]+")
#: Letters that Unicode does not take apart into a plain one and its accent, as catalogues without them write them.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"})
#: What may stand behind a name in one place and be missing in another.
_SUFFIXES = {"jr", "sr", "ii", "iii"}


@lru_cache(maxsize=16_384)                 # about the names of a week
def name_words(name: str) -> tuple[str, ...]:
    """A name's words in reading order, without case, accents, dots, hyphens and `Jr.`: `Müller, J.-P.` is `j p muller`."""
    family, comma, given = plain(name).translate(_LETTERS).partition(",")
    found = _NAME.findall(f"{given} {family}" if comma else family)
    kept = [word for word in found if word not in _SUFFIXES]
    return tuple(kept if len(kept) > 1 else found)


def same_person(one: str, other: str) -> bool:
    """Whether two names may well be one person: the same family name, and given names that agree as far as both are written out."""
    first, second = name_words(one), name_words(other)
    if len(first) < 2 or len(second) < 2:
        return first == second != ()
    return _agree(first, second) or _agree(first[1:] + first[:1], second) or _agree(first, second[1:] + second[:1])


def _agree(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """The last words are equal, the first ones agree, and the middle ones of the shorter name are found in the longer one, in
    order; or the two differ only in where they are parted: `Xiao-Ming Li` is `Xiaoming Li`."""
    if "".join(first) == "".join(second):
        return max(map(len, first)) > 1
    if first[-1] != second[-1] or len(first[-1]) < 2 or not _alike(first[0], second[0]):
        return False
    short, long = sorted((first[1:-1], second[1:-1]), key=len)
    rest = iter(long)
    return all(any(_alike(middle, each) for each in rest) for middle in short)


def _alike(first: str, second: str) -> bool:
    """Equal, or one is the other's initial."""
    return first == second or (min(len(first), len(second)) == 1 and first[0] == second[0])


def papers_by_name_word(papers: Iterable[Paper]) -> dict[str, list[int]]:
    """Where each word of an author's name occurs, by position: a followed author is looked for only where her words are."""
    found: dict[str, list[int]] = {}
    for position, paper in enumerate(papers):
        for word in {word for author in paper.authors for word in name_words(author) if len(word) > 1}:
            found.setdefault(word, []).append(position)
    return found


def papers_of(author: str, papers: tuple[Paper, ...], by_word: Mapping[str, list[int]]) -> list[int]:
    """The positions of the papers that a person is an author of."""
    asked = [word for word in name_words(author) if len(word) > 1]
    near = sorted({position for word in asked for position in by_word.get(word, ())})
    return [position for position in near if any(same_person(author, each) for each in papers[position].authors)]
