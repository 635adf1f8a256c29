"""arXiv's search API: its questions and its Atom answers. PURE.

Manual: https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from digest.errors import SourceError
from digest.model import Paper
from digest.sources import arxiv_record
from digest.sources.source import Parsed
from digest.sources.xml import ARXIV, ATOM, OPENSEARCH, words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

PAGE = 1000                     #: results a page; the manual allows 2,000 but advises smaller slices
IDS = 100                       #: ids in one question, so that its URL stays under 2,000 characters


def sweep_url(base: str, categories: Iterable[str], *, first: date, last: date, start: int = 0) -> str:
    """Everything submitted in those categories from the day `first` to the day `last` (UTC), newest first."""
    wanted = " OR ".join(f"cat:{category}" if "." in category else f"cat:{category}*" for category in categories)
    query = f"({wanted}) AND submittedDate:[{first:%Y%m%d}0000 TO {last:%Y%m%d}2359]"
    options = {"search_query": query, "sortBy": "submittedDate", "sortOrder": "descending", "start": start, "max_results": PAGE}
    return f"{base}?{urlencode(options)}"


def ids_url(base: str, ids: Iterable[str]) -> str:
    """The papers with those ids, at most `IDS` of them."""
    wanted = list(ids)
    return f"{base}?{urlencode({'id_list': ','.join(wanted), 'max_results': len(wanted)})}"


def parse(root: Element) -> Parsed:
    """The papers of one answer. Raises SourceError for the entry that stands for an error."""
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        _refuse(entry)
    papers = [each for entry in entries if (each := _paper(entry))]
    left_out = len(entries) - len(papers)
    total = words(root.find(f"{OPENSEARCH}totalResults")).strip()
    return Parsed(
        arxiv_record.unique(papers),
        note=f"{left_out} entries without an arXiv id or a title left out" if left_out else "",
        total=int(total) if total.isdecimal() else 0,
    )


def _refuse(entry: Element) -> None:
    if "/api/errors" in words(entry.find(f"{ATOM}id")):
        raise SourceError("arxiv", f"the API refuses the question: {words(entry.find(f'{ATOM}summary')).strip()}", retryable=False)


def _paper(entry: Element) -> Paper | None:
    published = arxiv_record.instant(words(entry.find(f"{ATOM}published")))
    primary = entry.find(f"{ARXIV}primary_category")
    first = [] if primary is None else [primary.get("term", "")]
    found = arxiv_record.paper(
        words(entry.find(f"{ATOM}id")),
        title=words(entry.find(f"{ATOM}title")),
        abstract=words(entry.find(f"{ATOM}summary")),
        authors=[words(each) for each in entry.findall(f"{ATOM}author/{ATOM}name")],
        categories=first + [each.get("term", "") for each in entry.findall(f"{ATOM}category")],
        comment=words(entry.find(f"{ARXIV}comment")),
        doi=words(entry.find(f"{ARXIV}doi")),
        published=published,
    )
    return replace(found, announced=arxiv_record.mailing_day(published)) if found and published else found
