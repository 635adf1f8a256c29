"""What somebody has had so far: the day of her last digest, the silent days since, and which digest carried a paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, case, func, or_, select

from digest.model import Delivery, DeliveryState
from digest.store.accounts import PARAMETERS, delivery, full_rows, short_rows
from digest.store.engine import chunks, reading
from digest.store.tables import deliveries, merged_papers, sent_papers

#: She has it, or may have it.
_REACHED = (DeliveryState.SENT, DeliveryState.UNCERTAIN)
#: Her papers of the day were looked through.
_LOOKED = (*_REACHED, DeliveryState.SKIPPED)
#: Silent days that the next digest still speaks of.
_SILENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Days:
    """Local dates of somebody's past."""

    last: date | None = None               #: of the last digest that she was sent
    looked: date | None = None             #: the last for which papers were looked through for her, whether or not one was sent
    silent: tuple[tuple[date, str], ...] = ()  #: since `last`, with nothing to say, oldest first, and why, as it was found then


class Histories:
    """Questions about the past of subscribers, many at a time; none of them changes anything."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def days_of(self, subscribers: Collection[int], *, before: date) -> dict[int, Days]:
        """The days before that one which count for each of them; who has none is missing."""
        mine = deliveries.c
        reached = func.max(case((mine.state.in_(_REACHED), mine.date))).label("reached")
        query = (
            select(mine.subscriber, reached, func.max(mine.date).label("looked"))
            .where(mine.subscriber.in_(subscribers), mine.kind == "digest", mine.state.in_(_LOOKED), mine.date < before)
            .group_by(mine.subscriber)
        )
        with reading(self._engine) as connection:
            days = {row.subscriber: Days(row.reached, row.looked) for row in connection.execute(query)}
            lately = {key: each.last for key, each in days.items() if each.last and each.looked and each.last < each.looked}
            silent = _silent_days(connection, lately, before) if lately else {}
        return {key: replace(each, silent=silent.get(key, ())) for key, each in days.items()} if silent else days

    def last_planned_of(self, subscribers: Collection[int], *, now: datetime) -> dict[int, date]:
        """The latest local date for which each of them has a digest in the journal that has come due, whatever became of it.

        What is not due yet was written down by a clock that ran ahead.
        """
        mine = deliveries.c
        is_past = or_(mine.date < now.date() - timedelta(days=1), mine.due_at <= now)  # of old rows the index says enough
        query = select(mine.subscriber, func.max(mine.date).label("last")).where(mine.kind == "digest", is_past)
        query = query.group_by(mine.subscriber)
        found: dict[int, date] = {}
        with reading(self._engine) as connection:
            for some in chunks(subscribers, PARAMETERS):
                found.update((row.subscriber, row.last) for row in connection.execute(query.where(mine.subscriber.in_(some))))
        return found

    def digests_of(self, subscriber: int, limit: int) -> list[Delivery]:
        """The last digests that she was sent, the newest first, with what they say."""
        mine = deliveries.c
        query = full_rows().where(mine.subscriber == subscriber, mine.kind == "digest", mine.state.in_(_REACHED))
        with reading(self._engine) as connection:
            return [delivery(row) for row in connection.execute(query.order_by(mine.date.desc()).limit(limit))]

    def carried(self, subscriber: int, paper: int) -> Delivery | None:
        """The latest of her digests that holds the paper, whatever became of it."""
        was = select(merged_papers.c.old).where(merged_papers.c.paper == paper)
        same = or_(sent_papers.c.paper == paper, sent_papers.c.paper.in_(was))
        held = select(sent_papers.c.delivery).where(sent_papers.c.subscriber == subscriber, same)
        query = short_rows().where(deliveries.c.key.in_(held)).order_by(deliveries.c.date.desc()).limit(1)
        with reading(self._engine) as connection:
            return next((delivery(row) for row in connection.execute(query)), None)


def _silent_days(connection: Connection, since: Mapping[int, date], before: date) -> dict[int, tuple[tuple[date, str], ...]]:
    """Of each subscriber the last days between hers and that one on which there was nothing to say, with the reason."""
    mine = deliveries.c
    query = (
        select(mine.subscriber, mine.date, mine.reason)
        .where(mine.subscriber.in_(since), mine.kind == "digest", mine.state == DeliveryState.SKIPPED, mine.date < before)
        .where(mine.date > min(since.values()))
        .order_by(mine.date)
    )
    found: defaultdict[int, list[tuple[date, str]]] = defaultdict(list)
    for subscriber, day, reason in connection.execute(query):
        if day > since[subscriber]:
            found[subscriber].append((day, reason))
    return {subscriber: tuple(days[-_SILENT_DAYS:]) for subscriber, days in found.items()}
