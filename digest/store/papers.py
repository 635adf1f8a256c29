"""Papers: one row a work, found by any of its names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, exists, func, insert, literal, select, update

from digest import identity
from digest.model import Paper
from digest.store.engine import chunks, reading, upsert, writing
from digest.store.merging import Told, Work, Works, is_news, told
from digest.store.tables import aliases, merged_papers, papers, sent_papers, sightings, votes

CHUNK = 2000  #: papers to a transaction, and names to a statement (SQLite takes 32,766 parameters); arXiv's feed holds no more
_FIELDS = tuple(each.name for each in fields(Paper))
_COLUMNS = [papers.c[name] for name in _FIELDS]


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of some papers: how many became news just now, and of how many others something changed."""

    new: int = 0
    updated: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.new + other.new, self.updated + other.updated)


class Papers:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, papers: Iterable[Paper], *, now: datetime, news: bool = True) -> Kept:
        """Store papers, or what is better in them than what we had (see `merging`); rows that turn out to be one work are merged.

        A paper is first seen `now` when it comes as news, which a replacement is not, unless all that we knew was its withdrawal;
        `news=False` for papers that were only looked up. Once seen, it is not seen again by being announced again.
        """
        kept = Kept()
        for chunk in chunks(papers, CHUNK):
            with writing(self._engine, alone="papers") as connection:
                tellings = [told(each, first_seen=now if news and is_news(each) else None) for each in chunk]
                kept += _keep(connection, tellings, now, news=news)
        return kept

    def find(self, name: str) -> Paper | None:
        """The paper known under a name, a DOI, an arXiv id or a link to it."""
        wanted = select(aliases.c.paper).where(aliases.c.name == (identity.name(name) or name))
        with reading(self._engine) as connection:
            return next(_papers(connection, papers.c.key.in_(wanted)), None)

    def by_key(self, keys: Collection[int]) -> dict[int, Paper]:
        """Papers under the keys that were asked for; one that was merged since stands under its old key too."""
        found: dict[int, Paper] = {}
        with reading(self._engine) as connection:
            for chunk in chunks(set(keys), CHUNK):
                merged = select(merged_papers.c.old, merged_papers.c.paper).where(merged_papers.c.old.in_(chunk))
                now = {key: key for key in chunk} | dict(connection.execute(merged).all())
                rows = {each.key: each for each in _papers(connection, papers.c.key.in_(now.values()))}
                found |= {asked: rows[key] for asked, key in now.items() if key in rows}
        return found

    def since(self, at: datetime) -> list[Paper]:
        """Papers first seen at that moment or later, in the order of their keys; the withdrawn ones are left out."""
        with reading(self._engine) as connection:
            return list(_papers(connection, papers.c.first_seen >= at, papers.c.withdrawn.is_(False), order=papers.c.key))

    def background(self, since: datetime, limit: int) -> list[Paper]:
        """The same, but of them only the `limit` latest: what the words of a topic are weighed against."""
        latest = select(papers.c.key).where(papers.c.first_seen >= since, papers.c.withdrawn.is_(False))
        latest = latest.order_by(papers.c.first_seen.desc(), papers.c.key.desc()).limit(limit)
        with reading(self._engine) as connection:
            return list(_papers(connection, papers.c.key.in_(latest), order=papers.c.key))

    def announced_days(self, limit: int, *, now: datetime) -> list[date]:
        """The last days on which something was announced that was known by `now`, the newest first."""
        days = select(papers.c.announced).distinct().where(papers.c.announced.is_not(None), papers.c.first_seen <= now)
        with reading(self._engine) as connection:
            return list(connection.scalars(days.order_by(papers.c.announced.desc()).limit(limit)))

    def lacking(self, names: Collection[str]) -> list[str]:
        """Those of the names under which no paper is known, in their order."""
        with reading(self._engine) as connection:
            wanted = select(aliases.c.name).where(aliases.c.name.in_(bindparam("some", expanding=True)))
            known = {name for some in chunks(names, CHUNK) for name in connection.scalars(wanted, {"some": some})}
        return [name for name in names if name not in known]

    def without_abstract(self, since: datetime) -> list[Paper]:
        """Papers first seen since a moment that have a DOI and no abstract, the latest first."""
        bare = (papers.c.first_seen >= since, papers.c.abstract == "", papers.c.doi != "", papers.c.withdrawn.is_(False))
        with reading(self._engine) as connection:
            return list(_papers(connection, *bare, order=papers.c.key.desc()))

    def count(self) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(papers)) or 0


