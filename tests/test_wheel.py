"""What `pip install` brings: the built wheel, in an environment of its own and an empty folder, as a newcomer has them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.needs import missing

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow

#: What the program looks for where there is no clone of the repository.
PACKED = (
    "digest/_packaged/env.example",
    "digest/_packaged/subscribers/README.md",
    "digest/_packaged/subscribers/example.yaml",
    "digest/_packaged/subscribers/subscriber.schema.json",
    "digest/_packaged/templates/digest.mjml",
    "digest/sample/papers.jsonl",
    "digest/py.typed",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # The builder as it is installed here, else as pip brings it.
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *here, "-w", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode and not here:
        missing(f"the wheel cannot be built without hatchling: {built.stderr[-300:]}")
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`digest` of a fresh environment with the wheel; the libraries that it wants are those of this one."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "digest"


def runs(digest: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUTF8": "1"}
    return subprocess.run([digest, *words], cwd=folder, env=clean, capture_output=True, text=True, timeout=120)


def test_the_wheel_holds_all_that_the_program_looks_for(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert set(PACKED) <= names
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert {f"digest/_packaged/{name}" for name in ours} <= names


def test_the_wheel_holds_nothing_of_the_one_who_built_it(wheel: Path) -> None:
    strays = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".pyc", ".env", ".sqlite3")) or "tests/" in name]

    assert strays == []


def test_a_preview_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    said = runs(installed, "preview", folder=tmp_path)

    assert said.returncode == 0, said.stderr
    assert sorted(path.name for path in (tmp_path / "preview").iterdir()) == [
        "digest.eml",
        "digest.html",
        "digest.json",
        "digest.txt",
    ]


def test_init_then_check_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    made = runs(installed, "init", "--yes", "--subscriber", "ann@example.org", "--topic", "protein design", folder=tmp_path)
    checked = runs(installed, "check", folder=tmp_path)
    previewed = runs(installed, "preview", "subscribers/ann.yaml", folder=tmp_path)

    assert made.returncode == 0, made.stderr
    assert (checked.returncode, previewed.returncode) == (0, 0), checked.stderr + previewed.stderr
    assert (tmp_path / "subscribers" / "subscriber.schema.json").exists()


def test_it_is_the_wheel_that_runs_and_not_the_clone(installed: Path, tmp_path: Path) -> None:
    script = "import digest, pathlib; print(pathlib.Path(digest.__file__).parent)"
    said = subprocess.run([installed.with_name("python"), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert not Path(said.stdout.strip()).is_relative_to(ROOT)
