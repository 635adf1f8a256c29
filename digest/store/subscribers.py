"""Subscribers: who they are, what they want, and whether we may write to them.

A profile is what her file, or she herself, said. Where it comes from a file, her own changes are kept beside it as an overlay,
which holds until the file says something new about the same key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, or_, select, update

from digest.model import (
    Consent,
    OutOfTurnError,
    Roster,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    SubscriptionState,
    subscription_after,
)
from digest.store.accounts import PARAMETERS
from digest.store.addresses import address_of, forgotten_name, salt
from digest.store.engine import chunks, put, reading, writing
from digest.store.profile import Reader, consent_columns, from_json, to_json, value_from_json, value_to_json
from digest.store.sync import SyncReport, sync_roster
from digest.store.tables import deliveries, sent_papers, subscribers, subscriptions
from digest.store.votes import Vote, cast_vote, forget_votes, votes_of

__all__ = ["Enrolled", "Subscribers", "SyncReport", "Vote"]

_ACTIVE = subscriptions.c.state == SubscriptionState.ACTIVE


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Everything about one subscriber."""

    subscriber: Subscriber                 #: as she is served: her profile under her own changes
    subscription: Subscription
    written: Subscriber                    #: as her file, or she herself, said it
    origin: str = ""                       #: the file in `subscribers/` that she comes from, "" = she came by mail or form
    overlay: tuple[tuple[str, Any], ...] = ()  #: her own changes to a profile from a file: field and value
    changed_at: datetime | None = None
    next_due: datetime | None = None       #: None = not reckoned since something changed

    @property
    def since(self) -> datetime | None:
        return self.subscription.since


