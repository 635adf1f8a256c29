"""A topic as weights of features: what it asks for in its own words, and what belongs to it by the company it keeps. PURE.

Relevance means the same for every topic: 1 is as much evidence as one mention of one of its keywords in an abstract of usual
length, or, for free text, as large a share of its words as related papers usually hold (see `_enough`). Everything is divided by
that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from digest.model import Paper, Topic
from digest.selection.corpus import PHRASE, STEM, Corpus, phrase_name
from digest.selection.learn import NOTHING_LEARNED, Learned
from digest.selection.terms import all_words, stem_of, words

#: Words of free text count less than keywords: they are written to be read.
TEXT_WEIGHT = 0.7
#: The very word and its stem, half each.
FORM_WEIGHT = 0.5
#: Two words side by side, as a share of a single one: they are already counted one by one.
PAIR_WEIGHT = 0.5
#: A word that a text repeats counts more, with saturation (BM25's k3).
K3 = 8.0
#: Pseudo-relevance feedback (Rocchio, 1971; Lavrenko and Croft, "Relevance-based language models", 2001): so many of the best
#: papers lend the topic so many of their heaviest features, at this share of the length of its own.
FEEDBACK_PAPERS = 18
FEEDBACK_FEATURES = 60
#: But of a small corpus not more than one paper in so many: the others have nothing to do with the topic.
FEEDBACK_ONE_IN = 15
FEEDBACK_WEIGHT = 0.7
#: What papers to resemble weigh beside her own words.
LIKE_WEIGHT = 0.7
#: One mention of a keyword in an abstract of usual length, and what usually stands around it, is enough: so many bare mentions.
MENTIONS = 1.5
#: What words of a text add by chance to a paper that holds a keyword.
SHARE_BY_CHANCE = 0.2
#: Of a text with up to so many features a paper must hold all; of longer ones a share that falls with their number to this power.
SHORT_TEXT = 6.0
FADING = 0.6
#: The share of the weight of papers to resemble that a related paper holds.
SHARE_OF_LIKED = 0.25


@dataclass(frozen=True, slots=True)
class Part:
    """What a topic says in one place, a keyword, or a word or pair of its text, as the features that speak for it."""

    kind: str                              #: keyword or text
    term: str                              #: as she wrote it
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A topic on the scale on which 1 is enough: weights of features by where they come from."""

    layers: Mapping[str, Mapping[int, float]]  #: `asked` in the topic's own words, `like`, `learned`, and `related` once expanded
    owners: Mapping[int, Sequence[Part]]   #: the parts of the topic that each asked feature speaks for


def question(topic: Topic, corpus: Corpus, liked: Sequence[Paper] = (), learned: Learned = NOTHING_LEARNED) -> Query:
    """What a topic asks of a corpus, without what is merely related."""
    keywords, found = [_keyword(keyword) for keyword in topic.keywords], words(topic.query)
    wanted = _wanted(keywords, found)
    asked = {each: weight for name, weight in wanted.items() if (each := corpus.find(name)) is not None}
    like = scaled(_mean(liked, corpus), LIKE_WEIGHT * (_length(asked) or 1.0))
    enough = _enough(keywords, wanted, corpus) or SHARE_OF_LIKED * _weight(like, corpus) or 1.0
    layers = {
        "asked": _divided(asked, enough),
        "like": _divided(like, enough),
        "learned": {each: weight for name, weight in learned.weights.items() if (each := corpus.find(name)) is not None},
    }
    return Query(layers, _owners([*keywords, *_text(found)], corpus))


def own_scores(query: Query, corpus: Corpus) -> list[float]:
    """What the topic itself makes of each candidate: its words and the papers that it wants its own to resemble."""
    scores = corpus.scores(query.layers["asked"], 0, corpus.size)
    if not query.layers["like"]:
        return scores
    return [one + other for one, other in zip(scores, corpus.scores(query.layers["like"], 0, corpus.size), strict=True)]


def _divided(weights: Mapping[int, float], by: float) -> dict[int, float]:
    return {feature: weight / by for feature, weight in weights.items()}


def _owners(parts: Iterable[Part], corpus: Corpus) -> dict[int, list[Part]]:
    owners: dict[int, list[Part]] = {}
    for part in parts:
        for name in part.names:
            if (feature := corpus.find(name)) is not None:
                owners.setdefault(feature, []).append(part)
    return owners


def _text(found: Sequence[str]) -> list[Part]:
    single = [Part("text", word, _forms(word)) for word in dict.fromkeys(found)]
    return single + [Part("text", f"{one} {other}", (phrase_name((one, other)),)) for one, other in pairwise(found)]


