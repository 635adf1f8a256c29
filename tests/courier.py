"""A process that delivers: claim, write, freeze, hand over, until nothing is left. Tests start it, and kill it.

    python -m tests.courier DATABASE_URL SMTP_PORT CONNECTIONS BATCH

It says `claimed N` and `frozen N` on stdout as it goes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from digest.mail.envelope import Message
from digest.mail.outbox import LEASE, Parcel, deliver
from digest.mail.relay import SmtpSettings
from digest.mail.smtp import Pool
from digest.model import Delivery, DeliveryState, Frozen, Planned, Roster, RosterFile
from digest.store.leases import new_owner
from digest.store.store import Store
from tests.world import TODAY, papers, subscriber


def crowd(store: Store, count: int, *, now: datetime) -> list[str]:
    """Subscribers s1@example.org, … with a digest due today, and three papers to put into it. Returns the addresses."""
    people = tuple(subscriber(f"s{n}@example.org") for n in range(1, count + 1))
    store.subscribers.sync(Roster((RosterFile("crowd.yaml", "1", people),)), now=now - timedelta(hours=1))
    store.papers.keep(papers(3), now=now - timedelta(hours=1))
    store.deliveries.plan(Planned(each.key, each.email, TODAY, now) for each in store.subscribers.active())
    return [each.email for each in people]


class Courier:
    """One process's part of a pass, over and over until there is nothing to claim."""

    def __init__(self, store: Store, pool: Pool, *, batch: int) -> None:
        self._journal, self._pool, self._batch = store.deliveries, pool, batch
        self._papers = tuple(each.key for each in store.papers.since(datetime(2000, 1, 1, tzinfo=UTC)))
        self._owner = new_owner()
        self._claimed = 0

    async def work(self) -> None:
        while True:
            before = self._claimed
            await deliver(self._parcels(), pool=self._pool, journal=self._journal, owner=self._owner, clock=now)
            if self._claimed == before:
                return

    def _parcels(self) -> Iterator[Parcel]:
        while claimed := self._journal.claim(self._owner, now=now(), lease=LEASE, limit=self._batch):
            self._claimed += len(claimed)
            print("claimed", len(claimed), flush=True)
            fresh = [self._written(each) for each in claimed if not each.message_id]
            held = self._journal.freeze(fresh, owner=self._owner) | {each.key for each in claimed if each.message_id}
            print("frozen", len(held), flush=True)
            contents = {each.key: each for each in fresh}
            for each in claimed:
                if each.key in held:
                    yield each, _message(each, contents.get(each.key))

    def _written(self, delivery: Delivery) -> Frozen:
        """What it says depends on the process that wrote it, so that a retry that is written anew would show."""
        return Frozen(delivery.key, f'{{"by":"{self._owner}"}}', f"<{delivery.key}.{id(self)}@example.org>", self._papers)


def _message(delivery: Delivery, fresh: Frozen | None) -> Message:
    content = fresh.frozen if fresh else delivery.frozen
    name = fresh.message_id if fresh else delivery.message_id
    body = f"{content}\r\n" + "Ten papers, and why.\r\n" * 400
    data = f"Message-ID: {name}\r\nSubject: Papers\r\n\r\n{body}".encode()
    return Message("bounce@example.org", delivery.recipient, name, data)


def now() -> datetime:
    return datetime.now(UTC)


def states(store: Store) -> dict[DeliveryState, int]:
    return store.deliveries.tally(TODAY)


def main(url: str, port: str, connections: str, batch: str) -> None:
    pool = Pool(SmtpSettings("127.0.0.1", int(port), "none", connections=int(connections)))
    with Store.open(url) as store:
        asyncio.run(Courier(store, pool, batch=int(batch)).work())


if __name__ == "__main__":
    main(*sys.argv[1:])
