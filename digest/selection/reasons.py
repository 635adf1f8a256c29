"""Why a paper met a topic: its relevance taken apart into terms that a reader knows. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import Hit
from digest.selection.corpus import Corpus
from digest.selection.query import Part, Query

#: As many contributions are kept with a match; the others become one.
SHOWN_HITS = 8
_ORDER = {kind: place for place, kind in enumerate(("author", "keyword", "text", "like", "learned", "related", "rest"))}


def reasons(query: Query, corpus: Corpus, document: int, *, at_most: int | None = None) -> tuple[Hit, ...]:
    """The contributions to a candidate's relevance, her own words first; with `at_most` only the largest, and the rest as one."""
    sums = sorted(_contributions(query, corpus, document).items(), key=lambda each: (-abs(each[1]), each[0]))
    kept, left = sums[:at_most], sums[len(sums) if at_most is None else at_most :]
    hits = [Hit(kind, term, corpus.field_of(term, document), value) for (kind, term), value in kept]
    hits.sort(key=lambda hit: _ORDER[hit.kind])
    return (*hits, Hit("rest", "", "", sum(value for _, value in left))) if left else tuple(hits)


def _contributions(query: Query, corpus: Corpus, document: int) -> dict[tuple[str, str], float]:
    """What each term adds, by kind and term as people read it."""
    sums: dict[tuple[str, str], float] = {}
    for kind, weights in query.layers.items():
        for feature, worth in corpus.shared(weights, document):
            term = _owner(query.owners[feature], corpus, document) if kind == "asked" else (kind, corpus.word_of(feature))
            sums[term] = sums.get(term, 0.0) + weights[feature] * worth
    return sums


def _owner(parts: Sequence[Part], corpus: Corpus, document: int) -> tuple[str, str]:
    """Which part of the topic a feature speaks for in this paper: of several keywords that share it, the one that is there most."""
    part = parts[0] if len(parts) == 1 else max(parts, key=lambda each: _presence(each, corpus, document))
    return part.kind, part.term


def _presence(part: Part, corpus: Corpus, document: int) -> float:
    """The share of a part's features that a paper has."""
    found = [name for name in part.names if (feature := corpus.find(name)) is not None and corpus.worth(feature, document)]
    return len(found) / len(part.names)
