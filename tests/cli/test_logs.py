"""Logs: one line an event, in words or as JSON, and no address in full."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from digest.cli.logs import JsonLine, Line, masked, start
from tests.cli.desk import Desk, row


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to alice@example.org now", "to a…@example.org now"),
        ("<alice.b+c@mail.example.org>", "<a…@mail.example.org>"),
        ("a@b.org,bob@c.org", "a…@b.org,b…@c.org"),
        ("smtp.example.org @home", "smtp.example.org @home"),
    ],
)
def test_addresses_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def record(message: str, *, failed: bool = False) -> logging.LogRecord:
    trouble = (ValueError, ValueError("alice@example.org is odd"), None) if failed else None
    found = logging.LogRecord("digest.mail", logging.WARNING, "file.py", 1, message, ("alice@example.org",), trouble)
    found.created = 1774342800.0
    return found


def test_a_line_says_when_how_grave_where_and_what() -> None:
    line = Line().format(record("bounced to=%s"))

    assert line.endswith(" WARNING digest.mail: bounced to=a…@example.org")


def test_a_line_of_json_holds_the_same_and_the_trace() -> None:
    line = json.loads(JsonLine().format(record("bounced to=%s", failed=True)))

    assert (line["level"], line["room"], line["event"]) == ("warning", "digest.mail", "bounced to=a…@example.org")
    assert line["trace"].endswith("ValueError: a…@example.org is odd")


def test_logs_go_to_stderr_and_only_when_asked(desk: Desk) -> None:
    desk.has_papers(row(1))

    assert desk("fetch").err == ""
    desk.sets(log_format="json")
    assert desk("fetch", "-vv").err.startswith('{"at": "')
    start(2)
    assert logging.getLogger().level == logging.DEBUG
    assert logging.getLogger().handlers[0].stream is sys.stderr  # type: ignore[attr-defined]
    assert logging.getLogger("httpx2").level == logging.INFO, "a library says less than we do"
