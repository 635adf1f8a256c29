"""What the pages of docs/ show on a terminal is what one sees there.

A block of `console` behind `<!-- tested -->` is run, block after block of a page, in one new folder: what stands behind `$` is
called, and what stands under it must be in its output, in this order; `…` stands for anything. The sources are the packaged sample,
the mail server is one on loopback, and it is nine o'clock on the Friday after the sample was taken.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from digest.cli import options
from digest.cli.files import SAMPLE
from tests.cli.conftest import desk, post
from tests.cli.desk import Desk
from tests.sink import Sink

__all__ = ["desk", "post"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
BLOCK = re.compile(r"<!-- tested -->\n+```console\n(.*?)```", re.DOTALL)
NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)


class Step(NamedTuple):
    command: str
    expected: list[str]


def steps(page: Path) -> Iterator[Step]:
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield Step(command, [line.strip() for line in output.splitlines() if line.strip()])


def words_of(command: str, folder: Path) -> list[str]:
    """The words of a command as the shell hands them over: `$(date)` and stars are the shell's."""
    if not re.search(r"[$*]", command):
        return shlex.split(command)
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], cwd=folder, capture_output=True, text=True, check=True)
    return said.stdout.rstrip("\0").split("\0")


def output_of(command: str, desk: Desk) -> str:
    """Our own verbs in this process, which is faster; all else by the shell."""
    if not command.startswith("digest ") or re.search(r"[|>]", command):
        said = subprocess.run(["bash", "-c", command], cwd=desk.folder, capture_output=True, text=True, check=True)
        return said.stdout + said.stderr
    answer = desk(*words_of(command, desk.folder)[1:])
    return f"{answer.out}\n{answer.err}\nexit code {answer.code}\n"


def missing_line(expected: list[str], output: str) -> str:
    """The first expected line that does not follow in the output, or nothing."""
    rest = " ".join(output.split())
    for line in expected:
        wanted = re.escape(" ".join(line.split())).replace("…", r".*?")
        if not (found := re.search(wanted, rest)):
            return line
        rest = rest[found.end() :]
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_what_a_page_shows_on_a_terminal_is_what_one_sees(
    page: Path, desk: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "wall_clock", lambda: NOW)
    monkeypatch.setenv("DIGEST_SOURCES", f"file:{SAMPLE}")
    monkeypatch.setenv("DIGEST_SMTP_URL", f"smtp://127.0.0.1:{post.port}")
    for step in steps(page):
        output = output_of(step.command, desk)
        line = missing_line(step.expected, output)
        assert not line, f"{page.name}: after `{step.command}` there is no {line!r} in\n{output}"


def test_the_pages_show_enough_to_be_worth_it() -> None:
    assert sum(1 for page in DOCS.glob("*.md") for _ in steps(page)) >= 15
