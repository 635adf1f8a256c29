"""The journal: who gets what, how far it has come, and whose turn it is.

One row is one mail for ever: a digest is planned once for a subscriber and date, claimed under a lease, frozen before its first
byte leaves, and closed with its outcome. The database refuses a second one, whatever the clock does. Every change of state is
one of `digest.model.DELIVERY`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, case, or_, select, update

from digest.model import Delivery, DeliveryEvent, DeliveryState, Frozen, Outcome, Planned, delivery_after
from digest.store import claims
from digest.store.accounts import Accounts, delivery, full_rows
from digest.store.claims import leased, of
from digest.store.engine import chunks, put, upsert, writing
from digest.store.tables import deliveries, frozen, is_due, meta, sent_papers

#: Seconds by which turns may be asked for late, and still follow those before: so a commit that took long costs none.
MADE_UP = 0.2

#: Rows of one statement.
ROWS = 1000

_D, _E = DeliveryState, DeliveryEvent
_ROW = deliveries.c


class Deliveries(Accounts):
    """The journal of one database. Every method is one transaction: when it returns, what it did is durable."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._taken_over: dict[str, set[int]] = {}  # owner -> keys that it took over from a dead process

    # --- What is to be sent ---

    def plan(self, rows: Iterable[Planned]) -> int:
        """Notes digests that will be due, and returns how many are new; a subscriber and date that is known stays as it is."""
        parts = chunks(map(_planned, rows), ROWS)
        first = next(parts, None)
        if first is None:
            return 0
        with writing(self._engine) as connection:
            insert = upsert(connection, deliveries).on_conflict_do_nothing().returning(_ROW.key)
            return sum(len(connection.execute(insert, part).all()) for part in chain([first], parts))

    def enqueue(
        self, kind: str, recipient: str, content: str, *, once: str, now: datetime, subscriber: int = 0, message_id: str = ""
    ) -> bool:
        """Puts any other mail into the same outbox, due now. `once` is what it may be sent once for; False = it was there."""
        row = {
            "once": once,
            "kind": kind,
            "recipient": recipient,
            "subscriber": subscriber or None,
            "state": _D.DUE,
            "due_at": now,
            "message_id": message_id,
        }
        with writing(self._engine) as connection:
            insert = upsert(connection, deliveries).values(row).on_conflict_do_nothing()
            key = connection.scalar(insert.returning(_ROW.key))
            if key is not None:
                connection.execute(frozen.insert(), {"delivery": key, "content": content})
            return key is not None

    # --- Claim, freeze, record ---

    def claim(
        self, owner: str, *, now: datetime, lease: timedelta, limit: int, kinds: Collection[str] | None = None
    ) -> list[Delivery]:
        """Takes up to `limit` mails whose time has come: nobody else gets them before the lease runs out or `owner` is dead.

        Two days of one person are never in two hands at once. What dead processes left comes last, in small groups with nothing
        else in hand (see `claims`): as long as mails of this owner are under way, an empty answer may mean no more than "finish
        those first". Digests for those who may no longer be written to are closed here as skipped.
        """
        while True:
            with writing(self._engine, alone="claims") as connection:
                keys, left = self._to_claim(connection, owner, now=now, limit=limit, kinds=kinds)
                if not keys:
                    return []
                claims.take(connection, owner, keys, until=now + lease)
                rows = connection.execute(full_rows().where(_ROW.key.in_(keys)).order_by(_ROW.due_at, _ROW.key))
                claimed = claims.skip_unsubscribed(connection, [delivery(row) for row in rows])
            if claimed:
                if left:
                    self._taken_over[owner] = {each.key for each in claimed}
                return claimed

    def freeze(self, batch: Sequence[Frozen], *, owner: str) -> frozenset[int]:
        """Writes down what claimed mails say, and their papers as sent. Returns the keys that `owner` still holds: send these."""
        with writing(self._engine) as connection:
            held = self._held(connection, owner, batch)
            ours = [each for each in batch if each.key in held]
            if ours:
                put(connection, frozen, [{"delivery": each.key, "content": each.frozen} for each in ours], by="delivery")
                connection.execute(_NAME, [{"mail": each.key, "name": each.message_id} for each in ours])
            if ledger := [
                {"subscriber": held[each.key], "paper": paper, "delivery": each.key}
                for each in ours
                for paper in each.papers
                if held[each.key]
            ]:
                connection.execute(upsert(connection, sent_papers).on_conflict_do_nothing(), ledger)
        return frozenset(held)

    def record(self, batch: Sequence[Outcome], *, owner: str) -> None:
        """Closes claimed mails with what became of them, all in one commit.

        A mail that another process has taken over meanwhile is left to that one, but for this: accepted is accepted.
        """
        if batch:
            with writing(self._engine) as connection:
                connection.execute(_RECORD, [_values(each, owner) for each in batch])

    def release(self, owner: str, *, now: datetime, reason: str, retry_at: datetime) -> int:
        """Gives back, as deferred, all that `owner` still holds: the end of a pass that was stopped. Returns how many."""
        with writing(self._engine) as connection:
            keys = connection.scalars(select(_ROW.key).where(leased(owner))).all()
            if keys:
                ends = [Outcome(key, _E.FAILED_FOR_NOW, now, reason, retry_at=retry_at, attempted=False) for key in keys]
                connection.execute(_RECORD, [_values(each, owner) for each in ends])
        return len(keys)

    def put_off(self, *, now: datetime, reason: str, retry_at: datetime) -> int:
        """Defers all digests that are due: the end of a pass that cannot go on. As long as somebody has mails in hand nothing is
        put off, since whoever that is goes on. Returns how many mails that is."""
        after = delivery_after(delivery_after(_D.DUE, _E.CLAIMED), _E.FAILED_FOR_NOW)
        at_work = select(_ROW.key).where(leased(), _ROW.kind == "digest")
        due = and_(is_due(), _ROW.due_at <= now, _ROW.kind == "digest")
        with writing(self._engine) as connection:
            if connection.scalar(at_work.limit(1)) is not None:
                return 0
            given = {"state": after, "reason": reason, "retry_at": retry_at}
            return connection.execute(update(deliveries).where(due).values(given)).rowcount

    def renew(self, owner: str, *, now: datetime, lease: timedelta) -> int:
        """Prolongs the lease on all that `owner` holds. Returns how many mails that is."""
        with writing(self._engine) as connection:
            return connection.execute(update(deliveries).where(leased(owner)).values(lease_until=now + lease)).rowcount

    def expire(self, before: datetime, *, kinds: Collection[str] | None = None) -> int:
        """Gives up what was due before that moment and is not on its way. Returns how many mails that is."""
        late = and_(_ROW.due_at < before, of(kinds))
        with writing(self._engine) as connection:
            never_tried = _expire(connection, and_(is_due(), late), _D.DUE)
            return never_tried + _expire(connection, and_(_ROW.retry_at.is_not(None), late, _is(_D.DEFERRED)), _D.DEFERRED)

    # --- Pace ---

    def take_turns(self, count: int, *, rate: float, now: datetime) -> float:
        """Reserves `count` turns at `rate` a second, after all that any process on this database has reserved before; returns in
        how many seconds the first one is. Who asks a little late makes up for it; a longer silence saved no turns up. What lies
        absurdly far ahead was reserved by a clock that was wrong, and is void."""
        span = count / rate
        with writing(self._engine, alone="smtp turns") as connection:
            stored = connection.scalar(select(meta.c.value).where(meta.c.key == "smtp_turns"))
            ahead = float(stored) - now.timestamp() if stored else 0.0
            start = ahead if -MADE_UP <= ahead < max(60.0, 10 * span) else 0.0
            put(connection, meta, {"key": "smtp_turns", "value": repr(now.timestamp() + start + span)}, by="key")
        return start

    # --- Inside ---

    def _to_claim(
        self, connection: Connection, owner: str, *, now: datetime, limit: int, kinds: Collection[str] | None
    ) -> tuple[list[int], bool]:
        """The keys, and whether a dead process left them."""
        in_hand = set(connection.scalars(select(_ROW.key).where(leased(owner))))
        if in_hand & self._taken_over.pop(owner, set()):
            self._taken_over[owner] = in_hand
            return [], False               # these get their chance with nothing else in hand
        if keys := claims.claimable(connection, owner, now=now, limit=limit, kinds=kinds):
            return keys, False
        return claims.left_behind(connection, now=now, limit=limit, kinds=kinds, busy=bool(in_hand)), True

    def _held(self, connection: Connection, owner: str, batch: Sequence[Frozen]) -> dict[int, int | None]:
        """Which of the mails `owner` holds, and the subscriber of each."""
        query = select(_ROW.key, _ROW.subscriber).where(leased(owner), _ROW.key.in_([each.key for each in batch]))
        return {row.key: row.subscriber for row in connection.execute(query.with_for_update())}


