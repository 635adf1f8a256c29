"""Papers that somebody has in her library, from an export of it: BibTeX, RIS, CSV or whatever else names them. PURE."""

from __future__ import annotations

import re

from digest import identity

PAPERS_MOST = 500  #: as many as a topic may resemble; of more the last ones, which libraries add at the end

_BIBTEX = re.compile(r"^\s*@\w+\s*[{(]", re.MULTILINE)
_RIS = re.compile(r"^TY  - ", re.MULTILINE)
_ARXIV = re.compile(
    r"(?:arxiv(?:\.org/(?:abs|pdf)/|[:.\s/{]+)|eprint\s*=\s*[{\"]\s*)((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)",
    re.IGNORECASE,
)
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"'{}<>,;\\]+)")


def papers(export: str) -> tuple[str, ...]:
    """Their canonical names, each once, one for an entry: arXiv's where there is one, else the DOI."""
    divider = _BIBTEX if _BIBTEX.search(export) else _RIS if _RIS.search(export) else re.compile(r"\n")
    found = (_paper(entry) for entry in divider.split(export))
    return tuple(dict.fromkeys(name for name in found if name))[-PAPERS_MOST:]


def _paper(entry: str) -> str | None:
    candidates = [*_ARXIV.findall(entry), *(each.rstrip(".)") for each in _DOI.findall(entry))]
    return next((name for each in candidates if (name := identity.name(each))), None)
