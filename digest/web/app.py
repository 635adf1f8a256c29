"""All pages under their addresses, their safety headers, and what is said when something goes wrong."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.errors import DigestError
from digest.web.joining import Joining
from digest.web.leaving import Leaving
from digest.web.public import Public
from digest.web.site import ASKED_IN, Site
from digest.web.staying import Staying

log = logging.getLogger(__name__)

#: No script at all; styles, the icon and forms from here only; nobody frames us.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
SAFETY = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",      # tokens stand in our addresses
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",             # for browsers that do not know frame-ancestors
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}

#: What may go wrong, by the short word that is raised, else by the status; title and text are sentences of the catalogue.
PROBLEMS = frozenset(
    ("token", "expired", "stamp", "button", "gone", "digest", "sign_ups", "glances", "404", "405", "500", "503")
)


def application(site: Site, *, confirm_within: timedelta) -> ASGIApp:
    """The pages as an ASGI application. `confirm_within` says how long a confirmation link works."""
    joining, staying, leaving, public = Joining(site, confirm_within), Staying(site), Leaving(site), Public(site)
    routes = [
        Route("/", joining.show),
        Route("/", joining.take, methods=["POST"]),
        *(Route(f"/{page}/{{token}}", joining.question) for page in ("confirm", "decline")),
        *(Route(f"/{page}/{{token}}", joining.answer, methods=["POST"]) for page in ("confirm", "decline")),
        Route("/preferences/{token}", staying.preferences),
        Route("/preferences/{token}", staying.change, methods=["POST"]),
        Route("/unsubscribe/{token}", leaving.show),
        Route("/unsubscribe/{token}", leaving.take, methods=["POST"]),
        Route("/feedback/{token}/{word}/{number:int}", staying.feedback),
        Route("/feedback/{token}/{word}/{number:int}", staying.vote, methods=["POST"]),
        Route("/digest/{token}", staying.digest),
        Route("/feed/{token}", staying.feed),
        Route("/trending", public.trending),
        Route("/about", public.about),
        Route("/healthz", public.health),
        Route("/metrics", public.metrics),
        Route("/style.css", public.style),
        Route("/icon.svg", public.icon),
        Route("/robots.txt", public.robots),
    ]
    problems = Problems(site)
    handlers: dict[Any, Any] = {HTTPException: problems.expected, DigestError: problems.ours, Exception: problems.unexpected}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Safety(app, site.root)          # outside of all, so that no answer misses its headers


class Problems:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def expected(self, request: Request, error: HTTPException) -> Response:
        kind = next((each for each in (error.detail, str(error.status_code)) if each in PROBLEMS), "other")
        title, text = self._said(kind, detail=error.detail)
        response = self._site.page("problem.html", status=error.status_code, title=title, text=text, kind=error.detail)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    async def ours(self, request: Request, error: DigestError) -> Response:
        """A database that is locked or full, a template with a fault: an admin can mend it, and finds it in the log."""
        log.error("page failed page=%s error=%s", _page(request), error)
        return self._broken("503", 503)

    async def unexpected(self, request: Request, error: Exception) -> Response:
        log.error("page failed page=%s error=%s", _page(request), type(error).__name__)
        return self._broken("500", 500)

    def _said(self, kind: str, **values: str) -> tuple[str, str]:
        return self._site.say(f"problem.{kind}"), self._site.say(f"problem.{kind}.text", **values)

    def _broken(self, kind: str, status: int) -> Response:
        title, text = self._said(kind)
        try:
            return self._site.page("problem.html", status=status, title=title, text=text, kind=kind)
        except Exception:                  # the templates themselves are what is broken
            log.exception("page failed page=problem")
            return PlainTextResponse(f"{title}. {text}\n", status)


def _page(request: Request) -> str:
    """The page without the token behind it, for the log."""
    return request.url.path.strip("/").partition("/")[0] or "join"


class Safety:
    """Puts the safety headers on every answer, and takes the path under which the pages stand off every question."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app, self._root = app, root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"]
        if self._root and (path == self._root or path.startswith(f"{self._root}/")):
            scope = dict(scope) | {"path": path[len(self._root) :] or "/"}

        ASKED_IN.set(Headers(scope=scope).get("accept-language", ""))

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFETY.items():
                    headers.setdefault(name, value)
            await send(message)

        return await self._app(scope, receive, send_safely)
