"""One person's digest for one day: a fair share for each topic, nothing twice, the rest left out. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from digest.model import Counts, Digest, Empty, EmptyReason, Item, Match, Paper, Section, SectionKind, Subscriber, Topic, Trend
from digest.selection.match import Matched
from digest.selection.trends import trending


def compose(
    subscriber: Subscriber,
    day: date,
    candidates: Sequence[Paper],
    matched: Mapping[Topic, Matched],
    trends: Mapping[str, Trend],
    *,
    new: int | None = None,
) -> Digest:
    """Her digest of those candidates; `new` is how many are new to her, when that is fewer."""
    open_to_her = {paper.id for paper in candidates}
    best: dict[str, Match] = {}
    for topic in subscriber.topics:
        for match in matched.get(topic, Matched()).matches:
            if match.paper.id in open_to_her and (match.paper.id not in best or best[match.paper.id].relevance < match.relevance):
                best[match.paper.id] = match
    ordered = sorted(best.values(), key=lambda match: (-match.relevance, match.paper.id))
    shown = ordered[: max(0, subscriber.max_papers - subscriber.trending)]
    taken = {match.paper.id for match in shown}
    hot = [paper for paper in trending(candidates, trends) if paper.id not in taken][: subscriber.trending]
    sections, number = [], 0
    for topic in subscriber.topics:
        items = []
        for match in shown:
            if match.topic == topic:
                number += 1
                items.append(Item(number, match.paper, match.relevance, match.hits, trends.get(match.paper.id), topic.name))
        if items:
            sections.append(Section(SectionKind.TOPIC, topic.name, tuple(items)))
    extra = tuple(Item(number + n, paper, trends[paper.id].score, (), trends[paper.id]) for n, paper in enumerate(hot, 1))
    if extra:
        sections.append(Section(SectionKind.TRENDING, "", extra))
    counts = Counts(len(candidates) if new is None else new, len(best), number + len(extra))
    empty = None if sections else Empty(EmptyReason.NOTHING_MATCHED, "Nothing new met your topics.")
    return Digest(subscriber, day, tuple(sections), counts, empty)
