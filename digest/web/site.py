"""What all pages have in common: templates, tokens, stamps of forms, the desk, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.errors import TokenError
from digest.tokens import Purpose, Signer, Verified
from digest.web.desk import Desk, Fields, Person
from digest.web.guard import Guard, Networks, network_of

P = ParamSpec("P")
T = TypeVar("T")

#: What a person needs to fill a form, and a program does not.
FILLED_AFTER = timedelta(seconds=3)
#: A page may lie open in a tab for a day.
FILLED_WITHIN = timedelta(days=1)

#: The languages that whoever asks understands, as her browser says it (RFC 9110, section 12.5.4).
ASKED_IN: ContextVar[str] = ContextVar("asked in", default="")

#: A sentence by its name, with its values.
Say = Callable[..., str]

PERSONAL = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "private, no-store"}


@dataclass(slots=True)
class Site:
    """One installation's pages."""

    name: str
    base_url: str                          #: without a slash at its end
    render: Callable[[str, Mapping[str, Any]], str]  #: a page's name and values -> HTML
    desk: Desk
    tongues: Mapping[str, Say]             #: what the pages say, by the code of the language; the site's own comes first
    signer: Signer
    clock: Callable[[], datetime]
    sign_ups: Guard
    glances: Guard                         #: asks for examples, which cost more than other pages
    proxies: Networks = ()
    command_address: str = ""              #: whom to write to instead of clicking
    postal_address: str = ""
    metrics: Callable[[], bytes] | None = None  #: what a monitor is told, None = nothing
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "pages"))

    @property
    def root(self) -> str:
        """The path under which the pages stand, "" for the top of a host."""
        return urlsplit(self.base_url).path.rstrip("/")

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One call of the desk, in a thread: a page never waits on the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, lambda: call(*args, **kwargs))

    # --- Pages ---

    def page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        """A page that is not for everybody: no cache keeps it, no search engine lists it."""
        return HTMLResponse(self.html(name, values), status, PERSONAL)

    def tongue(self, person: Person | None = None) -> str:
        """The language of a page: that of her subscription, else the best of those that her browser asks for."""
        return understood(person.language if person else ASKED_IN.get(), tuple(self.tongues))

    def say(self, sentence: str, person: Person | None = None, /, **values: object) -> str:
        """A sentence of ours in that language."""
        return self.tongues[self.tongue(person)](sentence, **values)

    def html(self, name: str, values: Mapping[str, Any]) -> str:
        tongue = self.tongue(values.get("person"))
        common = {
            "site": self.name,
            "root": self.root,
            "base_url": self.base_url,
            "command_address": self.command_address,
            "postal_address": self.postal_address,
            "lang": tongue,
            "say": self.tongues[tongue],
        }
        return self.render(name, common | dict(values))

    def path(self, *parts: object) -> str:
        return "/".join([self.root, *map(str, parts)])

    # --- Tokens ---

    def token(self, request: Request, purpose: Purpose, *, max_age: timedelta | None = None) -> Verified:
        """What the token in the path says. Raises HTTPException: 404 when it is not ours, 410 when it is too old."""
        try:
            return self.signer.verify(purpose, request.path_params["token"], now=self.clock(), max_age=max_age)
        except TokenError as error:
            if error.reason == "expired":
                raise HTTPException(410, "expired") from None
            raise HTTPException(404, "token") from None

    def stamp(self, form: str, key: int = 0) -> str:
        """A hidden field that proves that this form was shown to somebody, and when."""
        return self.signer.sign(Purpose.FORM, key, extra=form, at=self.clock())

    def age(self, fields: Fields, form: str, key: int = 0) -> timedelta | None:
        """How long ago that form was shown to whoever sends it now; None when it was not, or not within a day of now."""
        try:
            said = self.signer.verify(Purpose.FORM, one(fields, "stamp"), now=self.clock(), max_age=FILLED_WITHIN)
        except TokenError:
            return None
        age = self.clock() - said.at if said.at else FILLED_WITHIN
        return age if (said.subject, said.extra) == (key, form) and age >= timedelta() else None

    def check(self, fields: Fields, form: str, key: int = 0) -> None:
        """Raises HTTPException 403 for a form that another site made, or that is a day old."""
        if self.age(fields, form, key) is None:
            raise HTTPException(403, "stamp")

    # --- Who asks ---

    def network(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        return network_of(peer, ",".join(request.headers.getlist("x-forwarded-for")), self.proxies)


def one(fields: Fields, name: str) -> str:
    """The first value of a field, "" when it is not there."""
    return next(iter(fields.get(name, ())), "")


def understood(asked: str, spoken: tuple[str, ...]) -> str:
    """Which of the languages that we speak serves somebody who asks for `de-AT, en;q=0.5`; the first one, where none does."""
    wishes = []
    for place, wish in enumerate(asked.split(",")[:20]):
        code, _, more = wish.strip().lower().partition(";")
        weight = more.replace(" ", "").removeprefix("q=")
        liking = float(weight) if weight.replace(".", "", 1).isdecimal() else 1.0
        if code.split("-")[0] in spoken and liking > 0:
            wishes.append((-liking, place, code.split("-")[0]))
    return min(wishes)[2] if wishes else spoken[0]
