"""`digest send` killed at any point and started again: nobody is left out, hardly anybody is written to twice, the rows add up.

At its full size (`--full`) it is 2,000 recipients, and digests are written in a process of their own.
"""

from __future__ import annotations

import random
import signal
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from digest.model import DeliveryState
from tests.program import Life, Program, Witness

pytestmark = pytest.mark.slow

KILLS, CONNECTIONS = 20, 4


def deaths(recipients: int, chance: random.Random) -> list[Life]:
    """Twenty points, spread over the whole pass: each life gets as far as its share of the mails at most, or not even there."""
    points = ["dialogue", "taken", "answered", "seconds"] * (KILLS // 4)
    chance.shuffle(points)
    share = recipients // KILLS
    return [Life(point, chance.uniform(0.2, 0.8) if point == "seconds" else chance.randint(1, share)) for point in points]


def check_copies(lives: Sequence[Life]) -> int:
    """A second copy is word for word the first one, and no life leaves more of them than it had connections. How many there are."""
    first: dict[str, tuple[int, bytes]] = {}
    left: defaultdict[int, int] = defaultdict(int)
    for number, life in enumerate(lives):
        for mail in life.mails:
            before, data = first.setdefault(mail.recipient, (number, mail.data))
            if before != number:
                left[before] += 1
                assert mail.data == data
            first[mail.recipient] = (number, mail.data)
        sent = Counter(mail.recipient for mail in life.mails)
        assert not [address for address, copies in sent.items() if copies > 1], "twice in one life"
    assert max(left.values(), default=0) <= CONNECTIONS
    return sum(left.values())


async def test_a_pass_that_is_killed_twenty_times_loses_nobody(tmp_path: Path, database_url: str, full: bool) -> None:
    recipients = 2000 if full else 200
    async with Witness() as sink:
        program = Program(tmp_path, database_url, sink.port, crowd=recipients)
        lives = [*deaths(recipients, random.Random(7)), Life(), Life()]
        ends = [await life.lives(program, sink) for life in lives]

        lost = program.addresses - set(sink.recipients)
        assert not lost, f"{len(lost)} lost; {program.states}"
        assert program.states == {DeliveryState.SENT: recipients}
        again, killed = check_copies(lives), sum(each.code == -signal.SIGKILL for each in ends)
        print(f"{recipients} recipients, {killed} kills, 0 lost, {again} sent twice, byte for byte the same")
        assert killed >= KILLS // 2
        assert (ends[-1].code, ends[-1].report["adds_up"], ends[-1].report["sent_now"]) == (0, True, 0), ends[-1]
