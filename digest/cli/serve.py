"""`digest preview --serve`: the live preview, on this machine only; it reads what it shows afresh whenever a file is saved."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import reading, when
from digest.cli import house, scene
from digest.cli.files import example_subscriber, template_folders
from digest.cli.output import say
from digest.cli.press import Printer
from digest.errors import ConfigError, ConfigErrors, DigestError, quoted
from digest.mail.catalogue import language
from digest.mail.letters import VALUES, render_mail, schedule
from digest.mail.message import build_answer, message_id
from digest.subscription.roster import read, read_file
from digest.web.live import Proof, Watch, application, files_below
from digest.web.server import serve

if TYPE_CHECKING:
    from digest.cli.scene import Stock
    from digest.mail.envelope import Message
    from digest.mail.render import Rendered
    from digest.mail.templates import Templates
    from digest.model import Digest, Subscriber
    from digest.settings import Settings

#: Mark (ok, note, bad), what was looked at, what was found.
Check = tuple[str, str, str]

LOOPBACK = "127.0.0.1"
DIGEST = "digest"
#: What the other mails are told, where nothing better is known.
SAID: dict[str, Any] = {
    "confirm_url": "https://digest.example.org/confirm/t",
    "decline_url": "https://digest.example.org/decline/t",
    "return_url": "https://digest.example.org/unsubscribe/t",
    "undo_url": "",
    "days": 3,
    "changes": ["Added the topic “graph matching”.", "Your digest now comes at 07:30."],
    "refused": ["“wekly fri”: no such command."],
    "undo": "drop graph matching",
    "bounced": False,
    "wishes": ["add the topic “graph matching”"],
    "paused": "",
    "what": "612 of 2,000 digests bounced",
    "lines": ["The pass is paused: 612 refusals, most of them 550 5.7.1."],
    "steps": ["Look at the rows of `digest status --failed`.", "When the fault is mended, run `digest send`."],
}
DEFAULT_PORT = 8026
#: Days that can be looked at, backwards from the newest.
DAYS = 14
#: People to choose from; more are found by `digest preview ADDRESS --serve`.
PEOPLE = 300
_SUBJECT_MOST = 120                       #: characters; desktops show about 80
_LINE_MOST = 998                           #: octets (RFC 5322, section 2.1.1)


def run(given: Settings, stock: Stock, who: str | None, *, port: int, day: date | None, opened: bool = False) -> int:
    """Serve until Ctrl-C."""
    import click

    say(f"Live preview: http://{LOOPBACK}:{port}/  (from {stock.origin}; Ctrl-C ends it)")
    if opened:
        click.launch(f"http://{LOOPBACK}:{port}/")
    asyncio.run(_serve(Atelier(given, stock, who, day), port))
    return 0


async def _serve(atelier: Atelier, port: int) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await show(atelier, port, stop)


async def show(atelier: Atelier, port: int, stop: asyncio.Event, *, ready: asyncio.Event | None = None) -> None:
    """The live preview on loopback until `stop` is set."""
    watch = Watch(atelier.watched)
    watching = asyncio.create_task(watch.run())
    try:
        await serve(application(atelier, watch), host=LOOPBACK, port=port, stop=stop, ready=ready, drain=1)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


class Atelier:
    """Makes proofs for the live preview: `digest.web.live.Studio`."""

    def __init__(self, given: Settings, stock: Stock, who: str | None, day: date | None) -> None:
        self._given, self._stock, self._who, self._day = given, stock, who, day
        self._scored: tuple[Any, reading.Scored] | None = None
        self._compiled: tuple[Any, Templates] | None = None

    def watched(self) -> list[Path]:
        own = [Path(self._who)] if self._who and Path(self._who).exists() else []
        folders = (*template_folders(self._given.templates), self._given.subscribers)
        return [*folders, example_subscriber(self._given.subscribers), *own]

    def _templates(self) -> Templates:
        """The templates as they are saved now, without a fault; compiled again when one has changed. Raises ConfigErrors."""
        state = files_below(template_folders(self._given.templates))
        if self._compiled is None or self._compiled[0] != state:
            self._compiled = state, house.checked_templates(self._given)
        return self._compiled[1]

    def choices(self) -> dict[str, Any]:
        newest = self._stock.now.date()
        dates = [newest - timedelta(days=back) for back in range(DAYS)]
        if self._day and self._day not in dates:
            dates.insert(0, self._day)
        listed = [(day.isoformat(), f"{day:%a} {day.day} {day:%b %Y}") for day in dates]
        first = self._day or newest
        listed.sort(key=lambda each: each[0] != first.isoformat())
        mails = [(DIGEST, "Digest"), *((name, name.capitalize()) for name in VALUES)]
        return {"people": list(self._people()), "dates": listed, "mails": mails, "origin": self._stock.origin}

    def proof(self, what: str, who: str, day: str) -> Proof:
        """The mail of that name (a digest without one) to `who` on `day` as the files say it now, or what is wrong with them."""
        try:
            return self._proof(what or DIGEST, who, day)
        except DigestError as error:
            return Proof(error=str(error))

    def _proof(self, what: str, who: str, day: str) -> Proof:
        templates = self._templates()
        subscriber, others = self._subscriber(who)
        on = _date(day) or self._day or when.local_date(self._stock.now, subscriber.timezone)
        printer = Printer(self._given, templates, house.links(self._given))
        if what == DIGEST:
            chosen = self._chosen(subscriber, on)
            rendered = printer.render(chosen)
            message = printer.build(chosen, rendered, at=self._stock.now)
            more = self._digest_checks(chosen, rendered, message)
        else:
            rendered, message = self._letter(what, subscriber, on, printer)
            more = iter(())
        return Proof(
            html=rendered.html,
            text=rendered.text,
            source=message.data.decode("ascii", "backslashreplace"),
            subject=rendered.subject,
            preheader=rendered.preheader,
            headers=tuple((name, str(value)) for name, value in message_from_bytes(message.data).items()),
            checks=(*self._checks(rendered, message, others), *more),
        )

    def _letter(self, what: str, subscriber: Subscriber, on: date, printer: Printer) -> tuple[Rendered, Message]:
        """Any mail but a digest, told what it might be told. Raises DigestError for a name that no mail has."""
        if what not in VALUES:
            raise ConfigError(f"there is no mail {quoted(what)}; there are {', '.join(VALUES)}")
        words, links = language(subscriber.language), printer.links.of(subscriber.key, on)
        known = SAID | {"topics": [topic.name for topic in subscriber.topics], "schedule": schedule(subscriber, words)}
        rendered = render_mail(
            what,
            {name: known.get(name, f"({name})") for name in VALUES[what]},
            to=subscriber.email,
            links=links,
            templates=printer.templates,
            postal_address=self._given.postal_address,
            lang=subscriber.language,
            site=self._given.from_address.name or "Paper Digest",
        )
        head = printer.letterhead
        identifier = message_id(subscriber.key, on, head.secret, head.domain, kind=what)
        to, at = subscriber.email, self._stock.now
        message = build_answer(rendered, letterhead=head, recipient=to, identifier=identifier, at=at, reply_to=links.reply_to)
        return rendered, message

    # --- Whom, and when ---

    def _people(self) -> Iterator[tuple[str, str]]:
        """Value and label of everybody who can be shown: whom the command line named, the files, the store."""
        seen: set[str] = set()
        for value, label in self._everybody():
            if value.lower() not in seen and len(seen) < PEOPLE:
                seen.add(value.lower())
                yield value, label

    def _everybody(self) -> Iterator[tuple[str, str]]:
        if self._who:
            yield self._who, self._who
        if self._given.subscribers.is_dir():
            for each in read(self._given.subscribers, defaults=self._given.defaults).subscribers:
                yield each.email, each.email
        if self._stock.store:
            for each in self._stock.store.subscribers.active():
                yield each.email, each.email
        yield str(example_subscriber(self._given.subscribers)), "the example"

    def _subscriber(self, who: str) -> tuple[Subscriber, tuple[ConfigError, ...]]:
        """Who is meant, and the faults beside which she is served. Raises DigestError when there is nobody."""
        who = who or next(self._people())[0]
        if "@" in who and not Path(who).exists():
            return scene.find_subscriber(self._given, who, (), self._stock.store)[0], ()
        found = read_file(Path(who), defaults=self._given.defaults)
        if not found.subscribers:
            raise ConfigErrors(found.faults or [ConfigError("there is no subscriber in it", where=who)])
        return scene.as_served(found.subscribers[0], self._stock.store), found.faults

    def _chosen(self, subscriber: Subscriber, day: date) -> Digest:
        """Her digest. Scoring takes longest, and is kept as long as her topics and the day are the same."""
        from digest.cli.preview import past_of, with_liked

        moment = min(self._stock.now, when.due_at(subscriber, day) + timedelta(hours=1))
        wanted = (subscriber.topics, moment if day < self._stock.now.date() else None)
        if self._scored is None or self._scored[0] != wanted:
            known = with_liked(self._stock, subscriber)
            known = reading.until(known, moment) if wanted[1] else known
            self._scored = wanted, reading.score(known, subscriber.topics, house.embedder(self._given))
        return reading.choose(subscriber, day, self._scored[1], past_of(self._stock, subscriber.key, day))

    # --- Checks ---

    def _checks(self, rendered: Rendered, message: Message, faults: tuple[ConfigError, ...]) -> Iterator[Check]:
        size, most = len(rendered.html.encode()), self._given.max_html_bytes
        yield "ok", "Templates", "no fault found by the linter"
        yield from (("bad", "Subscriber file", str(each)) for each in faults)
        share = f"{size:,} bytes, {100 * size // most} % of DIGEST_MAX_HTML_BYTES"
        yield "ok" if size <= most else "bad", "HTML size", share
        yield "note", "Message size", f"{len(message.data):,} bytes in all, text part {len(rendered.text.encode()):,}"
        longest = max(map(len, message.data.split(b"\r\n")))
        yield "ok" if longest <= _LINE_MOST else "bad", "Longest line", f"{longest} octets of {_LINE_MOST}"
        length = len(rendered.subject)
        yield "ok" if length <= _SUBJECT_MOST else "note", "Subject", f"{length} characters; phones show about 40"
        names = [name.lower() for name in message_from_bytes(message.data)]
        twice = sorted({name for name in names if names.count(name) > 1})
        yield "bad" if twice else "ok", "Header", f"twice: {', '.join(twice)}" if twice else f"{len(names)} fields, each once"

    def _digest_checks(self, chosen: Digest, rendered: Rendered, message: Message) -> Iterator[Check]:
        """What concerns digests only: their papers, and the ways to leave that mail programs offer."""
        yield "ok" if len(rendered.shown) == len(chosen.items) else "note", "Papers", _papers(chosen, rendered)
        yield from (("bad", "Paper left out", str(each)) for each in rendered.failed)
        names = [name.lower() for name in message_from_bytes(message.data)]
        way_out = "list-unsubscribe" in names
        yield "ok" if way_out else "bad", "Way out", "List-Unsubscribe is there" if way_out else "no way to unsubscribe"
        one_click = "list-unsubscribe-post" in names
        told = "one click (RFC 8058)" if one_click else "by mail only; one click needs DIGEST_BASE_URL with https"
        yield "ok" if one_click else "note", "Unsubscribe", told


def _papers(chosen: Digest, rendered: Rendered) -> str:
    counts = replace(chosen.counts, shown=len(rendered.shown))
    left = len(chosen.items) - counts.shown
    return f"{counts.shown} shown{f', {left} found no room' if left else ''}, {counts.matched} matched, {counts.new} new"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
