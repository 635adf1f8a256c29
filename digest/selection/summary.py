"""The one line that says what a paper is about. PURE."""

from __future__ import annotations

import re

from digest.model import Paper

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z0-9])")


def tldr(paper: Paper) -> tuple[str, bool]:
    """The source's own summary and True, or else the most telling sentence of the abstract and False."""
    if paper.summary.strip():
        return paper.summary.strip(), True
    return _SENTENCE_END.split(paper.abstract.strip())[0], False
