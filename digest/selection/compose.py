"""One person's digest for one day. PURE.

    Followed authors come first. Then every topic gets its share of the places by weight, in the order of her file, each paper
    under the topic that it meets best, near-duplicates folded into one line, and no one group filling the page. At last what
    everybody talks about.

The order is total and depends on nothing but her topics and the papers: not on the order in which they come, and on no other
reader.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from digest.model import Counts, Digest, Empty, EmptyReason, Hit, Item, Match, Paper, Section, SectionKind, Subscriber, Topic, Trend
from digest.selection.answer import Matched
from digest.selection.candidates import Candidates
from digest.selection.corpus import newest_first
from digest.selection.duplicates import Group, group_of, near_duplicates
from digest.selection.trends import ranked

#: So many papers of one group of authors stand in a mail at most, while others wait.
SAME_GROUP = 2
#: Followed authors take at most this share of the places, so that one prolific group does not silence the topics.
AUTHORS_SHARE = 0.5

NO_MATCH = "Nothing new met your topics."
NO_SIGNAL = "No popularity signal for these papers: they are ranked by relevance and date."


@dataclass(slots=True)
class _Page:
    """The places of one mail while they are given away."""

    places: int
    shown: dict[str, tuple[int, Match]] = field(default_factory=dict)  #: by name of the paper: the topic's number, and the match
    folded: dict[str, list[str]] = field(default_factory=dict)    #: names of near-duplicates, by the paper that stands for them
    groups: dict[Group, list[Paper]] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.shown) >= self.places

    def takes(self, number: int, match: Match, *, crowded: bool = False) -> bool:
        """Give it a place, fold it into its near-duplicate, or say that its group has enough (unless it may be `crowded`)."""
        paper = match.paper
        group = group_of(paper)
        others = self.groups.get(group, ()) if group else ()
        if twin := next((other for other in others if near_duplicates(other, paper)), None):
            self.folded.setdefault(twin.id, []).append(paper.id)
            return False
        if len(others) >= SAME_GROUP and not crowded:
            return False
        self.shown[paper.id] = number, match
        if group:
            self.groups.setdefault(group, []).append(paper)
        return True

    def is_folded(self, paper: Paper) -> bool:
        return any(paper.id in names for names in self.folded.values())


def compose(
    subscriber: Subscriber,
    day: date,
    candidates: Sequence[Paper] | Candidates,
    matched: Mapping[Topic, Matched],
    trends: Mapping[str, Trend],
    *,
    new: int | None = None,
) -> Digest:
    """Her digest of the papers that were not yet sent to her. `matched` may hold more papers than those; `new` is how many are
    new to her, where that is fewer than all. Without a match `empty` says so and names the nearest miss; trending papers may stand
    there alone."""
    pool = candidates if isinstance(candidates, Candidates) else Candidates.of(candidates)
    found = _best_topics(subscriber.topics, pool, matched)
    page = _Page(subscriber.max_papers - _reserved(subscriber, pool, found, trends))
    _give_authors(page, found)
    _give_topics(page, subscriber, found)
    sections = _sections(page, subscriber, pool, trends)
    counts = Counts(len(pool) if new is None else new, len(found), sum(len(section.items) for section in sections))
    empty = (
        None if sections or found else Empty(EmptyReason.NOTHING_MATCHED, NO_MATCH, _near_miss(subscriber, pool, matched, trends))
    )
    notes = ((NO_MATCH,) if sections and not found else ()) + (
        (NO_SIGNAL,) if sections and subscriber.trending and not trends else ()
    )
    return Digest(subscriber, day, tuple(sections), counts, empty, notes=notes)


def _best_topics(topics: Sequence[Topic], pool: Candidates, matched: Mapping[Topic, Matched]) -> dict[str, tuple[int, Match]]:
    """Each candidate that met a topic, by name, under the one it met best (by its number in her file), best first within a topic.

    A followed author comes before a better match, and of equal topics the first.
    """
    best: dict[str, tuple[int, Match]] = {}
    for number, topic in enumerate(topics):
        for match in matched[topic].matches if topic in matched else ():
            name = match.paper.id
            if name not in pool:
                continue
            if name in best:
                known = best[name][1]
                if (bool(known.followed), known.relevance) >= (bool(match.followed), match.relevance):
                    continue
                del best[name]
            best[name] = number, match
    return best


def _reserved(subscriber: Subscriber, pool: Candidates, found: Mapping[str, object], trends: Mapping[str, Trend]) -> int:
    """Places kept for papers outside her topics; if she has any match, one at least is left for it."""
    most = min(subscriber.trending, subscriber.max_papers - (1 if found else 0))
    return len(_outside(most, pool, found, trends))


def _outside(most: int, pool: Candidates, shown: Container[str], trends: Mapping[str, Trend]) -> list[str]:
    """The names of the best trending candidates that stand nowhere else in the mail."""
    names: list[str] = []
    if most > 0:
        for name in ranked(trends):
            if name in pool and name not in shown and trends[name].score > 0:
                names.append(name)
                if len(names) == most:
                    break
    return names


def _give_authors(page: _Page, found: Mapping[str, tuple[int, Match]]) -> None:
    followed = sorted((chosen for chosen in found.values() if chosen[1].followed), key=lambda chosen: _place(chosen[1]))
    for number, match in followed[: max(1, int(page.places * AUTHORS_SHARE))]:
        if not page.is_full:
            page.takes(number, match, crowded=True)


def _give_topics(page: _Page, subscriber: Subscriber, found: Mapping[str, tuple[int, Match]]) -> None:
    """Place after place to the topic that is furthest behind its share (Sainte-Laguë), each time to its best paper that is left."""
    queues: list[list[Match]] = [[] for _ in subscriber.topics]
    for number, match in found.values():
        if match.paper.id not in page.shown:
            queues[number].append(match)
    for queue in queues:
        queue.reverse()
    crowding: list[tuple[int, Match]] = []
    claims = [topic.weight if queue else 0.0 for topic, queue in zip(subscriber.topics, queues, strict=True)]
    given = [0] * len(queues)
    while not page.is_full and any(claims):
        number = claims.index(max(claims))
        match = queues[number].pop()
        if page.takes(number, match):
            given[number] += 1
        else:
            crowding.append((number, match))
        claims[number] = subscriber.topics[number].weight / (2 * given[number] + 1) if queues[number] else 0.0
    for number, match in sorted(crowding, key=lambda each: _place(each[1])):
        if not page.is_full and not page.is_folded(match.paper):
            page.takes(number, match, crowded=True)


def _sections(page: _Page, subscriber: Subscriber, pool: Candidates, trends: Mapping[str, Trend]) -> list[Section]:
    chosen = sorted(
        page.shown.values(), key=lambda each: (not each[1].followed, 0 if each[1].followed else each[0], _place(each[1]))
    )
    sections: list[Section] = []
    number = 0
    for (kind, title), group in groupby(chosen, key=lambda each: _heading(each[1])):
        items = tuple(_item(number + n, match, page, trends) for n, (_, match) in enumerate(group, 1))
        sections.append(Section(kind, title, items))
        number += len(items)
    shown = page.shown.keys() | {name for names in page.folded.values() for name in names}
    outside = _outside(min(subscriber.trending, subscriber.max_papers - number), pool, shown, trends)
    hot = tuple(_hot(number + n, pool[name], trends[name]) for n, name in enumerate(outside, 1))
    return [*sections, Section(SectionKind.TRENDING, "", hot)] if hot else sections


def _heading(match: Match) -> tuple[SectionKind, str]:
    return (SectionKind.AUTHOR, "") if match.followed else (SectionKind.TOPIC, match.topic.name)


def _item(number: int, match: Match, page: _Page, trends: Mapping[str, Trend]) -> Item:
    paper = match.paper
    folded = tuple(sorted(page.folded.get(paper.id, ())))
    return Item(number, paper, match.relevance, match.hits, trends.get(paper.id), match.topic.name, folded)


def _hot(number: int, paper: Paper, trend: Trend) -> Item:
    return Item(number, paper, trend.score, (Hit("trending", "", "", trend.score),), trend)


def _near_miss(
    subscriber: Subscriber, pool: Candidates, matched: Mapping[Topic, Matched], trends: Mapping[str, Trend]
) -> Item | None:
    """Of the papers that fell short of any of her topics the nearest, not numbered since it is not shown."""
    misses = [miss for topic in subscriber.topics if (miss := matched.get(topic, Matched()).near_miss) and miss.paper.id in pool]
    best = min(misses, key=_place, default=None)
    return None if best is None else Item(0, best.paper, best.relevance, best.hits, trends.get(best.paper.id), best.topic.name)


def _place(match: Match) -> tuple[float, float, str]:
    """Most relevant first; of equals the newest, then by name."""
    return (-match.relevance, *newest_first(match.paper))
