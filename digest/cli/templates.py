"""`digest templates copy`: the packaged templates as files of your own, to be changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from digest.cli.options import VerbGroup, verbose_option

if TYPE_CHECKING:
    from pathlib import Path


@click.group(name="templates", cls=VerbGroup, epilog="Example: digest templates copy partials/paper.html")
def command() -> None:
    """The templates of mails and pages; yours, in DIGEST_TEMPLATES, stand in for the packaged ones file by file."""


@command.command(name="copy", epilog="Examples: digest templates copy · digest templates copy digest.mjml partials/paper.html")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--force", is_flag=True, help="Also overwrite files that you have changed.")
@verbose_option
def copy(names: tuple[str, ...], force: bool) -> int:
    """Put the packaged templates, or those named, into DIGEST_TEMPLATES (`templates/`) to be changed; what you changed is kept.

    Copy only what you want to change: a file that you have no copy of follows new versions.
    """
    from digest.cli.files import packaged
    from digest.cli.house import settings
    from digest.cli.output import say, tell

    source, target = packaged("templates"), settings().templates
    wanted = _wanted(source, names)
    _refuse_ourselves(source, target)
    written, kept = _copied(source, target, wanted, force=force)
    for name in written:
        say(f"{target / name}")
    for name in kept:
        tell(f"kept: {target / name} is changed; --force overwrites it")
    tell(f"{len(written)} written, {len(kept)} kept, {len(wanted) - len(written) - len(kept)} the same already")
    tell("Delete what you do not change, so that it follows new versions; digest check names every fault.")
    return 0


def _wanted(source: Path, names: tuple[str, ...]) -> list[str]:
    """The names of the files to copy. Raises ConfigError for one that there is not."""
    from digest.errors import ConfigError, nearest, quoted

    known = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no template {quoted(name)}{nearest(name, known) or '; without a name all are copied'}")
    return list(names) or known


def _refuse_ourselves(source: Path, target: Path) -> None:
    from digest.errors import ConfigError

    if target.resolve() == source.resolve():
        message = "these are the packaged templates themselves; name a folder of your own, such as DIGEST_TEMPLATES=my-templates"
        raise ConfigError(message, where=str(target), key="DIGEST_TEMPLATES")


def _copied(source: Path, target: Path, names: list[str], *, force: bool) -> tuple[list[str], list[str]]:
    """What was written, and what was kept since it differs. Raises ConfigError where nothing can be written."""
    from digest.errors import ConfigError

    written, kept = [], []
    try:
        for name in names:
            if not (target / name).exists() or force:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, target / name)
                written.append(name)
            elif (target / name).read_bytes() != (source / name).read_bytes():
                kept.append(name)
    except OSError as error:
        message = f"nothing can be written there ({error.strerror}); name another folder"
        raise ConfigError(message, where=str(target), key="DIGEST_TEMPLATES") from None
    return written, kept
