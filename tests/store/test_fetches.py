from __future__ import annotations

from datetime import timedelta
from typing import Any

from digest.errors import SourceError
from digest.model import Fetch, Validator
from digest.store.fetches import SourceHealth
from digest.store.store import Store
from tests.world import NOW, papers

FEED = "https://rss.example.org/cs.LG"


def record(store: Store, source: str = "arxiv", hours: float = 0, new: int = 0, **changes: Any) -> None:
    store.fetches.record(Fetch(source, NOW + timedelta(hours=hours), **changes), new=new, updated=0)


def test_health_tells_the_last_good_fetch_and_the_failures_since(store: Store) -> None:
    record(store, hours=0, new=3, papers=tuple(papers(5)))
    record(store, hours=2, error=SourceError("arxiv", "status 503"))
    record(store, hours=4, note="Saturday: nothing is announced")
    record(store, hours=6, error=SourceError("arxiv", "answered HTML"))
    record(store, hours=8, error=SourceError("arxiv", "status 500"))
    record(store, "huggingface", note="50 papers")
    at = {hours: NOW + timedelta(hours=hours) for hours in (0, 4, 8)}
    assert store.fetches.health() == [
        SourceHealth("arxiv", at[4], "status 500", at[8], last_new=at[0], failures=2),
        SourceHealth("huggingface", NOW, note="50 papers"),
    ]


def test_a_source_that_never_worked_has_no_last_good_fetch(store: Store) -> None:
    record(store, error=SourceError("arxiv", ""))
    (health,) = store.fetches.health()
    assert (health.last_good, health.failures, health.is_well) == (None, 1, False)
    assert health.last_error == "failed without a word"
    assert store.fetches.last_good("arxiv") is None


def test_the_last_good_fetch_of_each_source_is_known(store: Store) -> None:
    record(store)
    record(store, hours=1, error=SourceError("arxiv", "down"))
    record(store, "huggingface", hours=2)
    assert store.fetches.last_good("arxiv") == NOW
    assert store.fetches.last_good("huggingface") == NOW + timedelta(hours=2)
    assert store.fetches.last_good("unheard-of") is None


def test_validators_are_kept_by_url_and_renewed(store: Store) -> None:
    record(store, validators=(Validator(FEED, '"a"'), Validator("https://other.example.org", last_modified="Tue")))
    record(store, hours=1, validators=(Validator(FEED, '"b"'),))
    assert store.fetches.validators() == {
        FEED: Validator(FEED, '"b"'),
        "https://other.example.org": Validator("https://other.example.org", "", "Tue"),
    }
