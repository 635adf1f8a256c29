"""Pages in-process: a house on a fresh store, a clock that stands still, and a visitor who reads forms and presses buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.mail.templates import Templates
from tests.fakes import shipped_templates
from tests.web.visitor import Neighbourhood


@pytest.fixture(scope="session")
def templates() -> Templates:
    return shipped_templates()


@pytest.fixture
def town(tmp_path: Path, templates: Templates, haste: None) -> Iterator[Neighbourhood]:
    made = Neighbourhood(tmp_path, templates)
    yield made
    made.close()
