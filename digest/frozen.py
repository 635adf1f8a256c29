"""What a digest says, written down before its first byte leaves so that a retry says the same; and as JSON for other programs.

Papers are written as the store's keys: their text is read again when the message is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from digest.model import (
    Counts,
    Digest,
    Empty,
    EmptyReason,
    Hit,
    Item,
    Layout,
    Paper,
    Remark,
    Section,
    SectionKind,
    Subscriber,
    Topic,
    Trend,
)

_Facts = tuple[int, float, str, tuple[Hit, ...], Trend | None, tuple[str, ...]]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

#: A digest stores the largest contributions one by one and the others as their sum; `explain` computes them all again.
KEPT_HITS = 8


def freeze(digest: Digest) -> str:
    """A digest as JSON: order, reasons, figures, and how she had it laid out at that moment."""
    before = {
        "date": digest.date.isoformat(),
        "to": {"name": digest.subscriber.name, "layout": digest.subscriber.layout, "language": digest.subscriber.language},
        "topics": [each.name for each in digest.subscriber.topics],
        "counts": [digest.counts.new, digest.counts.matched, digest.counts.shown],
        "empty": digest.empty and [digest.empty.reason, _said(digest.empty.text), _near_miss(digest.empty.near_miss)],
    }
    after = {"silence": _said(digest.silence), "notes": [_said(note) for note in digest.notes]}
    return f'{_json(before)[:-1]},"sections":[{",".join(map(_section, digest.sections))}],{_json(after)[1:]}'


def paper_keys(frozen: str) -> tuple[int, ...]:
    """The keys of the papers that a frozen digest shows, in order; a near miss is not among them."""
    return tuple(item["paper"] for _, _, items in json.loads(frozen)["sections"] for item in items)


def numbered(frozen: str) -> dict[int, int]:
    """The key of the paper behind each number of a frozen digest; of an empty one, of its near miss."""
    content = json.loads(frozen)
    near = [content["empty"][2]] if content["empty"] and content["empty"][2] and not content["sections"] else []
    return {item["n"]: item["paper"] for item in (*near, *(item for _, _, items in content["sections"] for item in items))}


def mentioned_keys(frozen: str) -> tuple[int, ...]:
    """The keys of all papers that are needed to build the message again."""
    empty = json.loads(frozen)["empty"]
    near = (empty[2]["paper"],) if empty and empty[2] else ()
    return paper_keys(frozen) + near


def thaw(frozen: str, subscriber: Subscriber, papers: Mapping[int, Paper]) -> Digest:
    """The digest that was frozen. A paper that retention or a merge took away since is left out, the numbers of the others stay."""
    data = json.loads(frozen)
    to = data["to"]
    names = {topic.name for topic in subscriber.topics}
    topics = subscriber.topics + tuple(Topic(name) for name in data["topics"] if name not in names)
    return Digest(
        subscriber=replace(subscriber, name=to["name"], layout=Layout(to["layout"]), language=to["language"], topics=topics),
        date=date.fromisoformat(data["date"]),
        sections=tuple(_sections(data["sections"], papers)),
        counts=Counts(*data["counts"]),
        empty=_empty(data["empty"], papers),
        silence=_thaw_said(data["silence"]),
        notes=tuple(_thaw_said(note) for note in data["notes"]),
    )


def public(digest: Digest, *, subject: str, summaries: Mapping[str, str]) -> dict[str, Any]:
    """`digest.json` as CONTRACT promises it to other programs: ids instead of keys, names instead of positions."""
    return {
        "subscriber": digest.subscriber.email,
        "date": digest.date.isoformat(),
        "subject": subject,
        "counts": {"new": digest.counts.new, "matched": digest.counts.matched, "shown": digest.counts.shown},
        "empty": digest.empty
        and {
            "reason": digest.empty.reason.value,
            "text": digest.empty.text,
            "near_miss": digest.empty.near_miss and _public_item(digest.empty.near_miss, summaries),
        },
        "silence": digest.silence,
        "notes": list(digest.notes),
        "sections": [
            {"kind": each.kind.value, "title": each.title, "items": [_public_item(item, summaries) for item in each.items]}
            for each in digest.sections
        ],
    }


def _public_item(item: Item, summaries: Mapping[str, str]) -> dict[str, Any]:
    paper = item.paper
    return {
        "number": item.number,
        "id": paper.id,
        "title": paper.title,
        "authors": list(paper.authors),
        "summary": summaries.get(paper.id) or paper.summary,
        "url": paper.url,
        "score": item.score,
        "why": [{"kind": hit.kind, "term": hit.term, "field": hit.field, "contribution": hit.contribution} for hit in item.why],
        "trend": item.trend and trend_json(item.trend),
        "also": list(item.folded),
    }


def trend_json(trend: Trend) -> dict[str, Any]:
    """Every part of a trending score, by name."""
    return {
        "score": trend.score,
        "upvotes": trend.upvotes,
        "gain": trend.gain,
        "comments": trend.comments,
        "stars": trend.stars,
        "stars_gain": trend.stars_gain,
        "age_days": trend.age_days,
        "parts": dict(trend.parts),
        "history": list(trend.history),
    }


def _said(text: str) -> Any:
    """A remark with what other languages need; earlier versions wrote the text alone, and still do for other words."""
    return {"kind": text.kind, "parts": text.parts, "text": str(text)} if isinstance(text, Remark) else text


def _thaw_said(row: Any) -> str:
    if isinstance(row, str):
        return row
    return Remark(row["text"], kind=row["kind"], parts=tuple((name, value) for name, value in row["parts"]))


def _section(section: Section) -> str:
    items = ",".join([f'{{"n":{item.number},{_line(item)[1:]}' for item in section.items])
    return f"[{_json(section.kind)},{_json(section.title)},[{items}]]"


def _near_miss(item: Item | None) -> dict[str, Any] | None:
    return {"n": item.number, **_row(*_facts(item))} if item else None


def _line(item: Item) -> str:
    return _written(*_facts(item))


def _facts(item: Item) -> _Facts:
    """All but the number of an item: the same paper stands in many digests, for the same reasons."""
    return item.paper.key, item.score, item.topic, item.why, item.trend, item.folded


@lru_cache(maxsize=8192)
def _written(*facts: *_Facts) -> str:
    return _json(_row(*facts))


def _row(
    paper: int, score: float, topic: str, why: tuple[Hit, ...], trend: Trend | None, folded: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "paper": paper,
        "score": score,
        "topic": topic,
        "why": [[hit.kind, hit.term, hit.field, hit.contribution] for hit in fewer(why)],
        "trend": trend and trend_json(trend),
        "folded": folded,
    }


def fewer(hits: tuple[Hit, ...], kept: int = KEPT_HITS) -> tuple[Hit, ...]:
    """The `kept` largest contributions as they are, and all others as one `rest`, so that the sum stays the score."""
    if len(hits) <= kept + 1:
        return hits
    ordered = sorted(hits, key=lambda hit: (-abs(hit.contribution), hit.kind, hit.term, hit.field))
    rest = sum(hit.contribution for hit in ordered[kept:])
    return (*ordered[:kept], Hit("rest", "", "", rest))


def _sections(rows: list[Any], papers: Mapping[int, Paper]) -> Iterator[Section]:
    for kind, title, items in rows:
        thawed = tuple(found for row in items if (found := _thaw_item(row, papers)))
        if thawed:
            yield Section(SectionKind(kind), title, thawed)


def _thaw_item(row: dict[str, Any] | None, papers: Mapping[int, Paper]) -> Item | None:
    if row is None or row["paper"] not in papers:
        return None
    return Item(
        number=row["n"],
        paper=papers[row["paper"]],
        score=row["score"],
        why=tuple(Hit(*hit) for hit in row["why"]),
        trend=row["trend"] and _thaw_trend(row["trend"]),
        topic=row["topic"],
        folded=tuple(row["folded"]),
    )


def _thaw_trend(row: dict[str, Any]) -> Trend:
    return Trend(**(row | {"parts": tuple(row["parts"].items()), "history": tuple(row["history"])}))


def _empty(row: list[Any] | None, papers: Mapping[int, Paper]) -> Empty | None:
    return Empty(EmptyReason(row[0]), _thaw_said(row[1]), _thaw_item(row[2], papers)) if row else None