def _wanted(keywords: Iterable[Part], text: Sequence[str]) -> dict[str, float]:
    """The weights of all features that a topic names, those that no paper has included. A word in several keywords counts once."""
    counts = dict.fromkeys((name for keyword in keywords for name in keyword.names), 1.0)
    for name in [name for word in text for name in _forms(word)] + _pairs(text):
        counts[name] = counts.get(name, 0.0) + TEXT_WEIGHT
    return {name: _importance(name) * (K3 + 1) * count / (K3 + count) for name, count in counts.items()}


def _importance(name: str) -> float:
    return FORM_WEIGHT * (PAIR_WEIGHT if name.startswith(PHRASE) else 2.0 if name.endswith("*") else 1.0)


def _enough(keywords: Sequence[Part], wanted: Mapping[str, float], corpus: Corpus) -> float:
    """The score that is enough: a mention of a keyword of middling rarity and half as much again, beside what the text adds by
    chance; without keywords the share of the text that related papers hold. What no paper holds counts as rarest, so that an odd
    half of a keyword or of a sentence is not enough."""
    worth = {name: weight * corpus.idf(name) for name, weight in wanted.items()}
    mentions = [mention for keyword in keywords if (mention := sum(worth[name] for name in set(keyword.names)))]
    named = {name for keyword in keywords for name in keyword.names}
    text = [value for name, value in worth.items() if name not in named]
    if mentions:
        return MENTIONS * median(mentions) + SHARE_BY_CHANCE * sum(text)
    features = sum(text) ** 2 / (sum(value * value for value in text) or 1.0)  # as many as if all were equally heavy
    return MENTIONS * sum(text) * float(max(1.0, features / SHORT_TEXT) ** -FADING)


def expanded(query: Query, own: Sequence[float], corpus: Corpus) -> Query:
    """The query with the features that its best papers share, candidates (whose `own` scores are known) and background alike.

    They count for less where none of these papers is a real match, so that a topic of which the corpus knows nothing learns
    nothing.
    """
    asked = query.layers["asked"] or query.layers["like"]
    answers = [*own, *corpus.scores(asked, corpus.size)]
    best = _best(answers, min(FEEDBACK_PAPERS, 1 + len(answers) // FEEDBACK_ONE_IN))
    total = sum(answers[document] for document in best)
    shared: dict[int, float] = {}
    for document in best:
        share = answers[document] / total
        for feature, value in corpus.vector(document):
            shared[feature] = shared.get(feature, 0.0) + share * value
    confidence = min(1.0, MENTIONS * total / (len(best) or 1))
    related = scaled(shared, confidence * FEEDBACK_WEIGHT * _length(asked))
    return Query({**query.layers, "related": related}, query.owners)


def _best(scores: Sequence[float], count: int) -> list[int]:
    """The positions of the highest scores above 0, best first, equals in order of position."""
    floor = sorted(scores)[-count] if 0 < count < len(scores) else 0.0
    found = [each for each, score in enumerate(scores) if score >= floor and score > 0]
    return sorted(found, key=lambda each: (-scores[each], each))[:count]


def scaled(features: Mapping[int, float], length: float) -> dict[int, float]:
    """The heaviest features, as a vector of the given length."""
    floor = sorted(features.values())[-FEEDBACK_FEATURES] if len(features) > FEEDBACK_FEATURES else 0.0
    found = sorted((-value, feature) for feature, value in features.items() if value >= floor)[:FEEDBACK_FEATURES]
    factor = length / (math.sqrt(sum(value * value for value, _ in found)) or 1.0)
    return {feature: -value * factor for value, feature in found}


def _mean(papers: Sequence[Paper], corpus: Corpus) -> dict[int, float]:
    """The mean of some papers' vectors, wherever they come from."""
    total: dict[int, float] = {}
    for paper in papers:
        for feature, value in corpus.vector_of(paper):
            total[feature] = total.get(feature, 0.0) + value / len(papers)
    return total


def _length(weights: Mapping[int, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


def _weight(weights: Mapping[int, float], corpus: Corpus) -> float:
    """What a paper would get that mentions each feature once."""
    return sum(weight * corpus.idf(corpus.names[feature]) for feature, weight in weights.items())


def _keyword(keyword: str) -> Part:
    """The features of a keyword: its words, its pairs of neighbours, and the words that begin with `prefix*`."""
    found = words(keyword) or all_words(keyword)
    if not keyword.rstrip().endswith("*") or not found:
        return Part("keyword", keyword, tuple([name for word in found for name in _forms(word)] + _pairs(found)))
    *before, beginning = found
    return Part("keyword", keyword, (*(name for word in before for name in _forms(word)), *_pairs(before), beginning + "*"))


def _forms(word: str) -> tuple[str, str]:
    return word, STEM + stem_of(word)


def _pairs(found: Sequence[str]) -> list[str]:
    return [phrase_name(pair) for pair in pairwise(found)]
