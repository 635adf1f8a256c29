"""`digest check`: everything that is wrong, all at once, each with its place and what to write instead."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from digest.cli.options import verbose_option
from digest.errors import ConfigError, ConfigErrors, DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.settings import Settings


@click.command(name="check", epilog="Example: digest check --smtp")
@click.option("--smtp", is_flag=True, help="Also connect to the mail server, log in, and look at the way out.")
@click.option("--sources", is_flag=True, help="With --smtp: also read each source once, keeping nothing.")
@verbose_option
def command(smtp: bool, sources: bool) -> int:
    """Settings, every subscriber file, every template: file:line:column: key: what is wrong, and what to write."""
    from digest.cli import house
    from digest.cli.output import complain_all, say, tell

    try:
        given = house.settings()
    except ConfigErrors as errors:
        say(f"{'settings':12} {len(errors.errors)} to mend; subscribers and templates are looked at once they are")
        return complain_all(errors.errors)
    faults: list[DigestError] = []
    for what, found in (("settings", _settings(given)), ("subscribers", _subscribers(given)), ("templates", _templates(given))):
        here = list(found)
        faults += here
        say(f"{what:12} {f'{len(here)} to mend' if here else 'ok'}")
    code = complain_all(faults)
    for advice in given.advice():
        tell(f"advice: {advice}")
    if not smtp and not sources:
        return code
    from digest.cli import wayout

    return max(code, wayout.check(given, sources=sources))


def _settings(given: Settings) -> Iterator[ConfigError]:
    """What parses and still cannot work: unknown sources, no way to leave, nothing to sign with, a DKIM key that is none, an extra
    that is not there, a store that cannot be opened."""
    from digest.cli import house

    whole = (lambda: house.sources(given), given.require_secret_key, given.require_reachable)
    for ask in (*whole, lambda: house.press(given).signer, lambda: _try_model(given), lambda: house.try_store(given)):
        yield from faults_of(ask)


def _try_model(given: Settings) -> None:
    """Raises ConfigError when a model is wanted and is not there, or gives no answer."""
    from digest.cli import house

    model = house.embedder(given)
    try:
        if model:
            model.nearest(("one text", "another"), 1)
    except DigestError as error:
        raise ConfigError(str(error), key="DIGEST_SEMANTIC") from error


def _subscribers(given: Settings) -> Iterator[ConfigError]:
    from digest.cli import likes, wordless
    from digest.cli.files import example_subscriber
    from digest.subscription.roster import read, read_file

    roster = read(given.subscribers, defaults=given.defaults)
    yield from roster.faults
    with suppress(ConfigError):            # a store that cannot be used is told among the settings
        yield from likes.unknown(given, roster)
    yield from wordless.faults(given, roster)
    example = example_subscriber(given.subscribers)
    if example.exists():
        yield from read_file(example, defaults=given.defaults).faults


def _templates(given: Settings) -> Iterator[ConfigError]:
    from digest.cli import house

    try:
        yield from house.all_templates(given).lint()
    except (ConfigError, ConfigErrors) as error:
        yield from error.errors if isinstance(error, ConfigErrors) else (error,)


def faults_of(ask: object) -> Iterator[ConfigError]:
    """The faults that a call raises."""
    try:
        ask()  # type: ignore[operator]
    except ConfigErrors as errors:
        yield from errors.errors
    except ConfigError as error:
        yield error
