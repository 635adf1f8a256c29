"""What there is to read at a moment, and what of it is for whom: the pure middle of a pass, between the store and the mail.

A `Reading` is the same for everybody, `Scored` adds the relevance of every distinct topic and what is trending, and `choose` makes
one person's digest of it. The store is read here and nowhere further down.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from digest import identity, silence, when
from digest.model import Digest, Empty, Paper, Sighting, Subscriber, Topic, Trend
from digest.selection.answer import Matched
from digest.selection.candidates import Candidates
from digest.selection.compose import compose
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned, learn
from digest.selection.match import match
from digest.selection.semantic import NO_NEIGHBOURS, Embedder, Neighbours
from digest.selection.trends import trends
from digest.windows import Span, Window

if TYPE_CHECKING:  # a preview of a file needs no database, and starts without one
    from digest.store.fetches import SourceHealth
    from digest.store.histories import Days
    from digest.store.store import Store

log = logging.getLogger(__name__)

#: The longest window that anybody looks back: a weekly mail's (CONTRACT, "Candidates").
WINDOW = timedelta(days=14)
#: How far back the background reaches from which words get their weight.
BACKGROUND = timedelta(days=42)
#: How many papers it holds at most, the newest first.
BACKGROUND_PAPERS = 6000
ONE_DAY = timedelta(days=1)
#: What each vote that the store knows of is worth here.
VOTES = {"more": 1, "less": -1}
#: A first digest holds the last two announcements, not a whole window.
FIRST_ANNOUNCEMENTS = 2

#: A paper, +1 for `more` or -1 for `less`, and when it was said.
Cast = tuple[Paper, int, datetime]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that there is to read at `now`, for everybody."""

    now: datetime
    papers: tuple[Paper, ...]
    sightings: Mapping[str, tuple[Sighting, ...]] = field(default_factory=dict)
    background: tuple[Paper, ...] = ()
    liked: Mapping[str, Paper] = field(default_factory=dict)
    announced: tuple[date, ...] = ()  #: days with an announcement, newest first
    health: tuple[SourceHealth, ...] = ()
    votes: Mapping[int, tuple[Cast, ...]] = field(default_factory=dict)  #: what people said of papers, by their key
    _windows: dict[Span, Window] = field(default_factory=dict, init=False, repr=False, compare=False)

    def window(self, span: Span) -> Window:
        """The papers of a span of time, found once."""
        if (known := self._windows.get(span)) is None:
            known = self._windows[span] = Window.of(self.papers, span)
        return known


@dataclass(frozen=True, slots=True)
class Scored:
    """A reading with every distinct topic scored once, and the trends."""

    reading: Reading
    corpus: Corpus
    matched: Mapping[Topic, Matched]
    trends: Mapping[str, Trend]


@dataclass(frozen=True, slots=True)
class Past:
    """What one person has had: keys of papers sent to her, the day of her last digest, silent days since with their reasons, and
    the last day on which papers were looked through for her, whether or not one was sent."""

    sent: frozenset[int] = frozenset()
    last: date | None = None
    silent: tuple[tuple[date, str], ...] = ()
    looked: date | None = None

    def after(self, day: date, papers: Iterable[int]) -> Past:
        """The same once the digest of that day has shown these papers."""
        return Past(self.sent.union(papers), day, looked=day)


def read(store: Store, *, now: datetime, topics: Iterable[Topic] = ()) -> Reading:
    """What the store holds at `now`, and the papers that topics want theirs to resemble."""
    wanted = {name for topic in topics for name in topic.like}
    return Reading(
        now=now,
        papers=tuple(paper for paper in store.papers.since(now - WINDOW) if paper.first_seen and paper.first_seen <= now),
        sightings=_until(store.sightings.since(now - WINDOW), now),
        background=tuple(store.papers.background(now - BACKGROUND, BACKGROUND_PAPERS)),
        liked={name: found for name in sorted(wanted) if (found := store.papers.find(name))},
        announced=tuple(store.papers.announced_days(FIRST_ANNOUNCEMENTS, now=now)),
        health=tuple(store.fetches.health()),
        votes=_votes(store, now),
    )


def _votes(store: Store, now: datetime) -> dict[int, tuple[Cast, ...]]:
    cast = store.subscribers.all_votes()
    papers = store.papers.by_key({vote.paper for votes in cast.values() for vote in votes})
    return {
        person: tuple((papers[vote.paper], VOTES[vote.value], vote.at) for vote in votes if vote.paper in papers and vote.at <= now)
        for person, votes in cast.items()
    }


def of_papers(papers: Iterable[Paper], sightings: Iterable[Sighting], *, now: datetime) -> Reading:
    """The same from a paper file, each paper first seen on the morning after its announcement was made."""
    known = [_seen(paper, key, now) for key, paper in enumerate(papers, 1)]
    grouped: dict[str, list[Sighting]] = {}
    for sighting in sorted(sightings, key=lambda each: each.at):
        grouped.setdefault(sighting.paper, []).append(sighting)
    fresh = tuple(paper for paper in known if paper.first_seen and now - WINDOW <= paper.first_seen <= now)
    days = sorted({paper.announced for paper in fresh if paper.announced}, reverse=True)
    return Reading(
        now=now,
        papers=fresh,
        sightings=_until({name: tuple(each) for name, each in grouped.items()}, now),
        background=tuple(known),
        liked={name: paper for paper in known for name in paper.aliases},
        announced=tuple(days[:FIRST_ANNOUNCEMENTS]),
    )


