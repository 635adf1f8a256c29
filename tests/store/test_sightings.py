from __future__ import annotations

from datetime import date, timedelta

from digest.model import Sighting
from digest.store.store import Store
from tests.world import NOW, paper, papers, sighting


def see(store: Store, upvotes: int | None, hours: float = 0, **changes: object) -> int:
    return store.sightings.keep([sighting(upvotes=upvotes, at=NOW + timedelta(hours=hours), **changes)])


def seen(store: Store, hours: float = 0) -> list[int | None]:
    return [each.upvotes for each in store.sightings.since(NOW + timedelta(hours=hours)).get("arxiv:2603.00001", ())]


def test_a_sighting_comes_back_as_it_went_in(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    given = sighting(upvotes=7, comments=None, stars=1200)
    assert store.sightings.keep([given]) == 1
    assert store.sightings.since(NOW) == {"arxiv:2603.00001": (given,)}


def test_what_says_nothing_new_is_kept_once_a_day(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    assert [see(store, 10, hours) for hours in (0, 2, 4, 23.9, 24, 26)] == [1, 0, 0, 0, 1, 0]
    assert see(store, 11, 27) == 1


def test_unknown_is_not_zero_and_no_change(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    assert [see(store, None), see(store, 0, 1), see(store, None, 2), see(store, 0, 3)] == [1, 1, 0, 0]
    assert seen(store) == [None, 0]


def test_a_fall_is_a_failed_read_and_the_highest_figure_stands(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    assert [see(store, 40), see(store, 0, 1), see(store, 12, 2)] == [1, 0, 0]
    assert see(store, 0, 3, stars=5) == 1
    assert see(store, 41, 4) == 1
    assert seen(store) == [40, 40, 41]


def test_a_paper_that_is_listed_again_ages_from_its_new_list(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    see(store, 2)
    assert see(store, 2, 1, listed=date(2026, 3, 30)) == 1
    assert see(store, 2, 2, listed=date(2026, 3, 24)) == 0  # the old list is read again
    assert [each.listed for each in store.sightings.since(NOW)["arxiv:2603.00001"]] == [date(2026, 3, 24), date(2026, 3, 30)]


def test_the_last_one_before_the_moment_comes_first(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    for hours, upvotes in enumerate((1, 2, 3, 4)):
        see(store, upvotes, hours)
    assert seen(store, hours=2) == [2, 3, 4]
    assert seen(store, hours=9) == [4]
    assert seen(store, hours=24 * 9) == []


def test_each_source_is_counted_by_itself(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    see(store, 40)
    assert see(store, 3, 1, source="alphaxiv") == 1
    last = store.sightings.since(NOW + timedelta(hours=2))["arxiv:2603.00001"]
    assert [each.source for each in last] == ["huggingface", "alphaxiv"]


def test_several_of_one_paper_in_one_fetch_are_taken_in_the_order_of_time(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    later, earlier = sighting(upvotes=5, at=NOW + timedelta(hours=1)), sighting(upvotes=3)
    assert store.sightings.keep([later, earlier, later]) == 2
    assert seen(store) == [3, 5]


def test_a_sighting_finds_its_paper_by_any_name_and_is_left_out_without_one(store: Store) -> None:
    store.papers.keep([paper(aliases=("arxiv:2603.00001", "huggingface:7"))], now=NOW)
    assert store.sightings.keep([sighting("huggingface:7"), sighting("arxiv:2603.99999")]) == 1
    assert list(store.sightings.since(NOW)) == ["arxiv:2603.00001"]


def test_a_whole_days_list_is_kept(store: Store) -> None:
    store.papers.keep(papers(700), now=NOW)
    given: list[Sighting] = [sighting(each.id, upvotes=n) for n, each in enumerate(papers(700))]
    assert store.sightings.keep(given) == 700
    assert store.sightings.keep(given) == 0
