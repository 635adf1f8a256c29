"""A terminal in a folder of its own: write a few files, call verbs in-process, read what they said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from digest.cli import house, main
from digest.store.store import Store
from tests.fakes import SECRET

NOW = "2026-03-24T09:00:00Z"

THEMES = ("neural operators", "diffusion models", "protein folding", "graph matching", "speech synthesis", "robot grasping")

ALICE = """\
email: alice@example.org
timezone: Europe/Berlin
trending: 1
topics:
  - name: Operators
    keywords: [neural operators]
"""
BOB = """\
email: bob@example.org
trending: 0
topics:
  - name: Volcanoes
    keywords: [magma chamber]
"""
BROKEN = "email: carol@example.org\ntopics:\n  - name: Graphs\n    keyword: [graph matching]\n"


class Said(NamedTuple):
    """How a verb ended: its exit code, the result, and everything else that it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A line of a paper file; every sixth is of the same theme, the first six themes in turn."""
    theme = THEMES[number % len(THEMES)]
    given = {
        "id": f"2603.{number:05d}",
        "title": f"On {theme}, part {number}",
        "abstract": f"Study number {number} of {theme}. It reports result {number * 7}.",
        "authors": ["Ada Lovelace", "Emmy Noether"],
        "categories": ["cs.LG"],
        "published": "2026-03-23T10:00:00Z",
        "announced": "2026-03-24",
    }
    return {key: value for key, value in (given | changes).items() if value is not None}


@dataclass
class Desk:
    """`desk("preview", "--sample")` is what somebody types here; the folder is the working directory."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    settings: dict[str, str | int] = field(default_factory=dict)

    def __call__(self, *words: str) -> Said:
        house.settings.cache_clear()       # a process reads its settings once
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        out, err = self.capture.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    def writes(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def sets(self, **settings: str | int) -> None:
        """Adds to `.env`; what is set again is replaced."""
        self.settings |= settings
        self.writes(".env", "".join(f"DIGEST_{name.upper()}={value}\n" for name, value in self.settings.items()))

    def can_send(self, port: int = 1) -> None:
        self.sets(secret_key=SECRET, command_address="digest+commands@example.org", smtp_url=f"smtp://127.0.0.1:{port}")

    def has_papers(self, *rows: dict[str, Any], name: str = "papers.jsonl") -> None:
        """Makes a paper file, and the only source of it."""
        self.writes(name, "".join(json.dumps(each) + "\n" for each in rows))
        self.sets(sources=f"file:{name}")

    def has_read(self, *rows: dict[str, Any]) -> None:
        """The same, fetched already."""
        self.has_papers(*rows)
        assert self("fetch", "--now", NOW).code == 0

    def subscribes(self, *texts: str) -> None:
        """One file each in `subscribers/`, named after her."""
        for text in texts:
            self.writes(f"subscribers/{text.partition('@')[0].removeprefix('email: ')}.yaml", text)

    def with_store(self, ask: Callable[[Store], Any]) -> Any:
        with Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}") as store:
            return ask(store)

    @property
    def rows(self) -> dict[str, list[str]]:
        """All that the store holds, table by table."""
        with closing(sqlite3.connect(self.folder / "digest.sqlite3")) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}

    @property
    def files(self) -> list[str]:
        """All files of the folder, by path, without the database's own journals."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in found if not name.endswith(("-wal", "-shm")))
