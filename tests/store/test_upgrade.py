"""From every earlier schema, with rows in it, to the newest one: nothing is lost, and a pass goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from digest import pipeline
from digest.model import DeliveryState
from digest.store.engine import open_engine, reading, writing
from digest.store.migrations import MIGRATIONS, migrate
from digest.store.store import Store
from tests.fakes import World
from tests.sink import Sink
from tests.world import NOW, TODAY, papers, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operators",))
VERSIONS = range(1, len(MIGRATIONS) + 1)


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, as far as the first schema had their columns."""
    with reading(engine) as connection:
        tables = [name for name in inspect(connection).get_table_names() if name not in ("schema_version", "meta")]
        return {name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr) for name in tables}


def taken_back(full: Store, url: str, version: int) -> None:
    """A database of an earlier schema with the rows of a full one, as far as it had tables and columns for them."""
    old = open_engine(url)
    migrate(old, MIGRATIONS[:version])
    with reading(full.engine) as source, writing(old, foreign_keys=False) as target:
        for name in inspect(target).get_table_names():
            if name == "schema_version":
                continue
            target.execute(text(f"DELETE FROM {name}"))
            there = {each["name"] for each in inspect(source).get_columns(name)} if inspect(source).has_table(name) else set()
            columns = [each["name"] for each in inspect(target).get_columns(name) if each["name"] in there]
            said = (
                [dict(row) for row in source.execute(text(f"SELECT {', '.join(columns)} FROM {name}")).mappings()]
                if columns
                else []
            )
            if said:
                places = ", ".join(f":{column}" for column in columns)
                target.execute(text(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({places})"), said)
    old.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_store_of_each_schema_is_upgraded_with_its_rows_and_a_pass_goes_on(
    version: int, world: World, sink: Sink, tmp_path: Path
) -> None:
    world.source.has(*papers(12))
    world.subscribes(subscriber(topics=(OPERATORS,)), subscriber("bob@example.org", topics=(OPERATORS,), max_papers=1))
    await pipeline.run(world.house())
    url = f"sqlite:///{tmp_path / f'schema{version}.sqlite3'}"
    taken_back(world.store, url, version)
    before = rows_of(world.store.engine)

    with Store.open(url) as upgraded:
        assert upgraded.check() == []
        after = rows_of(upgraded.engine)
        assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
        assert after["sent_papers"] == before["sent_papers"]
        again = await pipeline.run(world.house(store=upgraded))
        world.clock.goes_on(days=1)
        world.source.has(*papers(18))
        tomorrow = await pipeline.run(world.house(store=upgraded))

    assert again.sent_now == 0, "what the old store knew of is not sent again"
    assert (again.tally, tomorrow.tally) == ({DeliveryState.SENT: 2}, {DeliveryState.SENT: 2})
    assert len(sink.mails) == 4
    assert upgraded_version(url) == len(MIGRATIONS)


def upgraded_version(url: str) -> int:
    engine = open_engine(url)
    with reading(engine) as connection:
        version: int = connection.execute(text("SELECT version FROM schema_version")).scalar_one()
    engine.dispose()
    return version


@pytest.mark.parametrize("version", VERSIONS)
def test_each_schema_with_rows_becomes_the_newest_on_both_databases(version: int, database_url: str) -> None:
    old = open_engine(database_url)
    migrate(old, MIGRATIONS[:version])
    with writing(old) as connection:
        connection.execute(text("INSERT INTO roster_files (name, hash) VALUES ('alice.yaml', 'x')"))
    old.dispose()

    with Store.open(database_url) as store:
        with reading(store.engine) as connection:
            assert connection.execute(text("SELECT name, hash FROM roster_files")).all() == [("alice.yaml", "x")]
        store.papers.keep(papers(3), now=NOW)
        assert store.papers.count() == 3
        assert store.deliveries.on(TODAY) == []
