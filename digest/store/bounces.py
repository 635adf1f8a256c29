"""Mails that came back: one row for a subscriber and the day of her digest, so that the same report twice counts once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, and_, select

from digest.model import Delivery, DeliveryState
from digest.store.accounts import delivery, short_rows
from digest.store.engine import reading, upsert, writing
from digest.store.tables import bounces, deliveries, is_refused, subscribers


@dataclass(frozen=True, slots=True)
class Bounce:
    """One digest that came back."""

    subscriber: int
    day: date                              #: the digest's local date
    damage: str                            #: hard, soft or policy
    status: str                            #: RFC 3463, "" = none was given
    said: str
    at: datetime                           #: when we heard of it


class Bounces:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, bounce: Bounce) -> bool:
        """Note a bounce. False when that digest's is known already, or when the subscriber is gone."""
        row = {name: getattr(bounce, name) for name in ("subscriber", "day", "damage", "status", "said", "at")}
        with writing(self._engine) as connection:
            if connection.scalar(select(subscribers.c.key).where(subscribers.c.key == bounce.subscriber)) is None:
                return False
            insert = upsert(connection, bounces).values(row).on_conflict_do_nothing()
            return connection.scalar(insert.returning(bounces.c.subscriber)) is not None

    def of(self, subscriber: int) -> list[Bounce]:
        """All that came back from her, oldest first."""
        query = select(bounces).where(bounces.c.subscriber == subscriber).order_by(bounces.c.day)
        with reading(self._engine) as connection:
            return [Bounce(**row) for row in connection.execute(query).mappings()]

    def sent_days(self, subscriber: int, *, since: date) -> list[date]:
        """The local dates of her digests that a server took over, from that day on."""
        mine, taken = deliveries.c, (DeliveryState.SENT, DeliveryState.UNCERTAIN)
        query = select(mine.date).where(mine.subscriber == subscriber, mine.date >= since, mine.kind == "digest")
        with reading(self._engine) as connection:
            return list(connection.scalars(query.where(mine.state.in_(taken)).order_by(mine.date)))

    def unheard(self, *, since: date) -> Iterator[Delivery]:
        """Digests that were refused at once, from that local date on, of which no bounce is noted yet."""
        mine = deliveries.c
        noted = and_(bounces.c.subscriber == mine.subscriber, bounces.c.day == mine.date)
        query = short_rows().outerjoin(bounces, noted).where(
            is_refused(), mine.date >= since, mine.subscriber.is_not(None), bounces.c.day.is_(None)
        )
        with reading(self._engine) as connection:
            yield from [delivery(row) for row in connection.execute(query.order_by(mine.date, mine.key))]
