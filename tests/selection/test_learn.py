"""What votes teach, and what they must not do."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import Topic
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned, learn
from digest.selection.match import match, rank
from digest.selection.query import expanded, own_scores, question
from tests.world import NOW, paper, papers, topic

FLOWS = [
    paper(f"arxiv:1{n}", f"Neural operators for turbulent flow {n}", abstract=f"Turbulence and fluids, case {n}.") for n in range(6)
]
MAPS = [paper(f"arxiv:2{n}", f"Neural operators for weather maps {n}", abstract=f"Rain and clouds, case {n}.") for n in range(6)]
POOL = [*FLOWS, *MAPS, *papers(30)]
ASKED = topic(keywords=("neural operator",))
CORPUS = Corpus.of(POOL)
WEATHER = learn([(MAPS[0], 1, NOW), (MAPS[1], 1, NOW), (FLOWS[0], -1, NOW)], CORPUS, now=NOW)


def place_of_maps(learned: Learned) -> float:
    order = [each.paper for each in rank(ASKED, CORPUS, learned=learned)]
    return sum(order.index(each) for each in MAPS[2:]) / 4


def test_votes_lift_what_resembles_more_over_what_resembles_less() -> None:
    assert place_of_maps(WEATHER) < place_of_maps(NOTHING_LEARNED)


def test_without_votes_nothing_is_learned() -> None:
    assert learn([], CORPUS, now=NOW) == NOTHING_LEARNED
    assert not NOTHING_LEARNED


def moved(count: int, *, asked: Topic = ASKED) -> float:
    """How far so many votes change what the topic borrows, all in all."""
    votes = learn([(each, 1, NOW) for each in MAPS[:count]], CORPUS, now=NOW)
    query = question(asked, CORPUS)
    return sum(abs(value) for value in expanded(query, own_scores(query, CORPUS), CORPUS, votes).learned.values)


def test_every_further_vote_has_more_to_say() -> None:
    assert 0 < moved(1) < moved(2) < moved(5)


def test_a_topic_that_is_put_in_many_words_keeps_its_mind() -> None:
    wordy = replace(ASKED, keywords=("neural operator", "turbulence", "rain", "clouds", "fluid", "weather map"))
    assert moved(3, asked=wordy) < moved(3)


def test_learning_lends_no_more_weight_than_the_guess_it_replaces() -> None:
    query = question(ASKED, CORPUS)
    own = own_scores(query, CORPUS)

    def borrowed(learned: Learned) -> float:
        found = expanded(query, own, CORPUS, learned)
        total = Counter(dict(found.related))
        total.update(dict(found.learned))
        return math.hypot(*total.values())

    assert borrowed(WEATHER) == pytest.approx(borrowed(NOTHING_LEARNED))


def test_only_words_of_papers_with_more_are_said_to_be_learned_from_them() -> None:
    query = question(ASKED, CORPUS)
    wanted = {feature for each in MAPS[:2] for feature, _ in CORPUS.vector_of(each)}
    gained = {feature for feature, value in expanded(query, own_scores(query, CORPUS), CORPUS, WEATHER).learned if value > 0}
    assert gained
    assert gained <= wanted


def test_less_alone_moves_what_resembles_it_down() -> None:
    mosses = [paper(f"arxiv:9{n:03}", f"Moss on roof {n}", abstract="Bryophytes grow on wet roofs.") for n in range(160)]
    corpus = Corpus.of([*FLOWS, *MAPS, *mosses])  # large enough for both kinds to lend words
    against = learn([(each, -1, NOW) for each in FLOWS[:2]], corpus, now=NOW)
    before, after = rank(ASKED, corpus).scores, rank(ASKED, corpus, learned=against).scores
    for flow, weather in zip(FLOWS[2:], MAPS[2:], strict=True):
        assert after[weather.id] - after[flow.id] > before[weather.id] - before[flow.id]


def test_old_votes_have_less_to_say() -> None:
    new, old = learn([(MAPS[0], 1, NOW), (FLOWS[0], -1, NOW - timedelta(days=200))], CORPUS, now=NOW).lessons[::-1]
    assert new.say == 1.0
    assert old.say < 0.2


def test_the_order_of_votes_does_not_matter() -> None:
    votes = [(each, 1 if n % 2 else -1, NOW - timedelta(days=n)) for n, each in enumerate(POOL[:10])]
    one, other = (rank(ASKED, CORPUS, learned=learn(each, CORPUS, now=NOW)) for each in (votes, votes[::-1]))
    assert one.scores == other.scores


def test_what_was_learned_is_told_as_such_and_adds_up() -> None:
    found = match([ASKED], CORPUS, learned={ASKED: WEATHER})[ASKED].matches
    best = next(each for each in found if each.paper in MAPS)
    assert "learned" in {hit.kind for hit in best.hits}
    for each in found:
        assert sum(hit.contribution for hit in each.hits) == pytest.approx(each.relevance)


def test_learning_never_silences_a_topic_that_she_asked_for() -> None:
    against = learn([(each, -1, NOW) for each in FLOWS + MAPS], CORPUS, now=NOW)
    before = set(match([ASKED], CORPUS)[ASKED].matches.scores)
    after = set(match([ASKED], CORPUS, learned={ASKED: against})[ASKED].matches.scores)
    assert before
    assert before <= after


def test_learning_brings_in_nothing_that_no_topic_asked_for() -> None:
    moss = topic(keywords=("bryophytes",))
    assert not match([moss], CORPUS, learned={moss: WEATHER})[moss].matches


def test_votes_on_papers_outside_a_topic_teach_it_nothing() -> None:
    elsewhere = [paper(f"arxiv:9{n}", f"Moss on roofs {n}", abstract="Bryophytes grow on wet roofs.") for n in range(3)]
    taught = learn([(each, 1, NOW) for each in elsewhere], Corpus.of(POOL + elsewhere), now=NOW)
    corpus = Corpus.of(POOL + elsewhere)
    assert rank(ASKED, corpus, learned=taught).scores == pytest.approx(rank(ASKED, corpus).scores)


def test_votes_on_papers_that_have_left_the_store_still_teach() -> None:
    gone = [paper(f"arxiv:99{n}", "Neural operators for weather maps of old", abstract="Rain and clouds.") for n in range(2)]
    assert place_of_maps(learn([(each, 1, NOW) for each in gone], CORPUS, now=NOW)) < place_of_maps(NOTHING_LEARNED)
