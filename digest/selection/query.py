"""A topic as a weighted bag of features: what it asks for in its own words, and what belongs to it by the company it keeps. PURE."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.model import Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned
from digest.selection.terms import all_words, words

#: Words of free text count less than keywords: they are written to be read.
TEXT_WEIGHT = 0.7
#: The very word and its stem, half each.
FORM_WEIGHT = 0.5
#: Two words side by side, as a share of a single one: they are already counted one by one.
PAIR_WEIGHT = 0.4
#: A word that a topic repeats counts more, with saturation (BM25's k3).
K3 = 8.0
#: Pseudo-relevance feedback (Rocchio; Lavrenko and Croft's relevance models, 2001): the best papers lend the topic their heaviest features.
FEEDBACK_PAPERS = 12
FEEDBACK_FEATURES = 30
FEEDBACK_WEIGHT = 0.7
#: What papers to resemble weigh beside her own words.
LIKE_WEIGHT = 0.7
#: How much of each paper is looked at: its heaviest features.
VECTOR_SIZE = 60


@dataclass(frozen=True, slots=True)
class Part:
    """What a topic says in one place: a keyword, a word of its text; `whole` is the feature of all of it, where it has several words."""

    kind: str                              #: keyword or text
    term: str                              #: as she wrote it
    features: tuple[int, ...]
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Weights of features by where they come from: `asked` in the topic's own words, `related`, `like`, `learned`."""

    layers: Mapping[str, dict[int, float]]
    parts: tuple[Part, ...] = ()


def question(topic: Topic, corpus: Corpus, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED) -> Query:
    """What a topic asks of a corpus, on the scale on which 1 is enough; features that no paper has are left out."""
    parts, asked = _asked(topic, corpus)
    related = expanded(asked, corpus) if asked else {}
    resembling = scaled(_mean(liked, corpus), LIKE_WEIGHT * (_length(asked) or 1.0))
    factor = _scale(parts, asked or resembling, corpus)
    layers = {"asked": asked, "related": related, "like": resembling}
    return Query({kind: {feature: weight * factor for feature, weight in weights.items()} for kind, weights in layers.items()}, parts)


def _asked(topic: Topic, corpus: Corpus) -> tuple[tuple[Part, ...], dict[int, float]]:
    """The topic's own words, as parts to be shown and as weights of features."""
    parts = [_keyword(keyword, corpus) for keyword in topic.keywords]
    counts: dict[int, float] = {}
    for part in parts:
        _count(counts, part.features, 1.0, corpus)
    found = words(topic.query)
    texts = [Part("text", word, corpus.forms(word)) for word in dict.fromkeys(found)]
    _count(counts, [feature for word in found for feature in corpus.forms(word)] + _pairs(found, corpus), TEXT_WEIGHT, corpus)
    return (*parts, *texts), {feature: FORM_WEIGHT * (K3 + 1) * count / (K3 + count) for feature, count in counts.items()}


def _scale(parts: Sequence[Part], asked: Mapping[int, float], corpus: Corpus) -> float:
    keywords = [sum(asked[each] * corpus.idf(each) for each in set(part.features)) for part in parts if part.kind == "keyword"]
    text = 0.3 * sum(asked[each] * corpus.idf(each) for part in parts if part.kind == "text" for each in part.features)
    if not parts:
        return 1 / (0.25 * sum(weight * corpus.idf(each) for each, weight in asked.items()) or 1.0)
    enough = min([each for each in [*keywords, text] if each > 0], default=0.0)
    return 1 / enough if enough else 0.0


def expanded(asked: Mapping[int, float], corpus: Corpus) -> dict[int, float]:
    """The features that the best papers for some words share, candidates and background alike."""
    scores = [0.0] * len(corpus.papers)
    for feature, weight in asked.items():
        for document, worth in corpus.worths(feature, candidates_only=False):
            scores[document] += weight * worth
    best = heapq.nlargest(FEEDBACK_PAPERS, ((score, -document) for document, score in enumerate(scores) if score > 0))
    total = sum(score for score, _ in best)
    shared: dict[int, float] = {}
    for score, document in best:
        for feature, value in corpus.vector(-document, VECTOR_SIZE):
            shared[feature] = shared.get(feature, 0.0) + score / total * value
    return scaled(shared, FEEDBACK_WEIGHT * _length(asked))


def _mean(papers: Sequence[Paper], corpus: Corpus) -> dict[int, float]:
    """The mean of some papers' vectors, wherever they come from."""
    total: dict[int, float] = {}
    for paper in papers:
        for feature, value in corpus.vector_of(paper, VECTOR_SIZE):
            total[feature] = total.get(feature, 0.0) + value / len(papers)
    return total


def scaled(features: Mapping[int, float], length: float) -> dict[int, float]:
    """The heaviest features, as a vector of the given length."""
    heaviest = heapq.nsmallest(2 * FEEDBACK_FEATURES, ((-value, feature) for feature, value in features.items()))
    factor = length / (math.sqrt(sum(value * value for value, _ in heaviest)) or 1.0)
    return {feature: -value * factor for value, feature in heaviest}


def _length(weights: Mapping[int, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


def _keyword(keyword: str, corpus: Corpus) -> Part:
    *before, last = words(keyword.rstrip("*")) or [""]
    if keyword.endswith("*") and last:
        beginning = corpus.prefix(last)
        features = [feature for word in before for feature in corpus.forms(word)] + ([beginning] * 2 if beginning is not None else [])
        return Part("keyword", keyword, tuple(features))
    found = words(keyword) or all_words(keyword)
    features = [feature for word in found for feature in corpus.forms(word)] + _pairs(found, corpus)
    return Part("keyword", keyword, tuple(features), corpus.phrase(found) if found else None)


def _pairs(found: Sequence[str], corpus: Corpus) -> list[int]:
    return [each for pair in zip(found, found[1:], strict=False) if (each := corpus.phrase(pair)) is not None]


def _count(counts: dict[int, float], features: Iterable[int], weight: float, corpus: Corpus) -> None:
    for feature in features:
        counts[feature] = counts.get(feature, 0.0) + weight * (PAIR_WEIGHT if corpus.is_phrase(feature) else 1.0)
