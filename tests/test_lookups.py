"""Papers to resemble and missing abstracts: asked for once, kept without becoming news, and no pull fails with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import lookups, pipeline
from digest.errors import SourceError
from digest.lookups import Lookup
from digest.model import Fetch, Paper
from tests.fakes import World
from tests.world import paper, subscriber, topic

SEED = "arxiv:2010.08895"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world", port=1)
    yield made
    made.close()


class Library:
    """Knows a few papers by name; remembers what it was asked."""

    def __init__(self, *papers: Paper) -> None:
        self.papers = {name: each for each in papers for name in each.aliases}
        self.asked: list[list[str]] = []
        self.error: SourceError | None = None

    async def __call__(self, http: Any, names: Iterable[str], now: datetime) -> Fetch:
        wanted = list(names)
        self.asked.append(wanted)
        found = tuple(self.papers[name] for name in wanted if name in self.papers and not self.error)
        return Fetch("arxiv", now, found, error=self.error)


def liking(*names: str) -> Any:
    return subscriber(topics=(topic(like=names),))


async def enrolled(world: World, library: Library) -> pipeline.House:
    house = world.house(lookups=(Lookup(lookups.LIKE, lookups.liked, library),))
    await pipeline.enrol(house)
    return house


async def test_a_liked_paper_is_fetched_once_and_never_becomes_news(world: World) -> None:
    world.subscribes(liking(SEED))
    library = Library(paper(SEED, announced=None, announce_type="", first_seen=None))
    house = await enrolled(world, library)
    await pipeline.fetch(house)
    await pipeline.fetch(house)
    kept = world.store.papers.find(SEED)
    assert library.asked == [[SEED]]
    assert kept is not None
    assert kept.first_seen is None


async def test_an_unknown_one_is_remembered_and_asked_for_again_after_a_month(world: World) -> None:
    world.subscribes(liking("arxiv:2603.99999"))
    library = Library()
    house = await enrolled(world, library)
    for _ in range(3):
        await pipeline.fetch(house)
    assert len(library.asked) == 1
    assert lookups.in_vain(world.store, lookups.LIKE, world.clock()) == {"arxiv:2603.99999": "2026-03-24"}
    world.clock.goes_on(days=31)
    await pipeline.fetch(house)
    assert len(library.asked) == 2


async def test_half_an_answer_says_nothing_about_what_is_unknown(world: World) -> None:
    world.subscribes(liking(SEED))
    library = Library()
    library.error = SourceError("arxiv", "answered 503")
    house = await enrolled(world, library)
    pulled = await pipeline.fetch(house)
    await pipeline.fetch(house)
    assert [each.error for each in pulled] == [None]
    assert len(library.asked) == 2
    notes = {each.source: (each.note, each.failures) for each in world.store.fetches.health()}
    assert notes[lookups.LIKE] == ("asked for 1, found 0; answered 503", 0)


async def test_nobody_asks_for_what_the_store_has_or_what_nobody_likes_any_more(world: World) -> None:
    world.store.papers.keep([paper(SEED)], now=world.clock(), news=False)
    world.subscribes(liking(SEED), replace(liking("arxiv:2001.00001"), email="bob@example.org"))
    library = Library()
    house = await enrolled(world, library)
    world.leaves("bob@example.org")
    await pipeline.enrol(house)
    await pipeline.fetch(house)
    assert library.asked == []


async def test_the_first_pass_knows_what_a_new_subscriber_likes(world: World) -> None:
    world.subscribes(liking(SEED))
    library = Library(paper(SEED, announced=None, announce_type="", first_seen=None))
    await pipeline.run(world.house(lookups=(Lookup(lookups.LIKE, lookups.liked, library),)), only=["nobody@example.org"])
    assert library.asked == [[SEED]]


async def test_a_missing_abstract_is_filled_in_and_all_else_stays(world: World) -> None:
    bare = paper("doi:10.1000/a", "A title", abstract="", doi="10.1000/a", sources=("feed",), aliases=("doi:10.1000/a",))
    old = replace(bare, id="doi:10.1000/b", doi="10.1000/b", aliases=("doi:10.1000/b",))
    world.store.papers.keep([old], now=world.clock() - timedelta(days=15))
    world.store.papers.keep([bare], now=world.clock())
    found = Paper("doi:10.1000/a", "", "What it says.", doi="10.1000/a", aliases=("doi:10.1000/a",), sources=("crossref",))
    library = Library(found)
    house = world.house(lookups=(Lookup(lookups.ABSTRACTS, lookups.without_abstract, library),))
    for _ in range(2):
        await pipeline.fetch(house)
    kept = world.store.papers.find("doi:10.1000/a")
    assert library.asked == [["doi:10.1000/a"]]
    assert kept is not None
    assert (kept.title, kept.abstract, kept.sources) == ("A title", "What it says.", ("crossref", "feed"))
