"""`digest web`: only the pages; and the same pages as one more job of the daemon."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from digest.cli.options import Clock, verbose_option, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.cli.desk import FrontDesk
    from digest.mail.templates import Templates
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.web.site import Site

TEN_MINUTES = timedelta(minutes=10)
#: Of one network in ten minutes, and of all networks together.
SIGN_UPS, ALL_SIGN_UPS = 5, 1000
GLANCES, ALL_GLANCES = 60, 6000
#: Networks that are remembered: ten minutes of a flood from ten thousand networks take a few megabytes.
MOST_NETWORKS = 10_000


@click.command(name="web", epilog="Example: DIGEST_BASE_URL=https://digest.example.org digest web")
@verbose_option
def command() -> int:
    """Only the web pages, on DIGEST_WEB_LISTEN, until SIGTERM or Ctrl-C. `digest run` serves them as well."""
    from digest.cli import house
    from digest.cli.output import tell

    given = house.settings()
    given.require_secret_key()
    require_base_url(given)
    templates = house.checked_templates(given)
    with house.open_store(given) as store:
        listen = given.web_listen
        tell(f"Listening on {listen.host}:{listen.port}; people come by {given.base_url}")
        asyncio.run(_until_told(given, store, templates))
    return 0


async def _until_told(given: Settings, store: Store, templates: Templates) -> None:
    from digest.cli.options import endings

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in endings():
        loop.add_signal_handler(number, stop.set)
    await serve(given, store, templates, clock=wall_clock, stop=stop)


async def serve(given: Settings, store: Store, templates: Templates, *, clock: Clock, stop: asyncio.Event) -> None:
    """The pages until `stop` is set. Raises ConfigError when nothing can listen on DIGEST_WEB_LISTEN.

    Their database calls have threads and connections of their own, so that they answer while a pass is under way.
    """
    from digest.cli.desk import FrontDesk
    from digest.cli.shelf import Shelf
    from digest.subscription.membership import CONFIRM_WITHIN
    from digest.web.app import application
    from digest.web.server import serve as listen

    shelf = Shelf(store, clock)
    made = site(given, templates, FrontDesk(given, store, shelf), clock, store)
    shelf.talked_about()                   # begins to read, so that the first visitor finds it done
    try:
        app = application(made, confirm_within=CONFIRM_WITHIN)
        await listen(app, host=given.web_listen.host, port=given.web_listen.port, stop=stop)
    finally:
        made.threads.shutdown(wait=True)
        shelf.close()


def site(given: Settings, templates: Templates, desk: FrontDesk, clock: Clock, store: Store | None = None) -> Site:
    """The pages' own parts, put together."""
    from digest.subscription.limits import Ledger
    from digest.tokens import Signer
    from digest.web.guard import Guard
    from digest.web.site import Site

    def guard(each: int, everybody: int) -> Guard:
        one = Ledger([(TEN_MINUTES, each)], most_names=MOST_NETWORKS)
        return Guard(one, Ledger([(TEN_MINUTES, everybody)]), clock)

    return Site(
        name=given.from_address.name or "Paper Digest",
        base_url=given.base_url.rstrip("/"),
        render=templates.render_page,
        desk=desk,
        tongues=tongues(given.language),
        signer=Signer(given.secret_key),
        clock=clock,
        sign_ups=guard(SIGN_UPS, ALL_SIGN_UPS),
        glances=guard(GLANCES, ALL_GLANCES),
        proxies=given.trusted_proxies,
        command_address=given.command_to.email if given.imap_url or given.command_address else "",
        postal_address=given.postal_address,
        metrics=metrics(given, store, clock) if store else None,
    )


def tongues(first: str) -> dict[str, Callable[..., str]]:
    """What pages say in each language that mails speak, that of the settings first."""
    from digest.mail.catalogue import language
    from digest.mail.languages import LANGUAGES

    return {each.code: each.say for each in (language(first), *LANGUAGES.values())}


def metrics(given: Settings, store: Store, clock: Clock) -> Callable[[], bytes] | None:
    """What /metrics says, None without the extra `metrics`."""
    from importlib.util import find_spec

    if find_spec("prometheus_client") is None:
        return None

    def now() -> bytes:
        from digest.cli.metrics import exposition

        return exposition(store, given, clock())

    return now


def require_base_url(given: Settings) -> None:
    """Raises ConfigError where there is no web address under which people come."""
    from digest.errors import ConfigError

    if not given.base_url:
        message = "the pages need an address under which people come; write DIGEST_BASE_URL=https://digest.example.org into .env"
        raise ConfigError(message, key="DIGEST_BASE_URL")
