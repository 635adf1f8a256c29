"""arXiv's OAI-PMH service: everything since a day, and what was withdrawn. PURE.

Protocol: http://www.openarchives.org/OAI/openarchivesprotocol.html; formats: https://info.arxiv.org/help/oa/index.html
"""

from __future__ import annotations

from datetime import date
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from digest.errors import SourceError
from digest.model import Paper
from digest.sources import arxiv_record
from digest.sources.source import Parsed
from digest.sources.xml import OAI, local, words

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

PREFIX = "arXivRaw"             #: the format that tells withdrawals and the time of each version

_PHYSICS = (
    "astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex", "nucl-th", "physics",
    "quant-ph",
)  # fmt: skip


def list_url(
    base: str, *, since: date | None = None, until: date | None = None, category: str = "", prefix: str = PREFIX
) -> str:
    """The first page of all records that changed since a day, in one category or archive or in all."""
    options = {"verb": "ListRecords", "metadataPrefix": prefix}
    if since:
        options["from"] = since.isoformat()
    if until:
        options["until"] = until.isoformat()
    if category:
        options["set"] = set_of(category)
    return f"{base}?{urlencode(options)}"


def next_url(base: str, token: str) -> str:
    """The page behind a resumption token (section 3.5); no other argument may stand beside it."""
    return f"{base}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"


def set_of(category: str) -> str:
    """The set of a category or archive: `cs.CL` is `cs:cs:CL`, `hep-th` is `physics:hep-th`."""
    archive, _, subject = category.partition(".")
    group = "physics" if archive in _PHYSICS else archive
    return ":".join(part for part in (group, archive, subject) if part)


def parse(root: Element) -> Parsed:
    """The papers of one page and the token of the next. Raises SourceError for errors (section 3.6) and for other verbs."""
    error = root.find(f"{OAI}error")
    if error is not None:
        return _no_records(error)
    records = root.findall(f"{OAI}ListRecords/{OAI}record") + root.findall(f"{OAI}GetRecord/{OAI}record")
    if root.find(f"{OAI}ListRecords") is None and root.find(f"{OAI}GetRecord") is None:
        verb = next((local(child) for child in root if local(child) not in ("responseDate", "request")), "nothing")
        raise SourceError("arxiv", f"the OAI answer holds no records but {verb}; ask for ListRecords", retryable=False)
    papers = [each for record in records if (each := _paper(record))]
    left_out = len(records) - len(papers)
    return Parsed(
        arxiv_record.unique(papers),
        note=f"{left_out} records deleted or without a title left out" if left_out else "",
        following=words(root.find(f"{OAI}ListRecords/{OAI}resumptionToken")).strip(),
    )


def _no_records(error: Element) -> Parsed:
    code, message = error.get("code", "error"), words(error).strip()
    if code == "noRecordsMatch":
        return Parsed(note="no record changed in that time")
    raise SourceError("arxiv", f"OAI-PMH {code}: {message}", retryable=False)


def _paper(record: Element) -> Paper | None:
    metadata = record.find(f"{OAI}metadata")
    body = metadata[0] if metadata is not None and len(metadata) else None
    if body is None:
        return None
    return _from_dublin_core(record, body) if local(body) == "dc" else _from_arxiv(body)


def _from_arxiv(body: Element) -> Paper | None:
    """`arXiv`, `arXivRaw` or `arXivOld`."""
    field = {local(child): words(child) for child in body}
    versions = [each for each in body if local(each) == "version"]
    published = _published(versions) or arxiv_record.instant(field.get("created", ""))
    version = len(versions) or 1
    return arxiv_record.paper(
        field.get("id", ""),
        title=field.get("title", ""),
        abstract=field.get("abstract", ""),
        authors=_authors(body),
        categories=field.get("categories", "").split(),
        comment=field.get("comments", ""),
        doi=field.get("doi", ""),
        published=published,
        announced=arxiv_record.mailing_day(published) if published else None,
        announce_type="replace" if version > 1 else "",
        version=version,
        withdrawn=bool(versions) and _is_withdrawn(versions[-1]),
    )


def _is_withdrawn(version: Element) -> bool:
    """A withdrawn version has no bytes, or a source type with I, "ignore"."""
    field = {local(child): words(child).strip() for child in version}
    return field.get("size", "").lower() in ("0kb", "0") or "I" in field.get("source_type", "")


def _published(versions: list[Element]) -> datetime | None:
    stamp = words(next((each for each in versions[0] if local(each) == "date"), None)) if versions else ""
    try:
        return arxiv_record.sane(parsedate_to_datetime(stamp))
    except (TypeError, ValueError, OverflowError):
        return None


def _authors(body: Element) -> list[str]:
    authors = next((child for child in body if local(child) == "authors"), None)
    if authors is None:
        return []
    if len(authors) == 0:
        return arxiv_record.names(words(authors))
    parts = [{local(child): words(child).strip() for child in author} for author in authors]
    return [" ".join(filter(None, (each.get("forenames"), each.get("keyname"), each.get("suffix")))) for each in parts]


def _from_dublin_core(record: Element, body: Element) -> Paper | None:
    def every(name: str) -> list[str]:
        return [words(child).strip() for child in body if local(child) == name]

    dois = [each for each in every("identifier") if each.lower().startswith("doi:")]
    surname_first = [" ".join(reversed(each.split(", ", 1))) for each in every("creator")]
    return arxiv_record.paper(
        words(record.find(f"{OAI}header/{OAI}identifier")).strip(),
        title=" ".join(every("title")),
        abstract=next(iter(every("description")), ""),
        authors=surname_first,
        doi=next(iter(dois), ""),
        published=arxiv_record.instant(next(iter(every("date")), "")),
    )
