"""The queue that all processes of a machine share."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digest.sources.turns import Turns

ASK = """
import asyncio, sys, time
from pathlib import Path
import pytest

from digest.sources.turns import Turns

async def ask():
    for _ in range(3):
        async with Turns(Path(sys.argv[1])).turn(0.1):
            began = time.monotonic()
            await asyncio.sleep(0.02)
            print(began, time.monotonic(), flush=True)

asyncio.run(ask())
"""


@pytest.mark.slow
def test_two_processes_never_ask_at_once_nor_too_soon(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path / "turns")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    spans = sorted(tuple(map(float, line.split())) for each in both for line in each.communicate()[0].splitlines())
    assert len(spans) == 6
    for (began, ended), (next_began, _) in itertools.pairwise(spans):
        assert next_began - began >= 0.099
        assert next_began >= ended


HOLD = """
import fcntl, os, sys, time

fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_whoever_is_killed_in_its_turn_holds_nobody_up(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "turns")], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"

    async def wait_until_it_is_killed() -> None:
        waiting = asyncio.create_task(take(Turns(tmp_path / "turns")))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        holder.kill()
        await asyncio.wait_for(waiting, 5)

    asyncio.run(wait_until_it_is_killed())
    holder.communicate()


async def test_a_time_from_before_the_machine_was_started_means_nothing(tmp_path: Path) -> None:
    for said in (repr(time.monotonic() + 1e6), "nonsense", ""):
        (tmp_path / "turns").write_text(said)
        await asyncio.wait_for(take(Turns(tmp_path / "turns"), delay=50), 1)


async def test_where_no_file_can_be_written_each_keeps_to_itself(tmp_path: Path) -> None:
    await asyncio.wait_for(take(Turns(tmp_path / "nowhere" / "turns"), delay=50), 1)
    (tmp_path / "link").symlink_to(tmp_path / "target")  # somebody else's, perhaps
    await asyncio.wait_for(take(Turns(tmp_path / "link"), delay=50), 1)


async def take(turns: Turns, *, delay: float = 0.0) -> None:
    async with turns.turn(delay):
        pass
