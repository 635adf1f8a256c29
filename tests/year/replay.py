"""A year of news out of the recorded months: real papers (the beginnings of their abstracts) and real votes, on dates of 2026.

arXiv's papers come a few a day in the order in which they were listed, Hugging Face's daily lists one after the other, one each
working day. Their ids stay what they are, so that a paper of the one list that stands on the other months later is the same
paper; where the recorded papers do not reach, they begin anew under ids of their own.
"""

from __future__ import annotations

import csv
import gzip
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from digest import when
from digest.model import Fetch, Paper, Sighting, Validator
from digest.text import one_line
from tests.fakes import FakeSource
from tests.needs import needs_data

A_DAY = timedelta(days=1)
#: A pass reads six weeks of abstracts for each hour of the year; their beginnings are enough here.
BEGINNING = 300
#: Of a day's list of Hugging Face's those with most votes.
TOP = 7
#: How many days' lists a pull tells again, as the real ones do.
AGAIN = 4
#: A list's votes are read in the morning; the late ones were recorded months after, nearly all of which come within two weeks.
GROWING = timedelta(days=14)


class Feed(FakeSource):
    """What both have in common: days with papers, told again for some days, and "not modified" within eight hours."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._told = ""

    async def pull(self, http: Any, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        self.pulls += 1
        if self.error:
            return Fetch(self.name, now, error=self.error)
        today = when.feed_day(now)
        told, self._told = self._told, f"{today} {now.hour // 8}"
        if told == self._told:
            return Fetch(self.name, now)
        days = [today - n * A_DAY for n in range(AGAIN, -1, -1)]
        brought = [self.on(day, now) for day in days]
        return Fetch(
            self.name,
            now,
            tuple(each for papers, _ in brought for each in papers),
            tuple(each for _, seen in brought for each in seen),
        )

    def on(self, day: date, now: datetime) -> tuple[list[Paper], list[Sighting]]:
        raise NotImplementedError


class Listing(Feed):
    """arXiv: so many papers on each day on which its calendar announces some."""

    def __init__(self, first: date, daily: int) -> None:
        super().__init__("arxiv")
        self._papers, self._daily = _listed(needs_data()), daily
        days = (first - 10 * A_DAY + n * A_DAY for n in range(400))
        self._days = [day for day in days if when.announcement(day).expected]

    def on(self, day: date, now: datetime) -> tuple[list[Paper], list[Sighting]]:
        if day not in self._days:
            return [], []
        first = self._days.index(day) * self._daily
        return [self._number(n, day) for n in range(first, first + self._daily)], []

    def _number(self, number: int, day: date) -> Paper:
        """The paper of that number in the year, with the day's date, and from the second round on with an id of its own."""
        again, at = divmod(number, len(self._papers))
        known = self._papers[at]
        name = known.id if not again else f"arxiv:{day:%y%m}.{again}{at:04d}"
        return replace(known, id=name, aliases=(name,), announced=day, published=_noon(day - A_DAY))


class Daily(Feed):
    """Hugging Face: a recorded list each working day, with votes that grow as they did."""

    def __init__(self, first: date) -> None:
        super().__init__("huggingface")
        self._lists, self._late = _lists(needs_data()), _late_votes(needs_data())
        days = (first - 10 * A_DAY + n * A_DAY for n in range(400))
        self._days = [day for day in days if day.weekday() < 5]

    def on(self, day: date, now: datetime) -> tuple[list[Paper], list[Sighting]]:
        if day not in self._days:
            return [], []
        rows = self._lists[self._days.index(day) % len(self._lists)]
        papers = [replace(_paper(row, self.name), announced=day, published=_noon(day - A_DAY)) for row in rows]
        return papers, [self._seen(row, day, now) for row in rows]

    def _seen(self, row: Mapping[str, Any], day: date, now: datetime) -> Sighting:
        morning = int(row["upvotes"] or 0)
        grown = min(1.0, max(0.0, (now - _noon(day)) / GROWING))
        votes = morning + round((max(self._late.get(row["id"], 0), 2 * morning) - morning) * grown)
        name = f"arxiv:{row['id']}"
        return Sighting(name, self.name, now, day, votes, row["num_comments"], row["github_stars"])


def names(first: date, daily: int) -> list[str]:
    """The ids of all papers that a year brings, each once."""
    found: dict[str, None] = {}
    for source in (Listing(first, daily), Daily(first)):
        for day in (first - 10 * A_DAY + n * A_DAY for n in range(400)):
            found.update((each.id, None) for each in source.on(day, _noon(day))[0])
    return list(found)


# --- Reading -------------------------------------------------------------------------------------------------------------


@cache
def _listed(data: Path) -> Sequence[Paper]:
    rows = sorted(_rows(data / "corpus" / "arxiv_daily_papers.jsonl.gz"), key=lambda row: (row["first_listed"], row["id"]))
    return [_paper(row, "arxiv") for row in rows]


@cache
def _lists(data: Path) -> Sequence[Sequence[Mapping[str, Any]]]:
    """The recorded days in their order, the later half year first."""
    days: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for name in ("hf_daily", "hf_daily_2025h1"):
        for row in _rows(data / "corpus" / f"{name}.jsonl.gz"):
            days[row["daily_date"]].append(row)
    order = sorted(days)
    turn = bisect_right(order, "2025-09")
    return [sorted(days[day], key=lambda row: (-row["upvotes"], row["id"]))[:TOP] for day in order[turn:] + order[:turn]]


@cache
def _late_votes(data: Path) -> Mapping[str, int]:
    with gzip.open(data / "corpus" / "snapshots.csv.gz", "rt", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["source"] == "api_late" and row["upvotes"]]
    return {row["paper_id"]: int(row["upvotes"]) for row in rows}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        yield from map(json.loads, handle)


def _paper(row: Mapping[str, Any], source: str) -> Paper:
    name = f"arxiv:{row['id']}"
    return Paper(
        name,
        one_line(row["title"]),
        one_line(row["abstract"])[:BEGINNING],
        authors=_some(row["authors"]),
        categories=_some(row.get("categories") or ()),
        announce_type="new" if source == "arxiv" else "",
        url=f"https://arxiv.org/abs/{row['id']}",
        aliases=(name,),
        sources=(source,),
    )


def _some(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(one_line, words))[:20]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