class Subscribers:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- Reading ---

    def active(self) -> list[Subscriber]:
        """Everybody whom we may write to, as she is served, in the order of their keys."""
        return self._served(_ACTIVE)

    def due(self, now: datetime) -> list[Subscriber]:
        """Active subscribers whose next digest is due, and those of whom that is not reckoned since something changed."""
        return self._served(_ACTIVE, or_(subscribers.c.next_due <= now, subscribers.c.next_due.is_(None)))

    def wished_since(self, keys: Collection[int]) -> dict[int, datetime]:
        """Since when each of them is served as she is now: the last change of her profile, her own changes or her subscription."""
        query = select(subscribers.c.key, subscribers.c.changed_at, subscriptions.c.since).join(subscriptions)
        found: dict[int, datetime] = {}
        with reading(self._engine) as connection:
            for some in chunks(keys, PARAMETERS):
                rows = connection.execute(query.where(subscribers.c.key.in_(some)))
                found.update((key, max(changed, since)) for key, changed, since in rows)
        return found

    def by_key(self, keys: Collection[int]) -> dict[int, Subscriber]:
        """Those of the given keys whom we may write to, as they are served."""
        return {each.key: each for each in self._served(_ACTIVE, subscribers.c.key.in_(keys))}

    def get(self, email: str) -> Enrolled | None:
        """Everything about one subscriber; None when there is no profile under this address (see `subscription`)."""
        with reading(self._engine) as connection:
            return next(_enrolled(connection, subscribers.c.address == address_of(email)), None)

    def by_number(self, key: int) -> Enrolled | None:
        """Everything about the subscriber whose key a token carries, whether we may write to her or not."""
        with reading(self._engine) as connection:
            return next(_enrolled(connection, subscribers.c.key == key), None)

    def all(self) -> list[Enrolled]:
        with reading(self._engine) as connection:
            return list(_enrolled(connection))

    def waiting_in_files(self) -> list[Enrolled]:
        """Those who stand in a file and have not confirmed yet that they want mail."""
        waiting = subscriptions.c.state == SubscriptionState.PENDING
        with reading(self._engine) as connection:
            return list(_enrolled(connection, waiting, subscribers.c.origin != ""))

    def subscription(self, email: str) -> Subscription | None:
        """May we write to this address? Also answers for an address without a profile, and for a forgotten one."""
        with reading(self._engine) as connection:
            row = _subscription_row(connection, address_of(email))
            return _subscription(row) if row else None

    def suppressed(self) -> list[Subscription]:
        """Everybody whom we must never write to, and why; a forgotten one has no address."""
        query = select(subscriptions).where(subscriptions.c.state == SubscriptionState.SUPPRESSED)
        query = query.order_by(subscriptions.c.since, subscriptions.c.address)
        with reading(self._engine) as connection:
            return [_subscription(row) for row in connection.execute(query)]

    def any_from_files(self) -> bool:
        """Whether anybody has ever come from a file of `subscribers/`, and is not forgotten."""
        with reading(self._engine) as connection:
            return connection.scalar(select(subscribers.c.key).where(subscribers.c.origin != "").limit(1)) is not None

    def _served(self, *where: ColumnElement[bool]) -> list[Subscriber]:
        columns = [subscribers.c.key, subscriptions.c.email, subscribers.c.profile, subscribers.c.overlay]
        query = select(*columns).join(subscriptions).where(*where).order_by(subscribers.c.key)
        read = Reader().subscriber
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=1000).execute(query)
            return [read(email, profile | overlay, key=key) for key, email, profile, overlay in rows]

    # --- Changing ---

    def sync(self, roster: Roster, *, now: datetime, confirm: bool = False, ask_first: bool = False) -> SyncReport:
        """Take over the files of `subscribers/` (see `digest.store.sync`).

        `confirm` stops whoever is gone, however many they are; with `ask_first` somebody new is pending until she confirms.
        """
        appeared = SubscriptionEvent.FILE_APPEARED_UNCONFIRMED if ask_first else SubscriptionEvent.FILE_APPEARED
        with writing(self._engine, alone="subscribers") as connection:
            return sync_roster(connection, roster, now=now, confirm=confirm, appeared=appeared)

    def add(self, subscriber: Subscriber, *, event: SubscriptionEvent, consent: Consent, now: datetime) -> Subscription:
        """Enrol somebody who came by mail, form or an admin's hand; a profile that is there already is replaced.

        Raises OutOfTurnError when the event cannot happen to her subscription as it is: suppressed, she comes back by REVIVED only.
        """
        address = address_of(subscriber.email)
        with writing(self._engine, alone="subscribers") as connection:
            row = _subscription_row(connection, address)
            state = subscription_after(row.state if row else None, event)
            if state is None:
                raise ValueError(f"nobody can be added by {event}")
            if row:
                connection.execute(update(subscriptions).where(subscriptions.c.address == row.address).values(address=address))
            given = {"email": subscriber.email, "state": state, "reason": "", "since": now} | consent_columns(consent)
            put(connection, subscriptions, {"address": address} | given, by="address")
            profile = {"profile": to_json(subscriber), "overlay": {}, "origin": "", "changed_at": now, "next_due": None}
            put(connection, subscribers, {"address": address} | profile, by="address")
        return Subscription(subscriber.email, state, "", now, consent)

    def change(
        self, email: str, event: SubscriptionEvent, *, reason: str = "", now: datetime, consent: Consent | None = None
    ) -> Subscription | None:
        """Let something happen to a subscription. Answers how it stands then, None when nothing is left of it.

        `consent`, where it is given, takes the place of the older one. Raises OutOfTurnError when that cannot happen to it, or
        when there is none.
        """
        with writing(self._engine, alone="subscribers") as connection:
            row = _subscription_row(connection, address_of(email))
            state = subscription_after(row.state if row else None, event)
            if row is None or not row.email:
                raise OutOfTurnError("there is no profile to go with this subscription: add it instead")
            if state is None:
                _delete(connection, row.address)
                return None
            values: dict[str, Any] = {"state": state, "reason": reason, "since": now}
            if event in {SubscriptionEvent.CONFIRMED, SubscriptionEvent.REVIVED}:
                values |= consent_columns(consent) if consent else {"consent_confirmed": now}
            here = subscriptions.c.address == row.address
            connection.execute(update(subscriptions).where(here).values(**values))
            connection.execute(update(subscribers).where(subscribers.c.address == row.address).values(next_due=None))
            return _subscription(connection.execute(select(subscriptions).where(here)).one())

    def overlay(self, email: str, changes: Mapping[str, Any], now: datetime) -> Subscriber | None:
        """Change fields of somebody's profile at her own wish; answers how she is served then, None when she has no profile.

        Where the profile is from a file, the change lies over it, until the file says something new about the same field. Raises
        ValueError on a field that a profile does not have.
        """
        said = {name: value_to_json(name, value) for name, value in changes.items()}
        with writing(self._engine, alone="subscribers") as connection:
            here = subscribers.c.address == address_of(email)
            row = connection.execute(select(subscribers).where(here)).first()
            if row is None:
                return None
            profile, overlay = (row.profile, row.overlay | said) if row.origin else (row.profile | said, {})
            overlay = {name: value for name, value in overlay.items() if value != profile.get(name)}
            values = {"profile": profile, "overlay": overlay, "changed_at": now, "next_due": None}
            connection.execute(update(subscribers).where(here).values(**values))
            return next(_enrolled(connection, here)).subscriber

    def set_next_due(self, moments: Mapping[int, datetime]) -> None:
        """Note when each of these subscribers, by key, is to be looked at next."""
        if not moments:
            return
        this = update(subscribers).where(subscribers.c.key == bindparam("this")).values(next_due=bindparam("at"))
        with writing(self._engine) as connection:
            connection.execute(this, [{"this": key, "at": at} for key, at in moments.items()])

    def drop_unconfirmed(self, before: datetime) -> int:
        """Delete requests made before that moment and never confirmed; answers how many. Who stands in a file stays."""
        old = (subscriptions.c.state == SubscriptionState.PENDING) & (subscriptions.c.since < before)
        query = select(subscriptions.c.address).join(subscribers).where(old, subscribers.c.origin == "")
        with writing(self._engine, alone="subscribers") as connection:
            addresses = connection.scalars(query).all()
            for address in addresses:
                _delete(connection, address)
            return len(addresses)

    def forget(self, email: str) -> bool:
        """Delete all about somebody but a hash of her address, which stays suppressed; False when there was nothing."""
        address = address_of(email)
        with writing(self._engine, alone="subscribers") as connection:
            row = connection.execute(select(subscriptions).where(subscriptions.c.address == address)).first()
            connection.execute(delete(deliveries).where(func.lower(deliveries.c.recipient) == address))
            if row is None:
                return False
            _delete(connection, address)
            name = forgotten_name(address, salt(connection))
            left = {"address": name, "email": "", "state": SubscriptionState.SUPPRESSED, "reason": "forgotten", "since": row.since}
            put(connection, subscriptions, left | consent_columns(None), by="address")
            return True

    # --- What she said of papers ---

    def vote(self, subscriber: int, paper: int, value: str, now: datetime) -> bool:
        """Note "more" or "less" like this paper; the last word on a paper counts. False when either is gone.

        Raises ValueError on any other word.
        """
        with writing(self._engine, alone="papers") as connection:
            return cast_vote(connection, subscriber, Vote(paper, value, now))

    def unvote(self, subscriber: int, paper: int) -> bool:
        """Take back what she said of a paper; False when she had said nothing."""
        with writing(self._engine, alone="papers") as connection:
            return forget_votes(connection, subscriber, paper) > 0

    def votes(self, subscriber: int) -> tuple[Vote, ...]:
        """Her votes, oldest first."""
        with reading(self._engine) as connection:
            return votes_of(connection, subscriber).get(subscriber, ())

    def all_votes(self) -> dict[int, tuple[Vote, ...]]:
        """Everybody's votes, by the subscriber's key, oldest first."""
        with reading(self._engine) as connection:
            return votes_of(connection)

    def reset(self, subscriber: int) -> int:
        """Forget what was learned of somebody: her votes; answers how many they were."""
        with writing(self._engine, alone="papers") as connection:
            return forget_votes(connection, subscriber)