def _planned(row: Planned) -> dict[str, Any]:
    return {
        "once": f"digest:{row.subscriber}:{row.date.isoformat()}",
        "kind": "digest",
        "recipient": row.recipient,
        "subscriber": row.subscriber,
        "date": row.date,
        "state": _D.DUE,
        "due_at": row.due_at,
    }


_NAME = update(deliveries).where(_ROW.key == bindparam("mail")).values(message_id=bindparam("name"))

_LOSSES = _ROW.losses + bindparam("lost")

#: One statement for all outcomes, so that a batch of them is one commit and one trip.
_RECORD = (
    update(deliveries)
    .where(
        _ROW.key == bindparam("mail"),
        _ROW.state == _D.SENDING,
        or_(_ROW.lease_owner == bindparam("holder"), bindparam("accepted") == 1),
    )
    .values(
        state=bindparam("after"),
        reason=bindparam("why"),
        code=bindparam("reply"),
        attempts=_ROW.attempts + bindparam("attempt"),
        losses=_LOSSES,
        retry_at=case((_LOSSES > 1, None), else_=bindparam("again", type_=_ROW.retry_at.type)),  # a second loss is final
        sent_at=bindparam("sent"),
        lease_owner="",
        lease_until=None,
    )
)


def _values(outcome: Outcome, owner: str) -> dict[str, Any]:
    """What `_RECORD` wants to know of one outcome."""
    accepted, lost = outcome.event is _E.ACCEPTED, outcome.event is _E.LINE_LOST
    after = delivery_after(_D.SENDING, outcome.event)
    return {
        "mail": outcome.key,
        "holder": owner,
        "accepted": int(accepted),
        "after": after,
        "why": outcome.reason,
        "reply": outcome.code,
        "attempt": int(outcome.attempted),
        "lost": int(lost),
        "again": outcome.retry_at if after in {_D.DEFERRED, _D.UNCERTAIN} else None,
        "sent": outcome.now if accepted else None,
    }


def _expire(connection: Connection, late: ColumnElement[bool], state: DeliveryState) -> int:
    after = delivery_after(state, _E.TOO_LATE)
    words = {"reason": "too late: " + _ROW.reason} if state is _D.DEFERRED else {"reason": "too late"}
    return connection.execute(update(deliveries).where(late).values(state=after, retry_at=None, **words)).rowcount


def _is(state: DeliveryState) -> ColumnElement[bool]:
    return _ROW.state == state
