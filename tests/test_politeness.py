"""What the sources see of us, from the log of the replayed internet: their pauses kept, little asked, most of it conditionally."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.replayed import SECRET, Internet, Program, internet

pytestmark = [pytest.mark.replay, pytest.mark.slow]

DAY = "2026-03-24"


@pytest.fixture
def net() -> Iterator[Internet]:
    with internet("--now", f"{DAY}T06:00:00Z") as running:
        yield running


def of_arxiv(net: Internet) -> list[dict[str, Any]]:
    return sorted((each for each in net.log if "arxiv.org" in each["path"]), key=lambda each: float(each["began"]))


def test_two_fetches_at_once_keep_the_three_seconds_together(tmp_path: Path, net: Internet) -> None:
    """With the default delay, in two processes on one store, categories in two feeds, and everything slow to answer."""
    Program(tmp_path, net).run("subscribers", "sync")   # the store is there
    net.breaks("/rss.arxiv.org", status=503, times=1)   # one of them has to ask again
    net.breaks("/export.arxiv.org", delay=4, times=1)   # one answer takes longer than the pause
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")} | net.env
    env |= {"DIGEST_SECRET_KEY": SECRET, "DIGEST_SOURCES": "arxiv:cs.CL,huggingface"}
    env.pop("DIGEST_ARXIV_DELAY")
    command = [sys.executable, "-m", "digest", "fetch", "--json", "--now", f"{DAY}T09:00:00Z"]
    both = [subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    reports = [json.loads(each.communicate()[0]) for each in both]
    assert [row["error"] for report in reports for row in report] == [None] * 4
    log = of_arxiv(net)
    assert len(log) >= 5
    for earlier, later in itertools.pairwise(log):
        assert later["began"] - earlier["began"] >= 3.0
        assert later["began"] >= earlier["ended"]


def test_a_steady_day_asks_arxiv_conditionally_and_little_else(tmp_path: Path, net: Internet) -> None:
    """A fetch every two hours from six to eight, as the daemon does."""
    program = Program(tmp_path, net)
    for hour in range(6, 21, 2):
        done = program.run("fetch", now=f"{DAY}T{hour:02}:00:00Z")
        assert done.returncode == 0, done.stderr
    log = of_arxiv(net)
    assert [each["status"] for each in log if "/rss.arxiv.org" in each["path"]] == [200] + [304] * 7
    elsewhere = Counter(each["path"].split("/")[1] for each in net.log)
    print(f"\na day of eight fetches: {dict(elsewhere)}")
    assert elsewhere["export.arxiv.org"] <= 6    # the pages of one sweep over a week
    assert elsewhere["oaipmh.arxiv.org"] == 0    # nothing to look back on yet
    assert elsewhere["huggingface.co"] <= 8 * 8 * 3


def test_the_next_day_begins_with_one_look_at_what_changed(tmp_path: Path, net: Internet) -> None:
    """The replayed arXiv has no OAI-PMH of that year: a note, no error, and no second question that day."""
    program = Program(tmp_path, net)
    for moment in (f"{DAY}T20:00:00Z", "2026-03-25T06:00:00Z", "2026-03-25T08:00:00Z"):
        done = program.run("fetch", now=moment)
        assert done.returncode == 0, done.stdout
    assert len([each for each in net.log if "oaipmh" in each["path"]]) == 1
    status = json.loads(program.run("status", "--json", now="2026-03-25T08:30:00Z").stdout)
    notes = {row["source"]: row["note"] for row in status["sources"]}
    assert "what was withdrawn since 2026-03-24 is not known yet" in notes["arxiv"]
