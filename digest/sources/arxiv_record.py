"""What arXiv's three roads (feed, API, OAI-PMH) have in common: how a record becomes a paper. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from digest import identity, when
from digest.model import Paper
from digest.sources import links
from digest.text import clean, clean_all

NEWS = ("new", "cross", "", "replace", "replace-cross")  #: announce types, the one that makes a paper news first

# What authors write when they take a paper back, at the beginning of abstract or remark; others mention withdrawals in passing.
_WITHDRAWN = re.compile(
    r"(?:this|the|our)\s+(?:\w+\s+){0,2}(?:paper|article|manuscript|submission|work|preprint|version|note|letter|report)\s+"
    r"(?:(?:has|have)\s+(?:now\s+)?been|is(?:\s+being)?|was)\s+(?:temporarily\s+)?(?:withdrawn|removed|retracted)|(?:paper\s+)?withdrawn\b",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN_NAMES = re.compile(r",\s*and\s+|,|;|\s+and\s+|\s+&\s+|\n")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_SUFFIX = len("Ph.D.")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|PhD|Ph\.D|M\.?D)\.?", re.IGNORECASE)


def paper(
    id: str,  # noqa: A002 - the noun's own word
    *,
    title: str,
    abstract: str,
    authors: Iterable[str] = (),
    categories: Iterable[str] = (),
    comment: str = "",
    doi: str = "",
    published: datetime | None = None,
    announced: date | None = None,
    announce_type: str = "",
    version: int = 1,
    withdrawn: bool = False,
) -> Paper | None:
    """A clean paper of arXiv, or None when `id` is not arXiv's or there is no title."""
    named = identity.arxiv(id)
    title, abstract, comment = clean(title), clean(abstract), clean(comment)
    if not named or not title:
        return None
    bare, version_named = named
    published_in = next((found for each in doi.split() if (found := identity.doi(each))), "")
    if published_in and identity.arxiv_id(published_in):
        published_in = ""  # the DOI that arXiv itself mints names nothing new
    name = f"arxiv:{bare}"
    return Paper(
        id=name,
        title=title,
        abstract=abstract,
        authors=clean_all(authors),
        categories=tuple(dict.fromkeys(clean_all(categories))),
        published=published,
        announced=announced,
        announce_type=announce_type,
        url=f"https://arxiv.org/abs/{bare}",
        pdf_url=f"https://arxiv.org/pdf/{bare}",
        code_url=links.code(comment, abstract),
        doi=published_in,
        comment=comment,
        aliases=(name, f"doi:{published_in}") if published_in else (name,),
        sources=("arxiv",),
        version=version_named or version,
        withdrawn=withdrawn or bool(_WITHDRAWN.match(abstract) or _WITHDRAWN.match(comment)),
    )


def names(text: str) -> list[str]:
    """The authors in one string, as feeds and arXivRaw give them: by comma or "and", affiliations in brackets left out."""
    while "(" in text and (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    joined = " and " in text or ";" in text or "&" in text or "\n" in text
    found: list[str] = []
    for part in map(str.strip, _BETWEEN_NAMES.split(text) if joined else text.split(",")):
        if found and len(part) <= _LONGEST_SUFFIX and _SUFFIX.fullmatch(part):
            found[-1] += f", {part}"
        elif part and (part[0].isalpha() or _LETTER.search(part)):
            found.append(part)
    return found


def mailing_day(submitted: datetime) -> date:
    """The date of the first mailing that a submission can have been in: what moderation holds comes later."""
    day = when.feed_day(submitted) + timedelta(days=1)
    while (closing := _closing(day)) is None or closing <= submitted:
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def _closing(day: date) -> datetime | None:
    """When the mailing of a day closed for submissions; None for a day without one."""
    return when.announcement(day).until


def unique(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Each paper once: of several entries, the newest version, under the announce type that makes it most news."""
    found: dict[str, Paper] = {}
    for each in papers:
        known = found.get(each.id)
        if known is None:
            found[each.id] = each
        else:
            kind = min(known.announce_type, each.announce_type, key=NEWS.index)
            found[each.id] = replace(max(known, each, key=lambda one: one.version), announce_type=kind)
    return tuple(found.values())


def instant(text: str) -> datetime | None:
    """An ISO 8601 instant or day as an aware UTC datetime; None for anything else, and for years in which nobody wrote papers."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return sane((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def sane(moment: datetime) -> datetime | None:
    """The moment, when it lies between the first journal and a century from now: dates of feeds lie."""
    return moment if 1665 <= moment.year < 2200 else None
