"""A whole year of the daemon in minutes: every due digest exactly once, or a row that says honestly why not.

Hours pass in milliseconds: the clock is handed in, real papers are replayed on the year's dates, the relay keeps books instead of
letters. Planning, claims, selection, journal, retention and accounts are the real ones; an auditor who shares nothing with them
reckons what was owed. With `--full` it is 2026 for 500 people in 40 zones; without, about a tenth of that: the weeks of the nights
in spring and in autumn on which clocks change, for half of them.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.year.life import Life, memory, summary
from tests.year.people import ZONES, people

pytestmark = [pytest.mark.slow, pytest.mark.replay]

YEAR = date(2026, 1, 5), date(2027, 1, 3)
SPRING = date(2026, 3, 2), date(2026, 4, 7)
AUTUMN = date(2026, 10, 5), date(2026, 11, 10)


def holds(life: Life) -> None:
    """What is true of every life."""
    assert life.office.repeats == [], "no paper ever came twice"
    assert life.audit.tally["expired"] > 0, "the relay was out for longer than can be caught up"
    assert life.audit.tally["bounced"] > 0
    assert life.audit.tally["sent"] > 2 * life.audit.tally["skipped"]
    assert life.store.check() == []


@pytest.mark.parametrize(("first", "last"), [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_five_weeks_around_the_nights_on_which_clocks_change(tmp_path: Path, first: date, last: date) -> None:
    life = Life(tmp_path, people(250, first, last), first, daily=7)

    await life.lives(last)

    holds(life)
    life.store.close()


@pytest.fixture
def collected_as_ever() -> Iterator[None]:
    """Tests let garbage lie for longer than the program does; its memory is to be seen."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)          # Python's own
    yield
    gc.set_threshold(*before)


@pytest.mark.full
async def test_a_whole_year_of_five_hundred_people(tmp_path: Path, collected_as_ever: None) -> None:
    first, last = YEAR
    life = Life(tmp_path, people(500, first, last), first, daily=7)
    sizes = []
    for quarter in range(1, 5):
        await life.lives(first + timedelta(days=91 * quarter - 1))
        sizes.append((memory(), life.database.stat().st_size))
        print(json.dumps(summary(quarter, life)), flush=True)
    print(json.dumps(life.audit.reasons.most_common(20)))

    assert len(ZONES) == 40
    assert sizes[-1][0] < 1.15 * sizes[0][0], "memory stays flat"
    assert sizes[-1][1] < 1.5 * sizes[0][1], "and so does the file: what is left of sent papers is little"
    assert life.audit.tally.total() == 69_177, "as many as these people wished for: chance is seeded, so no row more and none less"
    holds(life)
    life.store.close()
