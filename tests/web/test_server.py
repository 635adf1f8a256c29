"""The pages on a real socket: they answer while a pass is scoring, stop when they are told, and say why they cannot start."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from digest.errors import ConfigError
from digest.mail.templates import Templates
from digest.selection.corpus import Corpus
from digest.store.engine import writing
from digest.tokens import Purpose
from digest.web.server import serve
from tests.web.visitor import Neighbourhood
from tests.world import papers


@pytest.fixture
def town(tmp_path: Path, templates: Templates, haste: None) -> Iterator[Neighbourhood]:
    made = Neighbourhood(tmp_path, templates, on_disk=True)
    yield made
    made.close()


Ask = Callable[[str, bytes], Awaitable[int]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(town: Neighbourhood) -> AsyncIterator[Ask]:
    port, stop, ready = free_port(), asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve(town.app, host="127.0.0.1", port=port, stop=stop, ready=ready, drain=1))
    await asyncio.wait_for(ready.wait(), 5)

    async def ask(path: str, data: bytes = b"") -> int:
        """The status of one request over a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"{'POST' if data else 'GET'} {path} HTTP/1.1\r\nHost: papers.example.org\r\nConnection: close\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if data else ""
        writer.write(f"{head}{kind}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return int(answer.split()[1])

    try:
        yield ask
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


@pytest.mark.slow
async def test_pages_answer_and_unsubscribes_count_while_a_pass_is_scoring(town: Neighbourhood) -> None:
    key, over, found = town.joins(), threading.Event(), papers(400)

    def score() -> None:
        while not over.is_set():
            Corpus.of(found)

    async with serving(town) as ask:
        scoring = asyncio.create_task(asyncio.to_thread(score))
        took = []
        for _ in range(15):
            began = perf_counter()
            assert await ask("/about", b"") == 200
            took.append(perf_counter() - began)
        began = perf_counter()
        assert await ask(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", b"List-Unsubscribe=One-Click") == 200
        unsubscribed = perf_counter() - began
        over.set()
        await scoring
    assert median(took) < 0.5
    assert unsubscribed < 1
    assert town.state() == "suppressed unsubscribed"


@pytest.mark.slow
async def test_a_writer_that_holds_the_database_does_not_stop_who_only_reads(town: Neighbourhood) -> None:
    key = town.joins()
    async with serving(town) as ask:
        with writing(town.store.engine):
            assert await ask(f"/unsubscribe/{town.token(Purpose.UNSUBSCRIBE, key)}", b"") == 200
            assert await ask("/healthz", b"") == 200


@pytest.mark.slow
async def test_it_stops_when_it_is_told_and_closes_its_door(town: Neighbourhood) -> None:
    async with serving(town) as ask:
        assert await ask("/healthz", b"") == 200
    with pytest.raises(ConnectionRefusedError):
        await ask("/healthz", b"")


async def test_a_port_that_is_taken_is_named_with_its_setting(town: Neighbourhood) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"DIGEST_WEB_LISTEN: nothing can listen on 127\.0\.0\.1:{port}"):
            await serve(town.app, host="127.0.0.1", port=port, stop=asyncio.Event())
