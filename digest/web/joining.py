"""The way in: sign up, look into your mailbox, confirm; or say that it was not you.

Whoever signs an address up, known, unknown, barred or limited, sees the same page in the same time: what is to happen with the
address happens after the page was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.tokens import Purpose
from digest.web import body
from digest.web.desk import Fields
from digest.web.site import FILLED_AFTER, PERSONAL, Site, one

FORM = "join"
#: A field that no person sees; who fills it is a program that fills everything.
TRAP = "website"
#: Topics whose examples are shown before somebody names her own.
SUGGESTED = (
    "neural operators",
    "reasoning in language models",
    "protein structure",
    "robot manipulation",
    "diffusion models",
    "retrieval-augmented generation",
    "graph neural networks",
    "speech recognition",
)
SUGGESTED_SHOWN = 3
TALKED_ABOUT = 3
#: Examples are reckoned for so many topics at a time.
EXAMPLES_MOST = 5


class Joining:
    def __init__(self, site: Site, confirm_within: Any) -> None:
        self._site, self._confirm_within = site, confirm_within

    async def show(self, request: Request) -> Response:
        """The sign-up page."""
        return await self._form({"stamp": self._site.stamp(FORM)}, examples=await self._suggestions())

    async def take(self, request: Request) -> Response:
        """A filled form: examples for her topics, or the sign-up itself."""
        fields = await body.fields(request)
        if one(fields, "do") == "try":
            return await self._try(request, fields)
        if one(fields, TRAP):
            return self._look()
        checked = self._site.desk.read_sign_up(fields)
        faults = dict(checked.faults) or self._hurry(fields)
        if faults:
            return await self._again(fields, faults=faults)
        if not self._site.sign_ups.lets(self._site.network(request)):
            raise HTTPException(429, "sign_ups")
        return self._look(BackgroundTask(self._site.ask, self._site.desk.sign_up, checked.wish, self._site.clock()))

    async def question(self, request: Request) -> Response:
        """Does she want it? A button; whoever only opens the link has changed nothing."""
        said = self._site.token(request, Purpose.CONFIRM, max_age=self._confirm_within)
        person = await self._site.ask(self._site.desk.person, said.subject)
        if person is None:
            raise HTTPException(410, "expired")
        declines = request.url.path.rpartition("/")[0].endswith("decline")
        stamp = self._site.stamp("confirm", said.subject)
        return self._site.page("confirm.html", person=person, declines=declines, stamp=stamp)

    async def answer(self, request: Request) -> Response:
        said = self._site.token(request, Purpose.CONFIRM, max_age=self._confirm_within)
        fields = await body.fields(request)
        self._site.check(fields, "confirm", said.subject)
        now, key = self._site.clock(), said.subject
        if one(fields, "do") == "decline":
            came = await self._site.ask(self._site.desk.decline, key, now)
        else:
            assert said.at  # noqa: S101 - a token without a time is never younger than its limit
            came = await self._site.ask(self._site.desk.confirm, key, said.at, now)
        person = await self._site.ask(self._site.desk.person, key)
        if came == "refused" or person is None:
            raise HTTPException(410, "expired")
        if one(fields, "do") == "decline":
            return self._site.page("declined.html", person=person)
        manage = self._site.path("preferences", self._site.signer.sign(Purpose.MANAGE, key, at=now))
        return self._site.page("welcome.html", person=person, manage=manage, already=came == "already")

    # --- Inside ---

    async def _try(self, request: Request, fields: Fields) -> Response:
        if not self._site.glances.lets(self._site.network(request)):
            raise HTTPException(429, "glances")
        topics = [each.strip() for each in one(fields, "topics").replace(",", "\n").splitlines() if each.strip()]
        if not topics:
            return await self._again(fields, examples=await self._suggestions())
        examples = await self._site.ask(self._site.desk.examples, topics[:EXAMPLES_MOST])
        return await self._again(fields, examples=examples, own=True)

    async def _suggestions(self) -> list[Any]:
        """The first suggested topics that something was announced on."""
        found = await self._site.ask(self._site.desk.examples, SUGGESTED)
        return [each for each in found if each["papers"]][:SUGGESTED_SHOWN]

    def _hurry(self, fields: Fields) -> dict[str, str]:
        """What is wrong with the time that it took; what she typed stays."""
        age = self._site.age(fields, FORM)
        if age is None:
            return {"form": self._site.say("join.open_long")}
        if age < FILLED_AFTER:
            return {"form": self._site.say("join.too_quick")}
        return {}

    async def _again(self, fields: Fields, **values: Any) -> Response:
        """The form with what she typed. Its stamp stays, so that the clock goes on; one that is too old is replaced."""
        old = one(fields, "stamp")
        stamp = old if self._site.age(fields, FORM) is not None else self._site.stamp(FORM)
        typed = {"email": one(fields, "email"), "topics": one(fields, "topics"), "zone": one(fields, "timezone")}
        return await self._form({"stamp": stamp, "typed": typed}, status=422 if values.get("faults") else 200, **values)

    async def _form(self, values: Mapping[str, Any], *, status: int = 200, **more: Any) -> Response:
        given = {"typed": {"email": "", "topics": "", "zone": ""}, "faults": {}, "examples": (), "own": False}
        talk = await self._site.ask(self._site.desk.trending, self._site.clock(), self._site.tongue())
        told = given | dict(values) | more | {"talked_about": talk["papers"][:TALKED_ABOUT]}
        return self._site.page("join.html", status=status, **told)

    def _look(self, then: BackgroundTask | None = None) -> Response:
        return HTMLResponse(self._site.html("mailbox.html", {}), headers=PERSONAL, background=then)
