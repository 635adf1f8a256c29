"""Which names mean the same paper. PURE.

A name is `arxiv:2603.22288`, `doi:10.1101/2026.01.01.123456` or `SOURCE:whatever the source calls it`; it never carries a
version. The surrogate key of the store is the paper's identity, names are its aliases; `shown` picks the one that people see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

from digest.errors import nearest, quoted
from digest.model import Paper

# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.NNNN until 1412, YYMM.NNNNN since, archive[.SC]/YYMMNNN before 0704.
_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3}"
_ARXIV = re.compile(rf"(?P<id>{_NEW}|{_OLD})(?:v(?P<version>[1-9]\d*))?")
_ARXIV_PREFIX = re.compile(
    r"(?:oai:arxiv\.org:|arxiv: ?|(?:https?://)?(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html|format|e-print|src)/"
    r"|(?:https?://)?(?:huggingface|hf)\.co/papers/|(?:https?://)?(?:www\.)?alphaxiv\.org/(?:abs|overview)/)",
    re.IGNORECASE,
)
# How arXiv's own page quotes a paper, `arXiv:2603.22288v1 [cs.CL]`, and what stands around an id that is copied from a text.
_CLASS = re.compile(r" ?\[[a-z-]+(?:\.[A-Za-z-]+)?\]$")
_WRAPPING = " \t\r\n<>().,;"
_DOI_PREFIX = re.compile(r"(?:doi:\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/)", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_SOURCE = re.compile(r"(?!(?:arxiv|doi|https?|mailto)$)[a-z][a-z0-9_-]*")
# A DataCite DOI that arXiv mints for each of its papers (https://info.arxiv.org/help/doi.html).
_DATACITE = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)

# https://arxiv.org/category_taxonomy: cs.CL, hep-th, cond-mat.mes-hall
_ARCHIVES = (
    "astro-ph", "cond-mat", "cs", "econ", "eess", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math", "math-ph", "nlin",
    "nucl-ex", "nucl-th", "physics", "q-bio", "q-fin", "quant-ph", "stat",
)  # fmt: skip
_LOWER_CASE = ("cond-mat", "physics")  #: archives whose subjects are words, not two capitals
_SUBJECT = re.compile(r"[A-Z]{2}")
_SUBJECT_WORD = re.compile(r"[a-z]+(-[a-z]+)*")


def arxiv_category(text: str) -> str:
    """A category (`cs.LG`) or archive (`math`) of arXiv, letter for letter. Raises ValueError with the right spelling."""
    archive, dot, subject = text.partition(".")
    pattern = _SUBJECT_WORD if archive in _LOWER_CASE else _SUBJECT
    if archive in _ARCHIVES and (not dot or pattern.fullmatch(subject)):
        return text
    advice = "they look like cs.LG, math.NA or hep-th, joined with +"
    raise ValueError(f"{quoted(text)} is no arXiv category{_right_spelling(archive.lower(), dot, subject)}; {advice}")


def _right_spelling(archive: str, dot: str, subject: str) -> str:
    if archive not in _ARCHIVES:
        return nearest(archive, _ARCHIVES)
    recased = archive + dot + (subject.lower() if archive in _LOWER_CASE else subject.upper())
    pattern = _SUBJECT_WORD if archive in _LOWER_CASE else _SUBJECT
    return f", did you mean '{recased}'?" if not dot or pattern.fullmatch(recased.partition(".")[2]) else ""


def arxiv(text: str) -> tuple[str, int] | None:
    """Both at once: the id, and the version or 0 where it has none."""
    found = _arxiv(text)
    return (found["id"], int(found["version"] or 0)) if found else None


def arxiv_id(text: str) -> str | None:
    """The arXiv id without its version that `text` (id, name, link, DataCite DOI or OAI identifier) stands for, or None."""
    return (found := _arxiv(text)) and found["id"]


def arxiv_version(text: str) -> int | None:
    """The version written in an arXiv id or link, or None where it has none."""
    found = _arxiv(text)
    return int(found["version"]) if found and found["version"] else None


def doi(text: str) -> str | None:
    """The lower-case DOI that `text` (DOI, name or doi.org link) stands for, or None. DOIs ignore case (ISO 26324)."""
    bare = _DOI_PREFIX.sub("", unquote(text.strip()), count=1)
    found = _DOI.fullmatch(bare.rstrip(".,;"))
    return found[0].lower() if found else None


def name(text: str) -> str | None:
    """The canonical name of the paper that `text` stands for, or None when it is neither arXiv's, nor a DOI, nor `SOURCE:id`."""
    if found := arxiv_id(text):
        return f"arxiv:{found}"
    if found := doi(text):
        return f"doi:{found}"
    source, colon, rest = text.strip().partition(":")
    if colon and rest and not rest.startswith("//") and _SOURCE.fullmatch(source):
        return f"{source}:{rest}"
    return None


