"""The one line that says what a paper is about. PURE."""

from __future__ import annotations

import re

from digest.model import Paper
from digest.selection.terms import all_words, stem_of, words

# A sentence ends at a full stop before a capital, a digit or a bracket, but not behind an initial or a usual abbreviation.
_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!e\.g\.)(?<!i\.e\.)(?<!et al\.)(?<!Fig\.)(?<!Eq\.)(?<!vs\.)(?<!cf\.)\s+(?=[\"'“(\[]?[A-Z0-9])"
)

# What a sentence that says what was done, or what came out, is made of; the first says it best.
_WHO = r"\b(?:we|this (?:paper|work|article|study|letter)) (?:\w+ )?"
_CLAIMS = (
    (re.compile(_WHO + r"(?:introduces?|proposes?|presents?|develops?|designs?|builds?)\b", re.IGNORECASE), 3.0),
    (re.compile(_WHO + r"(?:shows?|finds?|proves?|demonstrates?|reports?|reveals?|derives?)\b", re.IGNORECASE), 2.5),
    (re.compile(_WHO + r"(?:stud(?:y|ies)|investigates?|examines?|analy[sz]es?|explores?|measures?)\b", re.IGNORECASE), 2.0),
    (re.compile(r"\bto (?:address|tackle|solve|overcome|bridge|fill)\b", re.IGNORECASE), 1.0),
    (re.compile(r"\b(?:our|the proposed) (?:method|approach|model|framework|results?)\b", re.IGNORECASE), 1.0),
)
#: A line of so many words reads well; what is much shorter says too little, what is much longer is no line.
GOOD_LENGTH = range(9, 36)


def tldr(paper: Paper) -> tuple[str, bool]:
    """The source's own summary and True, or else the most telling sentence of the abstract and False; "" where there is no
    abstract."""
    if own := paper.summary.strip():
        return own, True
    sentences = _END.split(paper.abstract.strip())
    about = {stem_of(word) for word in words(paper.title)}
    best = max(range(len(sentences)), key=lambda place: (_telling(sentences[place], place, about), -place))
    return sentences[best], False


def _telling(sentence: str, place: int, about: set[str]) -> float:
    """How much a sentence says of the work: its claim, what it shares with the title, and a length that can be read at a glance."""
    claim = max((weight for pattern, weight in _CLAIMS if pattern.search(sentence)), default=0.0)
    said = {stem_of(word) for word in words(sentence)}
    shared = len(about & said) / (len(about) or 1)
    length = len(all_words(sentence))
    unwieldy = 0.0 if length in GOOD_LENGTH else 1.5 if length < GOOD_LENGTH.start else 0.04 * (length - GOOD_LENGTH.stop)
    return claim + 2.0 * shared - unwieldy - 0.05 * place
