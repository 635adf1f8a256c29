"""What one pull gathers on its way, until it becomes a Fetch."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from digest.errors import SourceError
from digest.identity import merged
from digest.model import Fetch, Paper, Sighting, Validator
from digest.sources.http import Answer
from digest.sources.source import Parsed


class Haul:
    """Papers by name, in the order in which they came; what came twice is merged."""

    def __init__(self, source: str, at: datetime) -> None:
        self.source, self.at = source, at
        self.began = time.monotonic()
        self.papers: dict[str, Paper] = {}
        self.sightings: dict[tuple[str, object], Sighting] = {}
        self.validators: dict[str, Validator] = {}
        self.notes: list[str] = []
        self.error: SourceError | None = None

    def add(self, parsed: Parsed) -> int:
        """Keep what an answer held; how many of its papers were not known yet."""
        before = len(self.papers)
        self.add_papers(parsed.papers)
        for sighting in parsed.sightings:
            self.sightings[sighting.paper, sighting.listed] = sighting
        self.note(parsed.note)
        return len(self.papers) - before

    def add_papers(self, papers: Iterable[Paper]) -> None:
        for paper in papers:
            known = self.papers.get(paper.id)
            self.papers[paper.id] = merged(known, paper) if known else paper

    def note(self, words: str) -> None:
        if words and words not in self.notes:
            self.notes.append(words)

    def remember(self, answer: Answer) -> None:
        """Ask "anything new?" the next time. Only for an answer that was understood."""
        if validator := answer.validator:
            self.validators[validator.url] = validator

    def fail(self, error: SourceError) -> None:
        """Keep the first failure; later ones are noted."""
        if self.error is None:
            self.error = error
        elif error.message != self.error.message:
            self.note(error.message)

    def fetch(self) -> Fetch:
        return Fetch(
            source=self.source,
            at=self.at,
            papers=tuple(self.papers.values()),
            sightings=tuple(self.sightings.values()),
            validators=tuple(self.validators.values()),
            error=self.error,
            note="; ".join(self.notes),
            seconds=round(time.monotonic() - self.began, 3),
        )
