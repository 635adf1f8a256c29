from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from digest.store.engine import chunks, open_engine, put, reading, writing
from digest.store.store import Store
from digest.store.tables import aliases, meta, papers
from tests.world import NOW, paper

COUNT = """
import sys
from sqlalchemy import select
from digest.store.engine import put, writing
from digest.store.store import Store
from digest.store.tables import meta
with Store.open(sys.argv[1]) as store:
    for _ in range(25):
        with writing(store.engine, alone="count") as connection:
            count = int(connection.scalar(select(meta.c.value).where(meta.c.key == "count")) or 0)
            put(connection, meta, {"key": "count", "value": str(count + 1)}, by="key")
"""


@pytest.mark.slow
def test_four_processes_open_a_new_database_at_once_and_count_without_losing_one(database_url: str) -> None:
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, database_url], cwd=root, stderr=subprocess.PIPE) for _ in range(4)]
    assert [each.communicate(timeout=60)[1].decode() for each in processes] == [""] * 4
    with Store.open(database_url) as store:
        assert store.meta.get("count") == 100
        assert store.check() == []


def test_threads_that_count_together_lose_no_count(store: Store) -> None:
    def add_one(_: int) -> None:
        with writing(store.engine, alone="count") as connection:
            count = int(connection.execute(select(meta.c.value).where(meta.c.key == "count")).scalar_one())
            put(connection, meta, {"key": "count", "value": str(count + 1)}, by="key")

    store.meta.set("count", 0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(80)))
    assert store.meta.get("count") == 80


def test_a_writer_that_fails_leaves_nothing_behind(store: Store) -> None:
    def write_half() -> None:
        with writing(store.engine) as connection:
            put(connection, meta, {"key": "half", "value": "done"}, by="key")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert store.meta.get("half") is None


def test_a_reader_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as store, reading(store.engine) as connection:
        before = connection.execute(select(meta)).all()
        store.meta.set("later", 1)
        assert connection.execute(select(meta)).all() == before


def test_an_instant_comes_back_in_utc_whatever_zone_it_was_given_in(store: Store) -> None:
    in_new_york = datetime(2026, 3, 24, 5, 0, tzinfo=timezone(timedelta(hours=-4)))
    store.papers.keep([paper(published=in_new_york)], now=NOW)
    (found,) = store.papers.since(NOW)
    assert found.published == in_new_york
    assert found.published.tzinfo is UTC


def test_a_datetime_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="says no time zone"), reading(store.engine) as connection:
        connection.execute(select(papers).where(papers.c.first_seen > datetime(2026, 3, 24)))  # noqa: DTZ001 - that is the point


def test_a_row_that_refers_to_nothing_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError), writing(store.engine) as connection:
        connection.execute(insert(aliases).values(name="arxiv:2603.00001", paper=999))


def test_the_safe_modes_are_on_in_every_connection_of_sqlite(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as store:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda n: store.meta.set(f"{n}", n), range(9)))
        with reading(store.engine) as connection, reading(store.engine) as another:
            for each in (connection, another):
                asked = ("journal_mode", "synchronous", "foreign_keys")
                assert [each.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked] == ["wal", 2, 1]


def test_a_store_in_memory_is_one_store_for_all_threads() -> None:
    with Store.open("sqlite://") as store:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: store.meta.set(f"{n}", n), range(20)))
        assert [store.meta.get(f"{n}") for n in range(20)] == list(range(20))


def test_put_overwrites_only_what_it_is_given(store: Store) -> None:
    store.papers.keep([paper()], now=NOW)
    (key,) = (each.key for each in store.papers.since(NOW))
    with writing(store.engine) as connection:
        put(connection, aliases, [{"name": "feed:1", "paper": key}, {"name": "feed:2", "paper": key}], by="name")
        put(connection, aliases, {"name": "feed:1", "paper": key}, by="name")
        connection.execute(update(papers).values(aliases=("arxiv:2603.00001", "feed:1", "feed:2")))
    assert store.papers.find("feed:2") == store.papers.find("arxiv:2603.00001")


def test_nothing_is_connected_before_it_is_needed() -> None:
    open_engine("postgresql://nobody@127.0.0.1:1/nowhere").dispose()


def test_chunks_are_whole_and_in_order() -> None:
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []
