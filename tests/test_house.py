"""The laws of the house, kept by a short walk over the syntax trees (docs/contributing.md says why each one is there)."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "digest"

WINGS = {"store", "sources", "selection", "mail", "subscription", "web"}
GROUND = {"model", "errors", "identity", "text", "tex", "when", "tokens"}
SPINE = {
    "pipeline", "batches", "report", "caution", "workshop", "embedding", "reading", "writing", "frozen", "silence", "lookups",
    "notes", "clerk", "returns", "correspondence", "mailroom",
}  # fmt: skip

#: One library, one room (or a few); a room is a module or a package.
ROOMS = {
    "sqlalchemy": {"digest.store"},
    "httpx2": {"digest.sources.http"},
    "jinja2": {"digest.mail.templates"},
    "mjml": {"digest.mail.templates"},
    "aiosmtplib": {"digest.mail.smtp"},
    "apscheduler": {"digest.scheduler"},
    "ruamel": {"digest.subscription.roster"},
    "imap_tools": {"digest.subscription.mailbox"},
    "starlette": {"digest.web"},
    "uvicorn": {"digest.web"},
    "click": {"digest.cli"},
    "rich": {"digest.cli"},
    "feedparser": {"digest.sources"},
    "defusedxml": {"digest.sources"},
    "flufl": {"digest.subscription.bounces"},
    "dkim": {"digest.mail"},
    "prometheus_client": {"digest.cli.metrics"},
    "wordllama": {"digest.embedding"},
    "tokenizers": {"digest.embedding"},
    "safetensors": {"digest.embedding"},
    "numpy": {"digest.embedding"},
}

#: What touches the world; pure rooms import none of it.
WORLDLY = {
    "os",
    "pathlib",
    "time",
    "random",
    "secrets",
    "urllib.request",
    "http",
    "logging",
    "socket",
    "ssl",
    "sqlite3",
    "subprocess",
    "asyncio",
    "threading",
    "tempfile",
    "shutil",
    "io",
    "glob",
    "sqlalchemy",
    "httpx2",
    "aiosmtplib",
}

#: Reading the wall clock, whatever the module is called where it stands.
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}

_IMPORTS: dict[tuple[int, bool], tuple[str, ...]] = {}

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_packaged" not in path.parts)


def named(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(module: ast.Module, *, lazily: bool = True) -> tuple[str, ...]:
    """The modules that a module imports, as full names; without `lazily` only those at import time, and no type-only ones."""
    key = id(module), lazily
    if key not in _IMPORTS:
        _IMPORTS[key] = tuple(_imports(module, lazily=lazily))
    return _IMPORTS[key]


def _imports(node: ast.AST, *, lazily: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield child.module or ""
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif lazily or not (isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or _is_for_types(child)):
            yield from _imports(child, lazily=lazily)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def room(name: str) -> str:
    """The wing, ground or spine module that a full name belongs to: `digest.store.papers` -> `store`."""
    return name.split(".")[1] if name.startswith("digest.") else ""


def within(name: str, rooms: set[str]) -> bool:
    return any(name == each or name.startswith(each + ".") for each in rooms)


def broken_in(breaks: Callable[[Path], object], modules: Iterable[Path] = MODULES) -> dict[str, object]:
    """The modules that break a law, each with what breaks it."""
    return {named(path): found for path in modules if (found := breaks(path))}


def test_there_is_a_house_to_walk_through() -> None:
    rooms = {room(named(path)) for path in MODULES}
    assert WINGS | GROUND | SPINE | {"cli", "scheduler", "settings"} <= rooms


def test_wings_import_the_ground_and_their_own_wing_only() -> None:
    def strangers(path: Path) -> list[str]:
        here = room(named(path))
        if here not in WINGS | GROUND:
            return []
        allowed = GROUND | {here} if here in WINGS else GROUND
        return sorted({each for each in imports(tree(path)) if room(each) and room(each) not in allowed})

    assert not broken_in(strangers), "they must not know these: hand them in"


def test_the_spine_is_known_to_the_command_line_only() -> None:
    others = [path for path in MODULES if room(named(path)) not in SPINE | {"cli", "__main__"}]
    assert not broken_in(lambda path: [each for each in imports(tree(path)) if room(each) in SPINE | {"cli"}], others)


def test_the_scheduler_imports_nothing_of_ours() -> None:
    assert not [each for each in imports(tree(PACKAGE / "scheduler.py")) if each.startswith("digest")]


def test_selection_and_the_ground_are_pure() -> None:
    pure = [path for path in MODULES if room(named(path)) in GROUND | {"selection"}]
    assert not broken_in(lambda path: [each for each in imports(tree(path)) if within(each, WORLDLY)], pure)


def test_the_wall_clock_is_read_in_cli_only() -> None:
    def reads(path: Path) -> list[str]:
        return [
            f"line {node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute)
            and node.attr in {called for _, called in CLOCKS}
            and isinstance(node.value, ast.Name | ast.Attribute)
            and (ast.unparse(node.value).split(".")[-1], node.attr) in CLOCKS
        ]

    others = [path for path in MODULES if room(named(path)) != "cli"]
    assert not broken_in(reads, others), "they read the clock; take `now` or a `clock`"


def test_each_library_has_one_room() -> None:
    def homeless(path: Path) -> list[str]:
        return [
            f"{library} lives in {sorted(rooms)}"
            for library, rooms in ROOMS.items()
            if any(within(each, {library}) for each in imports(tree(path))) and not within(named(path), rooms)
        ]

    assert not broken_in(homeless)


def test_the_environment_is_read_in_settings_and_cli_only() -> None:
    others = [path for path in MODULES if room(named(path)) not in ("settings", "cli")]
    assert not broken_in(lambda path: re.findall(r"os\.environ|os\.getenv", path.read_text(encoding="utf-8")), others)


def test_there_are_no_circles() -> None:
    names = {named(path) for path in MODULES}
    graph = {
        named(path): {each for each in imports(tree(path), lazily=False) if each in names and each != named(path)}
        for path in MODULES
    }
    graphlib.TopologicalSorter(graph).prepare()


def test_no_module_outgrows_four_hundred_lines() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {name: count for name, count in lines.items() if count > 400}


def test_every_module_says_in_one_sentence_what_lives_in_it() -> None:
    assert not broken_in(lambda path: not ast.get_docstring(tree(path)))


def test_the_top_level_is_as_it_was_agreed() -> None:
    for name in (
        "digest",
        "templates",
        "subscribers",
        "tests",
        "pyproject.toml",
        ".env.example",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
    ):
        assert (ROOT / name).exists(), name
