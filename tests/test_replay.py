"""Real days, replayed: what arXiv and Hugging Face announced in the last week of March 2026, fetched, chosen and sent for real."""

from __future__ import annotations

import email
import email.policy
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.needs import needs_data, needs_program
from tests.replayed import Internet, Program, internet
from tests.sink import Sink

pytestmark = [pytest.mark.replay, pytest.mark.slow]

TUESDAY = "2026-03-24T09:00:00Z"
WEEK = [f"2026-03-{day}" for day in (23, 24, 25, 26, 27)]

TOPICS = [
    ("Diffusion models", "[diffusion, denoising]"),
    ("Language model agents", "[LLM agent, tool use, agentic]"),
    ("Robots", "[robot manipulation, grasping]"),
    ("Speech", "[speech recognition, text-to-speech]"),
    ("Graphs", "[graph neural network]"),
    ("Reasoning", "[chain-of-thought, reasoning]"),
    ("Medical images", "[medical imaging, MRI]"),
    ("Scenes", "[Gaussian splatting, NeRF]"),
    ("Safety", "[jailbreak, alignment]"),
    ("Efficiency", "[quantization, pruning, LoRA]"),
]
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC", "Australia/Sydney")


def person(number: int, **changes: str) -> str:
    """A subscriber file; twenty of them have all topics and five zones between them."""
    lines = {"email": f"user{number}@example.org", "timezone": ZONES[number % 5], "days": "daily", "trending": str(number % 4)}
    head = "\n".join(f"{key}: {value}" for key, value in (lines | changes).items())
    chosen = (TOPICS[number % 10], TOPICS[(number + 3) % 10])
    return head + "\ntopics:\n" + "".join(f"  - name: {name}\n    keywords: {words}\n" for name, words in chosen)


@pytest.fixture(scope="module")
def net() -> Iterator[Internet]:
    with internet() as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, net: Internet) -> Program:
    return Program(tmp_path, net)


def expected_arxiv(day: str) -> set[str]:
    """The papers of a day's mailing in the default categories, from the recordings themselves."""
    import gzip

    wanted = {"cs.LG", "cs.CL", "cs.CV", "cs.AI", "stat.ML"}
    with gzip.open(needs_data() / "corpus" / "arxiv_daily_papers.jsonl.gz", "rt", encoding="utf-8") as handle:
        rows = [json.loads(line) for line in handle]
    return {row["id"] for row in rows if row["first_listed"] == day and wanted & set(row["categories"])}


def test_a_fetch_brings_the_days_papers_and_their_votes(program: Program) -> None:
    done = program.run("fetch", "--json", now=TUESDAY)
    assert done.returncode == 0, done.stderr
    lines = {row["source"]: row for row in json.loads(done.stdout)}
    assert lines["arxiv"]["new"] >= len(expected_arxiv("2026-03-24"))
    assert lines["huggingface"]["found"] > 100

    trending = json.loads(program.run("trending", "--json", "--limit", "500", now=TUESDAY).stdout)
    today = [row for row in trending if row["age_days"] < 0.5]
    assert [row["upvotes"] for row in today] == sorted((row["upvotes"] for row in today), reverse=True)
    assert today[0]["id"] == "arxiv:2603.22212"
    assert today[0]["upvotes"] == 73


def test_explain_tells_why_for_a_shown_and_for_a_missing_paper(program: Program) -> None:
    program.subscriber("user0", person(0))
    assert program.run("fetch", now=TUESDAY).returncode == 0
    assert program.run("subscribers", "sync", now=TUESDAY).returncode == 0
    chosen = json.loads(program.run("preview", "user0@example.org", "--format", "json", now=TUESDAY).stdout)
    shown = chosen["sections"][0]["items"][0]

    why = json.loads(program.run("explain", "user0@example.org", shown["id"], "--json", now=TUESDAY).stdout)
    why_not = json.loads(program.run("explain", "user0@example.org", "2603.22212", "--json", now=TUESDAY).stdout)

    assert why["place"].startswith("number 1")
    best = why["topics"][0]
    assert sum(hit["contribution"] for hit in best["why"]) == pytest.approx(best["score"])
    assert why_not["place"] is None
    assert why_not["rules"]
    assert all(topic["stopped_by"] for topic in why_not["topics"])


