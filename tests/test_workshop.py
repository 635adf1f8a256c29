"""A writer in a process of its own: what it writes comes back, and whatever becomes of it, nobody else's mail is lost with it."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from digest.errors import ConfigError
from digest.mail.envelope import Message
from digest.model import Delivery, DeliveryEvent, DeliveryState
from digest.workshop import RARELY, Workshop
from digest.writing import RETRY_OUR_FAULT, Written
from tests.world import NOW, TODAY

pytestmark = pytest.mark.slow              # a process takes half a second to start

DEADLY, SPOILED = "deadly@example.org", "spoiled@example.org"


class Scribe:
    """Says in each mail which process wrote it, and as which of its batches."""

    def __init__(self) -> None:
        self.batches = 0

    def __call__(self, batch: Sequence[Delivery], now: datetime) -> list[Written]:
        self.batches += 1
        if any(each.recipient == DEADLY for each in batch):
            os._exit(9)
        if any(each.recipient == SPOILED for each in batch):
            raise ConfigError("the ink is dry")
        print("this must not stand among the answers")
        said = f"{os.getpid()} {self.batches}".encode()
        return [Written(each, Message("", each.recipient, f"<{each.key}@example.org>", said + b" " * 100_000)) for each in batch]


def workshop() -> Workshop:
    make: Any = Scribe
    return Workshop(partial(make))


def mail(key: int, recipient: str = "alice@example.org") -> Delivery:
    return Delivery(key, "digest", recipient, DeliveryState.SENDING, subscriber=key, date=TODAY)


def said(written: Sequence[Written]) -> list[tuple[int, int]]:
    """Process and batch of each mail."""
    words = [each.message.data.split() for each in written if each.message]
    return [(int(process), int(batch)) for process, batch in words]


async def test_one_process_writes_all_batches_and_keeps_what_it_knows() -> None:
    async with workshop() as scribes:
        first = await scribes.write([mail(1), mail(2)], NOW)
        second = await scribes.write([mail(3)], NOW)

    assert [each.delivery for each in (*first, *second)] == [mail(1), mail(2), mail(3)]
    (process,) = {process for process, _ in said([*first, *second])}
    assert process != os.getpid()
    assert [batch for _, batch in said([*first, *second])] == [1, 1, 2]


async def test_a_mail_that_is_the_death_of_its_writer_is_put_off_and_the_others_are_written() -> None:
    async with workshop() as scribes:
        before = await scribes.write([mail(1)], NOW)
        good, bad, other = await scribes.write([mail(2), mail(3, DEADLY), mail(4)], NOW)

    assert bad.message is None
    assert bad.outcome
    assert (bad.outcome.event, bad.outcome.retry_at) == (DeliveryEvent.FAILED_FOR_NOW, NOW + RETRY_OUR_FAULT)
    assert bad.outcome.reason == "the process that was to write it died"
    assert len({process for process, _ in said([*before, good, other])}) == 3, "each death was followed by another writer"


async def test_what_a_writer_raises_climbs_here_and_it_goes_on() -> None:
    async with workshop() as scribes:
        with pytest.raises(ConfigError, match="the ink is dry"):
            await scribes.write([mail(1, SPOILED)], NOW)
        after = await scribes.write([mail(2)], NOW)

    assert [batch for _, batch in said(after)] == [2]


async def test_while_it_is_open_garbage_is_looked_for_rarely_and_as_ever_afterwards() -> None:
    usually = gc.get_threshold()
    async with workshop():
        assert gc.get_threshold() == RARELY

    assert gc.get_threshold() == usually != RARELY


async def test_the_process_ends_with_its_workshop() -> None:
    async with workshop() as scribes:
        ((process, _),) = said(await scribes.write([mail(1)], NOW))

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
