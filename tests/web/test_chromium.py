"""The pages in a real browser: whole stories by link, nobody shut out (axe-core), nothing wider than a phone.

Pictures are written to the folder that WEB_SHOTS names, where it is set.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.cli.scene import Stock
from digest.cli.serve import Atelier, show
from digest.mail.templates import Templates
from digest.model import SubscriptionEvent, Topic
from digest.reading import of_papers
from digest.settings import Settings
from digest.tokens import Purpose
from digest.web.server import serve
from tests.fakes import Clock
from tests.needs import needs_node_packages, needs_program
from tests.web.test_server import free_port
from tests.web.visitor import Neighbourhood, links_of
from tests.world import NOW, papers, sighting, topic

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

DAY = date(2026, 3, 24)
MIDNIGHT = datetime(2026, 3, 24, tzinfo=UTC)
LOOKS = [(375, False), (375, True), (1000, False), (1000, True)]


class GoingClock(Clock):
    """Goes on by itself, so that forms are filled at the pace of people."""

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=4)
        return self.now


@dataclass
class Browser:
    program: Path
    modules: Path

    async def __call__(self, *visits: dict[str, Any]) -> list[str]:
        """What is wrong with these visits."""
        task = {"chromium": str(self.program), "modules": str(self.modules), "shots": os.environ.get("WEB_SHOTS", "")}
        given = [{"width": 1000, "dark": False, "judge": False, "scripts": False} | visit for visit in visits]
        driver = Path(__file__).with_name("browser.cjs")
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        running = await asyncio.create_subprocess_exec("node", str(driver), **pipes)  # type: ignore[arg-type]
        out, err = await asyncio.wait_for(running.communicate(json.dumps(task | {"visits": given}).encode()), 300)
        assert running.returncode == 0, err.decode()
        return list(json.loads(out))


@pytest.fixture
def browser() -> Browser:
    return Browser(needs_program("chromium", package="chromium"), needs_node_packages() / "node_modules")


@pytest.fixture
def town(tmp_path: Path, templates: Templates) -> Iterator[Neighbourhood]:
    base = f"http://127.0.0.1:{free_port()}"
    made = Neighbourhood(tmp_path, templates, clock=GoingClock(), changes={"DIGEST_BASE_URL": base})
    yield made
    made.close()


@asynccontextmanager
async def open_house(town: Neighbourhood) -> AsyncIterator[str]:
    base, stop = town.settings.base_url.rstrip("/"), asyncio.Event()
    task = asyncio.create_task(serve(town.app, host="127.0.0.1", port=int(base.rpartition(":")[2]), stop=stop, drain=1))
    try:
        yield base
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


def gallery(town: Neighbourhood, language: str = "en") -> dict[str, str]:
    """Every kind of page, by name; those of somebody in her language."""
    town.store.papers.keep(papers(40), now=NOW - timedelta(hours=4))
    town.store.sightings.keep([sighting(f"arxiv:2603.{n:05d}", upvotes=n * 3, at=NOW - timedelta(hours=3)) for n in range(1, 30)])
    town.shelf.fill()
    wide = topic(authors=("Anima Anandkumar",), exclude=("survey",))
    key = town.joins(topics=(wide, Topic("Diffusion models"), Topic("W" * 120)), language=language)
    town.gets_digest(key, DAY)
    bounced = town.joins("bounced.with.a.rather.long.address@example.org", language=language)
    reason = "bounced: 5.1.1 no such user here, " + "x" * 120
    her = "bounced.with.a.rather.long.address@example.org"
    town.store.subscribers.change(her, SubscriptionEvent.BOUNCED, reason=reason, now=NOW)
    said = {"email": ["carol@example.org"], "topics": ["graph matching, protein folding"], "language": [language]}
    wish = town.site.desk.read_sign_up(said).wish
    town.site.desk.sign_up(wish, town.clock())
    carol, now, token = town.key("carol@example.org"), town.clock(), town.token
    return {
        "join": "/",
        "trending": "/trending",
        "about": "/about",
        "nowhere": "/nowhere",
        "confirm": f"/confirm/{token(Purpose.CONFIRM, carol, now)}",
        "decline": f"/decline/{token(Purpose.CONFIRM, carol, now)}",
        "preferences": f"/preferences/{token(Purpose.MANAGE, key, now)}",
        "bounced": f"/preferences/{token(Purpose.MANAGE, bounced, now)}",
        "stale": f"/preferences/{token(Purpose.MANAGE, key, now - timedelta(days=99))}",
        "unsubscribe": f"/unsubscribe/{token(Purpose.UNSUBSCRIBE, key)}",
        "unsubscribed": f"/unsubscribe/{token(Purpose.UNSUBSCRIBE, bounced)}",
        "feedback": f"/feedback/{token(Purpose.FEEDBACK, key, MIDNIGHT)}/more/2",
        "digest": f"/digest/{token(Purpose.VIEW, key, MIDNIGHT)}",
    }


@pytest.mark.parametrize("language", ["en", "de"])
async def test_nobody_is_shut_out_of_any_page(language: str, town: Neighbourhood, browser: Browser) -> None:
    """Light and dark, phone and desktop; and in a window of 320 pixels nothing has to be scrolled sideways (WCAG 1.4.10)."""
    paths = gallery(town, language)
    async with open_house(town) as base:
        visits = [
            {"name": f"{language}-{name}-{width}-{'dark' if dark else 'light'}", "tongue": language}
            | {"width": width, "dark": dark, "judge": True, "scripts": True}
            | {"steps": [["goto", base + path], *([["open", "details"]] if name == "preferences" else [])]}
            for name, path in paths.items()
            for width, dark in [*LOOKS, (320, False)]
        ]
        assert await browser(*visits) == []


async def test_what_is_wrong_is_said_to_everybody(town: Neighbourhood, browser: Browser) -> None:
    """The pages that answer a form: faults, what is saved, goodbye."""
    paths = gallery(town)
    async with open_house(town) as base:
        preferences, unsubscribe = base + paths["preferences"], base + paths["unsubscribe"]
        visits: list[dict[str, Any]] = [
            {"name": "join-faults", "steps": [["goto", base + "/"], ["type", ["#email", "alice@"]], ["press", "Sign up"]]},
            {"name": "preferences-faults", "steps": [["goto", preferences], ["type", ["#max_papers", "0"]], ["press", "Save"]]},
            {"name": "preferences-saved", "steps": [["goto", preferences], ["press", "Save"], ["expect", "Saved."]]},
            {"name": "mailbox", "steps": [
                ["goto", base + "/"], ["type", ["#topics", "graphs"]],
                ["type", ["#email", "dora@example.org"]], ["press", "Sign up"],
            ]},
            {"name": "voted", "steps": [["goto", base + paths["feedback"]], ["press", "More like this"], ["expect", "noted"]]},
            {"name": "welcome", "steps": [["goto", base + paths["confirm"]], ["press", "Yes, confirm my subscription"]]},
            {"name": "goodbye", "steps": [["goto", unsubscribe], ["press", "Unsubscribe"], ["expect", "You are unsubscribed"]]},
        ]  # fmt: skip
        assert await browser(*(visit | {"judge": True, "scripts": True, "width": 375} for visit in visits)) == []


async def test_a_whole_story_without_scripts(town: Neighbourhood, browser: Browser) -> None:
    async with open_house(town) as base:
        signs_up = [
            ["goto", base + "/"], ["type", ["#topics", "neural operators"]], ["type", ["#email", "alice@example.org"]],
            ["press", "Sign up"], ["expect", "Look into your mailbox"],
        ]  # fmt: skip
        assert await browser({"name": "sign-up", "steps": signs_up}) == []
        (note,) = town.outbox()
        message = town.printer.mail(note).data.decode("ascii")
        link = next(each for each in links_of(message, base) if "/confirm/" in each)
        story = [
            ["goto", link], ["press", "Yes, confirm my subscription"], ["expect", "Welcome"],
            ["press", "Change topics, days and times"], ["type", ["#new-topics", "graph matching"]], ["press", "Save"],
            ["expect", "Saved."], ["press", "1 week"], ["expect", "Paused"], ["press", "Resume now"],
            ["press", "Unsubscribe"], ["press", "Unsubscribe"], ["expect", "You are unsubscribed"],
        ]  # fmt: skip
        assert await browser({"name": "story", "steps": story}) == []
    assert [each.name for each in town.served().topics] == ["neural operators", "graph matching"]
    assert town.state() == "suppressed unsubscribed"


async def test_the_live_preview_shows_a_saved_template_by_itself(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "templates").mkdir()
    given = Settings.load({"DIGEST_TEMPLATES": str(tmp_path / "templates"), "DIGEST_SUBSCRIBERS": str(tmp_path)}, env_file=None)
    atelier = Atelier(given, Stock(of_papers(papers(30), [], now=NOW), NOW, "a test"), None, None)
    port, stop, ready = free_port(), asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(show(atelier, port, stop, ready=ready))
    await asyncio.wait_for(ready.wait(), 10)
    try:
        visit = {"name": "live", "width": 1240, "judge": True, "scripts": True}
        assert await browser(visit | {"steps": [["goto", f"http://127.0.0.1:{port}/"], ["await", "a test"]]}) == []
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)
