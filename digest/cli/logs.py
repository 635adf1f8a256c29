"""Logs: one line an event, `event key=value …` or JSON, on stderr, and no address in full."""

from __future__ import annotations

import json
import logging
import os
import re
import sys

_ADDRESS = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def masked(text: str) -> str:
    """`alice@example.org` as `a…@example.org`: enough to recognise, not to write to."""
    return _ADDRESS.sub(r"\1…@\2", text)


class Line(logging.Formatter):
    """`2026-03-24T09:00:00+0000 WARNING digest.sources: fetched source=arxiv found=402`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"
    default_msec_format = None

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonLine(Line):
    """The same as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        row = {"at": self.formatTime(record), "level": record.levelname.lower(), "room": record.name, "event": record.getMessage()}
        if record.exc_info:
            row["trace"] = self.formatException(record.exc_info)
        return masked(json.dumps(row, ensure_ascii=False))


def start(verbosity: int) -> None:
    """Set up logging for the whole process: warnings, with `-v` what happens, with `-vv` everything."""
    logging.basicConfig(level=_LEVELS[min(verbosity, 2)], handlers=[logging.StreamHandler(sys.stderr)], force=True)
    style(os.environ.get("DIGEST_LOG_FORMAT", "text"))
    for loud in ("httpx2", "httpcore2", "apscheduler"):
        logging.getLogger(loud).setLevel(_LEVELS[min(max(verbosity - 1, 0), 2)])


def style(name: str) -> None:
    """Lines of text, or of JSON; known for sure only once the settings are read."""
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setFormatter(JsonLine() if name == "json" else Line())
