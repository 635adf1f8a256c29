"""What a test need not wait for: the schema made step by step, the disk, templates, statements and certificates read anew.

A new database gets a copy of one that was migrated once, SQLite does not wait until the disk has really written, Jinja compiles the
same text once, and SQLAlchemy the same statement, as in a process that has one store only; the certificates that the machine trusts
are read once, though all servers here speak plain HTTP; a mail server that is down is asked again at once. What tests look at is
the same; what belongs to these very things (migrations, safe modes, power cuts) opens its stores without this haste, and so does
every process that a test starts.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import cache
from typing import Any

import httpcore2
import pytest
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from digest.mail.smtp import Pool
from digest.mail.templates import Templates
from digest.store import engine, store
from digest.store.migrations import migrate


class _CompiledOnce(BytecodeCache):
    """Code by name and text; a text that changed is compiled."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))  # type: ignore[assignment]

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


_PREPARE, _ENVIRONMENT = engine._prepare_sqlite, Templates._environment
_COMPILED = {True: _CompiledOnce(), False: _CompiledOnce()}  # escaped automatically or not: that is other code


_TRUSTED = cache(httpcore2.default_ssl_context)


def make(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "migrate", _copied_or_migrated)
    patch.setattr(engine, "_prepare_sqlite", _without_waiting)
    patch.setattr(engine, "create_engine", _with_shared_statements)
    patch.setattr(httpcore2, "default_ssl_context", _TRUSTED)
    patch.setitem(Pool.__init__.__kwdefaults__, "pause", _not_at_all)
    patch.setattr(Templates, "_environment", _environment)


def _copied_or_migrated(made: Engine) -> None:
    if made.dialect.name != "sqlite" or not _filled(made):
        migrate(made)


def _filled(made: Engine) -> bool:
    """Whether it was a new database; what cannot be read or written is for the program itself to complain about."""
    try:
        with made.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            if raw.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
                return False
            _migrated().backup(raw)
    except (sqlite3.Error, DBAPIError):
        return False
    return True


@cache
def _migrated() -> sqlite3.Connection:
    made = engine.open_engine("sqlite://")
    migrate(made)
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with made.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.rollback()
        raw.backup(copy)
    made.dispose()
    return copy


def _without_waiting(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    _PREPARE(connection, record)
    connection.execute("PRAGMA synchronous = OFF")


@cache
def _sqlite() -> Engine:
    made = create_engine("sqlite://")
    made.connect().close()                 # only then it knows which SQLite this is
    made.dispose()
    return made


def _with_shared_statements(address: URL, **options: Any) -> Engine:
    """Statements are kept by engine and dialect, so both are borrowed from one engine that does nothing else."""
    made = create_engine(address, **options)
    if made.dialect.name == "sqlite":
        made.dialect = made.pool._dialect = _sqlite().dialect
        made._compiled_cache = _sqlite()._compiled_cache
    return made


async def _not_at_all(_seconds: float) -> None:
    await asyncio.sleep(0)


def _environment(self: Templates, *, autoescape: bool) -> Environment:
    made = _ENVIRONMENT(self, autoescape=autoescape)
    made.bytecode_cache = _COMPILED[autoescape]
    return made
