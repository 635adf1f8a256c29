"""The live preview: a mail as phones and desktops show it, made again whenever a file is saved. For this machine only.

A tool for who edits templates and subscribers, so unlike the pages for everybody it has a small script.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.web.public import asset

#: Seconds between two looks at the files: with what rendering takes, a change shows within half a second.
LOOK_EVERY = 0.2
#: Names under which this machine is asked; any other may belong to a page of somebody else (DNS rebinding).
HOSTS = ("127.0.0.1", "localhost", "[::1]", "testserver")
_SCHEMES = re.compile(r"@media\s*\(prefers-color-scheme:\s*(dark|light)\)")
#: The shell has a script of its own; mails have none, and stand in frames that would let none run.
_SHELL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: http: https:; sandbox; frame-ancestors 'self'"
_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Proof:
    """One mail in all its forms, or why there is none."""

    html: str = ""
    text: str = ""
    source: str = ""
    subject: str = ""
    preheader: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str, str, str], ...] = ()  #: mark (ok, note, bad), what was looked at, what was found
    error: str = ""


class Studio(Protocol):
    """Makes proofs; handed in by `cli/`. Its calls may take a while and are made in a thread."""

    def choices(self) -> Mapping[str, Any]:
        """`mails`, `people` and `dates`, each a list of value and label, and `origin`: where the papers are from."""

    def proof(self, what: str, who: str, day: str) -> Proof: ...

    def watched(self) -> list[Path]:
        """Files and folders whose change makes a new proof."""


@dataclass(slots=True)
class Watch:
    """Tells all who wait when a file changes; the files are looked at by one task, however many wait."""

    watched: Callable[[], list[Path]]
    version: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _before: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> bool:
        """Look once, and tell whoever waits when something is different from the last time."""
        now = await asyncio.to_thread(lambda: files_below(self.watched()))
        if now == self._before:
            return False
        async with self.changed:
            self._before, self.version = now, self.version + 1
            self.changed.notify_all()
        return True

    async def next(self, after: int) -> int:
        """The version of the files, as soon as it is another one."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.version != after)
            return self.version


def files_below(roots: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Time and size of every file, by path; one that vanishes meanwhile is not there."""
    found: dict[str, tuple[int, int]] = {}
    for root in roots:
        for path in [root, *root.rglob("*")] if root.is_dir() else [root]:
            try:
                known = path.stat()
            except OSError:
                continue
            if not S_ISDIR(known.st_mode):
                found[str(path)] = (known.st_mtime_ns, known.st_size)
    return found


def application(studio: Studio, watch: Watch) -> ASGIApp:
    """The live preview as an ASGI application; `watch.run()` is for who serves it."""
    live = Live(studio, watch)
    routes = [
        Route("/", live.shell),
        Route("/state", live.state),
        Route("/mail", live.mail),
        Route("/text", live.text),
        Route("/source", live.source),
        Route("/events", live.events),
        Route("/live.js", live.script),
        Route("/live.css", live.style),
        Route("/icon.svg", live.icon),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)])
    app.router.redirect_slashes = False
    return app


class Live:
    def __init__(self, studio: Studio, watch: Watch) -> None:
        self._studio, self._watch = studio, watch
        self._proofs: dict[tuple[int, str, str, str], asyncio.Task[Proof]] = {}

    async def shell(self, request: Request) -> Response:
        return HTMLResponse(asset("live.html")[0], headers=_ALWAYS | {"Content-Security-Policy": _SHELL_POLICY})

    async def script(self, request: Request) -> Response:
        return Response(asset("live.js")[0], media_type="text/javascript; charset=utf-8", headers=_ALWAYS)

    async def style(self, request: Request) -> Response:
        return Response(asset("live.css")[0], media_type="text/css; charset=utf-8", headers=_ALWAYS)

    async def icon(self, request: Request) -> Response:
        return Response(asset("icon.svg")[0], media_type="image/svg+xml", headers=_ALWAYS)

    async def state(self, request: Request) -> Response:
        """What the shell shows around the mail."""
        proof = await self._proof(request)
        told = dict(await asyncio.to_thread(self._studio.choices)) | {
            "subject": proof.subject,
            "preheader": proof.preheader,
            "headers": proof.headers,
            "checks": proof.checks,
            "error": proof.error,
            "version": self._watch.version,
        }
        return JSONResponse(told, headers=_ALWAYS)

    async def mail(self, request: Request) -> Response:
        proof = await self._proof(request)
        scheme = request.query_params.get("scheme", "light")
        return HTMLResponse(in_scheme(proof.html, scheme), headers=_ALWAYS | {"Content-Security-Policy": _MAIL_POLICY})

    async def text(self, request: Request) -> Response:
        return PlainTextResponse((await self._proof(request)).text, headers=_ALWAYS)

    async def source(self, request: Request) -> Response:
        return PlainTextResponse((await self._proof(request)).source, headers=_ALWAYS)

    async def events(self, request: Request) -> Response:
        """One line whenever a file was saved (server-sent events; HTML, section 9.2)."""

        async def lines() -> AsyncIterator[str]:
            version = self._watch.version
            yield f"retry: 500\ndata: {version}\n\n"
            while True:
                version = await self._watch.next(version)
                yield f"data: {version}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers=_ALWAYS)

    async def _proof(self, request: Request) -> Proof:
        """Made once for each state of the files, however many frames ask for it at the same time."""
        asked = request.query_params
        wanted = (self._watch.version, asked.get("what", ""), asked.get("who", ""), asked.get("date", ""))
        if wanted not in self._proofs:
            self._proofs = {key: task for key, task in self._proofs.items() if key[0] == wanted[0]}
            self._proofs[wanted] = asyncio.create_task(asyncio.to_thread(self._studio.proof, *wanted[1:]))
        return await asyncio.shield(self._proofs[wanted])


def in_scheme(html: str, scheme: str) -> str:
    """The mail as a program in that scheme (light or dark) shows it, whatever this browser prefers."""
    return _SCHEMES.sub(lambda found: "@media all" if found[1] == scheme else "@media not all", html)