def until(reading: Reading, moment: datetime) -> Reading:
    """The same as it stood at an earlier moment."""
    papers = tuple(paper for paper in reading.papers if paper.first_seen and paper.first_seen <= moment)
    days = sorted({day for paper in papers if (day := paper.announced)}, reverse=True)
    announced = tuple(days[:FIRST_ANNOUNCEMENTS])
    return replace(reading, now=moment, papers=papers, sightings=_until(reading.sightings, moment), announced=announced)


def past_of(store: Store, subscribers: Iterable[int], *, before: date, rewind: bool = False) -> dict[int, Past]:
    """What each of them has had before that day, by key. With `rewind` what that day's own digest and later ones brought is not
    held against a paper, so that the day can be seen again as it was."""
    keys = list(subscribers)
    sent = store.deliveries.sent_papers_of(keys, before=before if rewind else None)
    days = store.histories.days_of(keys, before=before)
    return {key: _past(sent.get(key, frozenset()), days.get(key)) for key in keys}


def _past(sent: frozenset[int], days: Days | None) -> Past:
    return Past(sent, days.last, days.silent, days.looked) if days else Past(sent)


def score(reading: Reading, topics: Iterable[Topic], embedder: Embedder | None = None) -> Scored:
    """Match every distinct topic with everything that is new, once, and see what is trending. `embedder` knows what is near in
    meaning; should it fail, words alone decide: no mail waits for a model."""
    corpus = Corpus.of(reading.papers, background=reading.background)
    corpus.neighbours = _neighbours(corpus.candidates, embedder)
    return Scored(
        reading=reading,
        corpus=corpus,
        matched=match(topics, corpus, liked=reading.liked),
        trends=trends(reading.papers, reading.sightings, reading.now),
    )


def _neighbours(papers: Sequence[Paper], embedder: Embedder | None) -> Neighbours:
    try:
        return Neighbours.of(papers, embedder) if embedder else NO_NEIGHBOURS
    except Exception:
        log.exception("failed part=semantic papers=%d", len(papers))
        return NO_NEIGHBOURS


def choose(subscriber: Subscriber, day: date, scored: Scored, past: Past) -> Digest:
    """Her digest for `day`, or the honest reason why there is none."""
    window, candidates = _looked_through(subscriber, day, scored.reading, past)
    fresh = _fresh(window, candidates, day, subscriber, past)
    digest = compose(subscriber, day, candidates, matched_for(subscriber, scored), scored.trends, new=fresh)
    if not digest.items:
        digest = replace(digest, empty=_why_empty(digest, scored.reading, fresh=fresh > 0))
    return replace(digest, silence=silence.line(past.silent)) if past.silent and digest.items else digest


def matched_for(subscriber: Subscriber, scored: Scored) -> Mapping[Topic, Matched]:
    """What met her topics: as for everybody, unless she taught us something."""
    if not (learned := learned_from(subscriber, scored)):
        return scored.matched
    return match(subscriber.topics, scored.corpus, liked=scored.reading.liked, learned=dict.fromkeys(subscriber.topics, learned))


def learned_from(subscriber: Subscriber, scored: Scored) -> Learned:
    """What her votes teach."""
    votes = scored.reading.votes.get(subscriber.key, ())
    return learn(votes, scored.corpus, now=scored.reading.now) if votes else NOTHING_LEARNED


def _why_empty(digest: Digest, reading: Reading, *, fresh: bool) -> Empty:
    """The reason that explains most; a near miss is named only when it is new to her."""
    her = digest.subscriber
    if fresh and digest.empty:
        return silence.no_match(digest.empty, now=reading.now, health=reading.health, zone=her.timezone)
    return silence.nothing_new(her, digest.date, now=reading.now, health=reading.health)


def candidates_for(subscriber: Subscriber, day: date, reading: Reading, past: Past) -> Candidates:
    """The papers that may stand in her digest: not sent, first seen in her window; for a first one the last two announcements."""
    return _looked_through(subscriber, day, reading, past)[1]


def _looked_through(subscriber: Subscriber, day: date, reading: Reading, past: Past) -> tuple[Window, Candidates]:
    """Her window, and what of it she has not had."""
    first = reading.announced[-1] if past.last is None and reading.announced else None
    opens = _opens(day - when.candidate_window(subscriber), subscriber.timezone)
    window = reading.window((opens, _opens(day + ONE_DAY, subscriber.timezone), first))
    return window, window.without(past.sent)


def _fresh(window: Window, candidates: Candidates, day: date, subscriber: Subscriber, past: Past) -> int:
    """How many of the candidates were first seen after the last day on which papers were looked through for her."""
    looked = past.looked or past.last
    if looked is None or looked >= day:
        return len(candidates)
    since = window.since(_opens(looked + ONE_DAY, subscriber.timezone))
    return len(since - candidates.sent) if candidates.sent else len(since)


@lru_cache(maxsize=4096)                   # the same for everybody in a zone
def _opens(day: date, timezone: str) -> datetime:
    """The local midnight at which a day begins, as an instant."""
    return datetime.combine(day, time(), when.zone(timezone)).astimezone(UTC)


def _until(sightings: Mapping[str, tuple[Sighting, ...]], now: datetime) -> dict[str, tuple[Sighting, ...]]:
    """What had been seen by `now`: a preview of an earlier moment must not know later votes."""
    seen = {name: tuple(each for each in several if each.at <= now) for name, several in sightings.items()}
    return {name: several for name, several in seen.items() if several}


def _seen(paper: Paper, key: int, now: datetime) -> Paper:
    aliases = paper.aliases or (identity.name(paper.id) or paper.id,)
    morning = datetime.combine(paper.announced, time(6), UTC) if paper.announced else now
    return replace(paper, key=paper.key or key, aliases=aliases, first_seen=paper.first_seen or morning)
