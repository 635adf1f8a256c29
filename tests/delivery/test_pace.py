"""As fast as it may, and no faster: whole passes under DIGEST_SMTP_RATE, and against a relay that takes a second for each mail."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.program import Program, ended, kill, until
from tests.sink import Mail, Sink

pytestmark = pytest.mark.slow

RATE = 50.0


class Moments(list[float]):
    """When each mail came."""

    def __call__(self, mail: Mail) -> None:
        self.append(time.monotonic())

    @property
    def rate(self) -> float:
        """Mails a second, once under way: the first second is that of a single connection that has just been opened."""
        steady = [each for each in self if each >= self[0] + 1]
        return (len(steady) - 1) / (steady[-1] - steady[0])

    @property
    def busiest(self) -> int:
        """The most mails within a second."""
        return max(sum(1 for each in self if start <= each < start + 1) for start in self)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'digest.sqlite3'}"


async def test_a_pass_keeps_to_the_rate_also_when_it_is_begun_again(tmp_path: Path, url: str, full: bool) -> None:
    seconds = 60 if full else 12
    moments = Moments()
    async with Sink(heard=moments) as sink:
        program = Program(tmp_path, url, sink.port, crowd=int(RATE * seconds), settings={"SMTP_RATE": str(RATE)})
        first = await program.starts("send", "--json")
        await until(lambda: len(moments) >= RATE * seconds / 2)
        kill(first)
        await ended(first)
        before, between = Moments(moments), len(moments)

        end = await program.runs("send", "--json")

    after = Moments(moments[between:])
    print(f"{len(moments)} mails: {before.rate:.2f}/s, killed, {after.rate:.2f}/s; busiest second {moments.busiest}")
    assert end.code == 0, end
    slowest = RATE * (0.98 if full else 0.5)  # within a few seconds a busy machine may be slow, but never too fast
    assert slowest <= before.rate <= RATE * 1.02
    assert slowest <= after.rate <= RATE * 1.02
    assert moments.busiest <= RATE * 1.5, "a slice of turns that came late may be made up for, and the one in hand"


async def test_two_passes_at_once_keep_to_the_rate_together(tmp_path: Path, url: str) -> None:
    moments = Moments()
    async with Sink(heard=moments) as sink:
        program = Program(tmp_path, url, sink.port, crowd=400, settings={"SMTP_RATE": str(RATE)})
        both = [await program.starts("send", "--json") for _ in range(2)]
        assert [(await ended(each)).code for each in both] == [0, 0]

    assert len(moments) == 400
    assert RATE * 0.5 <= moments.rate <= RATE * 1.02
    assert moments.busiest <= RATE * 1.5 + RATE * 0.2, "two of them may each have a slice in hand"


async def test_a_relay_that_takes_a_second_for_each_mail_is_kept_busy(tmp_path: Path, url: str, full: bool) -> None:
    moments, connections, mails = Moments(), 20, 600 if full else 200
    async with Sink(delay=1.0, heard=moments) as sink:
        program = Program(tmp_path, url, sink.port, crowd=mails, settings={"SMTP_CONNECTIONS": str(connections)})
        end = await program.sends()

    share = mails / (moments[-1] + 1.0 - moments[0]) / connections
    print(f"{share:.3f} of connections ÷ latency")
    assert end.code == 0, end
    assert share >= (0.95 if full else 0.8), "a busy machine takes a while to open the connections"

