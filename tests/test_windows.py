"""Windows are found once for everybody; votes teach the topics of those who cast them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest import reading
from digest.model import Paper
from digest.reading import Past, Reading
from tests.world import NOW, TODAY, paper, papers, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operator",))
FLOWS = [
    paper(f"arxiv:1{n}", f"Neural operators for turbulent flow {name}", key=10 + n, authors=(), abstract=f"Eddies, part {n}.")
    for n, name in enumerate("abcd")
]
MAPS = [
    paper(f"arxiv:2{n}", f"Neural operators for weather maps {name}", key=20 + n, authors=(), abstract=f"Rain, clouds, {n}.")
    for n, name in enumerate("abcd")
]
POOL: tuple[Paper, ...] = (*FLOWS, *MAPS, *(replace(each, key=100 + n) for n, each in enumerate(papers(30))))
HER = subscriber(topics=(OPERATORS,), trending=0, key=1)
OTHER = subscriber("bob@example.org", topics=(OPERATORS,), trending=0, key=2)
VOTES = tuple((each, 1, NOW - timedelta(days=1)) for each in MAPS[:2]) + tuple(
    (each, -1, NOW - timedelta(days=1)) for each in FLOWS[:2]
)
REGULAR = Past(last=TODAY - timedelta(days=1))


def test_a_window_is_found_once_and_what_was_sent_is_only_left_out() -> None:
    known = Reading(NOW, POOL)
    hers = reading.candidates_for(HER, TODAY, known, replace(REGULAR, sent=frozenset({10, 999})))
    others = reading.candidates_for(OTHER, TODAY, known, REGULAR)

    assert hers.papers is others.papers
    assert "arxiv:10" not in hers
    assert len(hers) == len(others) - 1
    assert {each.id for each in others} - {each.id for each in hers} == {"arxiv:10"}


def test_another_moment_has_windows_of_its_own() -> None:
    known = Reading(NOW, POOL)
    reading.candidates_for(HER, TODAY, known, REGULAR)

    assert not len(reading.candidates_for(HER, TODAY, reading.until(known, NOW - timedelta(days=3)), REGULAR))


def test_votes_move_papers_for_the_voter_alone_and_say_so() -> None:
    scored = reading.score(Reading(NOW, POOL, background=POOL, votes={1: VOTES}), [OPERATORS])
    hers, others = (reading.choose(who, TODAY, scored, REGULAR) for who in (HER, OTHER))

    assert {hit.kind for item in hers.items for hit in item.why} >= {"keyword", "learned"}
    assert "learned" not in {hit.kind for item in others.items for hit in item.why}
    assert others == reading.choose(OTHER, TODAY, reading.score(Reading(NOW, POOL, background=POOL), [OPERATORS]), REGULAR)
    assert mean_place(hers) < mean_place(others)


def mean_place(digest: object) -> float:
    names = {each.id for each in MAPS}
    return sum(item.number for item in digest.items if item.paper.id in names) / 4  # type: ignore[attr-defined]
