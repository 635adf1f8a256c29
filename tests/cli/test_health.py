"""How the daemon tells how it is: to the service manager, to monitors, to `status`."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.cli import health, notify
from digest.cli.health import Heart, daemon, look
from digest.cli.metrics import exposition
from digest.scheduler import Job
from digest.settings import Settings
from tests.fakes import World
from tests.world import NOW, papers, subscriber

MINUTE = timedelta(minutes=1)


class Manager:
    """Hears what a service manager would."""

    def __init__(self, address: str) -> None:
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(address)
        self._line.settimeout(5)

    def hears(self) -> str:
        return self._line.recv(4096).decode()

    def close(self) -> None:
        self._line.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    heard = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield heard
    heard.close()


# --- The service manager -------------------------------------------------------------------------------------------------


async def test_it_says_ready_alive_and_stopping(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    stop = asyncio.Event()
    telling = asyncio.create_task(notify.keep_telling(stop, lambda: "last tick 09:00:00 UTC"))

    assert await asyncio.to_thread(manager.hears) == "READY=1\nSTATUS=last tick 09:00:00 UTC"
    assert await asyncio.to_thread(manager.hears) == "WATCHDOG=1\nSTATUS=last tick 09:00:00 UTC"
    stop.set()
    await telling
    while (said := manager.hears()).startswith("WATCHDOG"):
        pass
    assert said.startswith("STOPPING=1\n")


def test_where_nobody_listens_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.tell("READY=1")
    for address in (str(tmp_path / "gone"), "@digest-test-gone", "vsock:2:1"):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        assert not notify.tell("READY=1")


async def test_a_manager_that_does_not_read_holds_nobody_up(manager: Manager) -> None:
    told = [notify.tell("WATCHDOG=1") for _ in range(2000)]

    assert told[0]
    assert not told[-1], "its queue is full"


def test_an_abstract_socket_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"digest-test-{os.getpid()}"
    heard = Manager(f"\0{name}")
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")

    assert notify.tell("READY=1")
    assert heard.hears() == "READY=1"
    heard.close()


@pytest.mark.parametrize(
    ("micro", "pid", "seconds"),
    [("90000000", None, 90.0), ("90000000", "1", None), ("", None, None), ("soon", None, None), ("0", None, None)],
)
def test_the_watchdog_is_served_when_it_means_us(
    micro: str, pid: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", micro)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))

    assert notify.patience() == seconds


# --- Counts --------------------------------------------------------------------------------------------------------------


async def one_bad_of(world: World, *, failures: int) -> Heart:
    """A daemon whose fetch fails and whose tick goes well."""

    async def fails() -> None:
        raise RuntimeError("no route to host")

    async def goes_well() -> None:
        pass

    heart = Heart(world.store, world.clock)
    jobs = heart.watch([Job("fetch", MINUTE, fails), Job("tick", MINUTE, goes_well)])
    for _ in range(failures):
        for job in jobs:
            await job()
    heart.beat()
    return heart


async def test_errors_are_counted_and_the_last_success_is_known(world: World, caplog: pytest.LogCaptureFixture) -> None:
    heart = await one_bad_of(world, failures=3)
    said = daemon(world.store)

    assert said is not None
    assert said["jobs"]["fetch"] == {"runs": 3, "errors": 3, "in_a_row": 3, "last_good": None}
    assert said["jobs"]["tick"] == {"runs": 3, "errors": 0, "in_a_row": 0, "last_good": NOW.isoformat()}
    assert heart.status() == "last tick 09:00:00 UTC; fetch failed 3 times in a row"
    assert look(world.store, world.settings(), NOW)["problems"] == ["fetch failed 3 times in a row: its log says why"]
    assert "no route to host" in caplog.text


async def test_a_daemon_that_falls_silent_is_out_of_order_and_one_that_ended_well_is_not(world: World) -> None:
    heart = await one_bad_of(world, failures=1)
    soon, late = NOW + timedelta(minutes=9), NOW + timedelta(minutes=11)

    assert look(world.store, world.settings(), soon)["grave"] == []
    assert look(world.store, world.settings(), late)["grave"][0].startswith("the daemon has been silent since 2026-03-24 09:00 UTC")
    heart.stop()
    assert look(world.store, world.settings(), late)["grave"] == []


def test_a_disk_that_runs_full_is_a_problem_before_it_is_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LITTLE_ROOM", 10**18)

    assert "are left on the disk of the store: free some space" in look(world.store, world.settings(), NOW)["problems"][0]


def test_the_disk_of_a_server_is_not_ours_to_see() -> None:
    assert health.disk_free(Settings.load({"DIGEST_DATABASE_URL": "postgresql://digest@db/digest"}, env_file=None)) is None


# --- For Prometheus ------------------------------------------------------------------------------------------------------


async def test_the_metrics_are_the_figures_of_status_and_hold_no_address(world: World) -> None:
    from digest import pipeline
    from tests.world import topic

    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(topic("Operators", keywords=("neural operators",)),)))
    await pipeline.run(world.house())
    await one_bad_of(world, failures=2)

    text = exposition(world.store, world.settings(), NOW).decode()

    for line in (
        'digest_deliveries{state="sent"} 1.0',
        'digest_subscribers{state="active"} 1.0',
        "digest_papers 6.0",
        "digest_healthy 1.0",
        'digest_source_failures{source="arxiv"} 0.0',
        'digest_source_last_success_timestamp_seconds{source="arxiv"} 1.77',
        'digest_job_errors_total{job="fetch"} 2.0',
        'digest_job_runs_total{job="tick"} 2.0',
    ):
        assert line in text
    assert "@" not in text
