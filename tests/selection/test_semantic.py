"""Papers near in meaning speak for one another: they change the order of what met a topic, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import reading
from digest.frozen import fewer
from digest.model import Topic
from digest.reading import Past, Reading
from digest.selection.corpus import Corpus
from digest.selection.match import explain, match, rank
from digest.selection.semantic import LOUDEST, NEAREST, WORTH, Neighbours
from tests.selection.thesaurus import Broken, Thesaurus, informed
from tests.world import NOW, TODAY, paper, papers, subscriber, topic

#: Three say the same of operators; one of them stands among others on turbulence that say it too, one among papers on moss.
TURBULENT = paper("arxiv:1", "Operators in turbulence", abstract="A neural operator for turbulence.", published=None)
MOSSY = paper("arxiv:2", "Operators among mosses", abstract="A neural operator for mosses.", published=None)
EDDIES = paper("arxiv:3", "Eddies at last", abstract="One neural operator, many eddies.", published=None)
MOSS = paper("arxiv:4", "Roofs in the north", abstract="Bryophytes grow on wet roofs.", published=None)
REST = papers(30, abstract="Nothing in particular about anything at all.")
POOL = [TURBULENT, MOSSY, EDDIES, MOSS, *REST]
BOOK = ("turbulence eddies", "mosses bryophytes")
ASKED = topic(keywords=("neural operator",))


def order(asked: Topic, corpus: Corpus) -> list[str]:
    return list(match([asked], corpus)[asked].matches.scores)


def test_who_stands_among_papers_on_the_topic_comes_first() -> None:
    swapped = [replace(TURBULENT, id="arxiv:2"), replace(MOSSY, id="arxiv:1"), EDDIES, MOSS, *REST]

    for pool in (POOL, swapped):
        scores = rank(ASKED, informed(pool, *BOOK)).scores
        plain = rank(ASKED, Corpus.of(pool)).scores
        turbulent, mossy = (next(each.id for each in pool if each.title == one.title) for one in (TURBULENT, MOSSY))
        assert scores[turbulent] > scores[mossy] == pytest.approx(plain[mossy])
        found = order(ASKED, informed(pool, *BOOK))
        assert found.index(turbulent) < found.index(mossy)


def test_where_nothing_is_near_all_is_as_without() -> None:
    plain, nowhere = (rank(ASKED, corpus) for corpus in (Corpus.of(POOL), informed(POOL, "nobody")))

    assert [(each.paper.id, each.relevance, each.hits) for each in plain] == [
        (each.paper.id, each.relevance, each.hits) for each in nowhere
    ]


def test_the_one_that_says_most_is_named() -> None:
    hits = explain(ASKED, EDDIES, informed(POOL, *BOOK)).hits
    (said,) = [hit for hit in hits if hit.kind == "semantic"]

    assert (said.term, said.field) == (TURBULENT.title, "")
    assert 0 < said.contribution <= WORTH / NEAREST * LOUDEST


def test_with_a_followed_author_and_a_neighbour_no_more_reasons_are_kept_than_a_frozen_digest_holds() -> None:
    terms = ("operator", "turbulence", "eddies", "spectral", "galerkin", "viscous", "vortex", "laminar", "boundary", "mesh")
    wordy = paper("arxiv:5", " ".join(terms), abstract=" ".join(terms), authors=("Ada Lovelace",), published=None)
    asked = topic(keywords=terms, authors=("Ada Lovelace",))
    (found,) = [each for each in match([asked], informed([*POOL, wordy], *BOOK))[asked].matches if each.paper.id == wordy.id]

    assert {"author", "keyword", "semantic", "rest"} == {hit.kind for hit in found.hits}
    assert fewer(found.hits) == found.hits
    assert sum(hit.contribution for hit in found.hits) == pytest.approx(found.relevance)


def test_it_lets_no_paper_in() -> None:
    near_it = [replace(each, abstract=each.abstract + " It has bryophytes.") for each in (TURBULENT, MOSSY, EDDIES)]
    found = match([ASKED], informed([*near_it, MOSS, *REST], *BOOK))[ASKED]

    assert MOSS.id not in found.matches.scores
    told = explain(ASKED, MOSS, informed([*near_it, MOSS, *REST], *BOOK))
    assert (told.stopped_by, told.score, [hit.kind for hit in told.hits]) == ("own words", 0.0, [])


def test_a_near_miss_stays_as_near_as_its_words_are() -> None:
    half = paper("arxiv:9", "Operator splitting in turbulence", abstract="An operator, split.", published=None)
    one, other = (match([ASKED], corpus)[ASKED] for corpus in (Corpus.of([*POOL, half]), informed([*POOL, half], *BOOK)))

    assert one.near_miss
    assert one.near_miss == other.near_miss
    assert "semantic" not in {hit.kind for hit in other.near_miss.hits}


def test_what_is_excluded_neither_appears_nor_speaks() -> None:
    without = replace(ASKED, exclude=("eddies",))
    corpus = informed(POOL, *BOOK)

    assert EDDIES.id not in order(without, corpus)
    assert rank(without, corpus).scores[TURBULENT.id] == pytest.approx(rank(without, Corpus.of(POOL)).scores[TURBULENT.id])
    assert EDDIES.title not in {hit.term for each in rank(without, corpus) for hit in each.hits}


#: Words by which papers meet the topic more or less, and who is near whom.
WORDS = st.lists(st.sampled_from(["neural", "operator", "neural operator", "survey", "moss"]), max_size=6).map(" ".join)
GRAPHS = st.lists(st.lists(st.integers(0, 11), max_size=NEAREST, unique=True), min_size=12, max_size=12)


@given(st.lists(WORDS, min_size=12, max_size=12), GRAPHS)
def test_whoever_is_near_whom_contributions_add_up_and_the_same_papers_are_in(said: list[str], near: list[list[int]]) -> None:
    pool = [paper(f"arxiv:{n}", f"Part {n}", abstract=f"{words}.", published=None) for n, words in enumerate(said)]
    asked = replace(ASKED, exclude=("survey",))
    plain, corpus = Corpus.of(pool, background=REST), Corpus.of(pool, background=REST)
    corpus.neighbours = Neighbours(near)
    before, after = match([asked], plain)[asked], match([asked], corpus)[asked]

    assert set(after.matches.scores) == set(before.matches.scores)
    assert after.near == before.near
    for each in (*after.matches, *rank(asked, corpus)):
        assert sum(hit.contribution for hit in each.hits) == pytest.approx(each.relevance)
        assert not {hit.term for hit in each.hits} & {other.title for other in pool if "survey" in other.abstract}
    for name, score in after.matches.scores.items():
        assert 0 <= score - before.matches.scores[name] <= WORTH * LOUDEST + 1e-9
    for each in pool:
        told = explain(asked, each, corpus)
        assert sum(hit.contribution for hit in told.hits) == pytest.approx(told.score)
        assert told.score == pytest.approx(after.matches.scores.get(each.id, told.score))
        assert (told.stopped_by == "") == (each.id in after.matches.scores)


@given(st.permutations(POOL[:8]))
def test_the_order_in_which_papers_come_does_not_matter(shuffled: list[object]) -> None:
    assert rank(ASKED, informed(shuffled, *BOOK)).scores == rank(ASKED, informed(POOL[:8], *BOOK)).scores  # type: ignore[arg-type]


def test_one_persons_digest_does_not_depend_on_anothers() -> None:
    hers, his = subscriber(topics=(ASKED,), trending=0), subscriber(topics=(topic("Roofs", keywords=("roofs",)),), trending=0)
    known, past = Reading(NOW, tuple(POOL)), Past(last=TODAY.replace(day=23))
    alone = reading.choose(hers, TODAY, reading.score(known, hers.topics, Thesaurus(*BOOK)), past)
    together = reading.choose(hers, TODAY, reading.score(known, (*his.topics, *hers.topics), Thesaurus(*BOOK)), past)

    assert alone.items
    assert alone == together


def test_a_model_that_fails_costs_nobody_her_mail(caplog: pytest.LogCaptureFixture) -> None:
    known = Reading(NOW, tuple(POOL))
    with caplog.at_level(logging.ERROR):
        without, failed = (reading.score(known, (ASKED,), embedder) for embedder in (None, Broken()))

    assert failed.matched == without.matched
    assert [record.getMessage() for record in caplog.records] == [f"failed part=semantic papers={len(POOL)}"]


def test_the_model_is_asked_once_for_all_topics() -> None:
    model = Thesaurus(*BOOK)
    reading.score(Reading(NOW, tuple(POOL)), (ASKED, topic("Roofs", keywords=("roofs",))), model)

    assert model.asked == 1
