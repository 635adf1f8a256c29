"""Shell completion, as docs/operators.md sets it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import digest


def asked(folder: Path, **environment: str) -> str:
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(digest.__file__).parents[1]), "PYTHONUTF8": "1"}
    said = subprocess.run([sys.executable, "-m", "digest"], cwd=folder, env=clean | environment, capture_output=True, text=True)
    assert said.stderr == ""
    return said.stdout


def test_the_shell_gets_its_script(tmp_path: Path) -> None:
    assert "complete -o nosort -F _digest_completion digest" in asked(tmp_path, _DIGEST_COMPLETE="bash_source")


@pytest.mark.parametrize(
    ("words", "offered"),
    [("digest sta", "plain,status"), ("digest subscribers sh", "plain,show"), ("digest send --dry", "plain,--dry-run")],
)
def test_words_are_completed(tmp_path: Path, words: str, offered: str) -> None:
    number = str(len(words.split()) - 1)

    assert asked(tmp_path, _DIGEST_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=number).split() == [offered]
