from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from digest.model import Consent, Paper, SubscriptionEvent
from digest.store.engine import reading, writing
from digest.store.papers import Kept
from digest.store.store import Store
from digest.store.tables import merged_papers, metadata, sent_papers
from tests.world import NOW, paper, papers, sighting, subscriber

JOURNAL = paper("feed:https://journal.example/7", title="Neural operators", doi="10.1000/xyz", sources=("feed",), announce_type="")


def keep(store: Store, *tellings: Paper, hours: float = 0, news: bool = True) -> Kept:
    return store.papers.keep(tellings, now=NOW + timedelta(hours=hours), news=news)


def find(store: Store, name: str = "arxiv:2603.00001") -> Paper:
    found = store.papers.find(name)
    assert found is not None
    return found


def test_a_paper_comes_back_as_it_went_in(store: Store) -> None:
    given_paper = paper(
        title="Über α-stable flows 🙂",
        code_url="https://example.org/code",
        comment="12 pages",
        keywords=("flow",),
        version=2,
        first_seen=None,
    )
    keep(store, given_paper)
    found = find(store)
    assert found == Paper(**{**_fields(given_paper), "key": found.key, "first_seen": NOW})


def _fields(given_paper: Paper) -> dict[str, Any]:
    return {name: getattr(given_paper, name) for name in Paper.__dataclass_fields__}


def test_new_and_updated_are_counted_and_a_second_look_changes_nothing(store: Store) -> None:
    assert keep(store, *papers(3)) == Kept(new=3)
    assert keep(store, *papers(3)) == Kept()
    assert keep(store, paper("arxiv:2603.00001", title="Another title"), paper("arxiv:2603.00099")) == Kept(new=1, updated=1)
    assert store.papers.count() == 4


def test_a_paper_is_found_by_each_of_its_names_and_by_links(store: Store) -> None:
    keep(store, paper(doi="10.1000/xyz", aliases=("arxiv:2603.00001", "huggingface:2603.00001")))
    for name in ("arxiv:2603.00001", "https://arxiv.org/abs/2603.00001v2", "10.1000/XYZ", "huggingface:2603.00001"):
        assert find(store, name).id == "arxiv:2603.00001"
    assert store.papers.find("arxiv:2603.99999") is None


def test_a_paper_is_first_seen_when_it_is_news_and_never_again(store: Store) -> None:
    keep(store, paper(announce_type="replace"))
    assert find(store).first_seen is None
    keep(store, paper(announce_type="new"), hours=1, news=False)
    assert find(store).first_seen is None
    assert keep(store, paper(announce_type="cross"), hours=2) == Kept(new=1)
    assert find(store).first_seen == NOW + timedelta(hours=2)
    assert keep(store, paper(announce_type="new"), hours=3) == Kept()
    assert find(store).first_seen == NOW + timedelta(hours=2)


def test_since_gives_what_was_first_seen_then_or_later_but_nothing_withdrawn(store: Store) -> None:
    keep(store, paper("arxiv:2603.00001"), hours=-2)
    keep(store, paper("arxiv:2603.00002"), paper("arxiv:2603.00003"))
    keep(store, paper("arxiv:2603.00003", withdrawn=True, version=2), paper("arxiv:2603.00004", announce_type="replace"))
    assert [each.id for each in store.papers.since(NOW)] == ["arxiv:2603.00002"]
    assert [each.id for each in store.papers.since(NOW - timedelta(hours=2))] == ["arxiv:2603.00001", "arxiv:2603.00002"]


def test_a_withdrawn_paper_that_is_revived_is_offered_again(store: Store) -> None:
    keep(store, paper(withdrawn=True))
    assert store.papers.since(NOW) == []
    assert keep(store, paper(version=2), hours=1) == Kept(new=1)
    assert [each.id for each in store.papers.since(NOW)] == ["arxiv:2603.00001"]


def test_the_background_is_the_latest_of_the_papers_in_the_order_of_their_keys(store: Store) -> None:
    for hour, each in enumerate(papers(5)):
        keep(store, each, hours=hour)
    latest = store.papers.background(NOW + timedelta(hours=1), limit=3)
    assert [each.id for each in latest] == [each.id for each in papers(5)[2:]]


def test_announced_days_come_newest_first_and_only_where_something_was_new(store: Store) -> None:
    for day in (23, 25, 24):
        keep(store, *papers(2, announced=date(2026, 3, day))[: 26 - day])
    keep(store, paper("arxiv:2603.00050", announced=date(2026, 3, 25)), paper("arxiv:2603.00051", announced=date(2026, 3, 24)))
    keep(store, paper("arxiv:2603.00052", announced=date(2026, 3, 26), announce_type="replace"))
    assert store.papers.announced_days(2, now=NOW) == [date(2026, 3, 25), date(2026, 3, 24)]
    assert store.papers.announced_days(9, now=NOW) == [date(2026, 3, 25), date(2026, 3, 24), date(2026, 3, 23)]


