"""How the verbs speak: results on stdout, progress and complaints on stderr, colours and bars on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from digest.errors import ConfigError, ConfigErrors, DigestError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

#: The three endings of CONTRACT.md; the higher of two wins.
WELL, OPEN, MEND = 0, 1, 2

#: What a table may fill where there is no terminal whose width could be asked for.
_WIDE = 160


def console(*, stderr: bool = False) -> Console:
    """A rich console; without a terminal it is wide and colourless, so that a file or a pipe gets whole lines."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=not stream.isatty(), width=None if stream.isatty() else _WIDE)


def say(line: str = "") -> None:
    """A line of the result."""
    sys.stdout.write(line + "\n")


def tell(line: str) -> None:
    """A line about how it goes."""
    sys.stderr.write(line + "\n")


def say_json(value: Any) -> None:
    """A whole result for another program."""
    say(json.dumps(value, ensure_ascii=False, indent=1, default=_plain))


def complain(error: DigestError) -> int:
    """Print what went wrong and what to do; the exit code says whose turn it is."""
    for each in error.errors if isinstance(error, ConfigErrors) else (error,):
        tell(f"error: {each}")
    return MEND if isinstance(error, ConfigError | ConfigErrors) else OPEN


def complain_all(errors: Iterable[DigestError]) -> int:
    """The same for several; WELL where there are none."""
    return max((complain(error) for error in errors), default=WELL)


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """A plain table with the given columns; those in `right` hold figures."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on stderr, silent where that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = console(stderr=True)
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        yield bar


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")
