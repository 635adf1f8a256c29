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


def test_without_votes_nothing_is_learned() -> None:
    assert learn([], CORPUS, now=NOW) == NOTHING_LEARNED
    assert not NOTHING_LEARNED


def test_one_vote_alone_does_not_yet_bend_a_topic() -> None:
    once = learn([(MAPS[0], 1, NOW)], CORPUS, now=NOW)
    assert rank(ASKED, CORPUS, learned=once).scores == rank(ASKED, CORPUS).scores


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