def test_at_an_earlier_moment_later_announcements_were_not_known(store: Store) -> None:
    keep(store, paper("arxiv:2603.00050", announced=date(2026, 3, 24)))
    keep(store, paper("arxiv:2603.00051", announced=date(2026, 3, 25)), hours=24)
    assert store.papers.announced_days(2, now=NOW + timedelta(hours=1)) == [date(2026, 3, 24)]


# --- Papers that turn out to be one --------------------------------------------------------------------------------------


def test_two_rows_become_one_when_a_source_names_both(store: Store) -> None:
    keep(store, paper(), hours=2)
    keep(store, JOURNAL, hours=1)
    assert store.papers.count() == 2
    assert keep(store, paper(doi="10.1000/xyz"), hours=3) == Kept(updated=1)
    assert store.papers.count() == 1
    one = find(store)
    assert one == find(store, "doi:10.1000/xyz") == find(store, "feed:https://journal.example/7")
    assert (one.sources, one.first_seen, one.title) == (("arxiv", "feed"), NOW + timedelta(hours=1), paper().title)


def test_what_was_said_and_sent_and_seen_of_both_is_said_and_sent_and_seen_of_the_one(store: Store) -> None:
    keep(store, paper())
    keep(store, JOURNAL)
    old, other = find(store), find(store, "doi:10.1000/xyz")
    alice, bob = _enrol(store, "alice@example.org"), _enrol(store, "bob@example.org")
    store.sightings.keep([sighting(old.id, upvotes=3), sighting(other.id, upvotes=5, source="feed")])
    _send(store, (alice, old.key, 1), (alice, other.key, 1), (bob, other.key, 2))
    for who, key, value, hours in ((alice, old.key, "less", 0), (alice, other.key, "more", 1), (bob, other.key, "less", 0)):
        assert store.subscribers.vote(who, key, value, NOW + timedelta(hours=hours))

    keep(store, paper(doi="10.1000/xyz"))

    assert _sent(store) == [(alice, old.key, 1), (bob, old.key, 2)]
    assert [(each.paper, each.value) for each in store.subscribers.votes(alice)] == [(old.key, "more")]
    assert [(each.paper, each.value) for each in store.subscribers.votes(bob)] == [(old.key, "less")]
    assert {each.upvotes for each in store.sightings.since(NOW)[find(store).id]} == {3, 5}
    assert store.check() == []


def test_a_key_that_is_gone_still_leads_to_its_paper(store: Store) -> None:
    keep(store, paper())
    keep(store, JOURNAL)
    keep(store, paper("biorxiv:1", sources=("biorxiv",)))
    first, second, third = find(store), find(store, "doi:10.1000/xyz"), find(store, "biorxiv:1")
    keep(store, paper("doi:10.1000/xyz", aliases=("biorxiv:1",), sources=("biorxiv",)))  # the third is the second
    keep(store, paper(doi="10.1000/xyz"))  # and both are the first
    one = find(store)
    assert one.key == first.key
    assert store.papers.by_key([first.key, second.key, third.key, 999]) == {first.key: one, second.key: one, third.key: one}
    alice = _enrol(store, "alice@example.org")
    assert store.subscribers.vote(alice, third.key, "more", NOW)
    assert [each.paper for each in store.subscribers.votes(alice)] == [first.key]
    with reading(store.engine) as connection:
        assert set(connection.execute(select(merged_papers.c.old, merged_papers.c.paper)).all()) == {
            (second.key, first.key),
            (third.key, first.key),
        }


def test_two_arxiv_papers_stay_two_though_they_claim_one_doi(store: Store) -> None:
    keep(store, paper("arxiv:2603.00001", doi="10.1000/xyz"))
    keep(store, paper("arxiv:2603.00002", doi="10.1000/xyz"))
    assert store.papers.count() == 2
    assert find(store, "10.1000/xyz").id == "arxiv:2603.00001"


def _enrol(store: Store, email: str) -> int:
    store.subscribers.add(subscriber(email), event=SubscriptionEvent.FILE_APPEARED, consent=Consent("admin", NOW), now=NOW)
    enrolled = store.subscribers.get(email)
    assert enrolled is not None
    return enrolled.subscriber.key


def _send(store: Store, *rows: tuple[int, int, int]) -> None:
    with writing(store.engine) as connection:
        connection.execute(insert(sent_papers), [dict(zip(("subscriber", "paper", "delivery"), row, strict=True)) for row in rows])


def _sent(store: Store) -> list[tuple[int, int, int]]:
    columns = sent_papers.c
    with reading(store.engine) as connection:
        return sorted(tuple(row) for row in connection.execute(select(columns.subscriber, columns.paper, columns.delivery)))  # type: ignore[misc]


