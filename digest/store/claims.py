"""Whose turn it is: which mails a process may take now, and what to do with those that a dead one left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, case, func, or_, select, update

from digest.model import Delivery, DeliveryEvent, DeliveryState, SubscriptionState, delivery_after
from digest.store import leases
from digest.store.addresses import address_of
from digest.store.tables import deliveries, is_due, subscriptions

#: Crashes that count against a mail; then it is set aside.
CRASHES = 3

#: A crash counts against the mails that were in hand if there were no more than these: of hundreds, each is hardly suspect.
SUSPECTS = 20

_D, _E = DeliveryState, DeliveryEvent
_ROW = deliveries.c


def leased(owner: str | None = None) -> ColumnElement[bool]:
    """In somebody's hand: a lease stands in a row only as long as it is held."""
    return _ROW.lease_until.is_not(None) if owner is None else and_(_ROW.lease_until.is_not(None), _ROW.lease_owner == owner)


def of(kinds: Collection[str] | None) -> ColumnElement[bool]:
    return _ROW.kind.in_(kinds) if kinds is not None else _ROW.kind.is_not(None)


def claimable(connection: Connection, owner: str, *, now: datetime, limit: int, kinds: Collection[str] | None) -> list[int]:
    """Keys, locked, of retries whose time has come and then of what is due."""
    alone = _not_in_another_hand(owner)
    retries = connection.scalars(_queue(and_(_ROW.retry_at <= now, alone), _ROW.retry_at, kinds, limit)).all()
    due = and_(is_due(), _ROW.due_at <= now, alone)
    return [*retries, *connection.scalars(_queue(due, _ROW.due_at, kinds, limit - len(retries))).all()]


def _not_in_another_hand(owner: str) -> ColumnElement[bool]:
    """Another digest of hers is not: what that one shows is not in the ledger yet, and two chosen at once would show the same."""
    others = select(_ROW.subscriber).where(leased(), _ROW.lease_owner != owner, _ROW.kind == "digest", _ROW.subscriber.is_not(None))
    return or_(_ROW.kind != "digest", _ROW.subscriber.not_in(others))


def left_behind(
    connection: Connection, *, now: datetime, limit: int, kinds: Collection[str] | None, busy: bool
) -> list[int]:
    """Keys, locked, of mails to take over from a dead process, the crash counted.

    Whoever died may have died of one of the mails it held. So they come after all others, in groups of twenty, and only to a
    process with nothing else in hand (not `busy`): should that one die as well, there are few suspects. Each of those then comes
    alone, the least suspect first, and what was alone in hand at its third crash is set aside.
    """
    over = and_(leased(), or_(_ROW.lease_until <= now, _ROW.lease_owner.in_(_dead(connection))))
    query = _queue(over, _ROW.crashes, kinds, min(limit, SUSPECTS)).add_columns(_ROW.crashes, _ROW.lease_owner)
    while not busy and (rows := connection.execute(query).all()):
        first = rows[0]
        in_hand = connection.scalar(select(func.count()).where(leased(first.lease_owner)).select_from(deliveries)) or 0
        if first.crashes + 1 < CRASHES or in_hand > 1:
            group = [row.key for row in rows if row.lease_owner == first.lease_owner and not row.crashes]
            keys = [first.key] if first.crashes else group
            _count_crash(connection, keys, counts=in_hand <= SUSPECTS)
            return keys
        _set_aside(connection, first.key)
    return []


def take(connection: Connection, owner: str, keys: Sequence[int], *, until: datetime) -> None:
    """Puts a lease on mails that are locked."""
    claimed = {"state": delivery_after(_D.DUE, _E.CLAIMED), "lease_owner": owner, "lease_until": until, "retry_at": None}
    connection.execute(update(deliveries).where(_ROW.key.in_(keys)).values(claimed))


def skip_unsubscribed(connection: Connection, claimed: Sequence[Delivery]) -> list[Delivery]:
    """Closes the digests of those who may not be written to, and returns the other mails. A goodbye still goes out."""
    addresses = {address_of(each.recipient) for each in claimed if each.kind == "digest"}
    active = select(subscriptions.c.address).where(
        subscriptions.c.address.in_(addresses), subscriptions.c.state == SubscriptionState.ACTIVE
    )
    gone = addresses - set(connection.scalars(active))
    skipped = [each.key for each in claimed if each.kind == "digest" and address_of(each.recipient) in gone]
    if skipped:
        ended = {"state": delivery_after(_D.SENDING, _E.UNSUBSCRIBED), "reason": "no longer subscribed", **_FREE}
        connection.execute(update(deliveries).where(_ROW.key.in_(skipped)).values(ended))
    return [each for each in claimed if each.key not in set(skipped)]


_FREE: dict[str, Any] = {"lease_owner": "", "lease_until": None, "retry_at": None}


def _queue(condition: ColumnElement[bool], by: Column[Any], kinds: Collection[str] | None, limit: int) -> Select[Any]:
    """Rows in the order of an index, locked; on PostgreSQL rows that another process is just claiming are passed over."""
    return select(_ROW.key).where(condition, of(kinds)).order_by(by, _ROW.key).limit(limit).with_for_update(skip_locked=True)


def _dead(connection: Connection) -> list[str]:
    owners = connection.scalars(select(_ROW.lease_owner).where(leased()).distinct())
    return [each for each in owners if leases.is_dead(each)]


def _count_crash(connection: Connection, keys: list[int], *, counts: bool) -> None:
    """One more crash against each, as far as that can be said of a mail that was not alone in hand."""
    more = case((_ROW.crashes < CRASHES - 1, _ROW.crashes + int(counts)), else_=_ROW.crashes)
    still = delivery_after(_D.SENDING, _E.LEASE_RAN_OUT)
    connection.execute(update(deliveries).where(_ROW.key.in_(keys)).values(state=still, crashes=more))


def _set_aside(connection: Connection, key: int) -> None:
    aside = {
        "state": delivery_after(_D.SENDING, _E.SET_ASIDE),
        "crashes": CRASHES,
        "reason": f"set aside: {CRASHES} processes died while they had it in hand",
        **_FREE,
    }
    connection.execute(update(deliveries).where(_ROW.key == key).values(aside))
