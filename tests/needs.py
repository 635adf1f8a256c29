"""What a marked suite needs from the machine: if it is missing, one line says so and the test is skipped; in CI, it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def needs_data() -> Path:
    """The folder of recorded answers: `PAPER_DATA`, or `../shared/data` beside the repository."""
    folder = Path(os.environ.get("PAPER_DATA", BESIDE))
    return folder if folder.is_dir() else missing(f"no recorded data in {folder}: set PAPER_DATA")


def needs_program(name: str, *folders: Path, package: str) -> Path:
    """The path of a program, from PATH or one of the folders; `package` is Debian's name for what to install."""
    where = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = shutil.which(name, path=where)
    return Path(found) if found else missing(f"no {name} here: install {package}")


def missing(what: str) -> NoReturn:
    """Skip, with the reason; fail in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
