"""A topic as weights of features: what it asks for in its own words, and what belongs to it by the company it keeps. PURE.

Relevance means the same for every topic: 1 is as much evidence as one mention of one of its keywords in an abstract of usual
length, or, for free text, as large a share of its words as related papers usually hold (see `_enough`). Everything is divided by
that.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import chain, pairwise
from statistics import median

from digest.model import Paper, Topic
from digest.selection.corpus import OTHER_NUMBER, PHRASE, PREFIX, STEM, Corpus, phrase_name, whole_name
from digest.selection.learn import NOTHING_LEARNED, Learned, Lesson, mean
from digest.selection.terms import all_words, singular, stem_of, words
from digest.selection.weights import NO_WEIGHTS, Weights

#: Words of free text count less than keywords: they are written to be read.
TEXT_WEIGHT = 0.7
#: The very word and its stem, half each.
FORM_WEIGHT = 0.5
#: Neighbours of a keyword that stand side by side weigh as much as the two of them apart: she wrote them as one.
PHRASE_WEIGHT = 2.0
#: Neighbours in a text, as a share of a single word: they are already counted one by one.
PAIR_WEIGHT = 0.5
#: A keyword as the acronym that papers give it, or written out, as a share of a mention of itself.
ACRONYM_WEIGHT = 0.3
#: A word that a text repeats counts more, with saturation (BM25's k3).
K3 = 30.0
#: Pseudo-relevance feedback (Rocchio, 1971; Lavrenko and Croft, "Relevance-based language models", 2001): so many of the best
#: papers lend the topic so many of their heaviest stems, at this share of the length of its own.
FEEDBACK_PAPERS = 18
FEEDBACK_FEATURES = 50
#: But of a small corpus not more than one paper in so many: the others have nothing to do with the topic.
FEEDBACK_ONE_IN = 15
FEEDBACK_WEIGHT = 0.7
#: Of what is borrowed, papers with `more` lend a share that grows with their number: each word of the topic's own, counted as if
#: all were equally heavy, outweighs so many votes. A broad topic learns fast, one that is put in many words keeps its mind.
VOTES_A_WORD = 2.0
#: Papers lend more the more they resemble those with `more`, and less the more they resemble those with `less`: e to this power
#: for a paper that is just like them.
LEANING = 6.0
#: So many votes it takes to lean half as far.
LEANING_DOUBT = 2.0
#: A vote teaches the topics that its paper meets at least this well, without phrases.
TEACHES = 0.3
#: What papers to resemble weigh beside her own words.
LIKE_WEIGHT = 0.7
#: One mention of a keyword in an abstract of usual length, and what usually stands around it, is enough: so many bare mentions.
MENTIONS = 1.35
#: What words of a text add by chance to a paper that holds a keyword.
SHARE_BY_CHANCE = 0.2
#: Of a text with up to so many features a paper must hold all; of longer ones a share that falls with their number to this power.
SHORT_TEXT = 6.0
FADING = 0.6
#: The share of the weight of papers to resemble that a related paper holds.
SHARE_OF_LIKED = 0.25


@dataclass(frozen=True, slots=True)
class Part:
    """A keyword, or two neighbouring words of a text, as she wrote them: the features that speak for them, and the one that says
    that all of it is there."""

    kind: str                              #: keyword or text
    term: str
    features: tuple[int, ...]
    whole: int


@dataclass(frozen=True, slots=True)
class Query:
    """A topic as weights of features by where they come from, on the scale on which 1 is enough."""

    asked: Weights                         #: her own words
    like: Weights = NO_WEIGHTS             #: the papers that she wants hers to resemble
    learned: Weights = NO_WEIGHTS          #: what papers with `more` and `less` taught, once expanded
    related: Weights = NO_WEIGHTS          #: what her best papers share, once expanded
    parts: tuple[Part, ...] = ()           #: those that some paper holds as a whole, keywords first


def question(topic: Topic, corpus: Corpus, liked: Sequence[Paper] = ()) -> Query:
    """What a topic asks of a corpus, without what is merely related."""
    keywords, found = [_names(term) for term in topic.keywords], words(topic.query)
    wanted = _wanted(keywords, found)
    numbers = [_in_other_number(keyword, wanted, corpus) for keyword in keywords]
    named = wanted | {name: weight for each in numbers for name, weight in each.items()}
    asked = {each: weight for name, weight in named.items() if (each := corpus.find(name)) is not None}
    others = list(_otherwise(topic.keywords, wanted, corpus))
    for other, weight in others:
        asked[other.whole] = asked.get(other.whole, 0.0) + weight
    like = scaled(_mean(liked, corpus), LIKE_WEIGHT * (_length(asked.values()) or 1.0))
    enough = _enough(keywords, wanted, corpus) or SHARE_OF_LIKED * _weight(like, corpus) or 1.0
    return Query(
        asked=Weights.of(asked, times=1 / enough),
        like=Weights.of(like, times=1 / enough) if like else NO_WEIGHTS,
        parts=tuple(_parts(_spoken_for(topic.keywords, keywords, numbers), found, others, corpus)),
    )


def _in_other_number(keyword: Iterable[str], wanted: Mapping[str, float], corpus: Corpus) -> dict[str, float]:
    """A keyword of one word in the plural where she wrote the singular, or the other way round: a mention is worth as much.

    Of several words that stands to reason only where they stand side by side, and phrases know no number anyway.
    """
    written = [name for name in keyword if not name.startswith((STEM, PHRASE)) and not name.endswith(PREFIX)]
    if len(written) != 1:
        return {}
    other = OTHER_NUMBER + written[0]
    return {other: wanted[written[0]] * corpus.idf(written[0]) / corpus.idf(other)}


def _spoken_for(
    terms: Iterable[str], keywords: Iterable[Sequence[str]], numbers: Iterable[Mapping[str, float]]
) -> dict[str, list[str]]:
    """Of each keyword as she wrote it all names that speak for it."""
    return {term: [*names, *others] for term, names, others in zip(terms, keywords, numbers, strict=True)}


def own_scores(query: Query, corpus: Corpus) -> list[float]:
    """What the topic itself makes of each candidate: its words and the papers that it wants its own to resemble."""
    scores = corpus.scores(query.asked)
    return [one + other for one, other in zip(scores, corpus.scores(query.like), strict=True)] if query.like else scores


def _otherwise(keywords: Iterable[str], wanted: Mapping[str, float], corpus: Corpus) -> Iterator[tuple[Part, float]]:
    """Keywords in other words, as acronyms or written out, with what these weigh."""
    for keyword in dict.fromkeys(keywords):
        known = " ".join(map(singular, words(keyword)))
        if short := corpus.acronyms.short.get(known):
            told, name = short, STEM + stem_of(short.lower())
        elif long := corpus.acronyms.long.get(known):
            told, name = long, phrase_name(long.split())
        else:
            continue
        if (feature := corpus.find(name)) is not None:
            mention = sum(wanted[each] * corpus.idf(each) for each in dict.fromkeys(_names(keyword)))
            yield Part("text", told, (feature,), feature), ACRONYM_WEIGHT * mention / corpus.idf(name)


def _parts(
    keywords: Mapping[str, Sequence[str]], text: Sequence[str], others: Sequence[tuple[Part, float]], corpus: Corpus
) -> Iterator[Part]:
    for term, names in keywords.items():
        yield from _part("keyword", term, names, whole_name(term), corpus)
    yield from (part for part, _ in others)
    for pair in dict.fromkeys(pairwise(text)):
        whole = phrase_name(pair)
        yield from _part("text", " ".join(pair), [*_all_forms(pair), whole], whole, corpus)


def _part(kind: str, term: str, names: Iterable[str], whole: str, corpus: Corpus) -> Iterator[Part]:
    """A term as a part of the topic, if some paper holds all of it."""
    if (found := corpus.find(whole)) is not None:
        yield Part(kind, term, tuple([each for name in names if (each := corpus.find(name)) is not None]), found)


def _wanted(keywords: Sequence[Sequence[str]], text: Sequence[str]) -> dict[str, float]:
    """The weights of all features that a topic names, those that no paper has included. A word in several keywords counts once."""
    counts = dict.fromkeys((name for keyword in keywords for name in keyword), 1.0)
    for name in [name for word in text for name in _forms(word)] + _pairs(text):
        counts[name] = counts.get(name, 0.0) + TEXT_WEIGHT
    phrases = {name for keyword in keywords for name in keyword if name.startswith(PHRASE)}
    return {name: _importance(name, phrases) * (K3 + 1) * count / (K3 + count) for name, count in counts.items()}


def _importance(name: str, phrases: Container[str]) -> float:
    if name.startswith(PHRASE):
        return FORM_WEIGHT * (PHRASE_WEIGHT if name in phrases else PAIR_WEIGHT)
    return 1.0 if name.endswith(PREFIX) else FORM_WEIGHT


def _enough(keywords: Sequence[Sequence[str]], wanted: Mapping[str, float], corpus: Corpus) -> float:
    """The score that is enough: a mention of a keyword of middling rarity and half as much again, beside what the text adds by
    chance; without keywords the share of the text that related papers hold. What no paper holds counts as rarest, so that an odd
    half of a keyword or of a sentence is not enough."""
    worth = {name: weight * corpus.idf(name) for name, weight in wanted.items()}
    mentions = [mention for keyword in keywords if (mention := sum(worth[name] for name in dict.fromkeys(keyword)))]
    named = {name for keyword in keywords for name in keyword}
    text = [value for name, value in worth.items() if name not in named]
    if mentions:
        return MENTIONS * median(mentions) + SHARE_BY_CHANCE * sum(text)
    return MENTIONS * sum(text) * float(max(1.0, _count(text) / SHORT_TEXT) ** -FADING)


def expanded(query: Query, own: Sequence[float], corpus: Corpus, learned: Learned = NOTHING_LEARNED) -> Query:
    """The query with the features that its best papers share, of candidates (whose `own` scores are given) and background alike;
    and what her votes changed in that.

    They count for less where none of these papers is a real match, so that a topic of which the corpus knows nothing learns
    nothing.
    """
    behind = corpus.background_scores(query.asked or query.like)
    best = _best(own, behind, min(FEEDBACK_PAPERS, 1 + len(corpus.papers) // FEEDBACK_ONE_IN))
    confidence = min(1.0, MENTIONS * sum(score for _, score in best) / (len(best) or 1))
    length = confidence * FEEDBACK_WEIGHT * _length((query.asked or query.like).values)
    related = scaled(_shared(best, corpus), length)
    lessons = [lesson for lesson in learned.lessons if lesson.meets(query.asked) >= TEACHES]
    if not lessons:
        return replace(query, related=Weights.of(related))
    more, said = mean(lesson for lesson in lessons if lesson.wanted)
    share = said / (said + VOTES_A_WORD * _breadth(query.asked, corpus)) if said else 0.0
    guessed = _shared(_leaning(best, lessons, corpus), corpus)
    both = {each: (1 - share) * guessed.get(each, 0.0) + share * more.get(each, 0.0) for each in guessed | more}
    return _split(query, related, scaled(both, length), more)


def _shared(best: Iterable[tuple[int, float]], corpus: Corpus) -> dict[int, float]:
    """The mean of some papers' vectors, each with the weight that stands beside it."""
    papers = list(best)
    total = sum(weight for _, weight in papers)
    shared: dict[int, float] = {}
    for document, weight in papers:
        share = weight / total
        for feature, value in corpus.vector(document):
            shared[feature] = shared.get(feature, 0.0) + share * value
    return shared


