"""What is too old goes, in small steps; what keeps a paper from coming twice stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from digest.model import DeliveryEvent, Fetch, Frozen, Outcome, Planned, Roster, RosterFile, Subscriber, Validator
from digest.store.engine import reading
from digest.store.retention import PAPERS_STAY_LONGER, Forgotten, Retention
from digest.store.store import Store
from digest.store.tables import aliases, frozen, metadata, sent_papers
from tests.world import NOW, paper, papers, sighting, subscriber

LONG_AGO = NOW - timedelta(days=500)
KEEP = NOW - timedelta(days=400)
OWNER = "place/1.1/test"


def enrolled(store: Store, email: str = "alice@example.org") -> Subscriber:
    file = RosterFile(f"{email}.yaml", "1", (subscriber(email),))
    store.subscribers.sync(Roster((file,)), now=LONG_AGO)
    found = store.subscribers.get(email)
    assert found
    return found.subscriber


def digest(store: Store, her: Subscriber, at: datetime, shown: Sequence[int], event: DeliveryEvent = DeliveryEvent.ACCEPTED) -> int:
    """One digest of hers, frozen with these papers, and ended so."""
    store.deliveries.plan([Planned(her.key, her.email, at.date(), at)])
    claimed = store.deliveries.claim(OWNER, now=at, lease=timedelta(minutes=10), limit=10)
    for each in claimed:
        store.deliveries.freeze([Frozen(each.key, '{"sections": []}', f"<{each.key}@example.org>", tuple(shown))], owner=OWNER)
        store.deliveries.record([Outcome(each.key, event, at)], owner=OWNER)
    return claimed[0].key


def key_of(store: Store, name: str) -> int:
    found = store.papers.find(name)
    return found.key if found else 0


def rows(store: Store, table: str) -> int:
    with reading(store.engine) as connection:
        return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0


def test_what_is_old_goes_and_what_is_younger_stays(store: Store) -> None:
    her = enrolled(store)
    store.papers.keep([paper("arxiv:2401.00001")], now=LONG_AGO)
    store.papers.keep([paper("arxiv:2603.00001")], now=NOW)
    store.sightings.keep([sighting("arxiv:2401.00001", at=LONG_AGO), sighting("arxiv:2603.00001", at=NOW)])
    digest(store, her, LONG_AGO, [])
    digest(store, her, NOW, [key_of(store, "arxiv:2603.00001")])
    for at in (LONG_AGO, LONG_AGO + timedelta(hours=1), NOW):
        store.fetches.record(Fetch("arxiv", at), new=0, updated=0)

    gone = store.retention.forget(KEEP)

    assert gone == Forgotten(papers=1, sightings=1, fetches=2, deliveries=1)
    assert store.papers.find("arxiv:2401.00001") is None
    assert store.papers.find("arxiv:2603.00001") is not None
    assert [row.sent_at for row in store.deliveries.on(NOW.date())] == [NOW]
    assert (rows(store, "sightings"), rows(store, "deliveries"), rows(store, "frozen"), rows(store, "fetches")) == (1, 1, 1, 1)
    assert not store.retention.forget(KEEP), "the second time there is nothing to do"
    assert store.check() == []


def test_a_paper_that_was_sent_is_known_by_name_for_ever_and_never_news_again(store: Store) -> None:
    her = enrolled(store)
    old = paper("arxiv:2401.00001", doi="10.1000/182", aliases=("arxiv:2401.00001", "doi:10.1000/182"))
    store.papers.keep([old], now=LONG_AGO)
    key = key_of(store, "arxiv:2401.00001")
    digest(store, her, LONG_AGO, [key])

    assert store.retention.forget(KEEP) == Forgotten(slimmed=1, deliveries=1)
    slim = store.papers.find("doi:10.1000/182")
    assert slim is not None
    assert (slim.title, slim.abstract, slim.authors, slim.key, slim.first_seen) == (old.title, "", (), key, LONG_AGO)

    kept = store.papers.keep([old], now=NOW)
    again = store.papers.find("arxiv:2401.00001")

    assert (kept.new, kept.updated) == (0, 1), "a list that shows it again makes it no news"
    assert again is not None
    assert (again.abstract, again.authors, again.first_seen) == (old.abstract, old.authors, LONG_AGO)
    assert store.papers.since(NOW - timedelta(days=14)) == []
    assert store.deliveries.sent_papers(her.key) == {key}
    assert store.retention.forget(KEEP) == Forgotten(slimmed=1)


def test_what_bounced_does_not_become_sent_when_its_row_goes(store: Store) -> None:
    her = enrolled(store)
    store.papers.keep(papers(2), now=LONG_AGO)
    one, two = (key_of(store, f"arxiv:2603.0000{n}") for n in (1, 2))
    digest(store, her, LONG_AGO, [one], DeliveryEvent.REFUSED)
    digest(store, her, LONG_AGO + timedelta(days=1), [two])

    store.retention.forget(KEEP)

    assert store.deliveries.sent_papers(her.key) == {two}
    assert store.papers.by_key([one]) == {}
    assert store.papers.by_key([two])[two].abstract == ""


def test_what_is_learned_from_stays_whole(store: Store) -> None:
    her = enrolled(store)
    store.papers.keep(papers(3), now=LONG_AGO)
    store.subscribers.vote(her.key, key_of(store, "arxiv:2603.00001"), "more", LONG_AGO)

    gone = store.retention.forget(KEEP, spare=["arxiv:2603.00002", "arxiv:9999.00001"])

    assert gone == Forgotten(papers=1)
    for name in ("arxiv:2603.00001", "arxiv:2603.00002"):
        found = store.papers.find(name)
        assert found
        assert found.abstract


def test_a_mail_that_is_still_on_its_way_stays_however_old(store: Store) -> None:
    her = enrolled(store)
    store.deliveries.plan([Planned(her.key, her.email, LONG_AGO.date(), LONG_AGO)])
    store.deliveries.enqueue("welcome", her.email, "{}", once="welcome:1", now=LONG_AGO, subscriber=her.key)

    assert not store.retention.forget(KEEP)
    assert rows(store, "deliveries") == 2

    for each in store.deliveries.claim(OWNER, now=NOW, lease=timedelta(minutes=1), limit=9):
        store.deliveries.record([Outcome(each.key, DeliveryEvent.ACCEPTED, NOW)], owner=OWNER)
    assert store.retention.forget(KEEP) == Forgotten(deliveries=2)


def test_the_last_word_of_each_source_stays_however_old(store: Store) -> None:
    from digest.errors import SourceError

    for hour in range(5):
        error = SourceError("arxiv", "answered 503") if hour > 2 else None
        store.fetches.record(Fetch("arxiv", LONG_AGO + timedelta(hours=hour), error=error), new=0, updated=0)

    assert store.retention.forget(KEEP) == Forgotten(fetches=3)
    assert store.fetches.last_good("arxiv") == LONG_AGO + timedelta(hours=2)
    assert store.fetches.health()[0].last_error == "answered 503"


def test_papers_outlive_the_digests_that_show_them(store: Store) -> None:
    store.papers.keep([paper()], now=KEEP - PAPERS_STAY_LONGER)
    assert not store.retention.forget(KEEP)
    assert store.retention.forget(KEEP + timedelta(seconds=1)) == Forgotten(papers=1)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_it_works_in_small_steps_and_can_be_stopped_between_them(store: Store, size: int) -> None:
    store.papers.keep(papers(20), now=LONG_AGO)
    answers = iter([False, False, False])

    first = Retention(store.engine, chunk=size).forget(KEEP, stop=lambda: next(answers, True))
    rest = Retention(store.engine, chunk=size).forget(KEEP)

    assert first.papers + rest.papers == 20
    assert (rows(store, "papers"), rows(store, "aliases")) == (0, 0)
    assert store.check() == []


def test_papers_that_were_only_looked_up_go_by_when_that_was(store: Store) -> None:
    store.papers.keep([paper("arxiv:2401.00001")], now=LONG_AGO, news=False)
    store.papers.keep([paper("arxiv:2401.00002")], now=NOW, news=False)

    assert store.retention.forget(KEEP) == Forgotten(papers=1)


def test_a_merged_key_in_an_old_mail_leads_to_the_slim_paper(store: Store) -> None:
    her = enrolled(store)
    first = paper("arxiv:2401.00001", title="One work")
    second = paper("doi:10.1000/7", title="One work", aliases=("doi:10.1000/7",))
    store.papers.keep([first, second], now=LONG_AGO)
    old = key_of(store, "doi:10.1000/7")
    store.papers.keep([replace(first, aliases=("arxiv:2401.00001", "doi:10.1000/7"))], now=LONG_AGO)
    digest(store, her, LONG_AGO, [old])

    store.retention.forget(KEEP)

    assert store.papers.by_key([old])[old].id == "arxiv:2401.00001"
    with reading(store.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(aliases)) == 2
        assert connection.scalar(select(func.count()).select_from(sent_papers)) == 1
        assert connection.scalar(select(func.count()).select_from(frozen)) == 0


def test_validators_of_addresses_that_nobody_asks_any_more_are_forgotten(store: Store) -> None:
    dated = "https://papers.example.org/daily?date=2024-01-15"
    feed = "https://papers.example.org/feed"
    for at in (LONG_AGO, NOW):
        given = (Validator(dated, '"a"'), Validator(feed, '"b"')) if at == LONG_AGO else (Validator(feed, '"b"'),)
        store.fetches.record(Fetch("arxiv", at, validators=given), new=0, updated=0)

    assert store.retention.forget(KEEP).validators == 1
    assert list(store.fetches.validators()) == [feed], "what is asked again and again stays, however old"
