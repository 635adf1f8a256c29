"""What a marked suite needs from the machine: if it is missing, one line says so and the test is skipped; in CI, it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

#: Programs of others that judge our mails, in the versions that the suites were written against.
JUDGES = ("puppeteer-core@24.43.1", "axe-core@4.14.1", "mjml@4.18.0", "caniemail@1.0.5")

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


def needs_node_packages() -> Path:
    """The folder whose `node_modules` holds JUDGES: `NODE_JUDGES`, or one in the temporary folder, filled on first use."""
    node, npm = needs_program("node", package="nodejs"), needs_program("npm", package="npm")
    folder = Path(os.environ.get("NODE_JUDGES", Path(tempfile.gettempdir()) / f"paper-digest-judges-{os.getuid()}"))
    if all((folder / "node_modules" / each.partition("@")[0]).is_dir() for each in JUDGES):
        return folder
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, *JUDGES]
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"PATH": path})
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return folder if done.returncode == 0 else missing(f"npm install {' '.join(JUDGES)} failed: {last}")


def needs_extra(name: str, *, package: str) -> None:
    """An extra of ours that is not part of `dev`, known by a package that it brings."""
    if find_spec(package) is None:
        missing(f"no {package} here: pip install -c constraints.txt -e '.[{name}]'")


def missing(what: str) -> NoReturn:
    """Skip, with the reason; fail in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
