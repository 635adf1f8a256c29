"""Why a paper met a topic: its relevance taken apart into terms that a reader knows, and that are really there. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from digest.model import Hit
from digest.selection.corpus import Corpus
from digest.selection.query import Query
from digest.selection.terms import is_quantity

#: As many contributions are kept with a match; the others become one.
SHOWN_HITS = 8
#: A word that often goes with a topic is in at least so many papers, whatever its form.
SEVERAL = 4
_ORDER = {kind: place for place, kind in enumerate(("author", "keyword", "text", "like", "learned", "related", "semantic", "rest"))}

Term = tuple[str, str | int]               #: the kind of a reason, and what she wrote, or else the family of the words


def reasons(
    query: Query, corpus: Corpus, document: int, *, at_most: int | None = None, beside: Iterable[Hit] = ()
) -> tuple[Hit, ...]:
    """The contributions to a candidate's relevance, her own words first; with `at_most` only the largest, and the rest as one.
    `beside` holds what is known already, and counts with them.

    A keyword is named only where all of it stands side by side; of others each word, or pair of words, speaks for itself. What says
    nothing by itself is part of the rest.
    """
    hits = list(beside)
    rest: list[float] = []
    sums = _contributions(query, corpus, document)
    for (kind, term), value in sorted(sums.items(), key=lambda each: -abs(each[1])):
        word = "" if len(hits) == at_most else _word(kind, term, corpus, document)
        if word:
            hits.append(Hit(kind, word, corpus.field_of(word, document), value))
        else:
            rest.append(value)
    hits.sort(key=lambda hit: _ORDER[hit.kind])
    return (*hits, Hit("rest", "", "", sum(rest))) if rest else tuple(hits)


def _word(kind: str, term: str | int, corpus: Corpus, document: int) -> str:
    """The word that is shown for a term, "" when it would tell a reader nothing: what she did not write herself must be no
    quantity, and what is merely related no name that hardly any paper has."""
    if isinstance(term, str):
        return term
    word = corpus.word_in(term, document)
    if kind == "text":
        return word
    is_odd = is_quantity(word) or (kind == "related" and corpus.papers_with(term) < SEVERAL)
    return "" if is_odd else word


def _contributions(query: Query, corpus: Corpus, document: int) -> dict[Term, float]:
    """What each term adds."""
    sums: dict[Term, float] = {}
    owners = _owners(query, corpus, document)
    layers = (("text", query.asked), ("like", query.like), ("learned", query.learned), ("related", query.related))
    for kind, weights in layers:
        for feature, value in corpus.contributions(weights, document) if weights else ():
            owner = owners.get(feature) if kind == "text" else None
            term = owner or (kind, corpus.family_of(feature))
            sums[term] = sums.get(term, 0.0) + value
    return sums


def _owners(query: Query, corpus: Corpus, document: int) -> dict[int, Term]:
    """The keyword or pair of words that each feature speaks for in this paper, of those that are there as a whole the first."""
    owners: dict[int, Term] = {}
    for part in query.parts:
        if corpus.worth(part.whole, document) and corpus.says(part.term, document):
            for feature in part.features:
                owners.setdefault(feature, (part.kind, part.term))
    return owners
