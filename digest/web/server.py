"""The pages on a socket, until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from digest.errors import ConfigError

#: Requests under way at a time; more are told to come back later (503), so that memory stays bounded under any flood.
MOST_AT_ONCE = 200
#: Bytes of a request's line and headers; our longest link has 1,100.
MOST_HEAD = 16 * 1024
KEEP_ALIVE = 5                             #: seconds
DRAIN = 5                                  #: seconds that a request under way gets when we stop


class _Server(uvicorn.Server):
    """Signals are the business of whoever runs us beside other jobs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp, *, host: str, port: int, stop: asyncio.Event, ready: asyncio.Event | None = None, drain: int = DRAIN
) -> None:
    """Answer requests until `stop` is set, then finish those under way, for `drain` seconds at most.

    Raises ConfigError when nothing can listen there.

    Requests are not logged: their addresses hold tokens.
    """
    listening = _listening(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,               # whom to believe is decided in `guard`
        limit_concurrency=MOST_AT_ONCE,
        h11_max_incomplete_event_size=MOST_HEAD,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=drain,
        http="h11",
        ws="none",
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    if ready:
        ready.set()                        # whoever connects from now on waits in the socket's queue
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving
        listening.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        why = f"nothing can listen on {host}:{port} ({os.strerror(error.errno or 0).lower()}); free the port, or name another"
        raise ConfigError(why, key="DIGEST_WEB_LISTEN") from None
