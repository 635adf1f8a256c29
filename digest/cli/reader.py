"""Digests and papers as the pages show them: the same words as in the mails, without what is only hers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from digest import frozen
from digest.mail.catalogue import Language, language
from digest.mail.templates import marked
from digest.mail.wording import Length, paper_values
from digest.model import Digest, Item, Paper, SectionKind, Subscriber, Trend
from digest.selection.summary import tldr
from digest.text import one_line

if TYPE_CHECKING:
    from digest.model import Delivery
    from digest.store.store import Store


def digest_values(store: Store, her: Subscriber, delivery: Delivery) -> dict[str, Any]:
    """A digest as it was frozen, with the papers as they are known now; also those that found no room in the mail."""
    papers = store.papers.by_key(frozen.mentioned_keys(delivery.frozen))
    digest = frozen.thaw(delivery.frozen, her, papers)
    words = language(digest.subscriber.language)
    return {
        "tongue": words.code,
        "say": words.say,
        "day": digest.date,
        "date": words.date_in_full(digest.date),
        "lead": _lead(digest, words),
        "silence": one_line(digest.silence),
        "notes": [one_line(note) for note in digest.notes],
        "sections": [_section(digest, number, words) for number in range(len(digest.sections))],
        "empty": _empty(digest, words),
        "subject": _subject(digest, words),
        "sent_at": delivery.sent_at or delivery.due_at or _midnight(digest.date),
        "token_at": _midnight(digest.date),
    }


def trend_item(number: int, paper: Paper, trend: Trend) -> Item:
    return Item(number, paper, trend.score, trend=trend)


def item_values(item: Item, words: Language, length: Length = Length.LONG) -> dict[str, Any]:
    """A paper for a page; HTML that was made of its text, already escaped, is marked as such."""
    values = paper_values(item, tldr(item.paper), length, words)
    html = {name: marked(str(value)) for name, value in values.items() if name.endswith("_html")}
    return values | html | {"number": item.number}


def _lead(digest: Digest, words: Language) -> str:
    shown, new = len(digest.items), digest.counts.new
    if not shown:
        return ""
    return words.say("digest.lead", shown=shown, n=new) if new >= shown else words.say("digest.lead_bare", n=shown)


def _section(digest: Digest, number: int, words: Language) -> Mapping[str, Any]:
    section = digest.sections[number]
    note = words.say("section.trending_note") if section.kind is SectionKind.TRENDING else ""
    title = one_line(section.title) or words.say(f"section.{section.kind}")
    return {"title": title, "note": note, "papers": [item_values(item, words) for item in section.items]}


def _empty(digest: Digest, words: Language) -> Mapping[str, Any] | None:
    if digest.items or digest.empty is None:
        return None
    near = digest.empty.near_miss
    return {"text": one_line(digest.empty.text), "near": item_values(replace(near, number=1), words) if near else None}


def _subject(digest: Digest, words: Language) -> str:
    day = words.date_in_short(digest.date)
    if not digest.items:
        return words.say("empty.subject", date=day)
    first, more = one_line(digest.items[0].paper.title), len(digest.items) - 1
    name = "digest.subject_more" if more else "digest.subject"
    return words.say(name, date=day, title=first, n=more)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