def _enrolled(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Enrolled]:
    query = select(subscribers, subscriptions).join(subscriptions).where(*where).order_by(subscribers.c.key)
    for row in connection.execute(query):
        overlay = tuple((name, value_from_json(name, value)) for name, value in row.overlay.items())
        served = from_json(row.email, row.profile | row.overlay, key=row.key)
        written = from_json(row.email, row.profile, key=row.key)
        yield Enrolled(served, _subscription(row), written, row.origin, overlay, row.changed_at, row.next_due)


def _subscription_row(connection: Connection, address: str) -> Row[Any] | None:
    names = (address, forgotten_name(address, salt(connection)))
    return connection.execute(select(subscriptions).where(subscriptions.c.address.in_(names))).first()


def _subscription(row: Row[Any]) -> Subscription:
    consent = Consent(row.consent_how, row.consent_at, row.consent_confirmed, row.consent_detail) if row.consent_at else None
    return Subscription(row.email, row.state, row.reason, row.since, consent)


def _delete(connection: Connection, address: str) -> None:
    """The subscription, and with it profile, votes and ledger."""
    key = select(subscribers.c.key).where(subscribers.c.address == address).scalar_subquery()
    connection.execute(delete(sent_papers).where(sent_papers.c.subscriber == key))
    connection.execute(delete(subscribers).where(subscribers.c.address == address))
    connection.execute(delete(subscriptions).where(subscriptions.c.address == address))
