"""Papers that somebody has in her library, from an export as RIS, CSV or whatever else names them, one a record. PURE.

BibTeX, which can be read properly, is read by `digest.subscription.bibtex`.
"""

from __future__ import annotations

import re

from digest import identity

_RIS = re.compile(r"^TY  - ", re.MULTILINE)
_ARXIV = re.compile(
    r"arxiv(?:\.org/(?:abs|pdf)/|[:.\s/]+)((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)", re.IGNORECASE
)
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"'{}<>,;\\]+)")


def papers(export: str) -> tuple[str, ...]:
    """Their canonical names, each once: of a record of RIS, or of a line of anything else, arXiv's, or else the DOI."""
    records = _RIS.split(export) if _RIS.search(export) else export.split("\n")
    return tuple(dict.fromkeys(name for record in records if (name := _paper(record))))


def _paper(record: str) -> str | None:
    candidates = [*_ARXIV.findall(record), *(each.rstrip(".)") for each in _DOI.findall(record))]
    return next((name for each in candidates if (name := identity.name(each))), None)
