"""arXiv's daily feed, as RSS or Atom: what was announced today, and whether it is new, cross-listed or replaced. PURE.

Fields: https://info.arxiv.org/help/rss_specifications.html
"""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Paper
from digest.sources import arxiv_record
from digest.sources.source import Parsed
from digest.sources.xml import ARXIV, ATOM, DC, local, words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CAP = 2000                      #: items in one feed; arXiv cuts what is more (its terms of the feed)

_HEAD = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*(?P<kind>[a-z-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)
_KINDS = frozenset(arxiv_record.NEWS)


def parse(root: Element) -> Parsed:
    """The papers of one feed, each once. Raises SourceError when it is the feed that explains an error."""
    if local(root) == "rss":
        channel = root.find("channel")
        if channel is None:
            raise SourceError("arxiv", "the feed has no channel; the next pull asks again")
        _refuse(words(channel.find("title")), words(channel.find("description")))
        items = [_from_rss(item) for item in channel.iter("item")]
    else:
        subtitle = words(root.find(f"{ATOM}subtitle")) or words(root.find(f"{ATOM}summary"))
        _refuse(words(root.find(f"{ATOM}title")), subtitle)
        items = [_from_atom(entry) for entry in root.iter(f"{ATOM}entry")]
    papers = [each for each in items if each]
    notes = ["the mailing is empty"] if not items else []
    if len(papers) < len(items):
        notes.append(f"{len(items) - len(papers)} items without an arXiv id or a title left out")
    return Parsed(arxiv_record.unique(papers), note="; ".join(notes), total=len(items))


def _refuse(title: str, description: str) -> None:
    if title.strip().lower().startswith("feed error"):
        raise SourceError("arxiv", f"{description.strip() or title.strip()} Mend DIGEST_SOURCES.", retryable=False)


def _from_rss(item: Element) -> Paper | None:
    field = _fields(item)
    return _paper(
        field,
        ids=(words(field.get("guid")), words(field.get("link"))),
        title=words(field.get("title")),
        description=words(field.get("description")),
        categories=[words(each) for each in item if each.tag == "category"],
        creators=[words(each) for each in item if each.tag == f"{DC}creator"],
        announced=_rfc822_day(words(field.get("pubDate"))),
    )


def _from_atom(entry: Element) -> Paper | None:
    field = _fields(entry)
    link = field.get(f"{ATOM}link")
    creators = entry.findall(f"{DC}creator") or entry.findall(f"{ATOM}author/{ATOM}name")
    return _paper(
        field,
        ids=(words(field.get(f"{ATOM}id")), "" if link is None else link.get("href", "")),
        title=words(field.get(f"{ATOM}title")),
        description=words(field.get(f"{ATOM}summary")),
        categories=[each.get("term", "") for each in entry.findall(f"{ATOM}category")],
        creators=[words(each) for each in creators],
        announced=_iso_day(words(field.get(f"{ATOM}published"))),
    )


def _fields(entry: Element) -> dict[str, Element]:
    """The first child of each tag."""
    return {child.tag: child for child in reversed(entry)}


def _paper(
    field: dict[str, Element],
    *,
    ids: tuple[str, str],
    title: str,
    description: str,
    categories: list[str],
    creators: list[str],
    announced: date | None,
) -> Paper | None:
    head = _HEAD.match(description)
    kind = words(field.get(f"{ARXIV}announce_type")).strip() or (head["kind"].lower() if head else "")
    for id_ in ids:
        found = arxiv_record.paper(
            id_,
            title=title,
            abstract=description[head.end() :] if head else description,
            authors=arxiv_record.names(creators[0]) if len(creators) == 1 else creators,
            categories=categories,
            doi=words(field.get(f"{ARXIV}DOI")),
            comment=words(field.get(f"{ARXIV}comment")),
            announced=announced,
            announce_type=kind if kind in _KINDS else "",
        )
        if found:
            return found
    return None


@lru_cache(maxsize=64)
def _rfc822_day(text: str) -> date | None:
    """The day in the source's own zone: the mailing's date."""
    try:
        return parsedate_to_datetime(text).date()
    except (TypeError, ValueError, OverflowError):
        return None


def _iso_day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
