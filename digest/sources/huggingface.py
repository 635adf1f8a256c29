"""Hugging Face Daily Papers: what people submit and vote for, day by day.

The API (`/api/daily_papers?date=…`, https://huggingface.co/docs/hub/api) has grown fields since 2024 and lost none; what is
missing is unknown. The outer `publishedAt` is never used where another date will do: it was the time of the daily submission until
early 2025, and is the first version's time, shifted by hours, since.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from digest import identity
from digest.errors import SourceError
from digest.model import Fetch, Paper, Sighting, Validator
from digest.sources import links
from digest.sources.arxiv_record import instant
from digest.sources.haul import Haul
from digest.sources.http import JSON, Http
from digest.sources.source import PUBLIC, Parsed, SourceUrls
from digest.text import clean

DAYS = 7                        #: that are read again beside today's list: votes keep growing
PAGE = 50                       #: entries a page, the API's own default
FULL = PAGE - 5                 #: a page with so many may have a next one: the API drops hidden entries after it has cut the page
MAX_PAGES = 20                  #: of one day; a thousand papers in a day are an error

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The daily lists of the last days."""

    urls: SourceUrls = PUBLIC
    name: str = "huggingface"

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """Today's list and those of the last days, again, oldest last; or all since a day."""
        haul = Haul(self.name, now)
        today = now.astimezone(UTC).date()
        first = min(since or today, today - timedelta(days=DAYS))
        try:
            for back in range((today - first).days + 1):
                await self._day(http, haul, today - timedelta(days=back), validators)
        except SourceError as error:
            haul.fail(error)
        return haul.fetch()

    async def _day(self, http: Http, haul: Haul, day: date, validators: Mapping[str, Validator]) -> None:
        for page in range(MAX_PAGES):
            answer = await http.get(self._url(day, page), source=self.name, validators=validators.values(), accept=JSON)
            if answer.unchanged:
                continue
            parsed = await asyncio.to_thread(parse, answer.body, at=haul.at, listed=day)
            fresh = haul.add(parsed)
            haul.remember(answer)
            if parsed.total < FULL or not (fresh or page == 0):
                return
        haul.note(f"the list of {day} has more than {MAX_PAGES} pages; the rest was left out")

    def _url(self, day: date, page: int) -> str:
        question = urlencode({"date": day.isoformat(), "p": page, "limit": PAGE})
        return f"{self.urls.huggingface.rstrip('/')}/api/daily_papers?{question}"


def parse(body: bytes, *, at: datetime | None = None, listed: date | None = None) -> Parsed:
    """One page of a list, of any year since 2024, seen at `at` on the list of the day `listed` (else as its entries say).

    Raises SourceError for an error message, for JSON of another shape, and for what is no JSON.
    """
    entries = _entries(body)
    found = [_entry(each, at, listed) for each in entries]
    kept = [each for each in found if each]
    if entries and not kept:
        raise _shape("no entry of the list holds a paper")
    papers = {paper.id: paper for paper, _ in kept}
    sightings = {(sighting.paper, sighting.listed): sighting for _, sighting in kept}
    left_out = len(found) - len(kept)
    return Parsed(
        tuple(papers.values()),
        tuple(sightings.values()),
        note=f"{left_out} entries without an id or a title left out" if left_out else "",
        total=len(entries),
    )


def _entries(body: bytes) -> list[Any]:
    if not body.strip():
        raise SourceError("huggingface", "the answer is empty; the next pull asks again")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        what = "a web page" if body.lstrip()[:1] == b"<" else "cut off or no JSON"
        raise SourceError("huggingface", f"the answer is {what}; the next pull asks again") from None
    if isinstance(found, dict) and found.get("error"):
        raise SourceError("huggingface", f"the API refuses: {clean(str(found['error']))}", retryable=False)
    if not isinstance(found, list):
        raise _shape("it is no list")
    return found


def _shape(what: str) -> SourceError:
    return SourceError("huggingface", f"the answer is JSON of another shape than the daily papers: {what}")


def _entry(entry: Any, at: datetime | None, listed: date | None) -> tuple[Paper, Sighting] | None:
    inner = entry.get("paper") if isinstance(entry, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("id"), str) or not inner["id"].strip():
        return None
    id_ = inner["id"].strip()
    title = clean(_string(inner, "title") or _string(entry, "title"))
    if not title:
        return None
    day = listed or _listed(entry, inner)
    paper = _paper(id_, title, entry, inner, day)
    moment = at or (datetime.combine(day, time(), UTC) if day else _EPOCH)
    return paper, Sighting(
        paper=paper.id,
        source="huggingface",
        at=moment,
        listed=day,
        upvotes=_count(inner, "upvotes"),
        comments=_count(entry, "numComments"),
        stars=_count(inner, "githubStars"),
    )


def _paper(id_: str, title: str, entry: Mapping[str, Any], inner: Mapping[str, Any], day: date | None) -> Paper:
    abstract = clean(_string(inner, "summary") or _string(entry, "summary"))
    bare = identity.arxiv_id(id_)
    name = f"arxiv:{bare}" if bare else f"huggingface:{clean(id_).replace(' ', '_')}"
    page = f"https://huggingface.co/papers/{quote(bare or id_, safe='/')}"
    return Paper(
        id=name,
        title=title,
        abstract=abstract,
        authors=_authors(inner.get("authors")),
        published=instant(_string(inner, "publishedAt")),
        announced=day,
        url=f"https://arxiv.org/abs/{bare}" if bare else page,
        pdf_url=f"https://arxiv.org/pdf/{bare}" if bare else "",
        code_url=links.web(inner.get("githubRepo")) or links.code(abstract),
        project_url=links.web(inner.get("projectPage")),
        discussion_url=page,
        summary=clean(_string(inner, "ai_summary")),
        keywords=tuple(word for each in _list(inner.get("ai_keywords")) if isinstance(each, str) and (word := clean(each))),
        aliases=(name,),
        sources=("huggingface",),
    )


def _listed(entry: Mapping[str, Any], inner: Mapping[str, Any]) -> date | None:
    """The day of the list, from an entry alone: exact since 2025-03-17, before that the day of its submission."""
    submitted = instant(_string(inner, "submittedOnDailyAt")) or instant(_string(entry, "submittedOnDailyAt"))
    stamp = submitted or instant(_string(entry, "publishedAt"))
    return stamp.date() if stamp else None


def _authors(value: Any) -> tuple[str, ...]:
    """Objects with a name; those that were marked as no authors of it are hidden."""
    shown = [each for each in _list(value) if isinstance(each, dict) and each.get("hidden") is not True]
    return tuple(name for each in shown if (name := clean(_string(each, "name"))))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    return value if isinstance(value, str) else ""


def _count(mapping: Mapping[str, Any], key: str) -> int | None:
    """A number of votes, comments or stars; None when it is not given, which is not zero."""
    value = mapping.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None