@pytest.mark.smtp_sink
def test_five_days_for_twenty_people_through_a_real_sink(program: Program, tmp_path: Path) -> None:
    for number in range(20):
        program.subscriber(f"user{number}", person(number))
    box = tmp_path / "box"
    with sink_process(box) as port:
        program.settings["DIGEST_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        for day in WEEK:
            first = program.run("send", "--json", now=f"{day}T09:00:00Z")
            second = program.run("send", "--json", now=f"{day}T09:20:00Z")
            assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
            report, again = json.loads(first.stdout), json.loads(second.stdout)
            assert (report["due"], report["sent_now"], report["adds_up"]) == (20, 20, True)
            assert (again["due"], again["sent_now"]) == (20, 0)
            status = json.loads(program.run("status", "--json", "--date", day, now=f"{day}T10:00:00Z").stdout)
            assert status["tally"] == {"sent": 20}
    assert_every_mail_is_right([each.read_bytes() for each in sorted(box.iterdir())], count=100)


def assert_every_mail_is_right(mails: list[bytes], *, count: int) -> None:
    """Every message parses without a defect, holds the same papers in both parts, and none that its reader has had."""
    seen: dict[str, list[str]] = defaultdict(list)
    assert len(mails) == count
    for raw in mails:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        assert not mail.defects
        text, html = (part.get_content() for part in mail.iter_parts())
        in_text = re.findall(r"^Abstract: \S*/(\S+)", text, re.MULTILINE)
        in_html = list(dict.fromkeys(re.findall(r'href="https://arxiv\.org/abs/([^"]+)"', html)))
        assert in_text == in_html
        seen[mail["To"].addresses[0].addr_spec] += in_text
    for address, ids in seen.items():
        assert len(ids) == len(set(ids)), f"{address} got a paper twice"


class sink_process:  # noqa: N801 - reads as a verb in `with`
    """Postfix's smtp-sink, one file a mail."""

    def __init__(self, box: Path) -> None:
        self.program, self.box = needs_program("smtp-sink", Path("/usr/sbin"), package="postfix"), box

    def __enter__(self) -> int:
        import os
        import socket
        import time

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self.box.mkdir()
        self.box.chmod(0o777)
        for folder in self.box.parents:        # root's sink becomes "nobody", who must reach the box
            if folder.stat().st_uid == os.getuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o111)
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.process = subprocess.Popen([str(self.program), *user, "-d", "%M.", f"127.0.0.1:{port}", "100"], cwd=self.box)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
        raise TimeoutError("smtp-sink did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


async def test_one_broken_file_among_ten_is_named_and_nine_are_served(program: Program, sink: Sink) -> None:
    import asyncio

    for number in range(9):
        program.subscriber(f"user{number}", person(number))
    program.subscriber("zoe", "email: zoe@example.org\ntopics:\n  - name: Graphs\n    keyword: [graph]\n")
    program.settings["DIGEST_SMTP_URL"] = f"smtp://127.0.0.1:{sink.port}"

    done = await asyncio.to_thread(program.run, "send", now=TUESDAY)

    assert done.returncode == 2
    assert len(sink.mails) == 9
    assert "zoe.yaml:4:5: topics.keyword: " in done.stderr
    assert "did you mean 'keywords'?" in done.stderr


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/rss.arxiv.org", {"status": 503, "times": 200}),
        ("/rss.arxiv.org", {"drop": True, "times": 200}),
        ("/rss.arxiv.org", {"status": 200, "body": "<html><body>We are down for maintenance</body></html>", "times": 200}),
        ("/huggingface.co", {"status": 200, "body": "<html>sign in</html>", "times": 200}),
        ("/rss.arxiv.org", {"truncate": 5000, "times": 200}),
    ],
    ids=["down", "hangs-up", "html-with-200", "html-for-json", "truncated"],
)
def test_a_source_in_trouble_is_a_row_in_status_and_the_others_serve(tmp_path: Path, path: str, fault: dict[str, object]) -> None:
    with internet() as net:
        program = Program(tmp_path, net)
        for host in {path} if path != "/rss.arxiv.org" else {path, "/export.arxiv.org"}:
            net.breaks(host, **fault)
        done = program.run("fetch", "--json", now=TUESDAY)
        status = json.loads(program.run("status", "--json", now=TUESDAY).stdout)
    lines = {row["source"]: row for row in json.loads(done.stdout)}
    bad = "huggingface" if "huggingface" in path else "arxiv"
    good = ({"huggingface", "arxiv"} - {bad}).pop()
    assert done.returncode == 1
    assert lines[bad]["error"]
    assert lines[good]["error"] is None
    assert lines[good]["new"] > 0
    assert {row["source"]: row["failures"] for row in status["sources"]} == {bad: 1, good: 0}
