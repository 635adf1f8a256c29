"""The way out, by RFC 8058: the same address shows people a button and takes the one click of their mail programs."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.tokens import Purpose
from digest.web import body
from digest.web.desk import Fields
from digest.web.site import Site, one

#: The only pair that the body of a one-click POST holds (RFC 8058, section 3.1).
FIELD, CLICK = "List-Unsubscribe", "One-Click"
RETURN = "return"


class Leaving:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """A button. Mail scanners open every link of a mail, so opening it changes nothing."""
        said = self._site.token(request, Purpose.UNSUBSCRIBE)
        person = await self._site.ask(self._site.desk.person, said.subject)
        stamp = self._site.stamp(RETURN, said.subject)
        return self._site.page("unsubscribe.html", person=person, field=FIELD, click=CLICK, stamp=stamp)

    async def take(self, request: Request) -> Response:
        """No more mail; 200 without a redirect or cookie, however often it is said, and without a stamp: programs have none.

        The token never expires and holds no address (RFC 8058, section 3.1). Who is gone already, even from the store, is gone.
        """
        said = self._site.token(request, Purpose.UNSUBSCRIBE)
        fields = await body.fields(request)
        if one(fields, "do") == RETURN:
            return await self._ask_again(fields, said.subject)
        if one(fields, FIELD).strip().lower() != CLICK.lower():
            raise HTTPException(400, "button")
        await self._site.ask(self._site.desk.leave, said.subject, self._site.clock())
        person = await self._site.ask(self._site.desk.person, said.subject)
        return self._site.page("goodbye.html", person=person, stamp=self._site.stamp(RETURN, said.subject))

    async def _ask_again(self, fields: Fields, key: int) -> Response:
        """She wants to come back, says somebody with a link that never expires and stands in every mail: so ask her mailbox."""
        self._site.check(fields, RETURN, key)
        await self._site.ask(self._site.desk.ask_again, key, self._site.clock())
        return self._site.page("mailbox.html", person=await self._site.ask(self._site.desk.person, key))