def _leaning(best: Iterable[tuple[int, float]], lessons: Sequence[Lesson], corpus: Corpus) -> list[tuple[int, float]]:
    """The papers with more weight where they resemble what she wanted more of, and with less where they resemble the others."""
    leaning: dict[int, float] = {}
    for sign, wanted in ((LEANING, True), (-LEANING, False)):
        found, said = mean(lesson for lesson in lessons if lesson.wanted is wanted)
        factor = sign * said / (said + LEANING_DOUBT) / (_length(found.values()) or 1.0)
        for feature, value in found.items():
            leaning[feature] = leaning.get(feature, 0.0) + factor * value
    return [
        (document, score * math.exp(sum(value * leaning.get(feature, 0.0) for feature, value in corpus.vector(document))))
        for document, score in best
    ]


def _split(query: Query, untaught: Mapping[int, float], taught: Mapping[int, float], more: Container[int]) -> Query:
    """What was learned apart from what is related anyway: words of papers with `more` that gained, and all that lost."""
    change = {each: taught.get(each, 0.0) - untaught.get(each, 0.0) for each in {**untaught, **taught}}
    learned = {each: value for each, value in change.items() if value < 0 or each in more}
    related = {each: taught.get(each, 0.0) - learned.get(each, 0.0) for each in change}
    return replace(query, related=Weights.of(related), learned=Weights.of(learned))


