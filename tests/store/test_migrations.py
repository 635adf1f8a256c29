from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Inspector, inspect, text

from digest.errors import ConfigError
from digest.store import tables
from digest.store.engine import open_engine, reading
from digest.store.migrations import MIGRATIONS, Migration, migrate
from digest.store.store import Store
from tests.world import NOW, papers


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    with reading(store.engine) as connection:
        made = _shape(connection, inspect(connection).get_table_names())
    assert made == {name: _declared(name) for name in tables.metadata.tables}


def _shape(connection: Connection, names: list[str]) -> dict[str, object]:
    seen = inspect(connection)
    return {
        name: {
            "columns": [(each["name"], each["nullable"] and not each["primary_key"]) for each in _columns(seen, name)],
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(each["column_names"] for each in seen.get_unique_constraints(name)),
            "refers": sorted(_references(connection, name)),
            "indexes": sorted((each["name"], each["column_names"]) for each in seen.get_indexes(name) if not each["unique"]),
        }
        for name in names
    }


def _columns(seen: Inspector, name: str) -> list[dict[str, Any]]:
    keys = seen.get_pk_constraint(name)["constrained_columns"]
    return [{**each, "primary_key": each["name"] in keys} for each in seen.get_columns(name)]


def _references(connection: Connection, name: str) -> Iterator[tuple[list[str], str, str | None]]:
    if connection.dialect.name == "sqlite":  # what it says of itself is complete, what is read out of its SQL is not
        for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({name})").mappings():
            yield [row["from"]], row["table"], row["on_delete"].replace("NO ACTION", "") or None
    else:
        for each in inspect(connection).get_foreign_keys(name):
            yield each["constrained_columns"], each["referred_table"], each["options"].get("ondelete")


def _declared(name: str) -> object:
    table = tables.metadata.tables[name]
    return {
        "columns": [(each.name, each.nullable) for each in table.columns],
        "key": [each.name for each in table.primary_key],
        "unique": sorted([each.name] for each in table.columns if each.unique),
        "refers": sorted(([each.parent.name], each.column.table.name, each.ondelete) for each in table.foreign_keys),
        "indexes": sorted((each.name, [column.name for column in each.columns]) for each in table.indexes),
    }


# --- Steps ---------------------------------------------------------------------------------------------------------------


def test_each_step_is_taken_once_and_in_order(database_url: str) -> None:
    taken: list[int] = []

    def step(number: int) -> Migration:
        return lambda _: taken.append(number)

    engine = open_engine(database_url)
    migrate(engine, MIGRATIONS)
    migrate(engine, (*MIGRATIONS, step(2), step(3)))
    migrate(engine, (*MIGRATIONS, step(2), step(3), step(4)))
    assert taken == [2, 3, 4]
    engine.dispose()


def test_a_step_that_fails_leaves_the_schema_as_it_was(database_url: str) -> None:
    def half(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (done INTEGER)"))
        raise RuntimeError

    engine = open_engine(database_url)
    migrate(engine, MIGRATIONS)
    with pytest.raises(RuntimeError):
        migrate(engine, (*MIGRATIONS, half))
    with reading(engine) as connection:
        assert not inspect(connection).has_table("half")
        assert connection.scalar(text("SELECT version FROM schema_version")) == len(MIGRATIONS)
    engine.dispose()


def test_a_table_can_be_rebuilt_without_losing_the_rows_that_refer_to_it(database_url: str) -> None:
    """SQLite changes a column by making the table anew (https://www.sqlite.org/lang_altertable.html#otheralter)."""

    def rebuild(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            columns = ", ".join(each["name"] for each in inspect(connection).get_columns("papers"))
            made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'papers'"))
            connection.exec_driver_sql(str(made).replace("CREATE TABLE papers", "CREATE TABLE other"))
            connection.exec_driver_sql(f"INSERT INTO other ({columns}) SELECT {columns} FROM papers")
            connection.exec_driver_sql("DROP TABLE papers")
            connection.exec_driver_sql("ALTER TABLE other RENAME TO papers")

    with Store.open(database_url) as store:
        store.papers.keep(papers(3), now=NOW)
        migrate(store.engine, (*MIGRATIONS, rebuild))
        assert store.papers.find("arxiv:2603.00002") is not None
        assert store.check() == []


def test_a_step_that_leaves_rows_without_what_they_refer_to_is_undone(tmp_path: Path) -> None:
    def drop(connection: Connection) -> None:
        connection.execute(text("DELETE FROM papers"))

    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as store:
        store.papers.keep(papers(3), now=NOW)
        with pytest.raises(ConfigError, match=r"rows of aliases in \S+ refer to rows that are gone"):
            migrate(store.engine, (*MIGRATIONS, drop))
        assert store.papers.count() == 3
