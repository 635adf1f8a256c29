"""Assembling: settings become a store, sources, a client, a printing press and a way out. Nothing is made before it is needed."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from datetime import datetime

    from digest.cli.options import Clock
    from digest.cli.press import Printer
    from digest.embedding import WordEmbedder
    from digest.lookups import Lookup
    from digest.mail.links import Links
    from digest.mail.relay import SmtpSettings
    from digest.mail.smtp import Pool
    from digest.mail.templates import Templates
    from digest.model import Fetch, Roster, Topic
    from digest.pipeline import House
    from digest.selection.semantic import Embedder
    from digest.settings import Settings
    from digest.sources.http import Http
    from digest.sources.source import Source, SourceUrls
    from digest.sources.turns import Turns
    from digest.store.store import Store
    from digest.values import SmtpServer
    from digest.workshop import Workshop
    from digest.writing import Writer


@cache
def settings() -> Settings:
    """The settings of this process, read once. Raises ConfigErrors."""
    from digest.cli import logs
    from digest.settings import Settings

    given = Settings.load()
    logs.style(given.log_format)
    return given


def open_store(given: Settings) -> Store:
    """The store that DIGEST_DATABASE_URL names; close it, or use it as a context manager."""
    from digest.store.store import Store

    return Store.open(given.database_url)


def look_into_store(given: Settings) -> Store:
    """The same for a verb that only looks: where there is no store yet, an empty one in memory, so that no file is made."""
    from digest.store.store import Store

    return open_store(given) if has_store(given) else Store.open("sqlite://")


def try_store(given: Settings) -> None:
    """Raises ConfigError when the store cannot be used, or could not be made where it is to lie."""
    from digest.store.store import check_place

    check_place(given.database_url)
    look_into_store(given).close()


def has_store(given: Settings) -> bool:
    """False while the file of an SQLite store is still to be made."""
    from pathlib import Path

    file = given.database_url.partition(":///")[2].partition("?")[0]
    return not given.database_url.startswith("sqlite") or (bool(file) and Path(file).exists())


def urls(given: Settings) -> SourceUrls:
    from digest.sources.source import SourceUrls

    return SourceUrls(
        arxiv_feed=given.arxiv_feed_url,
        arxiv_api=given.arxiv_api_url,
        arxiv_oai=given.arxiv_oai_url,
        huggingface=given.huggingface_url,
        biorxiv=given.biorxiv_url,
        arxiv_delay=given.arxiv_delay,
    )


def sources(given: Settings, only: tuple[str, ...] = ()) -> tuple[Source, ...]:
    """The configured sources, or those of them that are named. Raises ConfigError for a name that is not configured."""
    from digest.errors import ConfigError, nearest, quoted
    from digest.sources.registry import build

    made = build(",".join(given.sources), urls(given))
    names = [each.name for each in made]
    for name in only:
        if name not in names:
            hint = nearest(name, names) or f"; configured are {', '.join(names)}"
            raise ConfigError(f"no source {quoted(name)} in DIGEST_SOURCES{hint}", key="--source")
    return tuple(each for each in made if not only or each.name in only)


def lookups(given: Settings) -> tuple[Lookup, ...]:
    """What is asked beside the news: papers to resemble at arXiv, and abstracts where DIGEST_ENRICH is on."""
    from digest import lookups
    from digest.sources import arxiv, enrich

    where = urls(given)

    def by_ids(http: Http, names: Iterable[str], now: datetime) -> Awaitable[Fetch]:
        return arxiv.by_ids(http, names, now=now, urls=where)

    def abstracts(http: Http, names: Iterable[str], now: datetime) -> Awaitable[Fetch]:
        return enrich.abstracts(http, names, now=now, urls=where, contact=given.admin.email if given.admin else "")

    like = lookups.Lookup(lookups.LIKE, lookups.liked, by_ids)
    bare = lookups.Lookup(lookups.ABSTRACTS, lookups.without_abstract, abstracts, most=50)
    return (like, bare) if given.enrich else (like,)


def client(given: Settings) -> Http:
    """The polite client; it may ask the hosts of the configured sources, and no other."""
    from digest.sources.http import Http

    addresses = [given.arxiv_feed_url, given.arxiv_api_url, given.arxiv_oai_url, given.huggingface_url, given.biorxiv_url]
    addresses += [each.partition(":")[2] for each in given.sources if each.startswith("feed:")]
    if given.enrich:
        where = urls(given)
        addresses += [where.crossref, where.openalex, where.semantic_scholar]
    return Http(
        hosts={urlsplit(each).netloc for each in addresses if each},
        contact=given.admin.email if given.admin else given.base_url or given.from_address.email,
        arxiv_delay=given.arxiv_delay,
        turns=turns(given),
    )


def turns(given: Settings) -> Turns:
    """The queue in front of arXiv, for all processes with this store: beside its file, or where temporary files are."""
    import getpass
    import tempfile
    from pathlib import Path

    from digest.sources.turns import Turns

    file = given.database_url.partition(":///")[2].partition("?")[0]
    if given.database_url.startswith("sqlite") and file:
        return Turns(Path(f"{file}-arxiv"))
    return Turns(Path(tempfile.gettempdir()) / f"paper-digest-{getpass.getuser()}-arxiv")


def all_templates(given: Settings) -> Templates:
    """The admin's templates over the packaged ones, compiled. Raises ConfigErrors for what the linter finds."""
    from digest.cli.files import template_folders
    from digest.mail.templates import Templates

    return Templates(template_folders(given.templates))


