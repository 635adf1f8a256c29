"""A web server for the client's tests, that follows a script; and a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(eq=False)
class Clock:
    """Monotonic time of the tests: `sleep` is over at once, and remembered."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds
        await asyncio.sleep(0)


@dataclass
class Reply:
    """One answer: bytes as they go over the line; `cut` closes the line after so many bytes of it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hold: asyncio.Event | None = None

    def bytes(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Whatever", f"Content-Length: {len(self.body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


def zipped(body: bytes, **headers: str) -> Reply:
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip", **headers})


class Server:
    """Answers each request with the next reply of the script, and keeps the requests' heads."""

    def __init__(self, *script: Reply, say: Callable[[str], Reply] | None = None) -> None:
        self.script, self.say = list(script), say
        self.heads: list[str] = []
        self.open = self.most = 0
        self.crowded = asyncio.Event()  #: set when four requests wait at once

    @property
    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.heads]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        if self.open == 4:
            self.crowded.set()
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            reply = self.say(head.split(" ")[1]) if self.say else self.script.pop(0)
            if reply.hold:
                await reply.hold.wait()
            writer.write(reply.bytes()[: reply.cut])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()
