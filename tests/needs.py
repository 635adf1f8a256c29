"""What a marked suite needs from the machine: if it is missing, one line says so and the test is skipped; in CI, it fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def needs_data() -> Path:
    """The folder of recorded answers: `PAPER_DATA`, or `../shared/data` beside the repository."""
    folder = Path(os.environ.get("PAPER_DATA", BESIDE))
    return folder if folder.is_dir() else missing(f"no recorded data in {folder}: set PAPER_DATA")


def missing(what: str) -> NoReturn:
    """Skip, with the reason; fail in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
