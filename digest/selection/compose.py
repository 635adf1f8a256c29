"""One person's digest for one day. PURE.

    Followed authors come first. Then every topic gets its share of the places by weight, in the order of her file, each paper
    under the topic that it meets best, near-duplicates folded into one line, and no one group filling the page. At last what
    everybody talks about.

The order is total and depends on nothing but her topics and the papers: not on the order in which they come, and on no other
reader.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from digest.model import (
    Counts,
    Digest,
    Empty,
    EmptyReason,
    Hit,
    Item,
    Paper,
    Remark,
    Section,
    SectionKind,
    Subscriber,
    Topic,
    Trend,
)
from digest.selection.answer import NOTHING_MATCHED, Matched, Matches
from digest.selection.candidates import Candidates
from digest.selection.corpus import newest_first
from digest.selection.duplicates import near_duplicates
from digest.selection.trends import ranked

#: So many papers of one group of authors, or of one theme within a topic, stand in a mail at most, while others wait.
SAME_GROUP = 2
SAME_THEME = 3
#: Followed authors take at most this share of the places, so that one prolific group does not silence the topics.
AUTHORS_SHARE = 0.5

NO_MATCH = Remark("Nothing new met your topics.", kind="nothing_matched")
NO_SIGNAL = Remark("No popularity signal for these papers: they are ranked by relevance and date.", kind="no_signal")


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is for her: the answers to her topics, in the order of her file, and those of their papers that are candidates."""

    answers: Sequence[Matches]
    names: Set[str]
    pool: Candidates
    several: Set[str]                      #: those that met several topics

    @classmethod
    def of(cls, answers: Sequence[Matches], pool: Candidates) -> _Found:
        names: set[str] = set()
        several: set[str] = set()
        for answer in answers:
            several.update(names.intersection(answer.scores))
            names.update(answer.scores)
        return cls(answers, pool.among(names), pool, several)

    def home(self, name: str) -> int:
        """The number of the topic that a paper stands under: the one it meets best. A followed author comes before a better
        match, and of equal topics the first."""
        met = (number for number, answer in enumerate(self.answers) if name in answer.scores)
        return max(met, key=lambda number: self.claim(number, name))

    def claim(self, number: int, name: str) -> tuple[bool, float]:
        answer = self.answers[number]
        return name in answer.followed, answer.scores[name]

    def under(self, number: int, *, but: Container[str]) -> Iterator[str]:
        """The papers that stand under a topic, best first, without some."""
        names, several = self.names, self.several
        for name in self.answers[number].scores:
            if name in names and name not in but and (name not in several or self.home(name) == number):
                yield name

    def place(self, number: int, name: str) -> tuple[float, float, str]:
        return _place(self.answers[number].scores[name], self.pool.papers[name])


@dataclass(slots=True)
class _Page:
    """The places of one mail while they are given away."""

    left: int                              #: places that are still to be given away
    found: _Found
    shown: dict[str, int] = field(default_factory=dict)           #: by name of the paper: the topic's number
    folded: dict[str, list[str]] = field(default_factory=dict)    #: names of near-duplicates, by the paper that stands for them
    groups: dict[str, list[str]] = field(default_factory=dict)    #: names of the papers of each group
    authors: list[tuple[int, str]] = field(default_factory=list)  #: those by followed authors, best first
    topics: dict[int, list[str]] = field(default_factory=dict)    #: by number of the topic: the others, best first

    def takes(self, number: int, name: str, *, crowded: bool = False) -> bool:
        """Give a paper a place, fold it into its near-duplicate, or say that its group or theme has enough (unless it may be
        `crowded`)."""
        group = self.found.pool.groups[name]
        others = self.groups.get(group, ())
        if others and (twin := self.twin(name, others)):
            self.folded.setdefault(twin, []).append(name)
            return False
        if not crowded and (len(others) >= SAME_GROUP or self.has_enough(number, name)):
            return False
        self.left -= 1
        self.shown[name] = number
        if name in self.found.answers[number].followed:
            self.authors.append((number, name))
        else:
            self.topics.setdefault(number, []).append(name)
        if group:
            self.groups.setdefault(group, []).append(name)
        return True

    def twin(self, name: str, others: Iterable[str]) -> str:
        """Which of some papers is all but the same, "" when none is."""
        papers = self.found.pool.papers
        return next((other for other in others if near_duplicates(papers[other], papers[name])), "")

    def has_enough(self, number: int, name: str) -> bool:
        """Whether the theme of a paper has all the places that it may have under a topic."""
        shown, answer = self.topics.get(number, ()), self.found.answers[number]
        return len(shown) >= SAME_THEME and [answer.theme(each) for each in shown].count(answer.theme(name)) >= SAME_THEME

    def put_in_order(self, *, crowded: bool) -> None:
        """Best first again: of followed authors those of several topics took turns, and what was `crowded` came late."""
        self.authors.sort(key=lambda each: self.found.place(*each))
        for number, names in self.topics.items() if crowded else ():
            names.sort(key=partial(self.found.place, number))

    def is_folded(self, name: str) -> bool:
        return any(name in names for names in self.folded.values())


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
    answers = [matched.get(topic, NOTHING_MATCHED) for topic in subscriber.topics]
    found = _Found.of([each.matches for each in answers], pool)
    page = _Page(subscriber.max_papers - _reserved(subscriber, found, trends), found)
    _give_authors(page)
    _give_topics(page, subscriber)
    sections = _sections(page, subscriber, trends)
    counts = Counts(len(pool) if new is None else new, len(found.names), sum(len(section.items) for section in sections))
    is_empty = not sections and not found.names
    empty = Empty(EmptyReason.NOTHING_MATCHED, NO_MATCH, _near_miss(answers, pool, trends)) if is_empty else None
    notes = [NO_MATCH] if sections and not found.names else []
    notes += [NO_SIGNAL] if sections and subscriber.trending and not trends else []
    return Digest(subscriber, day, tuple(sections), counts, empty, notes=tuple(notes))


