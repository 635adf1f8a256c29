"""arXiv by three roads: the daily feed says what is new, the API sweeps up what it missed, OAI-PMH goes back in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from digest import identity, when
from digest.errors import SourceError
from digest.model import Fetch, Validator
from digest.sources import arxiv_api, arxiv_feed, arxiv_oai, xml
from digest.sources.haul import Haul
from digest.sources.http import XML, Http
from digest.sources.source import PUBLIC, Parsed, SourceUrls

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SWEEP_DAYS = 7                  #: how far back the sweep looks: as far as a digest does
TOGETHER = 20                   #: categories in one feed; arXiv joins them with a plus
MAX_PAGES = 200                 #: of one OAI harvest or sweep; a token that never ends is an error


def parse(body: bytes) -> Parsed:
    """The papers of any answer of arXiv: feed (RSS, Atom), API, OAI-PMH. Raises SourceError for anything else."""
    try:
        return _parse(xml.parse(body, source="arxiv"))
    except RecursionError:
        raise SourceError("arxiv", "the answer is nested too deep; the next pull asks again") from None


def _parse(root: Element) -> Parsed:
    kind = xml.local(root)
    if kind == "OAI-PMH":
        return arxiv_oai.parse(root)
    if kind == "feed" and root.find(f"{xml.OPENSEARCH}totalResults") is not None:
        return arxiv_api.parse(root)
    if kind == "feed" and "/api/" in xml.words(root.find(f"{xml.ATOM}id")):
        return arxiv_api.parse(root)
    if kind in ("rss", "feed"):
        return arxiv_feed.parse(root)
    raise SourceError("arxiv", f"the answer is a <{kind}> document, neither feed nor API nor OAI-PMH; the next pull asks again")


@dataclass(frozen=True, slots=True)
class Arxiv:
    """The announcements in some categories (`cs.LG`) or archives (`math`)."""

    categories: tuple[str, ...]
    urls: SourceUrls = PUBLIC
    name: str = "arxiv"

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """Today's mailing; once a day, or when the feed fails, a sweep over the last week; once a day what was withdrawn. Or all
        since a day."""
        haul = Haul(self.name, now)
        if since:
            await self._since(http, haul, since, now)
        else:
            await self._mailing(http, haul, validators)
            await self._sweep(http, haul, now, validators, since=now.date() - timedelta(days=SWEEP_DAYS))
            if haul.error is None:
                await self._changes(http, haul, now.date(), validators)
        return haul.fetch()

    async def _mailing(self, http: Http, haul: Haul, validators: Mapping[str, Validator]) -> None:
        for start in range(0, len(self.categories), TOGETHER):
            try:
                await self._feed(http, haul, self.categories[start : start + TOGETHER], validators)
            except SourceError as error:
                haul.fail(error)

    async def _feed(self, http: Http, haul: Haul, categories: Sequence[str], validators: Mapping[str, Validator]) -> None:
        """One feed; where arXiv cut it off at its cap, each half of the categories again."""
        url = f"{self.urls.arxiv_feed.rstrip('/')}/rss/{'+'.join(categories)}"
        answer = await http.get(url, source=self.name, validators=validators.values(), accept=XML)
        if answer.unchanged:
            haul.note("nothing new since the last look")
            return
        parsed = await asyncio.to_thread(parse, answer.body)
        haul.add(parsed)
        if parsed.total >= arxiv_feed.CAP and len(categories) > 1:
            middle = len(categories) // 2
            await self._feed(http, haul, categories[:middle], validators)
            await self._feed(http, haul, categories[middle:], validators)
        elif parsed.total >= arxiv_feed.CAP:
            haul.note(f"the feed of {categories[0]} was cut off at {arxiv_feed.CAP}; the sweep brings the rest")
        haul.remember(answer)

    async def _sweep(
        self, http: Http, haul: Haul, now: datetime, validators: Mapping[str, Validator], *, since: date
    ) -> None:
        """What was submitted lately and is announced by now: held and missed papers, and whole missed days."""
        first = arxiv_api.sweep_url(self.urls.arxiv_api, self.categories, first=since, last=now.date())
        today = when.feed_day(now)
        if first in validators and not haul.error:
            return
        total, start = 1, 0
        try:
            while start < total and start < MAX_PAGES * arxiv_api.PAGE:
                url = arxiv_api.sweep_url(self.urls.arxiv_api, self.categories, first=since, last=now.date(), start=start)
                parsed = await self._page(http, url, start)
                haul.add_papers(replace(each, announced=min(each.announced or today, today)) for each in parsed.papers)
                total, start = parsed.total, start + max(len(parsed.papers), 1)
        except SourceError as error:
            haul.fail(error)
        else:
            haul.validators[first] = Validator(first, last_modified=format_datetime(now, usegmt=True))

    async def _page(self, http: Http, url: str, start: int) -> Parsed:
        """One page of a search. The API sometimes answers with an empty page in the middle: that is an error, not the end."""
        answer = await http.get(url, source=self.name, accept=XML)
        parsed = await asyncio.to_thread(parse, answer.body)
        if not parsed.papers and start < parsed.total:
            message = f"the API says {parsed.total} results and gave none from {start} on; the next pull asks again"
            raise SourceError(self.name, message)
        return parsed

    async def _changes(self, http: Http, haul: Haul, today: date, validators: Mapping[str, Validator]) -> None:
        """What changed since the last harvest, once a day: newest versions, withdrawn ones among them, which no feed tells.

        A service that does not answer is worth a note and is left alone until tomorrow: no paper is missing without it. A new
        store begins with today, since it holds nothing that can have changed.
        """
        log = f"{arxiv_oai.list_url(self.urls.arxiv_oai)}&sets={'+'.join(self.categories)}"
        before = validators.get(log)
        since = min(date.fromisoformat(before.last_modified), today) if before else today  # a clock may have run ahead
        tried = before.etag if before else ""
        if since < today and tried != str(today):
            try:
                for category in self.categories:
                    first = arxiv_oai.list_url(self.urls.arxiv_oai, since=since, category=category)
                    for parsed in await harvest(http, first, base=self.urls.arxiv_oai):
                        haul.add_papers(each for each in parsed.papers if each.withdrawn or each.version > 1)
                since = today
            except SourceError as error:
                haul.note(f"OAI-PMH: {error.message}")
        if since < today:
            haul.note(f"what was withdrawn since {since} is not known yet")
        haul.validators[log] = Validator(log, etag=str(today), last_modified=str(since))  # of the last try, of the last good one

    async def _since(self, http: Http, haul: Haul, since: date, now: datetime) -> None:
        """By OAI-PMH, category by category; by the API where that road is closed."""
        try:
            for category in self.categories:
                first = arxiv_oai.list_url(self.urls.arxiv_oai, since=since, category=category)
                for parsed in await harvest(http, first, base=self.urls.arxiv_oai):
                    haul.add_papers(parsed.papers)
        except SourceError as error:
            haul.note(f"OAI-PMH: {error.message}; asked the API instead")
            await self._sweep(http, haul, now, {}, since=since)


async def harvest(http: Http, url: str, *, base: str) -> list[Parsed]:
    """All pages of an OAI list, from its first URL on through the resumption tokens. Raises SourceError."""
    pages: list[Parsed] = []
    seen = {url}
    while url:
        answer = await http.get(url, source="arxiv", accept=XML)
        pages.append(await asyncio.to_thread(parse, answer.body))
        url = arxiv_oai.next_url(base, pages[-1].following) if pages[-1].following else ""
        if url in seen or len(pages) > MAX_PAGES:
            raise SourceError("arxiv", "OAI-PMH hands out the same page again; the next pull asks again")
        seen.add(url)
    return pages


async def by_ids(http: Http, ids: Iterable[str], *, now: datetime, urls: SourceUrls = PUBLIC) -> Fetch:
    """The papers with those ids or names, for `like`. Ids that arXiv does not know are simply not among the papers."""
    haul = Haul("arxiv", now)
    wanted = list(dict.fromkeys(found for each in ids if (found := identity.arxiv_id(each))))
    for start in range(0, len(wanted), arxiv_api.IDS):
        try:
            await _some(http, haul, wanted[start : start + arxiv_api.IDS], urls)
        except SourceError as error:
            haul.fail(error)
    return haul.fetch()


async def _some(http: Http, haul: Haul, ids: Sequence[str], urls: SourceUrls) -> None:
    """One question; where the API refuses it for the sake of one id, each half again."""
    try:
        answer = await http.get(arxiv_api.ids_url(urls.arxiv_api, ids), source=haul.source, accept=XML)
        haul.add(parse(answer.body))
    except SourceError as error:
        if error.retryable:
            raise
        if len(ids) > 1:
            await _some(http, haul, ids[: len(ids) // 2], urls)
            await _some(http, haul, ids[len(ids) // 2 :], urls)