def _breadth(asked: Weights, corpus: Corpus) -> float:
    """The number of a topic's features, as if all were equally heavy."""
    return _count(weight * corpus.idf(corpus.names[feature]) for feature, weight in asked)


def _count(values: Iterable[float]) -> float:
    """As many values as there would be if all were equally large, at least 1 (Kish's effective sample size)."""
    found = list(values)
    return max(1.0, sum(found) ** 2 / (sum(value * value for value in found) or 1.0))


def _best(own: Sequence[float], behind: Mapping[int, float], count: int) -> list[tuple[int, float]]:
    """The positions of the highest scores above 0, best first, equals in order of position."""
    floor = min(nlargest(count, chain(own, behind.values())), default=0.0)
    found = [(each, score) for each, score in enumerate(own) if score >= floor and score > 0]
    found += [(each, score) for each, score in behind.items() if score >= floor]
    return sorted(found, key=lambda each: (-each[1], each[0]))[:count]


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


def _length(values: Iterable[float]) -> float:
    return math.sqrt(sum(value * value for value in values))


def _weight(weights: Mapping[int, float], corpus: Corpus) -> float:
    """What a paper would get that mentions each feature once."""
    return sum(weight * corpus.idf(corpus.names[feature]) for feature, weight in weights.items())


def _names(keyword: str) -> list[str]:
    """The features of a keyword: its words, its pairs of neighbours, and what begins with `prefix*`."""
    found = words(keyword) or all_words(keyword)
    if not found or not keyword.rstrip().endswith(PREFIX):
        return [*_all_forms(found), *_pairs(found)]
    *before, last = found
    beginning = [phrase_name((each, last), open_end=True) for each in before[-1:]]
    return [*_all_forms(before), last + PREFIX, *_pairs(before), *beginning]


def _all_forms(found: Iterable[str]) -> list[str]:
    return [name for word in found for name in _forms(word)]


def _forms(word: str) -> tuple[str, str]:
    return word, STEM + stem_of(word)


def _pairs(found: Sequence[str]) -> list[str]:
    return [phrase_name(pair) for pair in pairwise(found)]
