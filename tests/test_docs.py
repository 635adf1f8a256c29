"""What the pages say is so: every verb is told of, every command shown is one, every file named is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

import digest
from digest.cli import VERBS, verbs
from digest.settings import Settings
from digest.subscription.roster import read_file

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("*.md", "docs/*.md", "subscribers/*.md", "deploy/*")
PAGES = sorted(path for pattern in FOLDERS for path in ROOT.glob(pattern) if path.is_file())
README = (ROOT / "README.md").read_text(encoding="utf-8")

#: `digest` and what follows it up to the end of the code, a comment, or the next command of the shell.
COMMAND = re.compile(r"(?:^|[\s`/])digest +((?:\"[^\"\n]*\"|'[^'\n]*'|\\\||[^`\n#;&|>\"'\\])+)", re.MULTILINE)
CODE = re.compile(r"```(?:\w*)\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")

#: Places for something of the reader's, as usage lines write them: not to be taken literally.
PLACES = re.compile(r"\[|\]|…|\.\.\.")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(text: str) -> list[str]:
    """Every call of `digest` in the code of a page; `a\\|b` stands for each of them, and what is optional is there."""
    found = []
    for block, inline in CODE.findall(text):
        for words in COMMAND.findall(block or inline):
            found += alternatives(PLACES.sub(" ", words).strip())
    return found


def alternatives(words: str) -> list[str]:
    several = next((word for word in words.split() if "\\|" in word), None)
    return [each for one in several.split("\\|") for each in alternatives(words.replace(several, one, 1))] if several else [words]


SHOWN = sorted({(named(page), command) for page in PAGES for command in commands(page.read_text(encoding="utf-8")) if command})


def test_the_pages_show_commands() -> None:
    assert len(SHOWN) >= 10


@pytest.mark.parametrize(("page", "command"), SHOWN, ids=lambda value: value)
def test_a_command_that_is_shown_is_one(page: str, command: str) -> None:
    """The verb exists, and so does each option: parsed as click would, without being called."""
    words = shlex.split(command)
    group: click.Command = verbs
    context = click.Context(verbs, info_name="digest")
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = group.get_command(context, name)
        assert found, f"{page}: there is no `{context.command_path} {name}`"
        group, context = found, click.Context(found, parent=context, info_name=name)
    known = {option for parameter in group.get_params(context) for option in (*parameter.opts, *parameter.secondary_opts)}
    options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    assert not set(options) - known, f"{page}: `digest {command}`"


def test_every_verb_stands_in_the_readme() -> None:
    told = {command.split()[0] for command in commands(README)}

    assert set(VERBS) <= told, f"not told of: {sorted(set(VERBS) - told)}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=named)
def test_a_link_to_a_file_of_ours_leads_there(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_setting_that_a_page_names_is_one(page: Path) -> None:
    told = set(re.findall(r"\bDIGEST_[A-Z][A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))

    assert told <= set(Settings.names())


def test_the_example_subscriber_has_no_fault() -> None:
    found = read_file(ROOT / "subscribers" / "example.yaml")

    assert not found.faults
    assert len(found.subscribers) == 1


def test_the_versions_agree_and_the_changelog_knows_the_current_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\S+)", changes, re.MULTILINE)

    assert project["version"] == digest.__version__
    assert latest
    assert latest[1] == digest.__version__


@pytest.mark.parametrize("mark", ["preview", "tests"])
def test_the_commands_that_ci_takes_from_the_readme_stand_there(mark: str) -> None:
    block = re.search(rf"<!-- {mark} -->\n+```sh\n(.+)\n```", README)

    assert block
    assert block[1].startswith("python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[dev]' && ")
