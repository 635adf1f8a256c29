"""What there is to read: papers, what was seen of their popularity, and how they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from digest.errors import SourceError


@dataclass(frozen=True, slots=True)
class Paper:
    """One work, its newest version, one identity across sources. All text is clean (`digest.text`), never markup."""

    id: str                                #: the shown name: `arxiv:…`, `doi:…` or `SOURCE:…` (see `digest.identity`)
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()       #: as the source names them, the primary one first
    published: datetime | None = None      #: when its first version appeared
    announced: date | None = None          #: the day on which a source announced or listed it, by that source's own calendar
    announce_type: str = ""                #: arXiv's: new, cross, replace, replace-cross; "" where a source has no such thing
    url: str = ""                          #: of the page that people should open
    pdf_url: str = ""
    code_url: str = ""
    project_url: str = ""
    discussion_url: str = ""
    doi: str = ""                          #: lower case, bare
    comment: str = ""                      #: the authors' own remark ("12 pages, accepted at …")
    summary: str = ""                      #: one line in the source's own words, "" where it has none
    keywords: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()          #: every name it is known under, `id` among them
    sources: tuple[str, ...] = ()          #: who told us: arxiv, huggingface, …
    version: int = 1
    withdrawn: bool = False
    key: int = 0                           #: the store's surrogate key; 0 = not from the store
    first_seen: datetime | None = None     #: when we first saw it announced; None = known (replaced, liked) but never news


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a source said of a paper's popularity at a moment. None is unknown, which is not zero."""

    paper: str                             #: the paper's name
    source: str
    at: datetime
    listed: date | None = None             #: the day whose list it stood on: its votes age from here
    upvotes: int | None = None
    comments: int | None = None
    stars: int | None = None               #: of the linked repository


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server gave us to ask "anything new?" with (RFC 9110, sections 8.8.2 and 8.8.3)."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one pull of one source brought, or why it brought nothing."""

    source: str
    at: datetime
    papers: tuple[Paper, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    validators: tuple[Validator, ...] = ()
    error: SourceError | None = None       #: papers that arrived before the failure are kept all the same
    note: str = ""                         #: what a reader of `status` should know: "Saturday: nothing is announced"
    seconds: float = 0.0
