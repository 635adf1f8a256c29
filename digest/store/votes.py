"""Votes: what somebody said of a paper, for learning."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select

from digest.store.engine import put
from digest.store.tables import merged_papers, papers, subscribers, votes

VALUES = ("more", "less")


@dataclass(frozen=True, slots=True)
class Vote:
    """More, or less, like this paper."""

    paper: int                             #: its key
    value: str                             #: one of VALUES
    at: datetime


def cast_vote(connection: Connection, subscriber: int, vote: Vote) -> bool:
    if vote.value not in VALUES:
        raise ValueError(f"a vote is one of {', '.join(VALUES)}, not '{vote.value}'")
    paper = _today(connection, vote.paper)
    there = select(exists().where(subscribers.c.key == subscriber), exists().where(papers.c.key == paper))
    if not all(connection.execute(there).one()):
        return False
    row = {"subscriber": subscriber, "paper": paper, "value": vote.value, "at": vote.at}
    put(connection, votes, row, by=("subscriber", "paper"))
    return True


def votes_of(connection: Connection, subscriber: int | None = None) -> dict[int, tuple[Vote, ...]]:
    """Everybody's votes, or one person's, by her key, oldest first."""
    found: defaultdict[int, list[Vote]] = defaultdict(list)
    query = select(votes).order_by(votes.c.at, votes.c.paper)
    for row in connection.execute(query if subscriber is None else query.where(votes.c.subscriber == subscriber)):
        found[row.subscriber].append(Vote(row.paper, row.value, row.at))
    return {key: tuple(some) for key, some in found.items()}


def forget_votes(connection: Connection, subscriber: int, paper: int | None = None) -> int:
    """All votes of hers, or the one on a paper; answers how many they were."""
    hers = delete(votes).where(votes.c.subscriber == subscriber)
    return connection.execute(hers if paper is None else hers.where(votes.c.paper == _today(connection, paper))).rowcount


def _today(connection: Connection, paper: int) -> int:
    """The key that a paper has now: an old mail may name it by the one that it had before."""
    merged = connection.scalar(select(merged_papers.c.paper).where(merged_papers.c.old == paper))
    return paper if merged is None else int(merged)
