"""Many readers at once, put into a store as if each had signed up by herself, and papers enough for all of them.

    python -m tests.crowd DATABASE_URL COUNT NOW [PAPER_FILE [LAYOUT]]

With a paper file each reader has four of a thousand topics that are made of its titles, so that no two digests are the same;
without one all have the topic of the small world.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.model import Layout, Subscriber, SubscriptionState, Topic
from digest.store.engine import chunks, writing
from digest.store.profile import consent_columns, to_json
from digest.store.store import Store
from digest.store.tables import subscribers, subscriptions

TOPICS, EACH = 1000, 4
OPERATORS = Topic("Operators", ("neural operators",))
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{3,}")


def readers(count: int, topics: Sequence[Topic] = (OPERATORS,), **changes: Any) -> list[Subscriber]:
    """s1@example.org, s2@example.org, …; each wants mail every day, about some of the topics."""
    chance = random.Random(1)
    each = min(EACH, len(topics))
    wishes: dict[str, Any] = {"days": tuple(range(7)), "max_papers": 10, "trending": 2} | changes
    return [Subscriber(f"s{n}@example.org", tuple(chance.sample(topics, each)), **wishes) for n in range(1, count + 1)]


def topics_of(titles: Sequence[str], count: int = TOPICS) -> list[Topic]:
    """Topics of three phrases of two words each, from titles taken by chance."""
    chance = random.Random(2)
    return [Topic(f"Topic {n}", tuple(_phrase(chance.choice(titles), chance) for _ in range(3))) for n in range(1, count + 1)]


def enrol(store: Store, people: Iterable[Subscriber], *, now: datetime) -> None:
    """All of them in few statements: one by one would take a commit each."""
    with writing(store.engine) as connection:
        for some in chunks(people, 1000):
            state = {"state": SubscriptionState.ACTIVE, "reason": "", "since": now} | consent_columns(None)
            connection.execute(subscriptions.insert(), [{"address": each.email, "email": each.email} | state for each in some])
            known = {"overlay": {}, "origin": "", "changed_at": now}
            connection.execute(subscribers.insert(), [{"address": each.email, "profile": to_json(each)} | known for each in some])


def _phrase(title: str, chance: random.Random) -> str:
    words = _WORD.findall(title) or ["learning"]
    at = chance.randrange(max(1, len(words) - 1))
    return " ".join(words[at : at + 2])


def _titles(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as handle:
        return [json.loads(line)["title"] for line in handle]


def main(url: str, count: str, now: str, file: str = "", layout: str = Layout.FULL) -> None:
    topics = topics_of(_titles(Path(file))) if file else [OPERATORS]
    with Store.open(url) as store:
        enrol(store, readers(int(count), topics, layout=Layout(layout)), now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
