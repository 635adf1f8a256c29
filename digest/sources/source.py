"""The seam between the house and a source, and the few words that all sources share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Fetch, Paper, Sighting, Validator
from digest.sources.http import Http


class Source(Protocol):
    """Where papers come from."""

    @property
    def name(self) -> str:
        """What people call it: arxiv, huggingface, biorxiv, medrxiv, feed:HOST…, file:PATH."""

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """What is new at `now`, or everything since a day.

        `validators` are those of earlier pulls, by URL. Never raises SourceError: it stands in `Fetch.error`, beside all that
        arrived before it.
        """


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one answer holds. A paper stands in it once."""

    papers: tuple[Paper, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    note: str = ""                         #: "the mailing is empty", "3 entries without an id left out"
    following: str = ""                    #: what to ask the source for next: a resumption token, "" = that was all
    total: int = 0                         #: how many it says there are on all pages, 0 = it does not say


@dataclass(frozen=True, slots=True)
class SourceUrls:
    """Where the sources live. The defaults are the public ones; tests and mirrors put others."""

    arxiv_feed: str = "https://rss.arxiv.org"
    arxiv_api: str = "https://export.arxiv.org/api/query"
    arxiv_oai: str = "https://oaipmh.arxiv.org/oai"
    huggingface: str = "https://huggingface.co"
    biorxiv: str = "https://api.biorxiv.org"
    crossref: str = "https://api.crossref.org"
    openalex: str = "https://api.openalex.org"
    semantic_scholar: str = "https://api.semanticscholar.org"
    arxiv_delay: float = 3.0               #: seconds between the beginnings of two requests, for all arXiv services together


PUBLIC = SourceUrls()
