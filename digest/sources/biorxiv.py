"""bioRxiv and medRxiv: the preprints posted in the last days, by their common API (https://api.biorxiv.org)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from digest import identity
from digest.errors import SourceError
from digest.model import Fetch, Paper, Validator
from digest.sources import links
from digest.sources.haul import Haul
from digest.sources.http import JSON, Http
from digest.sources.source import PUBLIC, Parsed, SourceUrls
from digest.text import clean

DAYS = 4                        #: that every pull looks back: a long weekend, and what was posted late
MAX_PAGES = 400                 #: of one pull; a page has 30 or 100 rows

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")  # not always padded with zeros: 2026-6-30
_WITHDRAWN = re.compile(
    r"withdrawn\b|withdrawal\b|this (?:article|paper|manuscript|preprint) has been withdrawn|the authors have withdrawn",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Biorxiv:
    """One of the two servers, in some of its categories ("cell biology"), or in all."""

    server: str                            #: biorxiv or medrxiv
    categories: tuple[str, ...] = ()       #: lower case; empty = all
    urls: SourceUrls = PUBLIC

    @property
    def name(self) -> str:
        return self.server

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """What was posted in the last days, or since a day."""
        haul = Haul(self.name, now)
        today = now.astimezone(UTC).date()
        first = min(since or today, today - timedelta(days=DAYS))
        try:
            await self._pages(http, haul, first, today, validators)
        except SourceError as error:
            haul.fail(error)
        return haul.fetch()

    async def _pages(self, http: Http, haul: Haul, first: date, last: date, validators: Mapping[str, Validator]) -> None:
        cursor, total = 0, 1
        for _ in range(MAX_PAGES):
            url = f"{self.urls.biorxiv.rstrip('/')}/details/{self.server}/{first}/{last}/{cursor}/json"
            answer = await http.get(url, source=self.name, validators=validators.values(), accept=JSON)
            if answer.unchanged:
                return
            parsed = await asyncio.to_thread(parse, answer.body, source=self.server)
            haul.add(replace(parsed, papers=tuple(each for each in parsed.papers if self._wants(each))))
            rows = int(parsed.following or 0)
            cursor, total = cursor + rows, parsed.total
            if not rows or cursor >= total:
                return
        haul.note(f"more than {MAX_PAGES} pages; the rest was left out")

    def _wants(self, paper: Paper) -> bool:
        return not self.categories or any(each.lower() in self.categories for each in paper.categories)


def parse(body: bytes, *, source: str = "biorxiv") -> Parsed:
    """The preprints of one page of `/details` or `/pubs`; `following` is the number of its rows. Raises SourceError."""
    answer = _answer(body, source)
    rows = answer["collection"]
    papers: dict[str, Paper] = {}
    for row in rows:
        paper = _paper(row, source) if isinstance(row, dict) else None
        if paper and (paper.id not in papers or paper.version >= papers[paper.id].version):
            papers[paper.id] = paper
    if rows and not papers:
        raise SourceError(source, "the answer is JSON of another shape: no row holds a DOI and a title")
    return Parsed(tuple(papers.values()), total=_total(answer), following=str(len(rows)))


def _answer(body: bytes, source: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        what = "empty" if not body.strip() else "a web page" if body.lstrip()[:1] == b"<" else "cut off or no JSON"
        raise SourceError(source, f"the answer is {what}; the next pull asks again") from None
    messages = answer.get("messages") if isinstance(answer, dict) else None
    first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
    status = str(first.get("status", ""))
    if "no posts found" in status.lower() or "no articles found" in status.lower():
        return {"messages": [first], "collection": []}
    if status and status.lower() != "ok":
        raise SourceError(source, f"the API refuses: {clean(status)}", retryable=False)
    if not isinstance(answer, dict) or not isinstance(answer.get("collection"), list):
        raise SourceError(source, "the answer is JSON of another shape: it has no collection")
    return answer


def _total(answer: Mapping[str, Any]) -> int:
    """The number of rows on all pages; it comes as a string."""
    messages = answer.get("messages") or [{}]
    total = messages[0].get("total", 0) if isinstance(messages[0], dict) else 0
    return int(total) if str(total).isdecimal() else 0


def _paper(row: Mapping[str, Any], source: str) -> Paper | None:
    def field(name: str) -> str:
        value = row.get(name) or row.get(f"preprint_{name}")
        return clean(value) if isinstance(value, str) and value.strip().upper() != "NA" else ""

    doi, title = identity.doi(field("doi")), field("title")
    if not doi or not title:
        return None
    posted, version = day(field("date")), int(field("version")) if field("version").isdecimal() else 1
    journal = identity.doi(field("published")) or identity.doi(str(row.get("published_doi") or ""))
    host = "www.medrxiv.org" if (field("server") or field("platform") or source).lower() == "medrxiv" else "www.biorxiv.org"
    abstract = field("abstract")
    return Paper(
        id=f"doi:{doi}",
        title=title,
        abstract=abstract,
        authors=authors(field("authors")),
        categories=(field("category").lower(),) if field("category") else (),
        published=datetime.combine(posted, time(), UTC) if posted and version == 1 else None,
        announced=posted,
        announce_type="replace" if version > 1 else "",
        url=f"https://{host}/content/{doi}v{version}",
        pdf_url=f"https://{host}/content/{doi}v{version}.full.pdf",
        code_url=links.code(abstract),
        doi=doi,
        aliases=(f"doi:{doi}", f"doi:{journal}") if journal and journal != doi else (f"doi:{doi}",),
        sources=(source,),
        version=version,
        withdrawn=field("type").lower() == "withdrawn" or bool(_WITHDRAWN.match(abstract)) or title.upper().startswith("WITHDRAWN"),
    )


def authors(text: str) -> tuple[str, ...]:
    """`Loconsole, M.; Xue, C.` as people write names: M. Loconsole, C. Xue."""
    parts = [each.strip() for each in text.split(";") if each.strip()]
    return tuple(" ".join(filter(None, (each.partition(",")[2].strip(), each.partition(",")[0].strip()))) for each in parts)


def day(text: str) -> date | None:
    """A day as these servers write it, with or without zeros."""
    found = _DATE.match(text.strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None
