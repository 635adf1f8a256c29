"""The door to the database: one engine, and the two ways through it, `reading` and `writing`.

On SQLite every write transaction begins with BEGIN IMMEDIATE. The driver's own mode begins late and loses updates silently
(1,142 of 1,600 in a test of four processes), and a plain BEGIN that writes later fails at once instead of waiting its turn
(https://www.sqlite.org/lang_transaction.html). WAL lets readers go on meanwhile; `synchronous=FULL` makes a commit survive a
power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, QueuePool, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from digest.store.faults import bad_url, explained, no_psycopg

T = TypeVar("T")

BUSY = 30.0  #: seconds that a writer waits for another one's transaction

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",  # bytes: one huge transaction does not leave a huge log behind
)


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE`, `sqlite://` (in memory) or `postgresql://…`; nothing is connected yet.

    Raises ConfigError when the URL is none of these, or psycopg is not installed.
    """
    address = _address(url)
    return _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads. Raises ConfigError when the database cannot be used."""
    with _transaction(engine, "BEGIN") as connection:
        yield connection


@contextmanager
def writing(engine: Engine, *, alone: str = "", foreign_keys: bool = True) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back by any exception.

    On SQLite there is one writer at a time anyway. On PostgreSQL `alone` names what is being changed, and whoever changes the
    same waits until this transaction is over. SQLite can rebuild a table only with `foreign_keys` off, else the rows that refer to
    it go with it (https://www.sqlite.org/lang_altertable.html#otheralter). Raises ConfigError when the database cannot be used.
    """
    with _transaction(engine, "BEGIN IMMEDIATE", foreign_keys=foreign_keys) as connection:
        if alone and is_postgresql(engine):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(alone))))
        yield connection


def upsert(connection: Connection, table: Table) -> postgresql.Insert:
    """An INSERT that takes `on_conflict_do_nothing()` and `on_conflict_do_update(…)`, in the words of this database."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return cast(postgresql.Insert, sqlite.insert(table))  # has the same two methods


def put(connection: Connection, table: Table, rows: dict[str, Any] | list[dict[str, Any]], *, by: str | tuple[str, ...]) -> None:
    """Insert rows, or overwrite in the ones that are there, found by the unique columns `by`, what is given."""
    first = rows if isinstance(rows, dict) else rows[0]
    unique = (by,) if isinstance(by, str) else by
    adding = upsert(connection, table)
    given = {name: adding.excluded[name] for name in first if name not in unique}
    connection.execute(adding.on_conflict_do_update(index_elements=unique, set_=given), rows)


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The same things, at most `size` at a time: a statement takes only so many parameters."""
    rest = iter(things)
    return iter(lambda: list(islice(rest, size)), [])


def is_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


@contextmanager
def _transaction(engine: Engine, begin: str, *, foreign_keys: bool = True) -> Iterator[Connection]:
    try:
        with engine.connect().execution_options(begin=begin, foreign_keys=foreign_keys) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        if advice := explained(error, engine.url):
            raise advice from error
        raise


def _address(url: str) -> URL:
    """The URL, checked; `postgres://`, which libpq accepts too, is the same as `postgresql://`."""
    try:
        address = make_url(url.strip())
    except ArgumentError:
        raise bad_url(url) from None
    name = {"postgres": "postgresql"}.get(address.drivername, address.drivername)
    if name not in {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"}:
        raise bad_url(url)
    return address.set(drivername="postgresql+psycopg" if name.startswith("postgresql") else "sqlite")


def _postgresql(address: URL) -> Engine:
    try:
        return create_engine(address, pool_pre_ping=True, connect_args={"application_name": "paper-digest", "connect_timeout": 10})
    except ModuleNotFoundError as error:
        raise no_psycopg() from error


def _sqlite(address: URL) -> Engine:
    """A file has a connection for each thread; a database in memory lives in its only connection, which threads share in turn."""
    in_memory = address.database in {None, "", ":memory:"}
    pool: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if in_memory else {"max_overflow": -1}
    options = {"timeout": BUSY, "check_same_thread": False}
    engine = create_engine(address, poolclass=QueuePool, connect_args=options, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    _use_write_ahead_log(connection)
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Two processes that open a new file at once both switch its mode; SQLite does not wait there, so we do."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """SQLite ignores a change of `foreign_keys` inside a transaction, so each one says before it begins what it needs."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {'ON' if options.get('foreign_keys', True) else 'OFF'}")
    connection.exec_driver_sql(options.get("begin", "BEGIN IMMEDIATE"))
