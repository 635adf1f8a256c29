"""What votes teach, and what they must not do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned, learn
from digest.selection.match import match, rank
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
    assert WEATHER.weights["~weather"] > 0 > WEATHER.weights["~turbul"]


def test_without_votes_nothing_is_learned() -> None:
    assert learn([], CORPUS, now=NOW) == NOTHING_LEARNED
    assert not NOTHING_LEARNED


def test_seeds_teach_as_votes_do() -> None:
    assert learn([], CORPUS, now=NOW, liked=MAPS[:2]).weights["~weather"] > 0


def test_old_votes_have_less_to_say_beside_new_ones() -> None:
    def taught(days: int) -> float:
        votes = [(MAPS[0], 1, NOW), (FLOWS[0], -1, NOW - timedelta(days=days))]
        return learn(votes, CORPUS, now=NOW).weights["~turbul"]

    assert taught(0) < taught(300)


def test_the_order_of_votes_does_not_matter() -> None:
    votes = [(each, 1 if n % 2 else -1, NOW - timedelta(days=n)) for n, each in enumerate(POOL[:10])]
    assert learn(votes, CORPUS, now=NOW) == learn(votes[::-1], CORPUS, now=NOW)


def test_what_was_learned_is_told_as_such_and_adds_up() -> None:
    best = match([ASKED], CORPUS, learned={ASKED: WEATHER})[ASKED].matches[0]
    assert "learned" in {hit.kind for hit in best.hits}
    assert sum(hit.contribution for hit in best.hits) == pytest.approx(best.relevance)


def test_learning_never_silences_a_topic_that_she_asked_for() -> None:
    against = learn([(each, -1, NOW) for each in FLOWS + MAPS], CORPUS, now=NOW)
    before = {each.paper.id for each in match([ASKED], CORPUS)[ASKED].matches}
    after = {each.paper.id for each in match([ASKED], CORPUS, learned={ASKED: against})[ASKED].matches}
    assert before
    assert before <= after


def test_learning_brings_in_nothing_that_no_topic_asked_for() -> None:
    moss = topic(keywords=("bryophytes",))
    found = match([moss], CORPUS, learned={moss: WEATHER})[moss]
    assert not found.matches


def test_votes_on_papers_that_have_left_the_store_still_teach() -> None:
    gone = paper("arxiv:999", "Neural operators for weather maps of old", abstract="Rain and clouds.")
    assert learn([(gone, 1, NOW)], CORPUS, now=NOW).weights["~weather"] > 0
