"""A visitor of the pages: reads what they show, fills their forms, presses their buttons; and the house that she visits."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email import policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from digest.cli import house
from digest.cli.desk import FrontDesk
from digest.cli.press import Printer
from digest.cli.shelf import Shelf
from digest.cli.web import site
from digest.frozen import freeze
from digest.mail.templates import Templates
from digest.model import Consent, Delivery, DeliveryEvent, Frozen, Outcome, Planned, Subscriber, SubscriptionEvent
from digest.settings import Settings
from digest.store.engine import reading
from digest.store.store import Store
from digest.store.tables import metadata
from digest.subscription.membership import CONFIRM_WITHIN
from digest.tokens import Purpose, Signer
from digest.web.app import application
from tests.fakes import SECRET, Clock
from tests.mail.edition import digest as edition
from tests.world import NOW, subscriber

BASE = "https://papers.example.org"
SETTINGS = {
    "DIGEST_SECRET_KEY": SECRET,
    "DIGEST_BASE_URL": BASE,
    "DIGEST_COMMAND_ADDRESS": "digest+commands@example.org",
    "DIGEST_TRUSTED_PROXIES": "10.0.0.0/8",
    "DIGEST_POSTAL_ADDRESS": "1 Example Street, Springfield",
}


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)  #: what is written on it -> name and value

    def says(self, **typed: Any) -> dict[str, list[str]]:
        return self.fields | {name: [value] if isinstance(value, str) else value for name, value in typed.items()}


class Page(HTMLParser):
    """One page as a person without scripts has it: text, links, forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.text, self.links, self.forms = html, "", [], []
        self._button: tuple[str, str] | None = None
        self._select = self._area = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "input" and self.forms and given.get("type") not in ("checkbox", "radio"):
            self._add(given["name"], given.get("value", ""))
        elif tag == "input" and self.forms and any(name == "checked" for name, _ in attributes):
            self._add(given["name"], given["value"])
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and any(name == "selected" for name, _ in attributes):
            self._add(self._select, given.get("value", ""))
            self._waits = "value" not in given
        elif tag == "textarea":
            self._area = given["name"]
            self._add(self._area, "")
        elif tag == "button":
            self._button = (given.get("name", ""), given.get("value", ""))

    _waits = False

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"
        if self._area:
            self.forms[-1].fields[self._area] = [data]
        elif self._waits:
            self.forms[-1].fields[self._select] = [data]
            self._waits = False
        elif self._button and self.forms and data.strip():
            self.forms[-1].buttons[data.strip()] = self._button

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "button":
            self._button = None

    def _add(self, name: str, value: str) -> None:
        if name:
            self.forms[-1].fields.setdefault(name, []).append(value)

    def form_with(self, button: str) -> Form:
        return next(form for form in self.forms if button in form.buttons)


