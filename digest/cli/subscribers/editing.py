"""`digest subscribers edit`: anybody's YAML in your editor; only what is valid is saved, and nothing that you typed is lost."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.options import clock, now_option, verbose_option

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.settings import Settings
    from digest.store.store import Store
    from digest.store.subscribers import Enrolled


@click.command(epilog="Example: EDITOR=nano digest subscribers edit alice@example.org")
@click.argument("address")
@now_option
@verbose_option
def edit(address: str, now: datetime | None) -> int:
    """Open the YAML of any subscriber in $EDITOR, wherever she lives, and save what is valid.

    Of one who stands in a file it is the file's entry: comments and order stay. Of one who came by mail or form it is her profile.
    """
    from digest.cli import house
    from digest.cli.output import say
    from digest.cli.subscribers.changing import known

    given = house.settings()
    with house.open_store(given) as store:
        found = known(store, address)
        say(_in_its_file(given, store, found, clock(now)()) if found.origin else _in_the_store(given, store, found, clock(now)()))
    return 0


def _in_the_store(given: Settings, store: Store, found: Enrolled, now: datetime) -> str:
    from digest.store.profile import KEYS
    from digest.subscription.roster import dump

    her = found.subscriber
    _, edited = _edited(given, dump(her), her.email)
    changed = {name: getattr(edited, name) for name in KEYS if getattr(edited, name) != getattr(her, name)}
    if not changed:
        return "nothing was changed"
    store.subscribers.overlay(her.email, changed, now)
    return f"saved: {', '.join(changed)}"


def _in_its_file(given: Settings, store: Store, found: Enrolled, now: datetime) -> str:
    """The whole file where she is alone in it, so that comments can be edited too; else her entry."""
    from digest.errors import ConfigError
    from digest.subscription.roster import amended, dump, read, read_file

    path = given.subscribers / found.origin
    if not path.is_file():
        raise ConfigError("her file is not on this machine; edit it where it is", where=str(path))
    before = path.read_text(encoding="utf-8")
    alone = len(read_file(path, defaults=given.defaults).subscribers) == 1
    text, edited = _edited(given, before if alone else dump(found.written), found.written.email)
    after = text if alone else amended(before, edited, defaults=given.defaults)
    if after == before:
        return "nothing was changed"
    _write(path, after)
    store.subscribers.sync(read(given.subscribers, defaults=given.defaults), now=now, ask_first=given.confirm_yaml)
    return f"saved: {path}"


def _edited(given: Settings, text: str, email: str) -> tuple[str, Subscriber]:
    """What came out of the editor, and who it describes. Raises ConfigErrors; then what was typed is kept in a file."""
    from digest.errors import ConfigError, ConfigErrors
    from digest.subscription.roster import read_file

    handle, name = tempfile.mkstemp(prefix="subscriber-", suffix=".yaml")
    path = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    _open_editor(path)
    file_read = read_file(path, defaults=given.defaults)
    faults = list(file_read.faults)
    if not faults and [each.email for each in file_read.subscribers] != [email]:
        faults.append(ConfigError(f"the entry must stay that of {email}, and the only one", where=str(path), key="email"))
    if faults:
        raise ConfigErrors([*faults, ConfigError("nothing was saved; what you typed is still there", where=str(path))])
    said = path.read_text(encoding="utf-8")
    path.unlink()
    return said, file_read.subscribers[0]


def _open_editor(path: Path) -> None:
    from digest.errors import ConfigError

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        ended = subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603 - the user's own editor
    except (OSError, ValueError) as error:  # ValueError: a quotation that is never closed
        path.unlink()
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{editor} cannot be started ({why}); write EDITOR=nano, or what you have", key="EDITOR") from None
    if ended.returncode:
        raise ConfigError(f"{editor} ended with {ended.returncode}; nothing was saved, your text is in {path}", key="EDITOR")


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(path.stat().st_mode & 0o777)
    Path(name).replace(path)
