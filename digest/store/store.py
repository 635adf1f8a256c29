"""What is remembered: the store, a room for each noun."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from digest.store.backup import back_up
from digest.store.bounces import Bounces
from digest.store.deliveries import Deliveries
from digest.store.engine import is_postgresql, open_engine, reading
from digest.store.faults import no_folder
from digest.store.fetches import Fetches
from digest.store.hindsight import Hindsight
from digest.store.histories import Histories
from digest.store.meta import Meta
from digest.store.migrations import migrate
from digest.store.papers import Papers
from digest.store.retention import Retention
from digest.store.sightings import Sightings
from digest.store.subscribers import Subscribers


class Store:
    """Papers, sightings, fetches, subscribers and deliveries in one database. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.papers = Papers(engine)
        self.sightings = Sightings(engine)
        self.fetches = Fetches(engine)
        self.subscribers = Subscribers(engine)
        self.deliveries = Deliveries(engine)
        self.histories = Histories(engine)
        self.bounces = Bounces(engine)
        self.retention = Retention(engine)
        self.hindsight = Hindsight(engine)
        self.meta = Meta(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open, and where need be make or upgrade, the database at `sqlite:///FILE`, `sqlite://` (memory) or `postgresql://…`.

        Raises ConfigError, naming DIGEST_DATABASE_URL and the remedy, when it cannot be used.
        """
        engine = open_engine(url)
        _check_folder(engine.url)
        try:
            migrate(engine)
            return cls(engine)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        self.engine.dispose()

    def backup(self, path: str | Path) -> None:
        """Write an exact copy of an SQLite store, made while others read and write it; an older copy is replaced whole.

        Raises ConfigError when it cannot be written there, and for PostgreSQL, which has its own tool for that.
        """
        back_up(self.engine, Path(path))

    def check(self) -> list[str]:
        """Faults of the database's own structure, one line each; an empty list is a sound store."""
        if is_postgresql(self.engine):
            return []                      # checks its pages as it reads them, where the server has checksums switched on
        with reading(self.engine) as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        dangling = [f"row {row} of {table} refers to a row of {other} that is gone" for table, row, other, *_ in strays]
        return [line for line in said if line != "ok"] + dangling

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def check_place(url: str) -> None:
    """Raises ConfigError when the URL names no database, or a file in a folder that is not there; makes and connects nothing."""
    _check_folder(open_engine(url).url)


def _check_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return
    folder = Path(url.database).resolve().parent
    if not folder.is_dir():
        raise no_folder(url, str(folder))
