"""For those who have mail from us: preferences, more and less, a digest in the browser, and the same digests as a feed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.tokens import Purpose, Verified
from digest.web import atom, body
from digest.web.desk import Fields, Person
from digest.web.site import PERSONAL, Site, one

#: Links to preferences work for so long: mails are forwarded, and old ones are found. The next mail has a fresh one.
MANAGE_WITHIN = timedelta(days=35)
WORDS = ("more", "less")


class Staying:
    def __init__(self, site: Site) -> None:
        self._site = site

    # --- Preferences ---

    async def preferences(self, request: Request) -> Response:
        key = self._site.token(request, Purpose.MANAGE).subject
        person = await self._known(key)
        if self._is_stale(request):
            return self._stale(person)
        return await self._preferences(request, person)

    async def change(self, request: Request) -> Response:
        """What the button says that she pressed: save, pause, resume, come back, or mail me a fresh link."""
        key = self._site.token(request, Purpose.MANAGE).subject
        fields = await body.fields(request)
        self._site.check(fields, "preferences", key)
        person = await self._known(key)
        now, do = self._site.clock(), one(fields, "do")
        if self._is_stale(request):
            if do == "link":
                await self._site.ask(self._site.desk.send_link, key, now)
                return self._site.page("mailbox.html", person=person)
            return self._stale(person)
        if do == "return":
            return await self._come_back(request, person)
        if do.startswith("pause") or do == "resume":
            return await self._pause(request, person, do)
        checked = await self._site.ask(self._site.desk.change, key, fields, now)
        if checked.faults:
            return await self._preferences(request, person, said=fields, faults=checked.faults)
        person = await self._known(key)
        return await self._preferences(request, person, saved=self._site.say("prefs.saved", person))

    async def _come_back(self, request: Request, person: Person) -> Response:
        came = await self._site.ask(self._site.desk.come_back, person.key, self._site.clock())
        saved = "" if came == "refused" else self._site.say("prefs.returned", person)
        return await self._preferences(request, await self._known(person.key), saved=saved)

    async def _pause(self, request: Request, person: Person, do: str) -> Response:
        days = {"pause-7": 7, "pause-14": 14, "pause-28": 28, "resume": 0}.get(do)
        if days is None:
            raise HTTPException(400, "button")
        await self._site.ask(self._site.desk.pause, person.key, days, self._site.clock())
        person = await self._known(person.key)
        paused = self._site.say("prefs.now_paused", person, until=person.paused_until)
        told = paused if days else self._site.say("prefs.resumed", person)
        return await self._preferences(request, person, saved=told)

    async def _preferences(self, request: Request, person: Person, *, said: Fields | None = None, **told: Any) -> Response:
        values = await self._site.ask(self._site.desk.preferences, person.key, said)
        feed = self._site.path("feed", self._site.signer.sign(Purpose.FEED, person.key))
        leave = self._site.path("unsubscribe", self._site.signer.sign(Purpose.UNSUBSCRIBE, person.key))
        given = {"faults": {}, "saved": "", "feed": feed, "leave": leave} | dict(values)
        stamp = self._site.stamp("preferences", person.key)
        status = 422 if told.get("faults") else 200
        return self._site.page("preferences.html", status=status, person=person, stamp=stamp, **(given | told))

    def _is_stale(self, request: Request) -> bool:
        """Whether the link is of an old mail."""
        try:
            self._site.token(request, Purpose.MANAGE, max_age=MANAGE_WITHIN)
        except HTTPException:
            return True
        return False

    def _stale(self, person: Person) -> Response:
        return self._site.page("stale.html", status=410, person=person, stamp=self._site.stamp("preferences", person.key))

    # --- More and less ---

    async def feedback(self, request: Request) -> Response:
        said, day, word, number = self._vote(request)
        title = await self._site.ask(self._site.desk.title, said.subject, day, number)
        if not title:
            raise HTTPException(410, "digest")
        return await self._feedback(said.subject, word=word, title=title, noted=False)

    async def vote(self, request: Request) -> Response:
        said, day, word, number = self._vote(request)
        self._site.check(await body.fields(request), "feedback", said.subject)
        noted = await self._site.ask(self._site.desk.vote, said.subject, day, number, word, self._site.clock())
        title = await self._site.ask(self._site.desk.title, said.subject, day, number)
        if not noted or not title:
            raise HTTPException(410, "digest")
        turn = self._site.path("feedback", request.path_params["token"], _other(word), number)
        return await self._feedback(said.subject, word=word, title=title, noted=True, turn=turn)

    async def _feedback(self, key: int, *, word: str, **told: Any) -> Response:
        person, stamp = await self._site.ask(self._site.desk.person, key), self._site.stamp("feedback", key)
        return self._site.page("feedback.html", person=person, stamp=stamp, word=word, other=_other(word), **told)

    def _vote(self, request: Request) -> tuple[Verified, date, str, int]:
        said = self._site.token(request, Purpose.FEEDBACK)
        word = request.path_params["word"]
        if word not in WORDS or said.at is None:
            raise HTTPException(404, "token")
        return said, said.at.date(), word, request.path_params["number"]

    # --- Digests ---

    async def digest(self, request: Request) -> Response:
        """The digest of one day as it was sent. It holds no link that is only hers, so that it can be shown to others."""
        said = self._site.token(request, Purpose.VIEW)
        day = said.at.date() if said.at else date.min
        values = await self._site.ask(self._site.desk.digest, said.subject, day)
        if values is None:
            raise HTTPException(410, "digest")
        person = await self._site.ask(self._site.desk.person, said.subject)
        return self._site.page("digest.html", person=person, **values)

    async def feed(self, request: Request) -> Response:
        """The last digests as Atom (RFC 4287)."""
        said = self._site.token(request, Purpose.FEED)
        digests = await self._site.ask(self._site.desk.digests, said.subject)
        entries = [self._entry(said.subject, values) for values in digests]
        here = f"{self._site.base_url}/feed/{request.path_params['token']}"
        person = await self._site.ask(self._site.desk.person, said.subject)
        title = self._site.say("feed.title", person, site=self._site.name)
        data = atom.feed(title, here, entries, now=self._site.clock())
        return atom.response(data, request, PERSONAL)

    def _entry(self, key: int, values: Any) -> atom.Entry:
        day: date = values["day"]
        token = self._site.signer.sign(Purpose.VIEW, key, at=values["token_at"])
        html = self._site.html("entry.html", values)
        return atom.Entry(f"{key}/{day}", values["subject"], f"{self._site.base_url}/digest/{token}", values["sent_at"], html)

    async def _known(self, key: int) -> Person:
        person = await self._site.ask(self._site.desk.person, key)
        if person is None:
            raise HTTPException(410, "gone")
        return person


def _other(word: str) -> str:
    return WORDS[1 - WORDS.index(word)]
