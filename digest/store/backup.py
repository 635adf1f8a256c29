"""An online copy of the store, whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from digest.errors import ConfigError
from digest.store.engine import is_postgresql
from digest.store.faults import damaged, place


def back_up(engine: Engine, path: Path) -> None:
    """Copy the database to `path`, as it is at one moment, while others read and write it.

    It is written beside `path` first, checked, and then takes its place, so that an older copy stands until the new one is
    complete and sound. Raises ConfigError when it cannot be written there, when what was copied is damaged, and for PostgreSQL,
    which has its own tool.
    """
    if is_postgresql(engine):
        url = engine.url.set(drivername="postgresql")
        said = f"{place(url)} is copied by PostgreSQL's own tool: pg_dump --format=custom --file={path} '{url}'"
        raise ConfigError(said, key="DIGEST_DATABASE_URL")
    if path.exists() and engine.url.database and path.samefile(engine.url.database):
        raise ConfigError("this is the store itself: name another file", where=str(path))
    part = path.with_name(path.name + ".part")
    try:
        _copy(engine, part)
        if faults := faults_of(part):
            part.unlink()
            raise damaged(engine.url, faults)
        part.replace(path)
        _make_durable(path.parent)
    except (OSError, sqlite3.Error) as error:
        for left in (part, part.with_name(part.name + "-journal")):
            left.unlink(missing_ok=True)
        if type(error) is sqlite3.DatabaseError:  # of what was to be copied: a new file has no content that could be wrong
            raise damaged(engine.url, [str(error)]) from error
        said = f"the copy cannot be written ({error}): name a file in a folder that is there and has room"
        raise ConfigError(said, where=str(path)) from error


def faults_of(path: Path) -> list[str]:
    """What is wrong with the structure of a database file that nobody has open, one line each; an empty list is a sound one."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            said = [line for (line,) in connection.execute("PRAGMA integrity_check")]
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            return [str(error)]
    return [line for line in said if line != "ok"] + [f"row {row} of {table} refers to nothing" for table, row, *_ in strays]


def _copy(engine: Engine, target: Path) -> None:
    """In one step: in small ones SQLite would begin anew whenever somebody writes (https://www.sqlite.org/backup.html)."""
    target.unlink(missing_ok=True)
    with closing(engine.raw_connection()) as source, closing(sqlite3.connect(target)) as copy:
        cast(sqlite3.Connection, source.driver_connection).backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it, until it is opened as a store
    _make_durable(target)


def _make_durable(path: Path) -> None:
    """A rename survives a power cut only when file and folder have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
