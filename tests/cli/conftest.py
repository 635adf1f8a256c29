"""A desk for each test, and a mail server beside it."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from digest.cli import house
from digest.cli.files import template_folders
from digest.mail.templates import Templates
from digest.settings import Settings
from tests.cli.desk import Desk
from tests.sink import Sink


@cache
def sound_templates() -> Templates:
    """The packaged templates, without a fault, compiled and linted once for all tests; that takes longer than all else here."""
    made = Templates(template_folders(Path("nowhere")))
    assert not made.lint()
    return made


def compiled_once(make: Callable[[Settings], Templates]) -> Callable[[Settings], Templates]:
    return lambda given: make(given) if given.templates.is_dir() else sound_templates()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], haste: None) -> Iterator[Desk]:
    """An empty folder and an environment without any setting."""
    for name in [*os.environ]:
        if name.startswith("DIGEST_") or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for part in ("all_templates", "checked_templates"):
        monkeypatch.setattr(house, part, compiled_once(getattr(house, part)))
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    yield Desk(tmp_path, capsys)
    root.handlers[:], _ = before
    root.setLevel(before[1])
    house.settings.cache_clear()


@pytest.fixture
def post() -> Iterator[Sink]:
    """The recording mail server, on a loop of its own: a verb brings one as well."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    sink = asyncio.run_coroutine_threadsafe(Sink().__aenter__(), loop).result()
    yield sink
    asyncio.run_coroutine_threadsafe(sink.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