def shown(names: Iterable[str]) -> str:
    """The name that people see: arXiv's if there is one, else the DOI, else the first by spelling. Order does not matter."""
    return min(names, key=lambda each: (not each.startswith("arxiv:"), not each.startswith("doi:"), each))


def merged(known: Paper, other: Paper) -> Paper:
    """One paper from two accounts of it: the best of each field, all names, all sources.

    The newer version speaks for the text; where neither is newer, arXiv speaks for title, abstract, authors and categories, and
    `known` before `other`. What is missing on one side is filled from the other. The key and the shown id stay those of `known`
    unless `other` has a better name.
    """
    first, second = (other, known) if _speaks_first(other, known) else (known, other)
    aliases = tuple(dict.fromkeys((*known.aliases, *other.aliases, known.id, other.id)))
    return replace(
        first,
        id=shown((known.id, other.id)),
        key=known.key or other.key,
        abstract=first.abstract or second.abstract,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        published=first.published or second.published,
        announced=known.announced or other.announced,
        announce_type=known.announce_type or other.announce_type,
        url=first.url or second.url,
        pdf_url=first.pdf_url or second.pdf_url,
        code_url=_told(known, other, "huggingface").code_url or first.code_url or second.code_url,
        project_url=first.project_url or second.project_url,
        discussion_url=first.discussion_url or second.discussion_url,
        doi=first.doi or second.doi,
        comment=first.comment or second.comment,
        summary=first.summary or second.summary,
        keywords=first.keywords or second.keywords,
        aliases=aliases,
        sources=tuple(dict.fromkeys((*known.sources, *other.sources))),
        first_seen=_earlier(known.first_seen, other.first_seen),
    )


def _speaks_first(other: Paper, known: Paper) -> bool:
    """Whether `other` knows the text of the paper better."""
    if other.version != known.version:
        return other.version > known.version
    return "arxiv" in other.sources and "arxiv" not in known.sources


def _told(known: Paper, other: Paper, source: str) -> Paper:
    """The account of a source that links by hand, where there is one."""
    return other if source in other.sources and source not in known.sources else known


def _earlier(one: datetime | None, two: datetime | None) -> datetime | None:
    return min(one, two) if one and two else one or two


def _arxiv(text: str) -> re.Match[str] | None:
    bare = _ARXIV_PREFIX.sub("", _CLASS.sub("", text.strip(_WRAPPING)), count=1)
    if plain := _ARXIV.fullmatch(bare):
        return plain
    bare = re.split(r"[?#]", bare)[0].removesuffix(".pdf").rstrip("/")
    if (found := doi(text)) and (minted := _DATACITE.fullmatch(found)):
        bare = minted[1]
    return _ARXIV.fullmatch(bare) or _ARXIV.fullmatch(_recapitalise(bare))


def _recapitalise(text: str) -> str:
    """`math.gt/0309136` as a DOI or a relay writes it, back to `math.GT/0309136`."""
    head, slash, tail = text.partition("/")
    archive, dot, subject = head.lower().partition(".")
    return f"{archive}{dot}{subject.upper()}{slash}{tail}" if slash else text.lower()