def _papers(connection: Connection, *where: ColumnElement[bool], order: Any = None) -> Iterator[Paper]:
    return (Paper(*row) for row in connection.execute(select(*_COLUMNS).where(*where).order_by(order)))


# --- Keeping -------------------------------------------------------------------------------------------------------------


def _keep(connection: Connection, tellings: list[Told], now: datetime, *, news: bool) -> Kept:
    works = Works(_rows(connection, {name for each in tellings for name in each.paper.aliases}))
    for each in tellings:
        works.hear(each)
    if news:
        for work in works:
            work.revive(now)
    fresh = [work for work in works if not work.keys]
    changed = [work for work in works if work.keys and work.changed]
    for work in changed:
        for gone in work.keys[1:]:
            _merge(connection, gone, into=work.keys[0])
    _insert(connection, fresh, now)
    _update(connection, changed)
    new = sum(work.is_new for work in fresh + changed)
    return Kept(new, len(fresh) + len(changed) - new)


def _rows(connection: Connection, names: set[str]) -> Iterator[Told]:
    """What is stored under any of these names."""
    keys: set[int] = set()
    for chunk in chunks(names, CHUNK):
        keys.update(connection.scalars(select(aliases.c.paper).where(aliases.c.name.in_(chunk))))
    for some in chunks(keys, CHUNK):
        for origins, *row in connection.execute(select(papers.c.origins, *_COLUMNS).where(papers.c.key.in_(some))):
            yield Told(Paper(*row), {name: (source, version) for name, (source, version) in origins.items()})


def _insert(connection: Connection, works: list[Work], now: datetime) -> None:
    if not works:
        return
    last = connection.scalar(select(func.max(papers.c.key))) or 0
    connection.execute(insert(papers), [_columns(work) | {"kept_at": now} for work in works])
    # Nobody else adds papers meanwhile, and keys only grow. (With RETURNING, SQLite reads each statement of 26,000 values anew.)
    keys = {name: key for key, name in connection.execute(select(papers.c.key, papers.c.id).where(papers.c.key > last))}
    named = [{"name": name, "paper": keys[work.now.paper.id]} for work in works for name in work.now.paper.aliases]
    connection.execute(insert(aliases), named)


def _update(connection: Connection, works: list[Work]) -> None:
    if not works:
        return
    rows = [_columns(work) | {"this": work.keys[0]} for work in works]
    connection.execute(update(papers).where(papers.c.key == bindparam("this")), rows)
    old = {name for work in works if work.before for name in work.before.paper.aliases}
    named = [{"name": name, "paper": work.keys[0]} for work in works for name in work.now.paper.aliases if name not in old]
    if named:
        connection.execute(upsert(connection, aliases).on_conflict_do_nothing(), named)


def _columns(work: Work) -> dict[str, Any]:
    paper = work.now.paper
    return {name: getattr(paper, name) for name in _FIELDS if name != "key"} | {"origins": work.now.origins}


def _merge(connection: Connection, gone: int, *, into: int) -> None:
    """Two rows are one work: everything that speaks of one speaks of the other, and the key that goes is remembered."""
    for table in (aliases, sightings, merged_papers):
        connection.execute(update(table).where(table.c.paper == gone).values(paper=into))
    _merge_votes(connection, gone, into)
    _merge_ledger(connection, gone, into)
    connection.execute(delete(papers).where(papers.c.key == gone))
    connection.execute(insert(merged_papers).values(old=gone, paper=into))


def _merge_votes(connection: Connection, gone: int, into: int) -> None:
    """Whoever voted on both said last what counts."""
    other = votes.alias()
    for loser, winner, beats in ((gone, into, other.c.at >= votes.c.at), (into, gone, other.c.at > votes.c.at)):
        again = exists().where(other.c.subscriber == votes.c.subscriber, other.c.paper == winner, beats)
        connection.execute(delete(votes).where(votes.c.paper == loser, again))
    connection.execute(update(votes).where(votes.c.paper == gone).values(paper=into))


def _merge_ledger(connection: Connection, gone: int, into: int) -> None:
    sent = select(sent_papers.c.subscriber, literal(into), sent_papers.c.delivery).where(sent_papers.c.paper == gone)
    moved = upsert(connection, sent_papers).from_select(["subscriber", "paper", "delivery"], sent)
    connection.execute(moved.on_conflict_do_nothing())
    connection.execute(delete(sent_papers).where(sent_papers.c.paper == gone))
