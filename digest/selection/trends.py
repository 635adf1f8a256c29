"""What everybody talks about: votes, corrected for how long a paper could gather them, gently decaying. PURE.

The score of a paper is

      upvotes      the most that was ever seen: votes only grow, so a lower number later is a failed read
    x growth       the share of its final votes that a paper of that age still expects
    x scale        sources with fewer voters are lifted to the one with most (1 where there is only one)
    x freshness    half as much after a week

and each factor is in `Trend.parts`. A news site's gravity would forget far too fast for a daily mail: Hacker News's lowers the rank
correlation with final votes from .80 to .57. Stars tell nothing by their level; their gain breaks ties. No votes is unknown, not
zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from digest.model import Paper, Sighting, Trend

#: Papers listed on this day or the six before it are in the running.
WINDOW_DAYS = 7
#: The share of its final votes that a paper has on the morning of its list, a day later, and so on: Hugging Face Daily Papers,
#: morning and late votes of 2025 and 2026 (the median paper ends at 2.3 times its first morning); between mornings it grows evenly.
GROWTH_SHARES = (0.42, 0.71, 0.78, 0.83, 0.86, 0.88, 0.91)
#: When on its day a list is usually read.
MORNING = time(9, tzinfo=UTC)
#: A taste for freshness, in days; measured, it costs nothing from 5 days on.
HALF_LIFE_DAYS = 7.0
#: A gain is counted from the last sighting that is at least this much older: a day, with some slack for the clock.
GAIN_AFTER = timedelta(hours=18)


class Trends(dict[str, Trend]):
    """Trends by name of the paper, best first; `order` holds the names."""

    __slots__ = ("order",)

    def __init__(self, trends: Mapping[str, Trend]) -> None:
        newest_first = sorted(trends, reverse=True)
        self.order = tuple(sorted(newest_first, key=lambda name: place(trends[name])))
        super().__init__((name, trends[name]) for name in self.order)


def trends(papers: Iterable[Paper], sightings: Mapping[str, Sequence[Sighting]], now: datetime) -> dict[str, Trend]:
    """The trend of each paper that was listed in the last seven days and whose votes are known, by `paper.id`, best first."""
    known = {paper.id: seen for paper in papers if (seen := _in_the_running(sightings.get(paper.id, ()), now))}
    scales = _scales(known)
    return Trends({name: _trend(seen, scales, now) for name, seen in known.items()})


def ranked(trends: Mapping[str, Trend]) -> tuple[str, ...]:
    """The names of the papers that have a trend, best first."""
    return trends.order if isinstance(trends, Trends) else Trends(trends).order


def trending(papers: Iterable[Paper], trends: Mapping[str, Trend]) -> list[Paper]:
    """The papers that have a trend, best first; equal scores by gain of stars, gain of votes, and at last the higher name,
    which is the newer paper."""
    by_name = {paper.id: paper for paper in papers}
    return [by_name[name] for name in ranked(trends) if name in by_name]


def place(trend: Trend) -> tuple[float, int, int]:
    """What trending papers are sorted by, before their names; what is unknown counts as nothing, since it only breaks ties."""
    return -trend.score, -(trend.stars_gain or 0), -(trend.gain or 0)


def _in_the_running(sightings: Sequence[Sighting], now: datetime) -> list[Sighting]:
    """What was seen of a paper by now, oldest first; nothing when it was not listed this week or its votes are unknown."""
    seen = sorted((each for each in sightings if each.at <= now), key=lambda each: (each.at, each.source, each.upvotes or 0))
    voted = any(each.upvotes is not None for each in seen)
    return seen if voted and 0 <= (now.date() - _listed(seen)).days < WINDOW_DAYS else []


def _listed(seen: Sequence[Sighting]) -> date:
    """The last day on which it was listed: being listed again is being talked about again."""
    return max((each.listed for each in seen if each.listed), default=seen[0].at.date())


def _votes(seen: Sequence[Sighting]) -> dict[str, tuple[int, datetime]]:
    """By source: the most upvotes ever seen, and when we last looked. A later lower number is a failed read, but time has
    passed."""
    votes: dict[str, tuple[int, datetime]] = {}
    for each in seen:
        if each.upvotes is not None:
            most, _ = votes.get(each.source, (0, each.at))
            votes[each.source] = max(most, each.upvotes), each.at
    return votes


def _growth(looked: datetime, listed: date) -> float:
    """The share of its final votes that a paper has when we last looked; even growth between the mornings of `GROWTH_SHARES`."""
    age = max(0.0, _age_days(looked, listed))
    morning = min(int(age), len(GROWTH_SHARES) - 1)
    following = min(morning + 1, len(GROWTH_SHARES) - 1)
    return GROWTH_SHARES[morning] + (age - int(age)) * (GROWTH_SHARES[following] - GROWTH_SHARES[morning])


def _age_days(at: datetime, listed: date) -> float:
    return (at - datetime.combine(listed, MORNING)) / timedelta(days=1)


def _scales(known: Mapping[str, Sequence[Sighting]]) -> dict[str, float]:
    """What each source's votes are multiplied by, so that its median paper stands level with that of the largest source."""
    expected: dict[str, list[float]] = {}
    for seen in known.values():
        for source, (votes, looked) in _votes(seen).items():
            expected.setdefault(source, []).append(votes / _growth(looked, _listed(seen)))
    middles = {source: median(values) for source, values in expected.items()}
    largest = max(middles, key=lambda source: (len(expected[source]), source), default="")
    return {source: middles[largest] / middle if middle and middles[largest] else 1.0 for source, middle in middles.items()}


def _trend(seen: Sequence[Sighting], scales: Mapping[str, float], now: datetime) -> Trend:
    listed, votes = _listed(seen), _votes(seen)
    age = max(0.0, _age_days(now, listed))
    freshness = 0.5 ** (age / HALF_LIFE_DAYS)
    factors = {
        source: (float(most), 1 / _growth(looked, listed), scales[source], freshness) for source, (most, looked) in votes.items()
    }
    best = max(sorted(factors), key=lambda source: _product(factors[source]))
    of_best = [each for each in seen if each.source == best]
    history = [each.upvotes for each in of_best if each.upvotes is not None]
    return Trend(
        score=_product(factors[best]),
        upvotes=votes[best][0],
        gain=_gain([(each.at, each.upvotes) for each in of_best]),
        comments=_most([each.comments for each in seen]),
        stars=_most([each.stars for each in seen]),
        stars_gain=_gain([(each.at, each.stars) for each in seen]),
        age_days=age,
        parts=tuple(zip(("upvotes", "growth", "scale", "freshness"), factors[best], strict=True)),
        history=tuple(max(history[: n + 1]) for n in range(len(history))),
    )


def _product(factors: tuple[float, float, float, float]) -> float:
    upvotes, growth, scale, freshness = factors
    return upvotes * growth * scale * freshness


def _gain(readings: Sequence[tuple[datetime, int | None]]) -> int | None:
    """How much a number has grown since about a day before it was last read, None while it has not been known for so long."""
    known = [(at, value) for at, value in readings if value is not None]
    before = [value for at, value in known if known[-1][0] - at >= GAIN_AFTER]
    return max(value for _, value in known) - max(before) if before else None


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
