"""What somebody has had so far: the day of her last digest, the silent days since, and which digest carried a paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, func, or_, select

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


class Histories:
    """Questions about the past of subscribers, many at a time; none of them changes anything."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_days_of(self, subscribers: Collection[int], *, before: date) -> dict[int, date]:
        """The local date of the last digest that each of them was sent before that day; those without one are missing."""
        mine = deliveries.c
        query = (
            select(mine.subscriber, func.max(mine.date).label("last"))
            .where(mine.subscriber.in_(subscribers), mine.kind == "digest", mine.state.in_(_REACHED), mine.date < before)
            .group_by(mine.subscriber)
        )
        with reading(self._engine) as connection:
            return {row.subscriber: row.last for row in connection.execute(query)}

    def last_looked_of(self, subscribers: Collection[int], *, before: date) -> dict[int, date]:
        """The last date before that day for which papers were looked through for each of them, whether or not one was sent."""
        mine = deliveries.c
        query = (
            select(mine.subscriber, func.max(mine.date).label("last"))
            .where(mine.subscriber.in_(subscribers), mine.kind == "digest", mine.state.in_(_LOOKED), mine.date < before)
            .group_by(mine.subscriber)
        )
        with reading(self._engine) as connection:
            return {row.subscriber: row.last for row in connection.execute(query)}

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

    def silent_days_of(self, subscribers: Collection[int], *, before: date) -> dict[int, tuple[tuple[date, str], ...]]:
        """The days since her last digest on which there was nothing to say, oldest first, with the reason that was found then."""
        mine = deliveries.c
        query = (
            select(mine.subscriber, mine.date, mine.reason)
            .where(mine.subscriber.in_(subscribers), mine.kind == "digest", mine.state == DeliveryState.SKIPPED, mine.date < before)
            .order_by(mine.date)
        )
        last = self.last_days_of(subscribers, before=before)
        found: defaultdict[int, list[tuple[date, str]]] = defaultdict(list)
        with reading(self._engine) as connection:
            for subscriber, day, reason in connection.execute(query):
                if subscriber in last and day > last[subscriber]:
                    found[subscriber].append((day, reason))
        return {subscriber: tuple(days[-_SILENT_DAYS:]) for subscriber, days in found.items()}

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