def links(given: Settings) -> Links:
    """Where the links of mails lead. Without a secret key (a preview) they are signed with one that nobody uses."""
    from digest.mail.links import Links
    from digest.tokens import Signer

    return Links(
        signer=Signer(given.secret_key or ("preview",)),
        from_address=given.from_address.email,
        command_address=given.command_to.email,
        bounce_address=given.bounce_address.email if given.bounce_address else "",
        base_url=given.base_url,
    )


def roster(given: Settings, store: Store) -> Callable[[], Roster] | None:
    """Reads `subscribers/`; None on a machine that leaves that to those with which it shares a database, since it has no folder."""
    shared = not given.database_url.startswith("sqlite")
    return None if shared and _has_no_folder(given) else folder(given, store)


def _has_no_folder(given: Settings) -> bool:
    return "subscribers" not in given.model_fields_set and not given.subscribers.exists()


def folder(given: Settings, store: Store) -> Callable[[], Roster]:
    """Reads `subscribers/`; what did not change since the last call is not read again.

    Where everybody came by mail or form there need be no folder: its lack is a fault where it was named, or once held somebody.
    """
    from digest.model import Roster
    from digest.subscription.roster import read

    before = Roster()

    def read_again() -> Roster:
        nonlocal before
        if _has_no_folder(given) and not store.subscribers.any_from_files():
            return Roster()
        before = read(given.subscribers, defaults=given.defaults, before=before)
        return before

    return read_again


def checked_templates(given: Settings) -> Templates:
    """The templates, without a fault that would spoil every mail. Raises ConfigErrors."""
    from digest.errors import ConfigErrors

    found = all_templates(given)
    if faults := found.lint():
        raise ConfigErrors(faults)
    return found


def smtp(given: Settings) -> SmtpSettings:
    """The way out, and how hard it may be used."""
    return line_to(
        given.smtp,
        connections=given.smtp_connections,
        per_connection=given.smtp_per_connection,
        per_domain=given.smtp_per_domain,
        rate=given.smtp_rate,
        hello=given.from_address.domain,
    )


def line_to(server: SmtpServer, **how: Any) -> SmtpSettings:
    """The settings of a line to that server."""
    from digest.mail.relay import SmtpSettings

    return SmtpSettings(server.host, server.port, server.tls, server.user, server.password, **how)


def pool(given: Settings) -> Pool:
    from digest.mail.smtp import Pool

    return Pool(smtp(given))


async def verify_smtp(given: Settings) -> str:
    """Connect and log in; the server's own words. Raises TransportError."""
    from digest.mail.smtp import verify

    return await verify(smtp(given))


def house(given: Settings, store: Store, clock: Clock, *, press: Printer | None = None, **more: Any) -> House:
    """Everything that a pass needs, as far as it is handed in; a fetch needs no press."""
    from digest.pipeline import House
    from digest.store.leases import new_owner

    asked = lookups(given) if "http" in more else ()
    admin = given.admin.email if given.admin else ""
    settled: dict[str, Any] = {"catch_up": given.catch_up, "ask_first": given.confirm_yaml, "admin": admin, "lookups": asked}
    settled["embedder"] = embedder(given) if press else None
    return House(store=store, press=press, clock=clock, owner=new_owner, workshop=workshop(given), **settled, **more)


def writer(given: Settings, topics: Collection[Topic]) -> Writer:
    """Who writes the mails of a large pass, in a process of its own."""
    from digest.writing import Writer

    return Writer(open_store(given), press(given), topics=topics, embedder=embedder(given))


def workshop(given: Settings) -> Callable[[Collection[Topic]], Workshop] | None:
    """That process, to be started with the topics of a pass; None where no other process could see the store."""
    from digest.workshop import Workshop

    in_memory = given.database_url.startswith("sqlite") and not given.database_url.partition(":///")[2]
    return None if in_memory else lambda topics: Workshop(partial(writer, given, topics))


def embedder(given: Settings) -> Embedder | None:
    """Who knows what is near in meaning, where DIGEST_SEMANTIC is on. Raises ConfigError without the extra."""
    return _embedder() if given.semantic else None


@cache
def _embedder() -> WordEmbedder:
    """One for the process: it keeps its last answer."""
    from digest.embedding import WordEmbedder

    made = WordEmbedder()
    made.check()
    return made


def press(given: Settings, *, checked: bool = False) -> Printer:
    """The printing press; `checked` refuses templates with faults. Raises ConfigErrors."""
    from digest.cli.press import Printer

    return Printer(given, checked_templates(given) if checked else all_templates(given), links(given))
