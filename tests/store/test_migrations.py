from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Inspector, inspect

from digest.store import tables
from digest.store.engine import reading
from digest.store.store import Store


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
