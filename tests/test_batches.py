"""Batches are claimed ahead, written one at a time, and settled in the order in which they were claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing

import pytest

from digest.batches import in_turn
from digest.model import Delivery, DeliveryState
from digest.writing import Written
from tests.world import TODAY


class Desk:
    """Claims prepared batches, and writes down what happens to each, by the key of its first mail."""

    def __init__(self, *batches: Sequence[tuple[int, int]], slow: int = 0, torn: int = 0) -> None:
        self.left = [[mail(*each) for each in batch] for batch in batches]
        self.slow, self.torn = slow, torn
        self.heard: list[str] = []
        self.writing = 0

    async def claim(self) -> list[Delivery]:
        batch = self.left.pop(0) if self.left else []
        await asyncio.sleep(0)
        self.heard.append(f"claim {batch[0].key if batch else '-'}")
        return batch

    async def write(self, batch: Sequence[Delivery]) -> list[Written]:
        assert not self.writing, "there is one writer"
        self.writing += 1
        for _ in range(20 if batch[0].key == self.slow else 1):
            await asyncio.sleep(0)
        self.writing -= 1
        self.heard.append(f"write {batch[0].key}")
        if batch[0].key == self.torn:
            raise ValueError("the paper is torn")
        return [Written(each) for each in batch]

    async def settle(self, done: list[Written]) -> Collection[int]:
        await asyncio.sleep(0)
        self.heard.append(f"settle {done[0].delivery.key}")
        return {each.delivery.key for each in done}

    async def work(self, *, ahead: int = 2) -> list[int]:
        """The keys of all that may leave, in order."""
        return [key async for _, held in in_turn(self.claim, self.write, self.settle, ahead=ahead) for key in sorted(held)]


def mail(key: int, subscriber: int) -> Delivery:
    return Delivery(key, "digest", f"s{subscriber}@example.org", DeliveryState.SENDING, subscriber=subscriber, date=TODAY)


async def test_everything_that_can_be_claimed_leaves_once_and_in_order() -> None:
    desk = Desk([(1, 1), (2, 2)], [(3, 3)], [(4, 4)], [(5, 5)], slow=3)
    assert await desk.work() == [1, 2, 3, 4, 5]
    assert not desk.left


async def test_the_next_batch_is_claimed_before_the_last_one_is_written_down() -> None:
    desk = Desk([(1, 1)], [(2, 2)], [(3, 3)], slow=1)
    await desk.work()
    assert desk.heard.index("claim 2") < desk.heard.index("write 1")
    assert desk.heard.index("claim 3") < desk.heard.index("settle 1")


async def test_a_second_day_of_one_person_is_written_after_the_first_is_in_the_ledger() -> None:
    desk = Desk([(1, 7), (2, 8)], [(3, 7)], [(4, 9)], slow=1)
    assert await desk.work() == [1, 2, 3, 4]
    assert desk.heard.index("settle 1") < desk.heard.index("write 3")


@pytest.mark.parametrize("ahead", [1, 2, 3])
async def test_nothing_to_claim_is_nothing_to_do(ahead: int) -> None:
    desk = Desk()
    assert await desk.work(ahead=ahead) == []
    assert desk.heard == ["claim -"] * ahead


async def test_what_a_writer_raises_climbs_and_what_is_under_way_ends() -> None:
    desk = Desk([(1, 1)], [(2, 2)], [(3, 3)], torn=2)
    with pytest.raises(ValueError, match="torn"):
        await desk.work()
    assert "settle 1" in desk.heard
    assert "settle 2" not in desk.heard
    assert len(asyncio.all_tasks()) == 1


async def test_whoever_stops_listening_ends_the_batches_that_are_under_way() -> None:
    desk = Desk([(1, 1)], [(2, 2)], [(3, 3)], slow=2)
    async with aclosing(in_turn(desk.claim, desk.write, desk.settle, ahead=2)) as batches:
        async for _, held in batches:
            assert held == {1}
            break
    assert "write 2" not in desk.heard
    assert len(asyncio.all_tasks()) == 1
