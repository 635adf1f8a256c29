"""Retention: what is older than DIGEST_KEEP_DAYS goes, a little at a time, and what keeps a paper from coming twice stays.

Of a paper that was ever sent, its names, its title, when it was first seen and the ledger remain, so that a list that shows it
again never makes it news. A paper that somebody voted on, or that a topic wants papers to resemble, stays whole: it is learned
from. A mail on its way stays, however old it is.

Nothing is forgotten on the word of a clock that leapt: a machine that starts with a wrong year would take all for old. After a
leap, or after a long time off, the clock has to go on for a week before it is believed.

Each step is a transaction of its own and takes few rows, so that nobody waits for it and memory stays flat; a run that is cut
short is taken up by the next one. The file of an SQLite database does not shrink, its free pages are used again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, and_, delete, exists, func, or_, select, update

from digest.model import DeliveryState
from digest.store.engine import chunks, reading, writing
from digest.store.tables import (
    aliases,
    bounces,
    deliveries,
    fetches,
    is_other,
    merged_papers,
    papers,
    sent_papers,
    sightings,
    validators,
    votes,
)

log = logging.getLogger(__name__)

#: Takes the rows with these keys.
Step = Callable[[Connection, Sequence[int]], None]

CHUNK = 500  #: rows to a transaction
#: Papers stay so much longer than digests: one may show papers that were two weeks old, and the background of words against
#: which topics are weighed reaches back six weeks, while DIGEST_KEEP_DAYS may be as few as 15.
PAPERS_STAY_LONGER = timedelta(days=30)
#: A clock is believed when it has gone on for so long since it leapt,
SETTLED = timedelta(days=7)
#: and it has leapt when it passed over more than this without a fetch.
LEAP = timedelta(days=30)

#: Whose papers count as not sent; their part of the ledger goes with them.
_IN_VAIN = (DeliveryState.BOUNCED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)
#: What is left of a paper that was sent.
_SLIM: dict[str, Any] = {
    "abstract": "",
    "authors": (),
    "categories": (),
    "url": "",
    "pdf_url": "",
    "code_url": "",
    "project_url": "",
    "discussion_url": "",
    "comment": "",
    "summary": "",
    "keywords": (),
    "origins": {},                         # nobody's word on anything: what is told again is taken as it comes
}


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows went, by kind; `slimmed` papers are still known by name."""

    papers: int = 0
    slimmed: int = 0
    sightings: int = 0
    fetches: int = 0
    deliveries: int = 0
    bounces: int = 0
    validators: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


class Retention:
    """What is too old, taken out of one database."""

    def __init__(self, engine: Engine, *, chunk: int = CHUNK) -> None:
        self._engine, self._chunk = engine, chunk

    def trusts(self, now: datetime) -> bool:
        """Whether the clock may be believed: it did not leap over more than a month within the last week, as the fetches tell.

        A store whose first fetch is younger than a week has nothing to forget, and is believed.
        """
        settled = fetches.c.at <= now - SETTLED
        with reading(self._engine) as connection:
            last = connection.scalar(select(func.max(fetches.c.at)).where(settled))
        believed = last is None or last >= now - SETTLED - LEAP
        if not believed:
            log.warning("forgets nothing: the clock leapt, or the machine was off, since=%s", last.isoformat(timespec="minutes"))
        return believed

    def forget(self, before: datetime, *, spare: Collection[str] = (), stop: Callable[[], bool] = lambda: False) -> Forgotten:
        """Forget what is older than that moment; `spare` are names of papers that stay. `stop` ends it between two steps."""
        old = _is_old_paper(before - PAPERS_STAY_LONGER)
        needless = _is_needless(self._keys(spare))
        to_slim = and_(old, needless, _was_sent(), papers.c.origins != {})
        digests, others = _is_old_mail(before)

        def clear(table: Table, condition: ColumnElement[bool], by: Column[Any]) -> int:
            return self._step_by_step(table.c.key, condition, by, _deleting(table), stop)

        return Forgotten(
            sightings=clear(sightings, sightings.c.at < before, sightings.c.at),
            fetches=clear(fetches, _is_old_fetch(before), fetches.c.key),
            bounces=self._clear(bounces, before),
            validators=self._clear(validators, before),
            deliveries=sum(
                self._step_by_step(deliveries.c.key, condition, by, _delete_mails, stop)
                for condition, by in ((digests, deliveries.c.date), (others, deliveries.c.due_at))
            ),
            slimmed=self._step_by_step(papers.c.key, to_slim, papers.c.first_seen, _slim, stop),
            papers=clear(papers, and_(old, needless, ~_was_sent()), papers.c.first_seen),
        )

    def _clear(self, table: Table, before: datetime) -> int:
        """Of these there are few: they go at once."""
        with writing(self._engine) as connection:
            return connection.execute(delete(table).where(table.c.at < before)).rowcount

    def _step_by_step(
        self, key: Column[Any], condition: ColumnElement[bool], by: Column[Any], take: Step, stop: Callable[[], bool]
    ) -> int:
        """Look for a few rows, in the order of an index, and take them, again and again until there are none.

        Looking may take long and holds nobody up; so each row is asked again once the transaction that takes it has begun.
        """
        total, query = 0, select(key).where(condition).order_by(by, key).limit(self._chunk)
        while not stop():
            with reading(self._engine) as connection:
                found = connection.scalars(query).all()
            if not found:
                break
            with writing(self._engine, alone="papers") as connection:
                keys = connection.scalars(select(key).where(key.in_(found), condition)).all()
                take(connection, keys)
            total += len(keys)
        return total

    def _keys(self, names: Collection[str]) -> frozenset[int]:
        """The papers behind some names."""
        found: set[int] = set()
        with reading(self._engine) as connection:
            for some in chunks(names, CHUNK):
                found.update(connection.scalars(select(aliases.c.paper).where(aliases.c.name.in_(some))))
        return frozenset(found)


