"""Two machines on one PostgreSQL: each a network namespace with an address of its own, the mail server and the database in a third.

Needs root and iproute2. One machine is killed in mid-pass; the other one finishes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from digest.model import DeliveryState
from tests import postgres
from tests.needs import missing, needs_program
from tests.program import Program, ended, kill, until
from tests.world import NOW

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

NET = "10.213.77"                          # of this test alone, in namespaces that it makes
SINK = 2525
CONNECTIONS = 4


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def namespace(name: str) -> Iterator[str]:
    """A network namespace of our own, with its loopback up."""
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@contextmanager
def machines() -> Iterator[tuple[str, str, str]]:
    """The hub, and two machines with a line to it each (see `hub_of` and `address_of`)."""
    needs_program("ip", Path("/usr/sbin"), Path("/sbin"), package="iproute2")
    if os.getuid() != 0:
        missing("network namespaces need root")
    own = f"digest{os.getpid()}"
    with ExitStack() as stack:
        try:
            hub, *both = (stack.enter_context(namespace(f"{own}{each}")) for each in ("hub", "a", "b"))
            for number, machine in enumerate(both, 1):
                connect(hub, machine, number)
        except subprocess.CalledProcessError as error:
            missing(f"no network namespaces here: {error.stderr.decode().strip()}")
        yield hub, *both


def connect(hub: str, machine: str, number: int) -> None:
    """A line between the two, with an address at each end."""
    near, far = f"d{os.getpid()}n{number}", f"d{os.getpid()}f{number}"
    ip("link", "add", near, "netns", hub, "type", "veth", "peer", "name", far, "netns", machine)
    for where, line, address in ((hub, near, hub_of(number)), (machine, far, address_of(number))):
        ip("-n", where, "addr", "add", f"{address}/30", "dev", line)
        ip("-n", where, "link", "set", line, "up")


def hub_of(number: int) -> str:
    """The address of the hub as that machine sees it."""
    return f"{NET}.{number * 4 + 1}"


def address_of(number: int) -> str:
    return f"{NET}.{number * 4 + 2}"


def entering(machine: str) -> tuple[str, ...]:
    """Words before a command that runs there, with process ids that mean nothing elsewhere."""
    return ("ip", "netns", "exec", machine, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


@asynccontextmanager
async def sink(hub: str, record: Path) -> AsyncIterator[None]:
    """Postfix's sink over there; `record` holds every mail that it took."""
    program = needs_program("smtp-sink", Path("/usr/sbin"), package="postfix")
    record.parent.chmod(0o777)
    inside = ["ip", "netns", "exec", hub]
    words = [*inside, str(program), "-u", "nobody", "-R", str(record.parent), "-D", record.name, f"0.0.0.0:{SINK}", "100"]
    listening = [*inside, "ss", "-Hltn", f"sport = :{SINK}"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as running:  # noqa: ASYNC220 - starts at once
        try:
            await until(lambda: bool(subprocess.run(listening, check=True, capture_output=True).stdout))
            yield
        finally:
            running.terminate()


def took(record: Path) -> list[tuple[str, str]]:
    """Recipient and Message-ID of every mail in the record, in order."""
    found, recipient = [], ""
    for line in record.read_text(encoding="utf-8", errors="replace").splitlines() if record.exists() else ():
        if line.startswith("X-Rcpt-Args: "):
            recipient = line.partition("<")[2].partition(">")[0]
        elif line.startswith("Message-ID: "):
            found.append((recipient, line.removeprefix("Message-ID: ").strip()))
    return found


async def test_one_of_two_machines_dies_in_mid_pass_and_the_other_finishes(tmp_path: Path, full: bool) -> None:
    recipients = 2000 if full else 800     # more than one machine takes in hand before the other one is up
    record = tmp_path / "taken" / "mails"
    record.parent.mkdir()
    async with AsyncExitStack() as stack:
        hub, one, two = stack.enter_context(machines())
        await stack.enter_async_context(sink(hub, record))
        server = stack.enter_context(postgres.own_server(namespace=hub, network=f"{NET}.0/24"))
        url = stack.enter_context(postgres.database(server))
        first, second = (office(tmp_path / each, url, number, each, recipients) for number, each in enumerate((one, two), 1))

        victim, survivor = [await each.starts("send", "--json", "--now", NOW.isoformat()) for each in (first, second)]
        stack.callback(kill, victim)
        stack.callback(kill, survivor)
        await until(lambda: count(record, 1) > recipients / 10)
        kill(victim)
        killed, end = await ended(victim), await ended(survivor)
        left = second.states
        # Nobody on another machine can see that a process is gone: its lease has to run out.
        last = await second.sends(now=NOW + timedelta(minutes=11))

        taken = took(record)
        assert killed.code < 0
        assert end.code in {0, 1}, end
        assert {address for address, _ in taken} == second.addresses, left
        assert len(taken) - recipients <= CONNECTIONS
        assert len({name for _, name in taken}) == recipients, "a second copy has its first one's Message-ID"
        assert second.states == {DeliveryState.SENT: recipients}
        assert (last.code, last.report["adds_up"]) == (0, True), last
        print(f"{recipients} recipients, one machine killed: 0 lost, {len(taken) - recipients} sent twice; it left {left}")


def office(folder: Path, url: str, number: int, machine: str, recipients: int) -> Program:
    """The program on one of the machines; the first one enrols the readers of both."""
    program = Program(folder, url, SINK, crowd=recipients if number == 1 else 0, prefix=entering(machine))
    program.crowd = recipients
    program.settings = {
        "DATABASE_URL": postgres.from_afar(url, hub_of(number)),
        "SMTP_URL": f"smtp://{hub_of(number)}:{SINK}?tls=none",
        "SMTP_RATE": "100",
        "SMTP_CONNECTIONS": str(CONNECTIONS),
    }
    return program


def count(record: Path, number: int) -> int:
    """How many mails came from that machine so far."""
    return record.read_bytes().count(f"X-Client-Addr: {address_of(number)}\n".encode()) if record.exists() else 0
