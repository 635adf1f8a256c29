"""Fetches: how each source has been doing, and what to ask it with next time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, insert, or_, select

from digest.model import Fetch, Validator
from digest.store.engine import put, reading, writing
from digest.store.tables import fetches, validators


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source, as its fetches went."""

    source: str
    last_good: datetime | None = None      #: the last fetch without an error
    last_error: str = ""                   #: what the last failure said, also when it is over
    last_error_at: datetime | None = None
    last_new: datetime | None = None       #: the last fetch that brought a paper we did not know
    found: int = 0                         #: papers that the last fetch brought
    new: int = 0                           #: of them, those that were news
    note: str = ""                         #: what the last fetch had to say
    failures: int = 0                      #: failed fetches since the last good one

    @property
    def is_well(self) -> bool:
        return self.failures == 0


class Fetches:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, fetch: Fetch, *, new: int, updated: int) -> None:
        """Note how a fetch went, once its papers are stored: only then may its validators be sent again."""
        outcome = {
            "source": fetch.source,
            "at": fetch.at,
            "seconds": fetch.seconds,
            "found": len(fetch.papers),
            "new": new,
            "updated": updated,
            "error": _error(fetch),
            "note": fetch.note,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(fetches), outcome)
            if fetch.validators:
                given = [{"url": each.url, "etag": each.etag, "last_modified": each.last_modified} for each in fetch.validators]
                put(connection, validators, [each | {"at": fetch.at} for each in given], by="url")

    def validators(self) -> dict[str, Validator]:
        """What servers gave us to ask "anything new?" with, by URL."""
        with reading(self._engine) as connection:
            return {row.url: Validator(row.url, row.etag, row.last_modified) for row in connection.execute(select(validators))}

    def last_good(self, source: str) -> datetime | None:
        """When a fetch of the source last went well; None if it never did."""
        query = select(func.max(fetches.c.at)).where(fetches.c.source == source, fetches.c.error == "")
        with reading(self._engine) as connection:
            last: datetime | None = connection.scalar(query)
            return last

    def health(self) -> list[SourceHealth]:
        """Every source that was ever fetched, by name."""
        with reading(self._engine) as connection:
            sources = connection.scalars(select(fetches.c.source).distinct().order_by(fetches.c.source)).all()
            return [_health(connection, source) for source in sources]


def _error(fetch: Fetch) -> str:
    return (fetch.error.message or "failed without a word") if fetch.error else ""


def _health(connection: Connection, source: str) -> SourceHealth:
    def last(*where: ColumnElement[bool]) -> Row[Any] | None:
        query = select(fetches).where(fetches.c.source == source, *where)
        return connection.execute(query.order_by(fetches.c.at.desc(), fetches.c.key.desc()).limit(1)).first()

    latest, good, failed, fruitful = last(), last(fetches.c.error == ""), last(fetches.c.error != ""), last(fetches.c.new > 0)
    since = select(func.count()).where(fetches.c.source == source, fetches.c.error != "")
    if good:
        since = since.where(or_(fetches.c.at > good.at, and_(fetches.c.at == good.at, fetches.c.key > good.key)))
    return SourceHealth(
        source,
        last_good=good.at if good else None,
        last_error=failed.error if failed else "",
        last_error_at=failed.at if failed else None,
        last_new=fruitful.at if fruitful else None,
        found=latest.found if latest else 0,
        new=latest.new if latest else 0,
        note=latest.note if latest else "",
        failures=connection.scalar(since) or 0,
    )