# --- What is old ---------------------------------------------------------------------------------------------------------


def _is_old_paper(before: datetime) -> ColumnElement[bool]:
    """First seen before that moment; one that was never news goes by when its row was made."""
    made = and_(papers.c.first_seen.is_(None), papers.c.kept_at < before)
    return or_(papers.c.first_seen < before, made)


def _was_sent() -> ColumnElement[bool]:
    """It stands in the ledger, be it under a key that it had before it was merged."""
    old = merged_papers.c
    directly = exists().where(sent_papers.c.paper == papers.c.key)
    return or_(directly, exists().where(old.paper == papers.c.key, sent_papers.c.paper == old.old))


def _is_needless(kept: Collection[int]) -> ColumnElement[bool]:
    """Nobody voted on it, and no topic names it."""
    unwanted = ~exists().where(votes.c.paper == papers.c.key)
    return and_(unwanted, papers.c.key.not_in(sorted(kept))) if kept else unwanted


def _is_old_fetch(before: datetime) -> ColumnElement[bool]:
    """The last fetch of each source stays, and its last good one: `status` speaks of them however old they are."""
    last = select(func.max(fetches.c.key)).group_by(fetches.c.source)
    good = select(func.max(fetches.c.key)).where(fetches.c.error == "").group_by(fetches.c.source)
    return and_(fetches.c.at < before, fetches.c.key.not_in(last), fetches.c.key.not_in(good))


def _is_old_mail(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Digests by their date, other mail by when it was written; nothing that will still move by itself."""
    mine = deliveries.c
    rests = and_(mine.state.not_in([DeliveryState.DUE, DeliveryState.SENDING]), mine.retry_at.is_(None))
    return and_(mine.date < before.date(), rests), and_(is_other(), mine.due_at < before, rests)


# --- Taking --------------------------------------------------------------------------------------------------------------


def _deleting(table: Table) -> Step:
    def take(connection: Connection, keys: Sequence[int]) -> None:
        connection.execute(delete(table).where(table.c.key.in_(keys)))

    return take


def _slim(connection: Connection, keys: Sequence[int]) -> None:
    connection.execute(update(papers).where(papers.c.key.in_(keys)).values(_SLIM))


def _delete_mails(connection: Connection, keys: Sequence[int]) -> None:
    """Rows of the journal, and what they said. The ledger stays, but for what never reached anybody."""
    in_vain = select(deliveries.c.key).where(deliveries.c.key.in_(keys), deliveries.c.state.in_(_IN_VAIN))
    whose = select(deliveries.c.subscriber).where(deliveries.c.key.in_(in_vain))
    ledger = sent_papers.c
    connection.execute(delete(sent_papers).where(ledger.subscriber.in_(whose), ledger.delivery.in_(in_vain)))
    connection.execute(delete(deliveries).where(deliveries.c.key.in_(keys)))
