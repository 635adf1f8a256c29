"""The verbs. Only here is the house assembled, and only here is the wall clock read.

Each verb is loaded when it is called, so that `digest --help` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

import digest
from digest.errors import DigestError

#: verb -> (module, what `digest --help` says of it)
VERBS = {
    "preview": ("digest.cli.preview", "Show the digest that somebody would get; sends nothing."),
    "fetch": ("digest.cli.fetch", "Pull new papers into the store."),
    "send": ("digest.cli.send", "One whole pass by hand: everybody who is due today."),
    "run": ("digest.cli.run", "The daemon: the same pass on a clock."),
    "inbox": ("digest.cli.inbox", "Handle waiting command mails, replies and bounces once."),
    "web": ("digest.cli.web", "Only the web pages."),
    "check": ("digest.cli.check", "Check settings, subscribers and templates."),
    "status": ("digest.cli.status", "Sources, the day's deliveries, and who got nothing and why."),
    "explain": ("digest.cli.explain", "Why a paper is, or is not, in somebody's digest."),
    "trending": ("digest.cli.trending", "The trending papers, with every part of their score."),
    "rank": ("digest.cli.rank", "Rank a paper file for every topic of a subscriber file."),
    "parse": ("digest.cli.parse", "The papers that a saved answer of a source holds."),
    "templates": ("digest.cli.templates", "Copy the packaged templates, to be changed."),
    "subscribers": ("digest.cli.subscribers", "List, show, add, change and remove subscribers."),
    "init": ("digest.cli.init", "Ask a few questions, write the settings and a first subscriber."),
    "backup": ("digest.cli.backup", "Copy the store to a file, online."),
}


class Verbs(click.Group):
    """A group whose commands are imported one by one, when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        return importlib.import_module(VERBS[name][0]).command  # type: ignore[no-any-return]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from digest.errors import nearest, quoted

            hint = nearest(args[0], VERBS) or f"; there are {', '.join(VERBS)}"
            raise click.UsageError(f"there is no verb {quoted(args[0])}{hint}", ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """As usual; a reader that has seen enough (`digest trending | head`) is no fault of anybody."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at its end
            return 0
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(
    cls=Verbs,
    subcommand_metavar="VERB …",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with `digest preview`: it needs no settings and sends nothing.",
)
@click.version_option(digest.__version__, prog_name="digest")
def verbs() -> None:
    """A daily e-mail digest of the scientific papers that matter to you."""


def main(args: list[str] | None = None) -> None:
    """Run one verb and leave with its exit code: 0 all well, 1 something is still open, 2 something for you to mend."""
    try:
        code: Any = verbs.main(args, prog_name="digest", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        code = _misused(error)
    except DigestError as error:
        from digest.cli.output import complain

        code = complain(error)
    sys.exit(code if isinstance(code, int) else 0)


def _misused(error: click.ClickException) -> int:
    """What was wrong with the words of the command line, in the style of all our errors; a verb without a word prints its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    context = error.ctx if isinstance(error, click.UsageError) else None
    message = error.format_message()
    click.echo(f"error: {message[:1].lower()}{message[1:]}", err=True)
    click.echo(f"Try: {context.command_path if context else 'digest'} --help", err=True)
    return error.exit_code
