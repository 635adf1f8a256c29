"""Sightings: what a source said of a paper's popularity, as often as it said something else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select

from digest.model import Sighting
from digest.store.engine import reading, writing
from digest.store.tables import aliases, papers, sightings

#: Figures that stand still are noted again after a day, so that "no change" is known and not guessed.
AGAIN_AFTER = timedelta(days=1)
#: How far back `since` looks for the last sighting before its moment.
LOOK_BACK = timedelta(days=7)
CHUNK = 500
_FIGURES = ("listed", "upvotes", "comments", "stars")


class Sightings:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, seen: Iterable[Sighting]) -> int:
        """Add those that say more than was known of the same paper from the same source, or come a day after the last one.

        Figures only grow (in 1,060 of 1,060 pairs of recorded sightings): a lower one is a failed read, and the highest stands in
        its place. Sightings of papers that are not in the store are left out. Answers how many were added.
        """
        in_order = sorted(seen, key=lambda each: each.at)
        return sum(self._keep(in_order[start : start + CHUNK]) for start in range(0, len(in_order), CHUNK))

    def since(self, at: datetime) -> dict[str, tuple[Sighting, ...]]:
        """All sightings since that moment, by the papers' shown names, oldest first, behind the last one before it.

        The last one before it is of each paper and source, and at most a week older, also where nothing came since.
        """
        found: defaultdict[str, list[Sighting]] = defaultdict(list)
        columns = [papers.c.id, sightings.c.source, sightings.c.at, *(sightings.c[name] for name in _FIGURES)]
        wanted = (sightings.c.at >= at) | sightings.c.key.in_(_last_before(at))
        query = select(*columns).join(papers).where(wanted).order_by(sightings.c.at, sightings.c.key)
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                found[row.id].append(Sighting(*row))
        return {name: tuple(some) for name, some in found.items()}

    def _keep(self, seen: list[Sighting]) -> int:
        with writing(self._engine, alone="papers") as connection:
            keys = _keys(connection, seen)
            known = _known(connection, keys)
            rows = [row for each in seen if each.paper in keys if (row := _worth_a_row(each, keys[each.paper], known))]
            if rows:
                connection.execute(insert(sightings), rows)
            return len(rows)


@dataclass(frozen=True, slots=True)
class _Known:
    """The highest figures ever seen of a paper at a source, and when it was last noted."""

    at: datetime
    listed: date | None = None
    upvotes: int | None = None
    comments: int | None = None
    stars: int | None = None


def _keys(connection: Connection, seen: Iterable[Sighting]) -> dict[str, int]:
    names = {each.paper for each in seen}
    return dict(connection.execute(select(aliases.c.name, aliases.c.paper).where(aliases.c.name.in_(names))).all())


def _known(connection: Connection, keys: dict[str, int]) -> dict[tuple[int, str], _Known]:
    highest = [func.max(sightings.c[name]) for name in ("at", *_FIGURES)]
    query = select(sightings.c.paper, sightings.c.source, *highest).where(sightings.c.paper.in_(set(keys.values())))
    grouped = connection.execute(query.group_by(sightings.c.paper, sightings.c.source))
    return {(paper, source): _Known(*figures) for paper, source, *figures in grouped}


def _worth_a_row(seen: Sighting, paper: int, known: dict[tuple[int, str], _Known]) -> dict[str, Any] | None:
    """The row to add for it, if it says something; `known` then knows it too."""
    before = known.get((paper, seen.source), _Known(seen.at - AGAIN_AFTER))
    said = {name: getattr(seen, name) for name in _FIGURES if getattr(seen, name) is not None}
    highest = {name: max(value, getattr(before, name) or value) for name, value in said.items()}
    says_more = any(value != getattr(before, name) for name, value in highest.items())
    if not says_more and seen.at - before.at < AGAIN_AFTER:
        return None
    known[paper, seen.source] = replace(before, at=max(seen.at, before.at), **highest)
    return {"paper": paper, "source": seen.source, "at": seen.at} | dict.fromkeys(_FIGURES) | highest


def _last_before(at: datetime) -> Select[tuple[int]]:
    order = func.row_number().over(
        partition_by=(sightings.c.paper, sightings.c.source), order_by=(sightings.c.at.desc(), sightings.c.key.desc())
    )
    earlier = select(sightings.c.key, order.label("place")).where(sightings.c.at < at, sightings.c.at >= at - LOOK_BACK).subquery()
    return select(earlier.c.key).where(earlier.c.place == 1)
