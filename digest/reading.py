"""What there is to read at a moment, and what of it is for whom: the pure middle of a pass, between the store and the mail.

A `Reading` is the same for everybody, `Scored` adds the relevance of every distinct topic and what is trending, and `choose` makes
one person's digest of it. The store is read here and nowhere further down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from digest import identity, when
from digest.model import Digest, Empty, EmptyReason, Paper, Remark, Sighting, Subscriber, Topic, Trend
from digest.selection.compose import NO_MATCH, compose
from digest.selection.corpus import Corpus
from digest.selection.match import Matched, match
from digest.selection.trends import trends

if TYPE_CHECKING:  # a preview of a file needs no database, and starts without one
    from digest.store.fetches import SourceHealth
    from digest.store.store import Store

#: The longest window that anybody looks back: a weekly mail's (CONTRACT, "Candidates").
WINDOW = timedelta(days=14)
#: How far back the background reaches from which words get their weight.
BACKGROUND = timedelta(days=42)
#: How many papers it holds at most, the newest first.
BACKGROUND_PAPERS = 6000
#: A first digest holds the last two announcements, not a whole window.
FIRST_ANNOUNCEMENTS = 2
#: A source that was not read for so long is said to be down; a shorter gap is a hiccup.
DOWN_AFTER = timedelta(hours=18)

_NOTHING_NEW = Remark("The sources have announced nothing new since your last digest.", kind="nothing_new")
_IN_SHORT: Mapping[str, str] = {
    EmptyReason.WEEKEND: "nothing is announced at weekends",
    EmptyReason.HOLIDAY: "a holiday at arXiv",
    EmptyReason.SOURCE_DOWN: "a source did not answer",
    EmptyReason.NOTHING_NEW: "nothing new was announced",
    EmptyReason.NOTHING_MATCHED: "nothing new met your topics",
}
_NAMES = {"arxiv": "arXiv", "huggingface": "Hugging Face", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}


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


@dataclass(frozen=True, slots=True)
class Scored:
    """A reading with every distinct topic scored once, and the trends."""

    reading: Reading
    corpus: Corpus
    matched: Mapping[Topic, Matched]
    trends: Mapping[str, Trend]


@dataclass(frozen=True, slots=True)
class Past:
    """What one person has had: keys of papers sent to her, the day of her last digest, silent days since with their reasons."""

    sent: frozenset[int] = frozenset()
    last: date | None = None
    silent: tuple[tuple[date, str], ...] = ()

    def after(self, day: date, papers: Iterable[int]) -> Past:
        """The same once the digest of that day has shown these papers."""
        return Past(self.sent.union(papers), day)


def read(store: Store, *, now: datetime, topics: Iterable[Topic] = ()) -> Reading:
    """What the store holds at `now`, and the papers that topics want theirs to resemble."""
    wanted = {name for topic in topics for name in topic.like}
    return Reading(
        now=now,
        papers=tuple(paper for paper in store.papers.since(now - WINDOW) if paper.first_seen and paper.first_seen <= now),
        sightings=_until(store.sightings.since(now - WINDOW), now),
        background=tuple(store.papers.background(now - BACKGROUND, BACKGROUND_PAPERS)),
        liked={name: found for name in sorted(wanted) if (found := store.papers.find(name))},
        announced=tuple(store.papers.announced_days(FIRST_ANNOUNCEMENTS)),
        health=tuple(store.fetches.health()),
    )


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
    days = store.histories.last_days_of(keys, before=before)
    silent = store.histories.silent_days_of(keys, before=before)
    return {key: Past(sent.get(key, frozenset()), days.get(key), silent.get(key, ())) for key in keys}


def score(reading: Reading, topics: Iterable[Topic]) -> Scored:
    """Match every distinct topic with everything that is new, once, and see what is trending."""
    corpus = Corpus.of(reading.papers, background=reading.background)
    return Scored(
        reading=reading,
        corpus=corpus,
        matched=match(topics, corpus, liked=reading.liked),
        trends=trends(reading.papers, reading.sightings, reading.now),
    )


def choose(subscriber: Subscriber, day: date, scored: Scored, past: Past) -> Digest:
    """Her digest for `day`, or the honest reason why there is none."""
    candidates = candidates_for(subscriber, day, scored.reading, past)
    fresh = sum(1 for paper in candidates if _is_fresh(paper, day, subscriber, past))
    digest = compose(subscriber, day, candidates, scored.matched, scored.trends, new=fresh)
    if not digest.items and (not fresh or digest.empty is None):
        near = digest.empty.near_miss if digest.empty and fresh else None
        digest = replace(digest, empty=replace(nothing_new(subscriber, day, scored.reading), near_miss=near))
    return replace(digest, silence=_silence(past)) if past.silent and digest.items else digest


def candidates_for(subscriber: Subscriber, day: date, reading: Reading, past: Past) -> Sequence[Paper]:
    """The papers that may stand in her digest: not sent, first seen in her window; for a first one the last two announcements."""
    opens = _opens(day, when.candidate_window(subscriber), subscriber)
    closes = _opens(day, timedelta(days=-1), subscriber)
    inside = [paper for paper in reading.papers if paper.first_seen and opens <= paper.first_seen < closes]
    if past.last is None and reading.announced:
        first = reading.announced[-1]
        inside = [paper for paper in inside if _announced(paper) >= first]
    return [paper for paper in inside if paper.key not in past.sent] if past.sent else inside


def nothing_new(subscriber: Subscriber, day: date, reading: Reading) -> Empty:
    """Why nothing came since her last digest: a day without announcements, a source that is down, or simply nothing."""
    moment = reading.now if when.local_date(reading.now, subscriber.timezone) == day else when.due_at(subscriber, day)
    announces = not reading.health or any(each.source == "arxiv" for each in reading.health)
    if announces and (silence := when.why_nothing_new(moment)):
        return Empty(silence.reason, _calendar(silence))
    down = [each for each in reading.health if is_down(each, reading.now)]
    if down:
        return Empty(EmptyReason.SOURCE_DOWN, _all_down([_down(each, subscriber) for each in down]))
    return Empty(EmptyReason.NOTHING_NEW, _NOTHING_NEW)


def is_down(health: SourceHealth, now: datetime) -> bool:
    """True when the last try failed and the last good one is long ago, or there never was one."""
    return health.failures > 0 and (health.last_good is None or now - health.last_good >= DOWN_AFTER)


def _calendar(silence: when.Silence) -> Remark:
    holiday = (("holiday", silence.holiday.isoformat()),) if silence.holiday else ()
    return Remark(silence.text, kind=silence.reason.value, parts=(("next", silence.next_day.isoformat()), *holiday))


def _down(health: SourceHealth, subscriber: Subscriber) -> Remark:
    name = _NAMES.get(health.source, health.source)
    if health.last_good is None:
        error = health.last_error.rstrip(".")
        return Remark(f"{name} has not answered yet: {error}.", kind="never_up", parts=(("source", name), ("error", error)))
    since = health.last_good.astimezone(when.zone(subscriber.timezone))
    said = f"{name} has not answered since {since:%A %H:%M}; its papers will come as soon as it does."
    return Remark(said, kind="down", parts=(("source", name), ("since", since.replace(tzinfo=None).isoformat(timespec="minutes"))))


def _all_down(each: Sequence[Remark]) -> Remark:
    if len(each) == 1:
        return each[0]
    names = ", ".join(dict(remark.parts)["source"] for remark in each)
    said = f"Several sources do not answer ({names}); their papers will come as soon as they do."
    return Remark(said, kind="several_down", parts=(("sources", names),))


def _silence(past: Past) -> Remark:
    """One line on the days that stayed silent, newest reason last, each reason once."""
    reasons: dict[str, list[date]] = {}
    for day, told in past.silent:
        reasons.setdefault(_reason(day, told), []).append(day)
    said = "; ".join(
        f"{', '.join(f'{day:%a} {day.day}' for day in days)}: {_IN_SHORT.get(reason, reason).rstrip('.')}"
        for reason, days in reasons.items()
    )
    parts = ((reason, " ".join(day.isoformat() for day in days)) for reason, days in reasons.items())
    return Remark(f"No mail on {said}.", kind="silence", parts=tuple(parts))


def _reason(day: date, told: str) -> str:
    """The kind of reason that was noted in words for a day, or the words themselves."""
    if told in {NO_MATCH, _NOTHING_NEW}:
        return (EmptyReason.NOTHING_MATCHED if told == NO_MATCH else EmptyReason.NOTHING_NEW).value
    if "has not answered" in told:
        return EmptyReason.SOURCE_DOWN.value
    announcement = when.announcement(day)
    return announcement.kind if announcement.kind in {"weekend", "holiday"} and told.startswith("arXiv") else told


def _opens(day: date, back: timedelta, subscriber: Subscriber) -> datetime:
    """Her local midnight `back` before `day`, as an instant."""
    return datetime.combine(day - back, time(), when.zone(subscriber.timezone)).astimezone(UTC)


def _is_fresh(paper: Paper, day: date, subscriber: Subscriber, past: Past) -> bool:
    if past.last is None or paper.first_seen is None:
        return True
    return paper.first_seen.astimezone(when.zone(subscriber.timezone)).date() > past.last or past.last >= day


def _announced(paper: Paper) -> date:
    return paper.announced or (paper.first_seen.date() if paper.first_seen else date.min)


def _until(sightings: Mapping[str, tuple[Sighting, ...]], now: datetime) -> dict[str, tuple[Sighting, ...]]:
    """What had been seen by `now`: a preview of an earlier moment must not know later votes."""
    seen = {name: tuple(each for each in several if each.at <= now) for name, several in sightings.items()}
    return {name: several for name, several in seen.items() if several}


def _seen(paper: Paper, key: int, now: datetime) -> Paper:
    aliases = paper.aliases or (identity.name(paper.id) or paper.id,)
    morning = datetime.combine(paper.announced, time(6), UTC) if paper.announced else now
    return replace(paper, key=paper.key or key, aliases=aliases, first_seen=paper.first_seen or morning)
