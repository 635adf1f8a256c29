"""What several rooms' tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# A newcomer's run is quick; CI and `--full` look longer. `print_blob` and derandomised examples make a failure repeatable.
settings.register_profile("quick", max_examples=10, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=100, deadline=None, print_blob=True)
settings.load_profile("thorough" if os.environ.get("CI") == "true" else "quick")

if TYPE_CHECKING:                          # tests of one room do not need the whole house
    from tests.fakes import World
    from tests.sink import Sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    from tests.sink import Sink

    async with Sink() as running:
        yield running


@pytest.fixture
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for what this test is not about: see `tests/haste.py`."""
    from tests.haste import make

    make(monkeypatch)


@pytest.fixture
async def world(tmp_path: Path, sink: Sink, haste: None) -> AsyncIterator[World]:
    from tests.fakes import World

    made = World(tmp_path, sink.port)
    yield made
    made.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="slow suites at their full size, not at about a tenth")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether slow suites are to run at their full size."""
    return bool(request.config.getoption("--full"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What exists at its full size only is left out without `--full`; a smaller one of its kind stands beside it."""
    left_out = [] if config.getoption("--full") else [each for each in items if each.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [each for each in items if each not in left_out]


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: nobody need look through all of it for garbage again and again.

    A seventh of the time went there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
