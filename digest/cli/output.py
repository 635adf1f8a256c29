"""How the verbs speak: results on stdout, progress and complaints on stderr, colours and bars on a terminal only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from digest.errors import ConfigError, ConfigErrors, DigestError, RenderError, TransportError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

#: The three endings of CONTRACT.md; the higher of two wins.
WELL, OPEN, MEND = 0, 1, 2

#: Wide enough for any table where there is no terminal whose width could be asked for.
_WIDE = 10_000
#: Characters of a column that gives way on a narrow terminal; below that its words would be torn into letters.
NARROWEST = 12
#: Where the dialogue stands before any mail is spoken of: what fails there is the line, not the mail.
_LINE_PHASES = ("connect", "greeting", "hello", "tls", "login")


def console(*, stderr: bool = False) -> Console:
    """A rich console; without a terminal it is colourless and as wide as it takes, so that a file or a pipe gets whole lines."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDE
    plain = bool(os.environ.get("NO_COLOR"))
    # Titles hold [brackets] and :colons:, which are nobody's markup.
    colours: Literal["auto"] | None = None if plain else "auto"
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width, no_color=plain, color_system=colours)


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
        tell(f"error: {each}{_advice(each)}")
    return MEND if isinstance(error, ConfigError | ConfigErrors | RenderError) else OPEN


def _advice(error: DigestError) -> str:
    """The next step, where the error itself cannot know it."""
    if isinstance(error, TransportError) and error.phase in _LINE_PHASES:
        return "; DIGEST_SMTP_URL says where mail goes out, `digest check --smtp` tries it"
    return ""


def complain_all(errors: Iterable[DigestError]) -> int:
    """The same for several; WELL where there are none."""
    return max((complain(error) for error in errors), default=WELL)


def table(*columns: str, right: Iterable[str] = (), wrap: Iterable[str] = ()) -> Table:
    """A plain table; the columns in `right` hold figures, and only those in `wrap` give way where the terminal is narrow."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", no_wrap=name not in wrap, overflow="fold")
    return made


def print_table(made: Table, *, indent: int = 0) -> None:
    """A table as part of the result: no line ends in blanks, and elsewhere than on a terminal each row is one line."""
    from rich.cells import cell_len
    from rich.padding import Padding

    paper, needed = console(), indent
    for column in made.columns:            # rich would cut what does not fit, and an address without its end is none
        words = [str(cell) for cell in (column.header, *column.cells)]
        column.min_width = max(map(cell_len, words)) if column.no_wrap else min(NARROWEST, max(map(cell_len, words)))
        needed += column.min_width + 2
    paper.width = max(paper.width, needed)
    with paper.capture() as printed:
        paper.print(Padding(made, (0, 0, 0, indent), expand=False))
    for line in printed.get().splitlines():
        say(line.rstrip())


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
