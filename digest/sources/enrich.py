"""Abstracts that a journal's feed left out, by DOI: from Crossref, else OpenAlex, else Semantic Scholar. Off unless DIGEST_ENRICH.

What the three answer: https://api.crossref.org/swagger-ui/index.html, https://docs.openalex.org/api-entities/works/work-object and
https://api.semanticscholar.org/api-docs/graph. Only the abstract is taken: all else the paper's own source knows better.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from digest import identity
from digest.errors import SourceError
from digest.model import Fetch, Paper
from digest.sources.haul import Haul
from digest.sources.http import JSON, Http
from digest.sources.source import PUBLIC, SourceUrls
from digest.text import clean

LONGEST = 10_000  #: words of an inverted index; a longer one is no abstract


@dataclass(frozen=True, slots=True)
class Service:
    """One of the three: where it keeps a DOI, and where in the answer the abstract stands."""

    name: str
    url: Callable[[SourceUrls, str, str], str]
    abstract: Callable[[dict[str, Any]], str]
    doi: Callable[[dict[str, Any]], object]


async def abstracts(http: Http, dois: Iterable[str], *, now: datetime, urls: SourceUrls = PUBLIC, contact: str = "") -> Fetch:
    """Papers with nothing but their DOI and abstract, one for each DOI of which a service has one.

    A service that fails is left alone for the rest of this pull, and noted; the fetch is an error when none is left.
    """
    haul = Haul("abstracts", now)
    services = list(SERVICES)
    for doi in dict.fromkeys(found for each in dois if (found := identity.doi(each))):
        for service in tuple(services):
            try:
                text = await _ask(http, service, service.url(urls, doi, contact), doi)
            except SourceError as error:
                services.remove(service)
                haul.note(f"{service.name}: {error.message}")
                continue
            if text:
                haul.add_papers([_paper(doi, text, service.name)])
                break
        if not services:
            haul.fail(SourceError("abstracts", "no service answers; the next pull asks again"))
            break
    return haul.fetch()


async def _ask(http: Http, service: Service, url: str, doi: str) -> str:
    """The abstract, "" where the service has none. Raises SourceError when it does not answer."""
    try:
        answer = await http.get(url, source=service.name, accept=JSON)
    except SourceError as error:
        if not error.retryable and error.message.startswith("status 404"):
            return ""
        raise
    return parse(service.name, answer.body, doi)


def parse(name: str, body: bytes, doi: str) -> str:
    """The abstract in one service's answer about a DOI, clean; "" where it has none or speaks of another. Raises SourceError."""
    service = next(each for each in SERVICES if each.name == name)
    try:
        work = json.loads(body)
        work = work["message"] if name == "crossref" else work
        if identity.doi(str(service.doi(work) or "")) != doi:
            return ""
        return clean(service.abstract(work))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError(name, "the answer is no JSON, or of another shape; the next pull asks again") from None


def _paper(doi: str, abstract: str, source: str) -> Paper:
    return Paper(f"doi:{doi}", "", abstract, doi=doi, aliases=(f"doi:{doi}",), sources=(source,))


def _unfolded(index: dict[str, list[int]] | None) -> str:
    """OpenAlex gives each word with its places."""
    places = {place: word for word, found in (index or {}).items() for place in found}
    return " ".join(places[place] for place in sorted(places)[:LONGEST])


def _at_crossref(urls: SourceUrls, doi: str, contact: str) -> str:
    return f"{urls.crossref}/works/{quote(doi, safe='')}" + _asking(mailto=contact)


def _at_openalex(urls: SourceUrls, doi: str, contact: str) -> str:
    return f"{urls.openalex}/works/https://doi.org/{quote(doi, safe='')}" + _asking(mailto=contact)


def _at_semantic_scholar(urls: SourceUrls, doi: str, contact: str) -> str:
    return f"{urls.semantic_scholar}/graph/v1/paper/DOI:{quote(doi, safe='/')}" + _asking(fields="abstract,externalIds")


def _asking(**options: str) -> str:
    given = {name: value for name, value in options.items() if value}
    return f"?{urlencode(given)}" if given else ""


SERVICES = (
    Service("crossref", _at_crossref, lambda work: work.get("abstract") or "", lambda work: work["DOI"]),
    Service("openalex", _at_openalex, lambda work: _unfolded(work.get("abstract_inverted_index")), lambda work: work["doi"]),
    Service(
        "semantic_scholar",
        _at_semantic_scholar,
        lambda work: work.get("abstract") or "",
        lambda work: work["externalIds"].get("DOI"),
    ),
)
