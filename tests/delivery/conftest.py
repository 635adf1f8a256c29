"""Both databases, as in the store's own tests; and no process outlives its test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.program import STARTED, kill
from tests.store.conftest import database, database_url, postgres_server, postgres_store

__all__ = ["database", "database_url", "nobody_stays", "postgres_server", "postgres_store"]


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    yield
    for process in STARTED:
        kill(process)
    STARTED.clear()
