"""The journal read: who got what, what is still to come, which papers somebody knows already, and whether it all adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Engine, Row, Select, and_, case, func, or_, select, union_all

from digest.model import Delivery, DeliveryState, SubscriptionState
from digest.store.engine import chunks, reading
from digest.store.tables import bounces, deliveries, frozen, is_due, is_other, merged_papers, sent_papers, subscriptions

_COLUMNS = [each for each in deliveries.c if each.key not in {"once", "code", "lease_owner"}]

#: So many keys go into one question: PostgreSQL takes 65,535 parameters, SQLite as its builder pleased.
PARAMETERS = 10_000

#: Whose papers count as not sent.
_IN_VAIN = (DeliveryState.BOUNCED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Account:
    """What a day owed, and what became of it."""

    due: int                               #: digests whose time had come
    states: dict[DeliveryState, int]

    @property
    def adds_up(self) -> bool:
        """True when every digest that was due has an end, or waits for its retry: due = sent + skipped + bounced + deferred +
        expired + uncertain."""
        open_ones = sum(self.states.get(each, 0) for each in (DeliveryState.DUE, DeliveryState.SENDING))
        return not open_ones and self.due == sum(self.states.values())


def full_rows() -> Select[Any]:
    """Deliveries with what they say."""
    return select(*_COLUMNS, frozen.c.content).outerjoin(frozen, frozen.c.delivery == deliveries.c.key)


def still_to_move() -> CompoundSelect[Any]:
    """How many mails are due, in hand, or wait for a retry, by state. Each has an index of its own that holds nothing else, so
    this costs as much as there is to do, however long the journal grows."""
    mine = deliveries.c
    kinds = (is_due(), mine.lease_until.is_not(None), mine.retry_at.is_not(None))
    return union_all(*(select(mine.state, func.count()).where(each).group_by(mine.state) for each in kinds))


def short_rows() -> Select[Any]:
    """Deliveries without what they say, which is most of their size."""
    return select(*_COLUMNS)


def delivery(row: Row[Any]) -> Delivery:
    """A row of either kind as the noun."""
    fields = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns
    content = fields.pop("content", None)
    return Delivery(**(fields | {"subscriber": fields["subscriber"] or 0, "frozen": content or ""}))


class Accounts:
    """All questions to the journal that change nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- What somebody knows already ---

    def sent_papers(self, subscriber: int) -> set[int]:
        """Keys of the papers that were sent to her or are on their way; not of those that bounced, expired or were skipped."""
        return set(self.sent_papers_of([subscriber])[subscriber])

    def sent_papers_of(
        self, subscribers: Collection[int], *, among: Collection[int] = (), before: date | None = None
    ) -> dict[int, frozenset[int]]:
        """The same for many at once, every one of them a key of the answer. `among` narrows it to the papers that matter, `before`
        to the digests of earlier local dates. A digest that came back after it was handed over brought her nothing either."""
        ledger, mine, merged = sent_papers.c, deliveries.c, merged_papers.c
        paper = func.coalesce(merged.paper, ledger.paper)  # frozen by a pass that had read it before it was merged
        came_back = select(mine.key).join(bounces, and_(mine.subscriber == bounces.c.subscriber, mine.date == bounces.c.day))
        query = (
            select(ledger.subscriber, paper)
            .outerjoin(deliveries, deliveries.c.key == ledger.delivery)
            .outerjoin(merged_papers, merged.old == ledger.paper)
            .where(ledger.subscriber.in_(subscribers), or_(deliveries.c.key.is_(None), deliveries.c.state.not_in(_IN_VAIN)))
            .where(ledger.delivery.not_in(came_back))
        )
        if before:
            query = query.where(or_(deliveries.c.date.is_(None), deliveries.c.date < before))
        if among:                          # a range of the key: newer papers have higher ones, and candidates are new
            query = query.where(paper.between(min(among), max(among)))
        wanted, found = frozenset(among), defaultdict[int, set[int]](set)
        with reading(self._engine) as connection:
            for subscriber, key in connection.execute(query):
                found[subscriber].add(key)
        return {each: frozenset(found[each] & wanted if among else found[each]) for each in subscribers}

    # --- Who got what ---

    def tally(self, on: date | None = None, *, since: datetime | None = None) -> dict[DeliveryState, int]:
        """How many mails are in each state: the digests of a local date, or whatever was due since a moment, or all."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        if on is not None:
            query = query.where(deliveries.c.date == on)
        if since is not None:
            query = query.where(deliveries.c.due_at >= since)
        return self._counts(query)

    def on(self, day: date) -> list[Delivery]:
        """The digests of a local date, by recipient, without what they say."""
        return self._read(short_rows().where(deliveries.c.date == day).order_by(deliveries.c.recipient, deliveries.c.key))

    def get(self, key: int) -> Delivery | None:
        """One mail with what it says."""
        return self._one(full_rows().where(deliveries.c.key == key))

    def last_sent(self, subscriber: int) -> Delivery | None:
        """The latest digest that she was sent, with what it says."""
        mine = and_(deliveries.c.subscriber == subscriber, deliveries.c.kind == "digest", deliveries.c.state == DeliveryState.SENT)
        return self._one(full_rows().where(mine).order_by(deliveries.c.date.desc()).limit(1))

    def of_day(self, subscriber: int, day: date) -> Delivery | None:
        """Her digest of a local date, with what it says."""
        return self._one(full_rows().where(deliveries.c.once == f"digest:{subscriber}:{day.isoformat()}"))

    def once(self, name: str) -> bool:
        """Whether a mail was put into the outbox under that name, which it can be only once."""
        return self._one(short_rows().where(deliveries.c.once == name)) is not None

    def mailed(self, kinds: Collection[str], *, since: datetime, recipient: str = "") -> list[tuple[str, datetime]]:
        """Recipients and moments of mails of these kinds, not digests, that entered the outbox after a moment."""
        mine = deliveries.c
        query = select(mine.recipient, mine.due_at).where(is_other(), mine.kind.in_(kinds), mine.due_at > since)
        if recipient:
            query = query.where(mine.recipient == recipient)
        with reading(self._engine) as connection:
            return [(row.recipient, row.due_at) for row in connection.execute(query)]

    def waits(self, kinds: Collection[str], *, now: datetime) -> bool:
        """Whether a mail of these kinds, not digests, is due or has a retry that is due."""
        mine = deliveries.c
        due = or_(and_(mine.state == DeliveryState.DUE, mine.due_at <= now), mine.retry_at <= now, mine.lease_until <= now)
        with reading(self._engine) as connection:
            return connection.scalar(select(mine.key).where(is_other(), mine.kind.in_(kinds), due).limit(1)) is not None

    def pending(self) -> dict[DeliveryState, int]:
        """How many mails will still move by themselves, by state: due, in hand, or with a retry to come."""
        return self._counts(still_to_move())

    def add_up(self, days: Collection[date], *, now: datetime) -> Account:
        """The account of the digests of some local dates whose time had come by `now`."""
        states = deliveries.c.state
        query = select(states, func.count()).where(deliveries.c.date.in_(days), deliveries.c.due_at <= now).group_by(states)
        counts = self._counts(query)
        return Account(sum(counts.values()), counts)

    def reasons_of(self, digests: Mapping[date, Collection[int]]) -> dict[tuple[DeliveryState, str], int]:
        """How many of these digests, subscribers by local date, are in each state, and why; no reason where sent."""
        mine = deliveries.c
        why = case((mine.state == DeliveryState.SENT, ""), else_=mine.reason).label("why")
        query = select(mine.state, why, func.count()).where(mine.kind == "digest").group_by(mine.state, why)
        found = Counter[tuple[DeliveryState, str]]()
        with reading(self._engine) as connection:
            for day, subscribers in digests.items():
                for some in chunks(subscribers, PARAMETERS):
                    for state, reason, count in connection.execute(query.where(mine.date == day, mine.subscriber.in_(some))):
                        found[state, reason] += count
        return dict(found)

    # --- Who may no longer be written to ---

    def unsubscribed_since(self, moment: datetime) -> frozenset[str]:
        """Addresses, in lower case, that ceased to be active at or after that moment."""
        query = select(subscriptions.c.address).where(
            subscriptions.c.since >= moment, subscriptions.c.state != SubscriptionState.ACTIVE
        )
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(query))

    def _one(self, query: Select[Any]) -> Delivery | None:
        return next(iter(self._read(query)), None)

    def _read(self, query: Select[Any]) -> list[Delivery]:
        with reading(self._engine) as connection:
            return [delivery(row) for row in connection.execute(query)]

    def _counts(self, query: Select[Any] | CompoundSelect[Any]) -> dict[DeliveryState, int]:
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}
