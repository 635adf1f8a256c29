"""A clock that ran ahead and was set right: what was decided for days that had not come is taken back.

A machine that starts with a wrong date, or whose date somebody mistypes, may believe for a minute that a month or ten years have
gone by. Whatever it has sent by then stays sent: a date that had its digest gets no second one. But nobody's next digest may wait
until that day comes, and no day of the coming weeks may stand in the journal as missed.

A clock that goes back may just as well be the wrong one (many small machines start in 1970), so nothing is taken back but what
the next pass writes down again.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, delete, or_, select, update

from digest.model import DeliveryState, SubscriptionState
from digest.store.engine import put, reading, writing
from digest.store.tables import deliveries, meta, sent_papers, subscribers, subscriptions

log = logging.getLogger(__name__)

#: What a clock may go back without a word: a second of NTP's, or the hours for which nothing was planned that is not due.
SLACK = timedelta(hours=1)
#: How often the time is noted.
NOTED = timedelta(minutes=10)
#: Rows further ahead are in nobody's way until they are forgotten.
AHEAD = timedelta(days=30)

A_DAY = timedelta(days=1)
_MARK = "clock"                            # in the store's small things
#: Certainly reached nobody, and in nobody's hand.
_NOBODY = (DeliveryState.DUE, DeliveryState.DEFERRED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)


class Hindsight:
    """The latest time that this store has seen, and what to do when it is earlier now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def heed(self, now: datetime, *, catch_up: timedelta) -> None:
        """Note the time. Where the clock has gone back since by more than an hour, take back what it had decided too early:
        whatever is not due yet, and what nobody can have been too late for, since it can still be caught up."""
        with reading(self._engine) as connection:
            before = _noted(connection)
        if before is None or now - before >= NOTED or before - now > SLACK:
            with writing(self._engine, alone=_MARK) as connection:
                before = _noted(connection)  # another process may have been faster, and has planned anew by now
                put(connection, meta, {"key": _MARK, "value": json.dumps(now.isoformat())}, by="key")
                if before and before - now > SLACK:
                    _take_back(connection, now, catch_up=catch_up)
                    log.warning("clock went_back=%s now=%s", before - now, now.isoformat(timespec="seconds"))


def _noted(connection: Connection) -> datetime | None:
    said = connection.scalar(select(meta.c.value).where(meta.c.key == _MARK))
    return datetime.fromisoformat(json.loads(said)) if said else None


def _take_back(connection: Connection, now: datetime, *, catch_up: timedelta) -> None:
    """The digests that are not due yet; of those that are, the ones that were given up, since none of them can have been too
    late, and the ones whose next try may be years away, if the next pass writes them down again; and everybody's next moment."""
    row, ledger = deliveries.c, sent_papers.c
    after, until = now - catch_up, now + AHEAD
    days = row.date.between(after.date() - A_DAY, until.date() + A_DAY)  # local dates, which have an index
    not_yet = and_(row.due_at > now, row.due_at <= until, row.state.in_(_NOBODY))
    at_home = subscribers.c.address == subscriptions.c.address
    served = select(subscribers.c.key).join(subscriptions, at_home).where(subscriptions.c.state == SubscriptionState.ACTIVE)
    astray = or_(row.state == DeliveryState.EXPIRED, and_(row.state == DeliveryState.DEFERRED, row.subscriber.in_(served)))
    too_early = and_(row.kind == "digest", days, or_(not_yet, and_(row.due_at > after, row.due_at <= now, astray)))
    keys, whose = select(row.key).where(too_early), select(row.subscriber).where(too_early)
    connection.execute(delete(sent_papers).where(ledger.subscriber.in_(whose), ledger.delivery.in_(keys)))
    connection.execute(delete(deliveries).where(too_early))
    connection.execute(update(subscribers).values(next_due=None))
