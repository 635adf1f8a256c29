"""Options that several verbs share, and the one door through which the wall clock comes in."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import click

from digest.errors import quoted

Clock = Callable[[], datetime]
F = TypeVar("F", bound=Callable[..., Any])


class Instant(click.ParamType[datetime]):
    """An ISO 8601 instant; without an offset it is UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{quoted(value)} is not an instant; write it as 2026-03-24T09:00:00Z", param, ctx)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class Day(click.ParamType[date]):
    """An ISO 8601 date."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{quoted(value)} is not a date; write it as 2026-03-24", param, ctx)


def wall_clock() -> datetime:
    return datetime.now(UTC)


def clock(now: datetime | None) -> Clock:
    """The wall clock, or one that stands still where `--now` set it."""
    return (lambda: now) if now else wall_clock


def running_clock(now: datetime | None) -> Clock:
    """The wall clock, or one that goes on from `--now`: leases and pace need time that passes."""
    began = time.monotonic()
    return (lambda: now + timedelta(seconds=time.monotonic() - began)) if now else wall_clock


def endings() -> tuple[signal.Signals, ...]:
    """What tells a daemon to end well. A closed terminal (SIGHUP) does, unless `nohup` has said that it is to go on."""
    usual = (signal.SIGTERM, signal.SIGINT)
    return usual if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else (*usual, signal.SIGHUP)


def now_option(command: F) -> F:
    return click.option("--now", type=Instant(), help="Set the clock by hand, for example 2026-03-24T09:00:00Z.")(command)


def date_option(command: F) -> F:
    return click.option("--date", "day", type=Day(), help="That date, as seen at --now.")(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="The whole result as JSON.")(command)


def verbose_option(command: F) -> F:
    def set_up(ctx: click.Context, param: click.Parameter, value: int) -> int:
        if not ctx.resilient_parsing:
            from digest.cli.logs import start

            start(value)
        return value

    help_text = "Say more (twice: everything)."
    return click.option("-v", "--verbose", count=True, help=help_text, expose_value=False, is_eager=True, callback=set_up)(command)


class VerbGroup(click.Group):
    """A verb with verbs of its own; what `--help` says of them is wrapped and not cut."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"subcommand_metavar": "VERB …"} | options)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Verbs"):
            formatter.write_dl([(name, each.get_short_help_str(limit=400)) for name, each in found.items() if each])
