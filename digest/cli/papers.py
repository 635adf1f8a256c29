"""Paper files as the verbs read them: papers with the names that the file gave them, their sightings, and what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digest.errors import ConfigError
from digest.model import Paper, Sighting


def read_papers(path: Path) -> tuple[list[Paper], dict[str, str], list[Sighting], Sequence[ConfigError]]:
    """The papers of a file, the id that the file gives each (by ours), all sightings, and the faults of lines left out."""
    from digest.sources.paperfile import read

    found = read(path)
    papers = [row.paper for row in found.rows]
    names = {row.paper.id: row.name for row in found.rows}
    return papers, names, [each for row in found.rows for each in row.sightings], found.faults
