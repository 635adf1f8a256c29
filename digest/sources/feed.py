"""Any RSS or Atom feed: journals, blogs, preprint servers. Read by feedparser, which forgives much."""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from digest import identity
from digest.errors import SourceError
from digest.model import Fetch, Paper, Validator
from digest.sources import arxiv_record, links, xml
from digest.sources.haul import Haul
from digest.sources.http import XML, Http
from digest.sources.source import Parsed
from digest.text import clean

MAX_BYTES = 16 * 2**20          #: feedparser takes about 0.3 ms per entry and much memory; a larger feed is none for us
LONGEST_GUID = 200              #: characters; longer ones are named by their hash

_DOI_IN_LINK = re.compile(r"\b(10\.\d{4,9}/[^\s?#&\"<>]+)")
_VERSION = re.compile(r"v\d+(?:\.(?:full|short|abstract))?(?:\.pdf)?$")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed by its address."""

    url: str

    @property
    def name(self) -> str:
        parts = urlsplit(self.url)
        return f"feed:{parts.netloc}{parts.path}{'?' + parts.query if parts.query else ''}"

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """All entries of the feed; with `since`, those from that day on and those without a date."""
        haul = Haul(self.name, now)
        try:
            answer = await http.get(self.url, source=self.name, validators=validators.values(), accept=XML)
            if answer.unchanged:
                haul.note("nothing new since the last look")
            else:
                parsed = await asyncio.to_thread(
                    parse, answer.body, source=self.name, url=self.url, content_type=answer.content_type
                )
                haul.add_papers(each for each in parsed.papers if not since or (each.announced or since) >= since)
                haul.note(parsed.note)
                haul.remember(answer)
        except SourceError as error:
            haul.fail(error)
        return haul.fetch()


def parse(body: bytes, *, source: str = "feed", url: str = "", content_type: str = "") -> Parsed:
    """The entries of a feed, each once. Raises SourceError for what is no feed, and for entity bombs."""
    import feedparser

    _refuse(body, source)
    headers = {"content-location": url} | ({"content-type": content_type} if content_type else {})
    try:
        found = feedparser.parse(io.BytesIO(body), response_headers=headers)
    except Exception as error:  # noqa: BLE001 - it reads whatever it is given, and has stumbled over numbers, encodings and depth
        raise SourceError(source, f"the feed cannot be read ({error}); look at it in a browser") from None
    if not found.entries and not found.get("version"):
        raise SourceError(source, f"the answer is no feed ({found.get('bozo_exception', 'nothing in it')}); check the address")
    papers = [each for entry in found.entries if (each := _paper(entry, source))]
    left_out = len(found.entries) - len(papers)
    notes = [f"{left_out} entries without a link or a title left out"] if left_out else []
    if found.get("bozo") and not isinstance(found.get("bozo_exception"), feedparser.CharacterEncodingOverride):
        notes.append(f"the feed is broken and was read as far as it goes ({type(found['bozo_exception']).__name__})")
    return Parsed(arxiv_record.unique(papers), note="; ".join(notes))


def _refuse(body: bytes, source: str) -> None:
    if not body.strip():
        raise SourceError(source, "the answer is empty; the next pull asks again")
    if len(body) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise SourceError(source, f"the feed is larger than {limit} MB; ask its owner for a shorter one", retryable=False)
    if xml.looks_like_html(body):
        raise SourceError(source, "the answer is a web page, no feed; check the address")
    if b"<!ENTITY" in body.replace(b"\0", b""):
        raise SourceError(source, "the feed declares entities and was refused", retryable=False)


def _paper(entry: Mapping[str, Any], source: str) -> Paper | None:
    link, title = links.web(entry.get("link")), clean(entry.get("title") or "")
    name = _name(entry, link)
    if not title or not name:
        return None
    doi = name.removeprefix("doi:") if name.startswith("doi:") else _doi(entry, link)
    bare = name.removeprefix("arxiv:") if name.startswith("arxiv:") else ""
    published = _instant(entry.get("published_parsed") or entry.get("updated_parsed"))
    abstract = _abstract(entry)
    return Paper(
        id=name,
        title=title,
        abstract=abstract,
        authors=_authors(entry),
        categories=tuple(dict.fromkeys(term for each in entry.get("tags") or () if (term := clean(each.get("term") or "")))),
        published=published,
        announced=published.date() if published else None,
        url=f"https://arxiv.org/abs/{bare}" if bare else link or f"https://doi.org/{doi}",
        pdf_url=f"https://arxiv.org/pdf/{bare}" if bare else "",
        code_url=links.code(abstract),
        doi=doi,
        aliases=tuple(dict.fromkeys((name, f"doi:{doi}"))) if doi else (name,),
        sources=(source,),
    )


def _name(entry: Mapping[str, Any], link: str) -> str:
    """The work that an entry speaks of: arXiv's id or a DOI where there is one, else the entry's own id."""
    guid = str(entry.get("id") or "").strip()
    for each in (link, guid):
        if found := identity.arxiv_id(each):
            return f"arxiv:{found}"
    if doi := _doi(entry, link):
        return identity.name(doi) or ""
    own = guid or link
    if not own:
        return ""
    return f"feed:{own}" if len(own) <= LONGEST_GUID and own.isprintable() and " " not in own else f"feed:{_hash(own)}"


def _doi(entry: Mapping[str, Any], link: str) -> str:
    fields = ("prism_doi", "dc_identifier", "doi", "id")
    for each in (*(str(entry.get(field) or "") for field in fields), link):
        if found := identity.doi(each):
            return found
    for each in (link, str(entry.get("id") or "")):
        if inside := _DOI_IN_LINK.search(each):
            return identity.doi(_VERSION.sub("", inside[1])) or ""
    return ""


def _abstract(entry: Mapping[str, Any]) -> str:
    """The longer of summary and content: some feeds put a line into one and the whole into the other."""
    texts = [entry.get("summary") or "", *(each.get("value") or "" for each in entry.get("content") or ())]
    return max((clean(each) for each in texts), key=len)


def _authors(entry: Mapping[str, Any]) -> tuple[str, ...]:
    names = [str(each.get("name") or "") for each in entry.get("authors") or ()] or [str(entry.get("author") or "")]
    found = [name for each in names if each for name in (arxiv_record.names(each) if len(names) == 1 else [each])]
    return tuple(name for each in found if (name := clean(each)))


def _instant(parsed: Any) -> datetime | None:
    """feedparser's time tuple, in UTC."""
    try:
        return arxiv_record.sane(datetime.fromtimestamp(calendar.timegm(parsed), UTC)) if parsed else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
