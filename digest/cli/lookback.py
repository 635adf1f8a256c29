"""`digest preview --days N`: what the last days would have brought, to see what a change of a profile does before saving it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from digest import reading, when
from digest.cli.output import print_table, say, table, tell
from digest.model import Digest, SectionKind, Subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from digest.cli.scene import Stock
    from digest.selection.semantic import Embedder


def show(subscriber: Subscriber, stock: Stock, days: int, embedder: Embedder | None) -> None:
    """One line a day with counts for each topic, then the words that matched most."""
    digests = list(replay(subscriber, stock, days, embedder))
    names = [topic.name for topic in subscriber.topics]
    shown = table("day", *names, "trending", "all", right=(*names, "trending", "all"), wrap=names)
    for digest in digests:
        counts = Counter(
            item.topic for section in digest.sections if section.kind != SectionKind.TRENDING for item in section.items
        )
        trending = sum(len(section.items) for section in digest.sections if section.kind == SectionKind.TRENDING)
        shown.add_row(f"{digest.date:%a %Y-%m-%d}", *(str(counts[name]) for name in names), str(trending), str(len(digest.items)))
    say(f"{subscriber.email}, the last {days} days up to {stock.now:%Y-%m-%d}, from {stock.origin}")
    print_table(shown)
    if known := since(stock, digests):
        tell(f"The papers here were first seen on {known:%Y-%m-%d at %H:%M} UTC and later; of the days before, nothing is known.")
    for topic, words in matched_words(digests).items():
        say(f"{topic}: " + ", ".join(f"{word} ({count})" for word, count in words.most_common(8)))


def since(stock: Stock, digests: list[Digest]) -> datetime | None:
    """When the oldest paper was seen, where there are days before it: their noughts say nothing of the topics."""
    seen = [each.first_seen for each in stock.reading.papers if each.first_seen]
    return min(seen) if seen and digests and digests[0].date < min(seen).date() else None


def replay(subscriber: Subscriber, stock: Stock, days: int, embedder: Embedder | None = None) -> Iterator[Digest]:
    """Her digests of the last days, in order; what one shows, a later one does not."""
    sent: set[int] = set()
    last = None
    today = when.local_date(stock.now, subscriber.timezone)
    for day in (today - timedelta(days=back) for back in range(days - 1, -1, -1)):
        if not when.is_digest_day(subscriber, day):
            continue
        moment = stock.now if day == today else when.due_at(subscriber, day)  # today's is the one that a preview shows
        known = reading.until(stock.reading, moment)
        scored = reading.score(known, subscriber.topics, embedder)
        digest = reading.choose(subscriber, day, scored, reading.Past(frozenset(sent), last))
        sent |= {item.paper.key for item in digest.items}
        last = day if digest.items else last
        yield digest


def matched_words(digests: list[Digest]) -> dict[str, Counter[str]]:
    """For each topic, the terms that brought papers in, with how many papers each."""
    found: dict[str, Counter[str]] = {}
    for item in (item for digest in digests for item in digest.items if item.topic):
        terms = {hit.term for hit in item.why if hit.term and hit.kind in ("keyword", "text", "author", "like")}
        found.setdefault(item.topic, Counter()).update(terms)
    return found
