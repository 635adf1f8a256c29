"""Why a paper met a topic: its relevance taken apart into terms that a reader knows. PURE."""

from __future__ import annotations

from digest.model import Hit
from digest.selection.corpus import Corpus
from digest.selection.query import Part, Query

#: As many contributions are kept with a match; the others become one.
SHOWN_HITS = 8
_FIRST = {"author": 0, "keyword": 1, "text": 2, "like": 3, "learned": 4, "related": 5, "rest": 6}


def reasons(query: Query, corpus: Corpus, document: int) -> tuple[Hit, ...]:
    """All contributions to the relevance of a paper: her own words first, each kind by size."""
    bag, worth = corpus.bags[document], corpus.worth
    sums: dict[tuple[str, str], list[float]] = {}
    owners = _owners(query, corpus, document)
    for layer, weights in query.layers.items():
        for feature in [each for each in weights if each in bag or corpus.is_made(each)]:
            if value := weights[feature] * worth(feature, document):
                kind, term = owners.get(feature, ("text", corpus.names[feature])) if layer == "asked" else (layer, corpus.word_of(feature))
                sums.setdefault((kind, term), [0.0])[0] += value
    hits = [Hit(kind, term, corpus.field_of(term, document), total) for (kind, term), (total,) in sums.items()]
    return tuple(sorted(hits, key=_place))


def shortened(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The eight largest in their order, and the rest as one, so that all still add up."""
    if len(hits) <= SHOWN_HITS:
        return hits
    largest = sorted(hits, key=lambda hit: (-abs(hit.contribution), hit.kind, hit.term))[:SHOWN_HITS]
    kept = tuple(sorted(largest, key=_place))
    return (*kept, Hit("rest", "", "", sum(hit.contribution for hit in hits if hit not in largest)))


def _owners(query: Query, corpus: Corpus, document: int) -> dict[int, tuple[str, str]]:
    """Which part of the topic each feature speaks for in this paper: of several keywords with a word, the one that the paper holds most of."""
    owners: dict[int, tuple[str, str]] = {}
    for part in sorted(query.parts, key=lambda part: -_presence(part, corpus, document)):
        for feature in part.features:
            owners.setdefault(feature, (part.kind, part.term))
    return owners


def _presence(part: Part, corpus: Corpus, document: int) -> float:
    return sum(1 for feature in part.features if corpus.worth(feature, document)) / (len(part.features) or 1)


def _place(hit: Hit) -> tuple[int, float, str]:
    return _FIRST[hit.kind], -abs(hit.contribution), hit.term
