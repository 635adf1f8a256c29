"""A copy made in the middle of a pass, and the store lost after it: what the copy knew of does not go out again, the rest once."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from digest import pipeline
from digest.model import DeliveryState, Outcome
from digest.store.backup import faults_of
from digest.store.store import Store
from tests.fakes import World
from tests.sink import Sink
from tests.world import TODAY, papers, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operators",))
READERS = 60


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 25, 59])
async def test_a_backup_while_a_pass_is_sending_is_sound_and_a_restored_one_goes_on_from_there(
    after: int, world: World, sink: Sink, tmp_path: Path
) -> None:
    copy, seen = tmp_path / "copy.sqlite3", 0

    def watch(_: Outcome) -> None:
        nonlocal seen
        seen += 1
        if seen == after:
            world.store.backup(copy)

    world.source.has(*papers(12))
    world.subscribes(*(subscriber(f"s{n}@example.org", topics=(OPERATORS,)) for n in range(READERS)))
    assert (await pipeline.run(world.house(watch=watch))).sent_now == READERS

    assert faults_of(copy) == []
    world.clock.goes_on(minutes=11)        # whoever had some in hand when the copy was made is believed to live for ten
    with Store.open(f"sqlite:///{copy}") as restored:
        known = {each.recipient for each in restored.deliveries.on(TODAY) if each.state == DeliveryState.SENT}
        assert after <= len(known) < READERS
        again = await pipeline.run(world.house(store=restored))
        once_more = await pipeline.run(world.house(store=restored))

    assert again.adds_up
    assert (again.sent_now, once_more.sent_now) == (READERS - len(known), 0)
    got = Counter(mail.recipient for mail in sink.mails)
    assert {who for who, count in got.items() if count == 1} == known
    assert set(got.values()) == {1, 2}
    names = defaultdict(set)
    for mail in sink.mails:
        names[mail.recipient].add(mail.message_id)
    assert {len(each) for each in names.values()} == {1}, "the second copy is the same mail to a mail program"
