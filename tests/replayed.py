"""A replayed internet: recorded answers served on loopback under a clock that tests set, and the program driven against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.needs import missing, needs_data

SECRET = "a secret that only tests know"


@dataclass
class Internet:
    """The server that answers as arXiv and Hugging Face; `.is(moment)` sets its clock, `.breaks(path, …)` orders a fault."""

    base: str
    env: dict[str, str]

    def is_(self, moment: str) -> None:
        self._tell("/_clock", {"now": moment})

    def breaks(self, path: str, **fault: Any) -> None:
        self._tell("/_fault", {"path": path, **fault})

    @property
    def log(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(self.base + "/_log") as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())
        return [row for row in found if not row["path"].startswith("/_")]

    def _tell(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(self.base + path, data=json.dumps(body).encode(), method="POST")
        urllib.request.urlopen(request).read()


@contextmanager
def internet(*options: str) -> Iterator[Internet]:
    """Starts the server that stands beside the recorded data; ends it by its own handle."""
    data = needs_data()
    script = data.parent / "tools" / "replay.py"
    if not script.exists():
        missing(f"no {script.name} beside the recorded data: set PAPER_DATA")
    command = [sys.executable, str(script), "--data", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            info = json.loads(server.stdout.readline())
            yield Internet(f"http://127.0.0.1:{info['port']}", info["env"])
        finally:
            server.terminate()


@dataclass
class Program:
    """The real program, run as its user would, in a folder of its own."""

    home: Path
    net: Internet
    settings: dict[str, str] = field(default_factory=dict)

    def subscriber(self, name: str, text: str) -> None:
        folder = self.home / "subscribers"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def run(self, *args: str, now: str = "") -> subprocess.CompletedProcess[str]:
        """One verb; `now` sets both its clock and the internet's."""
        if now:
            self.net.is_(now)
            args = (*args, "--now", now)
        env = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")} | self.net.env
        env |= {"DIGEST_SECRET_KEY": SECRET, "DIGEST_COMMAND_ADDRESS": "digest+commands@example.org"} | self.settings
        return subprocess.run([sys.executable, "-m", "digest", *args], cwd=self.home, env=env, capture_output=True, text=True)
