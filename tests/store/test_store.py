from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ConfigError
from digest.store import engine
from digest.store.migrations import MIGRATIONS
from digest.store.store import Store
from tests.world import NOW, paper, papers


def refused(url: str) -> str:
    """What is said of a database that cannot be used."""
    with pytest.raises(ConfigError) as caught, Store.open(url) as store:
        store.meta.set("written", 1)
    assert caught.value.key == "DIGEST_DATABASE_URL"
    return caught.value.message


# --- What cannot be opened, and what to do about it ----------------------------------------------------------------------


@pytest.mark.parametrize("url", ["digest.sqlite3", "mysql://localhost/digest", "", "sqlite"])
def test_a_url_that_is_none_is_answered_with_two_that_are(url: str) -> None:
    assert "write sqlite:///digest.sqlite3 or postgresql://USER:PASSWORD@HOST/DATABASE" in refused(url)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    said = refused(f"sqlite:///{tmp_path}/no/digest.sqlite3")
    assert f"create it with `mkdir -p {tmp_path}/no`" in said


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, " * 100)
    assert "is another kind of file" in refused(f"sqlite:///{letter}")
    assert letter.read_text().startswith("Dear Sir")


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}").close()
    said = refused(f"sqlite:///file:{tmp_path / 'digest.sqlite3'}?mode=ro&uri=true")
    assert "cannot be written: give this user write access" in said


def test_a_folder_in_place_of_a_file_says_so(tmp_path: Path) -> None:
    assert "cannot be opened" in refused(f"sqlite:///{tmp_path}")


def test_a_newer_schema_is_not_touched(database_url: str) -> None:
    with Store.open(database_url) as store, engine.writing(store.engine) as connection:
        connection.exec_driver_sql("UPDATE schema_version SET version = 99")
    said = refused(database_url)
    assert f"was made by a newer version of this program (schema 99, this one knows {len(MIGRATIONS)})" in said


def test_postgresql_without_its_package_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refused("postgresql://localhost/digest") == "PostgreSQL needs one more package: pip install 'paper-digest[postgres]'"


def test_a_server_that_is_down_is_named_without_the_password() -> None:
    said = refused("postgresql://alice:secret@127.0.0.1:1/digest")
    assert said == "no PostgreSQL answers at database 'digest' on 127.0.0.1:1: start it, or correct host and port"


@pytest.mark.postgres
@pytest.mark.slow
def test_a_database_or_user_that_is_missing_is_said_to_be(postgres_server: str) -> None:
    assert "create it with `createdb`" in refused(postgres_server.replace("/postgres?", "/nowhere?"))
    assert "create it with `createdb` and `createuser`" in refused(postgres_server.replace("digest@", "mallory@"))


@pytest.mark.postgres
@pytest.mark.slow
def test_both_schemes_of_postgresql_are_understood(database: str, database_url: str) -> None:
    if database == "postgresql":
        with Store.open(database_url.replace("postgresql://", "postgres://")) as store:
            assert store.papers.count() == 0


# --- Full disks ----------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as store:
        store.papers.keep([paper()], now=NOW)
        with engine.reading(store.engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ConfigError, match=r"no room left .* free some space and run the same again"):
            store.papers.keep(papers(500), now=NOW)
        assert store.check() == []
        assert store.papers.count() == 1


# --- Closing and opening -------------------------------------------------------------------------------------------------


def test_what_is_stored_is_there_after_closing(database_url: str) -> None:
    with Store.open(database_url) as store:
        store.papers.keep(papers(3), now=NOW)
    with Store.open(database_url) as store:
        assert store.papers.count() == 3


# --- Copies --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(tmp_path: Path) -> Any:
    with Store.open(f"sqlite:///{tmp_path / 'digest.sqlite3'}") as store:
        store.papers.keep(papers(20), now=NOW)
        yield store


def test_a_backup_is_a_whole_store_of_its_own(filled: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    with engine.writing(filled.engine) as connection:
        connection.exec_driver_sql("DELETE FROM aliases")
        filled.backup(copy)  # in the middle of somebody's writing: what is not committed is not copied
    with Store.open(f"sqlite:///{copy}") as store:
        assert (store.papers.count(), store.check()) == (20, [])
        assert store.papers.find("arxiv:2603.00001") is not None


def test_a_backup_replaces_an_older_one_and_is_a_single_file(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    for _ in range(2):
        filled.backup(tmp_path / "copies" / "digest.bak")
    assert [each.name for each in (tmp_path / "copies").iterdir()] == ["digest.bak"]
    with sqlite3.connect(tmp_path / "copies" / "digest.bak") as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchone() == (20,)
    connection.close()


def test_a_backup_that_cannot_be_written_leaves_the_older_one(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name a file in a folder that is there"):
        filled.backup(tmp_path / "no" / "copy.sqlite3")
    with pytest.raises(ConfigError, match="this is the store itself"):
        filled.backup(tmp_path / "digest.sqlite3")


@pytest.mark.postgres
@pytest.mark.slow
def test_postgresql_is_copied_by_its_own_tool(postgres_store: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pg_dump --format=custom --file=\S+copy.dump 'postgresql://digest@"):
        postgres_store.backup(tmp_path / "copy.dump")


def test_a_damaged_store_is_found_out(filled: Store) -> None:
    with engine.writing(filled.engine, foreign_keys=False) as connection:
        connection.exec_driver_sql("DELETE FROM papers WHERE key = 1")
    assert filled.check() == ["row 1 of aliases refers to a row of papers that is gone"]


# --- Small things --------------------------------------------------------------------------------------------------------


def test_small_things_are_remembered(store: Store) -> None:
    assert store.meta.get("last pass") is None
    assert store.meta.get("tokens", 5) == 5
    for value in ({"at": "2026-03-24", "n": 1}, None, "text", 2.5):
        store.meta.set("last pass", value)
        assert store.meta.get("last pass") == value
