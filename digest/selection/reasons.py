"""Why a paper met a topic: its relevance taken apart into terms that a reader knows, and that are really there. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from digest.model import Hit
from digest.selection.corpus import Corpus
from digest.selection.query import Query

#: As many contributions are kept with a match; the others become one.
SHOWN_HITS = 8
_ORDER = {kind: place for place, kind in enumerate(("author", "keyword", "text", "like", "learned", "related", "rest"))}

Term = tuple[str, str]                     #: the kind of a reason, and the words
REST: Term = ("rest", "")


def reasons(query: Query, corpus: Corpus, document: int, *, at_most: int | None = None) -> tuple[Hit, ...]:
    """The contributions to a candidate's relevance, her own words first; with `at_most` only the largest, and the rest as one.

    A keyword is named only where all of it stands side by side; of others each word, or pair of words, speaks for itself.
    """
    sums = _contributions(query, corpus, document)
    rest = sums.pop(REST, 0.0)
    largest = sorted(sums.items(), key=lambda each: (-abs(each[1]), each[0]))
    kept, left = largest[:at_most], largest[len(largest) if at_most is None else at_most :]
    hits = [Hit(kind, term, corpus.field_of(term, document), value) for (kind, term), value in kept]
    hits.sort(key=lambda hit: _ORDER[hit.kind])
    rest += sum(value for _, value in left)
    return (*hits, Hit("rest", "", "", rest)) if left or rest else tuple(hits)


def _contributions(query: Query, corpus: Corpus, document: int) -> dict[Term, float]:
    """What each term adds, by kind and term as people read it; what says nothing by itself is part of the rest."""
    sums: dict[Term, float] = {}
    owners = _owners(query, corpus, document)
    layers = (("text", query.asked), ("like", query.like), ("learned", query.learned), ("related", query.related))
    for kind, weights in layers:
        for feature, weight in weights:
            if worth := corpus.worth(feature, document):
                owner = owners.get(feature) if kind == "text" else None
                term = owner or _spoken(kind, corpus.word_in(feature, document))
                sums[term] = sums.get(term, 0.0) + weight * worth
    return sums


def _spoken(kind: str, word: str) -> Term:
    return (kind, word) if word else REST


def _owners(query: Query, corpus: Corpus, document: int) -> Mapping[int, Term]:
    """The keyword or pair of words that each feature speaks for in this paper, of those that are there as a whole the first."""
    owners: dict[int, Term] = {}
    for part in query.parts:
        if corpus.worth(part.whole, document):
            for feature in part.features:
                owners.setdefault(feature, (part.kind, part.term))
    return owners
