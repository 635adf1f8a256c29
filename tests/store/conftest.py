"""One store, two databases: every test that asks for `store` or `database_url` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.store.engine import writing
from digest.store.store import Store
from digest.store.tables import metadata
from tests import postgres

_TABLES = [table for table in reversed(metadata.sorted_tables) if table.name not in {"schema_version", "meta"}]
#: All that tests put there. Ten times faster than TRUNCATE, which gives each table new files.
_EMPTY = "; ".join(
    [f"DELETE FROM {table}" for table in _TABLES]
    + [f"ALTER TABLE {table} ALTER COLUMN key RESTART" for table in _TABLES if "key" in table.columns]
    + ["DELETE FROM meta WHERE key <> 'salt'"]
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow])])
def database(request: pytest.FixtureRequest) -> str:
    """Which of the two."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_store(postgres_server: str) -> Iterator[Store]:
    """One for all tests, emptied between them: that is far faster than a new database for each."""
    with postgres.database(postgres_server) as url, Store.open(url) as opened:
        yield opened


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that is not there yet (SQLite), or empty (PostgreSQL)."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'digest.sqlite3'}"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def store(database: str, request: pytest.FixtureRequest, tmp_path: Path, haste: None) -> Iterator[Store]:
    """A store with nothing in it."""
    if database == "sqlite":
        with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as opened:
            yield opened
        return
    shared: Store = request.getfixturevalue("postgres_store")
    yield shared
    with writing(shared.engine) as connection:
        connection.exec_driver_sql(_EMPTY)