@dataclass
class Neighbourhood:
    """A house with its pages, and everything that its tests look at."""

    folder: Path
    templates: Templates
    clock: Clock = field(default_factory=Clock)
    changes: dict[str, str] = field(default_factory=dict)
    on_disk: bool = False                  #: a database in memory is faster, a file lets readers in while somebody writes

    def __post_init__(self) -> None:
        self.settings = Settings.load(SETTINGS | self.changes, env_file=None)
        self.store = Store.open(f"sqlite:///{self.folder / 'digest.sqlite3'}" if self.on_disk else "sqlite://")
        self.links = house.links(self.settings)
        self.signer = Signer((SECRET,))
        self.printer = Printer(self.settings, self.templates, self.links)
        self.shelf = Shelf(self.store, self.clock)
        self.site = site(self.settings, self.templates, FrontDesk(self.settings, self.store, self.shelf), self.clock)
        self.app = application(self.site, confirm_within=CONFIRM_WITHIN)
        self.client = self.from_address("192.0.2.1")

    def close(self) -> None:
        self.site.threads.shutdown()
        self.shelf.close()
        self.store.close()

    def from_address(self, address: str) -> TestClient:
        return TestClient(self.app, base_url=BASE, client=(address, 4711), follow_redirects=False)

    # --- Visiting ---

    def path(self, url: str) -> str:
        return url.removeprefix(BASE).partition("#")[0]

    def get(self, url: str, status: int = 200) -> Page:
        answer = self.client.get(self.path(url))
        assert answer.status_code == status, (answer.status_code, answer.text)
        return Page(answer.text)

    def press(
        self, page: Page, button: str, url: str, *, status: int = 200, client: TestClient | None = None, **typed: Any
    ) -> Page:
        """Fill a form and press a button of it, a while after it was shown."""
        form = page.form_with(button)
        name, value = form.buttons[button]
        self.clock.goes_on(seconds=20)
        said = form.says(**typed) | ({name: [value]} if name else {})
        answer = (client or self.client).post(self.path(form.action or url), data=said)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return Page(answer.text)

    # --- The house ---

    def joins(self, email: str = "alice@example.org", **changes: Any) -> int:
        """Somebody who is active; her key."""
        her = subscriber(email, **changes)
        event = SubscriptionEvent.FILE_APPEARED
        self.store.subscribers.add(her, event=event, consent=Consent("admin", NOW), now=self.clock())
        return self.key(email)

    def key(self, email: str = "alice@example.org") -> int:
        found = self.store.subscribers.get(email)
        assert found is not None
        return found.subscriber.key

    def served(self, email: str = "alice@example.org") -> Subscriber:
        found = self.store.subscribers.get(email)
        assert found is not None
        return found.subscriber

    def state(self, email: str = "alice@example.org") -> str:
        found = self.store.subscribers.subscription(email)
        return f"{found.state} {found.reason}".strip() if found else "unknown"

    def outbox(self) -> list[Delivery]:
        """All mails but digests that wait to be sent."""
        table = metadata.tables["deliveries"]
        with reading(self.store.engine) as connection:
            keys = connection.scalars(select(table.c.key).where(table.c.kind != "digest").order_by(table.c.key)).all()
        return [found for key in keys if (found := self.store.deliveries.get(key))]

    def token(self, purpose: Purpose, key: int, at: Any = None, **more: Any) -> str:
        return self.signer.sign(purpose, key, at=at, **more)

    def gets_digest(self, key: int, day: date) -> str:
        """A digest that was really rendered, frozen and sent; its message in bytes, as text."""
        found = self.store.subscribers.by_number(key)
        assert found is not None
        said = edition(subscriber=found.subscriber, date=day)
        self.store.papers.keep([item.paper for item in said.items], now=NOW - timedelta(hours=5))
        stored = {item.paper.id: self.store.papers.find(item.paper.id) for item in said.items}
        sections = tuple(
            replace(section, items=tuple(replace(item, paper=stored[item.paper.id] or item.paper) for item in section.items))
            for section in said.sections
        )
        said = replace(said, sections=sections)
        self.store.deliveries.plan([Planned(key, found.subscriber.email, day, self.clock())])
        claimed = self.store.deliveries.claim("me:1", now=self.clock(), lease=timedelta(minutes=1), limit=10, kinds=("digest",))
        mine = next(each for each in claimed if each.subscriber == key and each.date == day)
        message, _, _ = self.printer.digest(said, mine)
        papers = tuple(item.paper.key for item in said.items)
        self.store.deliveries.freeze([Frozen(mine.key, freeze(said), message.message_id, papers)], owner="me:1")
        self.store.deliveries.record([Outcome(mine.key, DeliveryEvent.ACCEPTED, self.clock())], owner="me:1")
        return message.data.decode("ascii")

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        with reading(self.store.engine) as connection:
            return {
                name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
                for name, table in metadata.tables.items()
            }


def links_of(message: str, base: str = BASE) -> Iterator[str]:
    """Every address of our pages in a mail, whatever part it stands in."""
    parsed = email.message_from_string(message, policy=policy.default)
    texts = [str(value) for value in parsed.values()] + [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    for text in texts:
        yield from re.findall(re.escape(base) + r"[^\s\"<>]*", text.replace("&amp;", "&"))
