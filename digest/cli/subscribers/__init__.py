"""`digest subscribers`: who gets mail, and with what profile; an admin's hand on any of them, wherever she lives.

A subscriber lives in a file of `subscribers/`, or in the store alone when she came by mail or form. All verbs work on both; what is
changed of one from a file lies over it in the store, as her own changes do, but for `edit`, which opens the file itself.
"""

from __future__ import annotations

import click

from digest.cli.options import VerbGroup
from digest.cli.subscribers import changing, editing, listing, moving


@click.group(name="subscribers", cls=VerbGroup, epilog="Example: digest subscribers show alice@example.org")
def command() -> None:
    """List, show, add, change and remove subscribers."""


for each in (
    *(listing.list_, listing.show, listing.sync),
    *(changing.add, changing.pause, changing.resume, changing.remove, changing.reset, changing.forget),
    *(editing.edit, moving.import_, moving.export),
):
    command.add_command(each)
