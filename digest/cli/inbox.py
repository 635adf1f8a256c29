"""`digest inbox`: command mails, replies and bounces, handled once."""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.cli.options import Clock
    from digest.cli.press import Printer
    from digest.correspondence import Correspondence, Handled
    from digest.mailroom import Round
    from digest.model import Subscriber
    from digest.pipeline import House
    from digest.report import RunReport
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.subscription.mailbox import Server

#: What a mail server's pipe understands as "try again later" (sysexits.h: EX_TEMPFAIL); any other failure bounces to the author.
TRY_AGAIN = 75


@click.command(name="inbox", epilog="Example: digest inbox --maildir /var/mail/digest")
@click.option("--maildir", type=click.Path(path_type=Path, file_okay=False), help="A Maildir in place of DIGEST_IMAP_URL.")
@click.option("--stdin", "from_stdin", is_flag=True, help="One mail on standard input, as a mail server's pipe gives it.")
@click.option("--sender", envvar="SENDER", metavar="ADDRESS", help="With --stdin: the envelope sender, if no Return-Path says it.")
@click.option("--recipient", envvar="RECIPIENT", default="", metavar="ADDRESS", help="With --stdin: the envelope recipient.")
@json_option
@now_option
@verbose_option
def command(
    maildir: Path | None, from_stdin: bool, sender: str | None, recipient: str, as_json: bool, now: datetime | None
) -> int:
    """Handle waiting command mails, replies and bounces once; answers leave at once.

    With --stdin the exit code is 0 when the mail was handled and 75 when the server is to try again later.
    """
    if not from_stdin:
        return _round(maildir, as_json=as_json, now=now)
    from digest.cli.output import complain
    from digest.errors import DigestError

    raw = sys.stdin.buffer.read()
    try:
        _one(raw, sender, recipient, as_json=as_json, now=now)
    except DigestError as error:
        complain(error)
        return TRY_AGAIN
    return 0


def _round(maildir: Path | None, *, as_json: bool, now: datetime | None) -> int:
    from digest.cli import house
    from digest.errors import ConfigError
    from digest.mailroom import Mailroom
    from digest.subscription.mailbox import Imap, Maildir

    given = house.settings()
    given.require_secret_key()
    if maildir is None and given.imap is None:
        raise ConfigError("there is no mailbox to read; set it, or give --maildir DIR or --stdin", key="DIGEST_IMAP_URL")
    press = house.press(given, checked=True)
    with house.open_store(given) as store:
        told: list[str] = []
        room = Mailroom(correspondence(given, store), clock(now), lambda mail, handled: told.append(handled.what))
        if maildir is not None:
            done = room.empty(Maildir(maildir))
        else:
            with Imap(server(given)) as box:
                done = room.empty(box)
        report = asyncio.run(_deliver(_house(given, store, clock(now), press), first_digests=done.begins))
    _print(done, report, as_json=as_json)
    return max(report.exit_code, int(bool(done.failed or report.ended)))


def _one(raw: bytes, sender: str | None, recipient: str, *, as_json: bool, now: datetime | None) -> None:
    from digest.cli import house
    from digest.mailroom import Round

    given = house.settings()
    given.require_secret_key()
    press = house.press(given, checked=True)
    with house.open_store(given) as store:
        handled = correspondence(given, store).handle(raw, now=clock(now)(), sender=sender, recipient=recipient)
        report = asyncio.run(_deliver(_house(given, store, clock(now), press), first_digests=handled.begins))
    _print(Round([handled]), report, as_json=as_json)


async def _deliver(made: House, *, first_digests: bool) -> RunReport:
    """Answers now, and the first digest of whoever has just begun; the digests of others wait for their pass."""
    from digest import pipeline

    report = await pipeline.post(made)
    if first_digests:
        await pipeline.hand_over(made, pipeline.Plan(), report)
    return report


def _house(given: Settings, store: Store, now: Clock, press: Printer) -> House:
    from digest.cli import house

    return house.house(given, store, now, press=press, pool=lambda: house.pool(given))


def correspondence(given: Settings, store: Store) -> Correspondence:
    """Everything that handling a mail needs, as this installation has it."""
    from digest.correspondence import Correspondence
    from digest.mail.message import message_id
    from digest.subscription import changes
    from digest.subscription.manners import OwnAddresses
    from digest.tokens import Signer

    def newcomer(address: str) -> Subscriber:
        return changes.newcomer(address, timezone=given.timezone, send_at=given.send_at, language=given.language)

    def message_ids(subscriber: int, day: date) -> list[str]:
        return [message_id(subscriber, day, key.encode(), given.from_address.domain) for key in given.secret_key]

    bounce = given.bounce_address.email if given.bounce_address else ""
    return Correspondence(
        store=store,
        signer=Signer(given.secret_key),
        ours=OwnAddresses(given.from_address.email, given.command_to.email, bounce),
        newcomer=newcomer,
        admin=given.admin.email if given.admin else "",
        message_ids=message_ids,
    )


def server(given: Settings) -> Server:
    """Where the mailbox is; there must be one."""
    from digest.subscription.mailbox import Server

    found = given.imap
    assert found  # noqa: S101 - asked before
    return Server(found.host, found.port, found.tls, found.user, found.password, found.folder)


def _print(done: Round, report: RunReport, *, as_json: bool) -> None:
    from digest.cli.output import complain_all, say, say_json, tell

    if as_json:
        say_json(as_row(done, report))
        return
    for each in done.handled:
        say(f"{each.what}{f' ({each.answer})' if each.answer else ''}")
    say(f"{len(done.handled)} handled, {done.failed} failed, {done.aside} set aside; {report.sent_now} mails sent")
    complain_all(report.failures)
    if report.ended:
        tell(f"not all answers are on their way: {report.ended}; the next `digest inbox`, `send` or `run` sends them")


def as_row(done: Round, report: RunReport) -> dict[str, Any]:
    """What `--json` says of a round."""
    return {
        "handled": [_row(each) for each in done.handled],
        "failed": done.failed,
        "aside": done.aside,
        "refused": done.refused,
        "sent": report.sent_now,
        "ended": report.ended or None,
    }


def _row(handled: Handled) -> dict[str, Any]:
    return {"what": handled.what, "answer": handled.answer or None, "begins": handled.begins}
