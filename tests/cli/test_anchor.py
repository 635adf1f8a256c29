"""A store that is moved or deleted under the daemon: it ends and says so, before it sends into a file that nobody finds again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.cli.anchor import watch
from digest.errors import ConfigError
from digest.settings import Settings


def settings(url: str = "sqlite:///digest.sqlite3") -> Settings:
    return Settings.load({"DIGEST_DATABASE_URL": url}, env_file=None)


def replaced(file: Path) -> None:
    file.with_name("copy.sqlite3").touch()
    file.with_name("copy.sqlite3").replace(file)


@pytest.mark.parametrize("happens", [Path.unlink, lambda file: file.rename(file.with_name("aside.sqlite3")), replaced])
async def test_a_store_that_is_no_longer_in_its_place_ends_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], object]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.sqlite3").touch()
    watching = asyncio.create_task(watch(settings(), asyncio.Event(), every=0.001))
    await asyncio.wait([watching], timeout=0.01)
    assert not watching.done()

    happens(tmp_path / "digest.sqlite3")

    with pytest.raises(ConfigError, match=r"digest\.sqlite3 was moved, deleted or replaced while the daemon ran: put"):
        await watching


async def test_a_store_that_stays_and_one_on_a_server_end_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.sqlite3").touch()
    stop = asyncio.Event()
    watching = asyncio.create_task(watch(settings(), stop, every=0.001))
    (tmp_path / "digest.sqlite3").write_text("something is written")
    await asyncio.wait([watching], timeout=0.01)

    stop.set()

    await watching
    for url in ("sqlite://", "postgresql://digest@db.example.org/digest"):
        await watch(settings(url), stop)