# --- Many at once --------------------------------------------------------------------------------------------------------


def test_four_who_keep_the_same_papers_at_once_keep_each_once(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: keep(store, *papers(60)), range(4)))
    assert sum(each.new for each in kept) == store.papers.count() == 60


@pytest.mark.slow
def test_more_papers_than_a_statement_takes_are_kept(store: Store) -> None:
    assert keep(store, *papers(1200)) == Kept(new=1200)
    assert len(store.papers.by_key([each.key for each in store.papers.since(NOW)])) == 1200


NAMES = ("arxiv:2603.00001", "arxiv:2603.00002", "doi:10.1/a", "feed:1", "feed:2", "huggingface:1")


@st.composite
def some_tellings(draw: st.DrawFn) -> list[Paper]:
    """Papers under overlapping names. A name is never claimed for two arXiv ids: whose it is then is decided by who comes first."""
    owner = {name: draw(st.sampled_from(NAMES[:2])) for name in NAMES[2:]}
    heads = st.tuples(st.sampled_from(NAMES), st.sampled_from(["arxiv", "feed", "huggingface"]))
    told = []
    for name, source in draw(st.lists(heads, min_size=1, max_size=6, unique=True)):
        arxiv = owner.get(name, name)
        others = [each for each in NAMES[2:] if owner[each] == arxiv]
        names = draw(st.lists(st.sampled_from([arxiv, *others]), unique=True))
        kind = draw(st.sampled_from(["new", "replace"]))
        told.append(paper(name, title=f"As {source} has it", url="", aliases=(name, *names), sources=(source,), announce_type=kind))
    return told


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data(), some_tellings())
def test_whatever_the_order_of_keeping_the_papers_are_the_same(store: Store, data: st.DataObject, tellings: list[Paper]) -> None:
    first = _kept_in_turn(store, tellings)
    assert _kept_in_turn(store, data.draw(st.permutations(tellings))) == first
    assert _kept_at_once(store, data.draw(st.permutations(tellings))) == first


def _kept_in_turn(store: Store, tellings: list[Paper]) -> set[Paper]:
    _empty(store)
    for each in tellings:
        keep(store, each)
    return _all(store)


def _kept_at_once(store: Store, tellings: list[Paper]) -> set[Paper]:
    _empty(store)
    keep(store, *tellings)
    return _all(store)


def _all(store: Store) -> set[Paper]:
    names = [name for name in NAMES if store.papers.find(name)]
    return {Paper(**{**_fields(find(store, name)), "key": 0}) for name in names}


def _empty(store: Store) -> None:
    with writing(store.engine) as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in {"schema_version", "meta"}:
                connection.execute(table.delete())


def test_a_withdrawn_paper_is_no_candidate_and_a_revived_one_is_again(store: Store) -> None:
    keep(store, paper())
    keep(store, paper(version=2, announce_type="replace", withdrawn=True), hours=1)
    assert store.papers.since(NOW - timedelta(days=1)) == []
    keep(store, paper(version=3, announce_type="replace"), hours=2)
    [revived] = store.papers.since(NOW - timedelta(days=1))
    assert (revived.version, revived.first_seen) == (3, NOW)


def test_a_paper_of_which_only_the_withdrawal_was_known_is_news_when_it_comes_back(store: Store) -> None:
    keep(store, paper(version=2, announce_type="replace", withdrawn=True))
    assert find(store).first_seen is None
    assert keep(store, paper(version=3, announce_type="replace"), hours=2) == Kept(new=1)
    assert find(store).first_seen == NOW + timedelta(hours=2)


def test_a_replacement_is_no_news_where_the_paper_was_only_looked_up(store: Store) -> None:
    keep(store, paper(announce_type=""), news=False)
    keep(store, paper(version=2, announce_type="replace"), hours=1)
    assert find(store).first_seen is None


def test_what_the_store_lacks_is_told_in_order(store: Store) -> None:
    keep(store, paper())
    assert store.papers.lacking(["doi:10.1/z", "arxiv:2603.00001", "arxiv:2001.00001"]) == ["doi:10.1/z", "arxiv:2001.00001"]
    assert store.papers.lacking([]) == []


def test_papers_without_an_abstract_are_those_with_a_doi(store: Store) -> None:
    bare = paper("doi:10.1000/a", abstract="", doi="10.1000/a", aliases=("doi:10.1000/a",))
    keep(store, bare, paper("arxiv:2603.00009", abstract="", aliases=("arxiv:2603.00009",)), JOURNAL)
    assert [each.id for each in store.papers.without_abstract(NOW)] == ["doi:10.1000/a"]
    assert store.papers.without_abstract(NOW + timedelta(hours=1)) == []
