"""`digest backup`: an online copy of the store, checked before it counts."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli.options import verbose_option


@click.command(name="backup", epilog='Example: digest backup "backups/digest-$(date +%F).sqlite3"')
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@verbose_option
def command(file: Path) -> int:
    """Copy the store to FILE while others read and write it, and check the copy. A file that is there already is left alone."""
    from digest.cli import house
    from digest.cli.output import say
    from digest.errors import ConfigError
    from digest.store.backup import back_up
    from digest.store.engine import open_engine

    given = house.settings()
    if file.exists():
        raise ConfigError("there is a file already; name a new one, for example with today's date in it", where=str(file))
    if not house.has_store(given):
        raise ConfigError("there is no store yet, so nothing to copy; `digest fetch` makes one", key="DIGEST_DATABASE_URL")
    engine = open_engine(given.database_url)  # as it is: a backup before an upgrade must not upgrade
    try:
        back_up(engine, file)
    finally:
        engine.dispose()
    say(f"{file}: {file.stat().st_size / 1e6:.1f} MB, sound")
    return 0
