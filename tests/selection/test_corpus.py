"""What an indexed paper is worth, whichever way it is read."""

from __future__ import annotations

import pytest

from digest.model import Paper, Topic
from digest.selection import corpus as indexing
from digest.selection.corpus import Corpus
from digest.selection.query import question
from digest.selection.weights import Weights

KINDS = (("neural", "volcanoes"), ("linear", "networks"), ("neural", "networks"), ("quantum", ""))
PAPERS = [
    Paper(f"x:{n}", f"{first} operators", f"We operate {first} operators, and {second} too.")
    for n, (first, second) in enumerate(KINDS * 10)
]
CORPUS = Corpus.of(PAPERS)
ASKED = question(Topic("", ("neural operator", "operating"), "networks that operate on volcanoes"), CORPUS).asked


def test_a_word_and_its_stem_are_worth_together_what_they_are_worth_apart() -> None:
    apart = [sum(weight * CORPUS.worth(feature, document) for feature, weight in ASKED) for document in range(CORPUS.size)]
    assert CORPUS.scores(ASKED) == pytest.approx(apart)
    assert len(set(apart)) == 4


def test_a_paper_scores_the_same_alone_and_among_many() -> None:
    related = Weights.of(dict(CORPUS.vector(0)) | dict(CORPUS.vector(1)))
    everywhere = CORPUS.scores_in(related, range(CORPUS.size))
    assert len(everywhere) > indexing.FEW
    assert [CORPUS.scores_in(related, (document,))[0] for document in range(CORPUS.size)] == pytest.approx(everywhere)


def test_a_paper_that_is_not_indexed_is_read_as_if_it_were() -> None:
    stranger = Paper("y:1", PAPERS[1].title, PAPERS[1].abstract)
    assert CORPUS.worths_of(stranger) == CORPUS.worths(CORPUS.place(PAPERS[1].id))


def test_what_no_paper_has_is_the_rarest() -> None:
    corpus = Corpus.of(PAPERS)
    for name in ("zeolites", "~zeolit", '"neural volcano', "zeol*"):
        assert corpus.find(name) is None
        assert corpus.idf(name) > corpus.idf("quantum") > corpus.idf("operators")
    assert corpus.find('"neural operator') is not None
