"""The auditor: reckons by himself who had to get what, and compares it with the relay's books and the rows of the journal.

He shares no line with what he audits: the calendar is Python's, the rows are read with SQL of his own, the mails were counted by
the relay. What a day owed is told by the wish that held at the instant at which it came due; on the days beside a change, and on
those that a clock saw too early, one digest more or less is nobody's fault, but never two.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.model import Subscriber
from tests.postoffice import PostOffice
from tests.year.people import Person

A_DAY = timedelta(days=1)
CATCH_UP = timedelta(hours=12)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong between two moments."""

    kind: str  #: off | source | relay | full | back | ahead | twice
    since: datetime
    until: datetime


@dataclass
class Audit:
    """What was found in the days that were looked at."""

    people: Sequence[Person]
    troubles: Sequence[Trouble]
    office: PostOffice
    database: Path
    tally: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    cut_off: dict[str, date] = field(default_factory=dict)

    def looks_at(self, day: date) -> None:
        """Everybody's digest for this date: one row and one mail, or one row that says why there was none."""
        rows = self._rows(day)
        assert {email for email, *_ in rows} <= {each.email for each in self.people}
        hers = {email: (state, reason) for email, state, reason in rows}
        assert len(hers) == len(rows), f"{day}: somebody has two rows"
        for each in self.people:
            self._looks_at(each, day, hers.get(each.email))

    def _looks_at(self, her: Person, day: date, row: tuple[str, str] | None) -> None:
        what, count = f"{her.email} on {day}", self.office.count(her.email, day)
        assert count <= 1, f"{what}: {count} mails"
        assert count == (row is not None and row[0] == "sent"), f"{what}: {count} mails, {row}"
        owed, doubtful = self._owes(her, day)
        if row is None:
            assert not owed or doubtful, f"{what} is missing"
            return
        assert owed or doubtful, f"{what} is none of her days: {row}"
        self._accepts(her, day, *row, what)

    def _accepts(self, her: Person, day: date, state: str, reason: str, what: str) -> None:
        self.tally[state] += 1
        self.reasons[f"{state}: {reason}"] += 1
        if state == "sent":
            return
        assert state in ("skipped", "expired", "bounced"), f"{what} is still {state}: {reason}"
        assert reason, f"{what} is {state} without a reason"
        if state == "expired":
            dues = [due_at(profile, day) for profile in _profiles(her)]
            assert any(map(self._could_not, dues)), f"{what} expired without need: {reason}"
        if state == "skipped":
            dues = [due_at(profile, day) for profile in _profiles(her)]
            assert any(self._is_true(reason, due) for due in dues), f"{what}: that is not so: {reason}"
        if state == "bounced":
            assert her.gone, f"{what} bounced, and she is well: {reason}"
            assert due_at(_profiles(her)[-1], day) > her.gone - 2 * A_DAY, what
            assert her.email not in self.cut_off, f"{what}: written to again after she was gone"
            self.cut_off[her.email] = day

    def _owes(self, her: Person, day: date) -> tuple[bool, bool]:
        """Whether a digest came due for that date while a wish for it held; and whether that can be told to the day."""
        if her.email in self.cut_off and day > self.cut_off[her.email]:
            return False, day <= self.cut_off[her.email] + 5 * A_DAY  # what was on its way
        owed = False
        for turn, until in zip(her.turns, [*(each.at for each in her.turns[1:]), None], strict=True):
            if turn.profile and is_her_day(turn.profile, day):
                due = due_at(turn.profile, day)
                owed = owed or (turn.at <= due and (until is None or due < until))
        beside = any(abs((turn.at.date() - day).days) <= 2 for turn in her.turns)
        return owed, beside or self._was_seen_too_early(day) or self._was_cut_off_too_early(her, day)

    def _was_seen_too_early(self, day: date) -> bool:
        seen = [each.until.date() for each in self.troubles if each.kind == "ahead"]
        return any(-A_DAY <= day - each <= A_DAY for each in seen)

    def _is_true(self, reason: str, due: datetime) -> bool:
        """What a silence says of the world, as far as that can be known here: it was said between its hour and catching up."""
        if "not answer" in reason:
            out = [each for each in self.troubles if each.kind == "source"]
            return any(each.since - CATCH_UP <= due <= each.until + 2 * A_DAY for each in out)
        if "weekends bring no papers" in reason:
            there = [(due + timedelta(hours=hour)).astimezone(ZoneInfo("America/New_York")) for hour in range(14)]
            return any(each.weekday() >= 5 for each in there)
        return True

    def _was_cut_off_too_early(self, her: Person, day: date) -> bool:
        """A clock that was ahead found out that she is gone; for the days until then nothing was owed any more."""
        ahead = [each for each in self.troubles if each.kind == "ahead" and her.gone and her.gone <= each.until]
        return any(each.since.date() <= day <= each.until.date() for each in ahead)

    def _could_not(self, due: datetime) -> bool:
        """Whether machine or relay were out from then on for longer than can be caught up."""
        out = [each for each in self.troubles if each.kind in ("off", "relay")]
        return any(each.since - timedelta(hours=1) <= due and each.until >= due + CATCH_UP - timedelta(hours=2) for each in out)

    def _rows(self, day: date) -> list[tuple[str, str, str]]:
        query = "SELECT recipient, state, reason FROM deliveries WHERE kind = 'digest' AND date = ?"
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, [day.isoformat()]).fetchall()


def is_her_day(profile: Subscriber, day: date) -> bool:
    return day.weekday() in profile.days and not (profile.paused_until and day < profile.paused_until)


def due_at(profile: Subscriber, day: date) -> datetime:
    """`fold` 0 is the first of two, and in a gap the offset before it (PEP 495): the wall time moves on by the gap."""
    wall = datetime.combine(day, profile.send_at, ZoneInfo(profile.timezone))
    return wall.astimezone(UTC)


def _profiles(her: Person) -> list[Subscriber]:
    return [turn.profile for turn in her.turns if turn.profile]


def days_between(first: date, before: date) -> Iterator[date]:
    yield from (first + n * A_DAY for n in range((before - first).days))
