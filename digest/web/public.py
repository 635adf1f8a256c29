"""Pages for everybody: trending, about, and what browsers, crawlers and monitors ask for."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from digest.web.site import Site

_HERE = Path(__file__).resolve().parent
#: Search engines may list what is for everybody, and nothing that is for one person.
ROBOTS = "User-agent: *\nAllow: {root}/$\nAllow: {root}/trending\nAllow: {root}/about\nAllow: {root}/style.css\nDisallow: /\n"
#: A cache keeps one page for each language.
_FOR_ALL = {"Vary": "Accept-Language"}
_A_DAY = {"Cache-Control": "public, max-age=86400"}


class Public:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def trending(self, request: Request) -> Response:
        """What everybody talks about today."""
        values = await self._site.ask(self._site.desk.trending, self._site.clock(), self._site.tongue())
        return HTMLResponse(self._site.html("trending.html", values), headers=_FOR_ALL | {"Cache-Control": "public, max-age=300"})

    async def about(self, request: Request) -> Response:
        return HTMLResponse(self._site.html("about.html", {}), headers=_FOR_ALL | {"Cache-Control": "public, max-age=3600"})

    async def style(self, request: Request) -> Response:
        data, tag = asset("style.css")
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=_A_DAY | {"ETag": tag})
        return Response(data, media_type="text/css; charset=utf-8", headers=_A_DAY | {"ETag": tag})

    async def icon(self, request: Request) -> Response:
        return Response(asset("icon.svg")[0], media_type="image/svg+xml", headers=_A_DAY)

    async def robots(self, request: Request) -> Response:
        return PlainTextResponse(ROBOTS.format(root=self._site.root), headers=_A_DAY)

    async def health(self, request: Request) -> Response:
        """200 when pages and database answer, else 503 with the reason; for monitors, so in JSON."""
        wrong = await self._site.ask(self._site.desk.health)
        told = {"ok": not wrong} | ({"error": wrong} if wrong else {})
        return JSONResponse(told, 503 if wrong else 200, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Figures for a monitor on this machine or in its own network; to everybody else there is no such page."""
        if self._site.metrics is None or not is_near(request):
            raise HTTPException(404)
        told = await self._site.ask(self._site.metrics)
        return Response(told, media_type="text/plain; version=0.0.4; charset=utf-8", headers={"Cache-Control": "no-store"})


def is_near(request: Request) -> bool:
    """Whether somebody asks from this machine or a private network, and nobody asks for somebody else."""
    if request.headers.get("x-forwarded-for") or request.headers.get("forwarded"):
        return False
    try:
        return ip_address(request.client.host if request.client else "").is_private
    except ValueError:
        return False


@cache
def asset(name: str) -> tuple[bytes, str]:
    """A file beside this module, and its tag."""
    data = (_HERE / name).read_bytes()
    return data, f'"{sha256(data).hexdigest()[:16]}"'
