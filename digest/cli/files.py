"""Where a file of ours is: the working directory, then the installed package, then the root of a checkout.

An editable install does not see the files that a wheel packs into `digest/_packaged`, hence the third place.
"""

from __future__ import annotations

from pathlib import Path

import digest

PACKAGE = Path(digest.__file__).resolve().parent
PACKAGED = PACKAGE / "_packaged"
CHECKOUT = PACKAGE.parent
SAMPLE = PACKAGE / "sample" / "papers.jsonl"


def packaged(name: str) -> Path:
    """A file or folder that came with the program, changed by nobody."""
    inside = PACKAGED / name
    return inside if inside.exists() else CHECKOUT / name


def template_folders(configured: Path) -> tuple[Path, ...]:
    """The admin's folder first, then ours: a template is looked up file by file."""
    ours = packaged("templates")
    return (configured, ours) if configured.is_dir() and configured.resolve() != ours.resolve() else (ours,)


def example_subscriber(configured: Path) -> Path:
    """`example.yaml` of the admin's folder, or the packaged one."""
    own = configured / "example.yaml"
    return own if own.exists() else packaged("subscribers") / "example.yaml"
