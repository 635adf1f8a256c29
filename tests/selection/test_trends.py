"""What everybody talks about."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Sighting
from digest.selection.trends import trending, trends
from tests.world import NOW, TODAY, paper, papers, sighting

YESTERDAY = TODAY - timedelta(days=1)


def score(*seen: Sighting) -> float:
    of = paper("arxiv:1")
    found = trends([of], {"arxiv:1": seen}, NOW)
    return found["arxiv:1"].score if found else -1.0


def test_more_votes_rank_higher() -> None:
    pool = papers(3)
    seen = {each.id: [sighting(each.id, votes)] for each, votes in zip(pool, (5, 50, 20), strict=True)}
    assert trending(pool, trends(pool, seen, NOW)) == [pool[1], pool[2], pool[0]]


def test_votes_of_a_young_list_are_expected_to_grow() -> None:
    older = {"listed": YESTERDAY, "at": NOW}
    assert score(sighting(upvotes=30)) > score(sighting(upvotes=40, **older))
    assert score(sighting(upvotes=60, **older)) > score(sighting(upvotes=30))


def test_unknown_votes_are_no_trend_and_zero_votes_are_one() -> None:
    assert score(sighting(upvotes=None)) == -1.0
    assert score(sighting(upvotes=0)) == 0.0
    assert score() == -1.0


def test_a_paper_listed_eight_days_ago_is_out_of_the_running() -> None:
    assert score(sighting(upvotes=900, listed=TODAY - timedelta(days=7))) == -1.0
    assert score(sighting(upvotes=900, listed=TODAY - timedelta(days=6))) > 0


def test_a_relisted_paper_stands_once_with_its_largest_votes() -> None:
    first = sighting(upvotes=2, listed=TODAY - timedelta(days=6), at=NOW - timedelta(days=6))
    again = sighting(upvotes=42)
    of = paper()
    found = trends([of, of], {of.id: [again, first]}, NOW)
    assert list(found) == [of.id]
    assert found[of.id].upvotes == 42
    assert trending([of, of], found) == [of]


def test_a_failed_read_takes_no_votes_away() -> None:
    good = sighting(upvotes=40, at=NOW - timedelta(hours=2))
    of = paper()
    found = trends([of], {of.id: [good, sighting(upvotes=0)]}, NOW)[of.id]
    assert found.upvotes == 40
    assert found.history == (40, 40)


def test_gain_is_counted_from_about_a_day_ago_and_unknown_before() -> None:
    of, day = paper(), timedelta(days=1)
    old, recent, new = (sighting(upvotes=votes, stars=stars, at=at) for votes, stars, at in
                        ((10, 100, NOW - day), (14, 130, NOW - day / 4), (25, 160, NOW)))  # fmt: skip
    found = trends([of], {of.id: [old, recent, new]}, NOW)[of.id]
    assert (found.gain, found.stars_gain, found.stars, found.history) == (15, 60, 160, (10, 14, 25))
    assert trends([of], {of.id: [recent, new]}, NOW)[of.id].gain is None


def test_gained_stars_break_ties_and_their_level_does_not_count() -> None:
    rising, famous = paper("arxiv:2"), paper("arxiv:1")
    seen = {
        "arxiv:2": [sighting("arxiv:2", 9, stars=1, at=NOW - timedelta(days=1)), sighting("arxiv:2", 9, stars=90)],
        "arxiv:1": [sighting("arxiv:1", 9, stars=50_000, at=NOW - timedelta(days=1)), sighting("arxiv:1", 9, stars=50_000)],
    }
    assert trending([famous, rising], trends([famous, rising], seen, NOW)) == [rising, famous]


def test_what_is_seen_later_than_now_is_not_known() -> None:
    assert score(sighting(upvotes=7), sighting(upvotes=700, at=NOW + timedelta(days=1))) == score(sighting(upvotes=7))


def test_the_parts_multiply_to_the_score() -> None:
    of = paper()
    trend = trends([of], {of.id: [sighting(upvotes=33, listed=YESTERDAY)]}, NOW)[of.id]
    assert [name for name, _ in trend.parts] == ["upvotes", "growth", "scale", "freshness"]
    assert math.prod(value for _, value in trend.parts) == pytest.approx(trend.score)


def test_a_source_with_few_voters_stands_level_with_a_large_one() -> None:
    pool = papers(6)
    many, few = pool[:4], pool[4:]
    seen = {each.id: [sighting(each.id, 100)] for each in many} | {each.id: [sighting(each.id, 4, source="forum")] for each in few}
    found = trends(pool, seen, NOW)
    assert found[few[0].id].score == pytest.approx(found[many[0].id].score)


def test_one_source_is_not_rescaled() -> None:
    of = paper()
    assert dict(trends([of], {of.id: [sighting(upvotes=3)]}, NOW)[of.id].parts)["scale"] == 1.0


VOTES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 6)), min_size=1, max_size=5)


def sightings(votes: list[tuple[int, int]]) -> list[Sighting]:
    return [sighting(upvotes=count, at=NOW - timedelta(days=age), listed=TODAY - timedelta(days=6)) for count, age in votes]


@given(VOTES, st.integers(0, 4), st.integers(1, 100))
def test_more_votes_never_lower_a_score(votes: list[tuple[int, int]], place: int, more: int) -> None:
    count, age = votes[place % len(votes)]
    raised = [*votes[: place % len(votes)], (count + more, age), *votes[place % len(votes) + 1 :]]
    assert score(*sightings(raised)) >= score(*sightings(votes)) - 1e-9


@given(VOTES, st.booleans(), st.booleans())
def test_a_missing_field_never_lowers_a_paper(votes: list[tuple[int, int]], comments: bool, stars: bool) -> None:
    bare = [Sighting(each.paper, each.source, each.at, each.listed, each.upvotes) for each in sightings(votes)]
    full = [
        Sighting(each.paper, each.source, each.at, each.listed, each.upvotes, 3 if comments else None, 9 if stars else None)
        for each in bare
    ]
    assert score(*bare) == score(*full)


@given(st.permutations(range(6)))
def test_the_order_of_papers_and_sightings_does_not_matter(order: list[int]) -> None:
    pool = papers(6)
    seen = {each.id: [sighting(each.id, 10), sighting(each.id, 12, at=NOW - timedelta(hours=1))] for each in pool}
    shuffled = {pool[n].id: seen[pool[n].id][::-1] for n in order}
    assert trends([pool[n] for n in order], shuffled, NOW) == trends(pool, seen, NOW)
    assert trending([pool[n] for n in order], trends(pool, seen, NOW)) == trending(pool, trends(pool, seen, NOW))


def test_a_day_that_is_not_known_counts_from_the_first_sighting() -> None:
    assert score(sighting(upvotes=5, listed=None)) > 0
    assert score(sighting(upvotes=5, listed=None, at=NOW - timedelta(days=9))) == -1.0
    assert date(2026, 3, 24) == TODAY