def _reserved(subscriber: Subscriber, found: _Found, trends: Mapping[str, Trend]) -> int:
    """Places kept for papers outside her topics; if she has any match, one at least is left for it."""
    most = min(subscriber.trending, subscriber.max_papers - (1 if found.names else 0))
    return len(_outside(most, found.pool, found.names, trends))


def _outside(most: int, pool: Candidates, shown: Container[str], trends: Mapping[str, Trend]) -> list[str]:
    """The names of the best trending candidates that stand nowhere else in the mail."""
    names: list[str] = []
    if most > 0 and trends:
        for name in ranked(trends):
            if name in pool and name not in shown and trends[name].score > 0:
                names.append(name)
                if len(names) == most:
                    break
    return names


def _give_authors(page: _Page) -> None:
    found = page.found
    named = {name for answer in found.answers for name in answer.followed if name in found.names}
    followed = [(found.home(name), name) for name in named]
    followed.sort(key=lambda each: found.place(*each))
    for number, name in followed[: max(1, int(page.left * AUTHORS_SHARE))]:
        if page.left:
            page.takes(number, name, crowded=True)


def _give_topics(page: _Page, subscriber: Subscriber) -> None:
    """Place after place to the topic that is furthest behind its share (Sainte-Laguë), each time to its best paper that is left."""
    found, weights = page.found, [topic.weight for topic in subscriber.topics]
    queues = [found.under(number, but=page.shown) for number in range(len(weights))]
    following = [next(queue, "") for queue in queues]
    given, crowding = [0] * len(weights), []
    claims = [weight if name else 0.0 for weight, name in zip(weights, following, strict=True)]
    while page.left and any(claims):
        number = claims.index(max(claims))
        name, following[number] = following[number], next(queues[number], "")
        if page.takes(number, name):
            given[number] += 1
        else:
            crowding.append((number, name))
        claims[number] = weights[number] / (2 * given[number] + 1) if following[number] else 0.0
    for number, name in sorted(crowding, key=lambda each: found.place(*each)):
        if page.left and not page.is_folded(name):
            page.takes(number, name, crowded=True)
    page.put_in_order(crowded=bool(crowding))


def _sections(page: _Page, subscriber: Subscriber, trends: Mapping[str, Trend]) -> list[Section]:
    """Followed authors, then topic after topic, then what is trending outside them."""
    groups = [(SectionKind.AUTHOR, "", page.authors)] if page.authors else []
    topics = [(number, [(number, name) for name in page.topics[number]]) for number in sorted(page.topics)]
    groups += [(SectionKind.TOPIC, subscriber.topics[number].name, papers) for number, papers in topics]
    sections: list[Section] = []
    count = 0
    for kind, title, papers in groups:
        items = tuple([_item(count + n, topic, name, page, trends) for n, (topic, name) in enumerate(papers, 1)])
        sections.append(Section(kind, title, items))
        count += len(items)
    shown = page.shown.keys() | {name for names in page.folded.values() for name in names}
    outside = _outside(min(subscriber.trending, subscriber.max_papers - count), page.found.pool, shown, trends)
    hot = tuple(_hot(count + n, page.found.pool[name], trends[name]) for n, name in enumerate(outside, 1))
    return [*sections, Section(SectionKind.TRENDING, "", hot)] if hot else sections


def _item(number: int, topic: int, name: str, page: _Page, trends: Mapping[str, Trend]) -> Item:
    answer, paper = page.found.answers[topic], page.found.pool.papers[name]
    folded = tuple(sorted(page.folded[name])) if name in page.folded else ()
    return Item(number, paper, answer.scores[name], answer.hits(name), trends.get(name), answer.topic.name, folded)


def _hot(number: int, paper: Paper, trend: Trend) -> Item:
    return Item(number, paper, trend.score, (Hit("trending", "", "", trend.score),), trend)


def _near_miss(answers: Iterable[Matched], pool: Candidates, trends: Mapping[str, Trend]) -> Item | None:
    """Of the papers that fell short of any of her topics the nearest. It stands alone in its mail, so it is number 1."""
    nearest = [(each.near, name) for each in answers if (name := next(filter(pool.__contains__, each.near.scores), ""))]
    misses = [near.match(name) for near, name in nearest]
    best = min(misses, key=lambda miss: _place(miss.relevance, miss.paper), default=None)
    return None if best is None else Item(1, best.paper, best.relevance, best.hits, trends.get(best.paper.id), best.topic.name)


def _place(relevance: float, paper: Paper) -> tuple[float, float, str]:
    """Most relevant first; of equals the newest, then by name."""
    return (-relevance, *newest_first(paper))
