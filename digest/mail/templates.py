"""The only room of Jinja and MJML: templates found, compiled once, rendered, and checked.

An MJML template is compiled with its Jinja tags kept, so that what people wrote in titles never meets the MJML parser, and nothing
is compiled per mail. Each tag is swapped for an opaque word before compiling and back afterwards; a word that the compiler lost is
an error with its line. Whatever stands above `<mjml>` (imports) stays above the page. `<mj-include path="partials/…" />` is
expanded here, inside the template folders only.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from mjml import mjml2html

from digest.errors import ConfigError, RenderError, nearest
from digest.mail import flowed, lint
from digest.mail.links import safe_link

ENDINGS = (".mjml", ".html", ".txt")
_MOST_INCLUDES = 10                        # deep; a partial that includes itself would never end

_TAG_WORD = re.compile(r"jinjatag(\d+)x")
_INCLUDE = re.compile(r"""<mj-include\s+path=(["'])(?P<path>[^"']*)\1\s*(?:/>|>\s*</mj-include>)""")
_SPECIAL = re.compile("[&<>\"']")
_BEGINS = {"variable_begin", "block_begin", "raw_begin"}
_ENDS = {"variable_end", "block_end", "raw_end"}


@dataclass(frozen=True, slots=True)
class _Tag:
    """One Jinja tag as it stands in a file."""

    opening: str                           #: `{{`, `{%-` …
    rest: str
    file: str
    line: int


@dataclass(slots=True)
class _Compiled:
    """What Jinja gets to see of a template, and where each of its lines comes from."""

    source: str
    places: dict[int, tuple[str, int]] = field(default_factory=dict)


class Templates:
    """The templates of `folders`, of which the first that has a file wins, file by file."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._html = self._environment(autoescape=True)
        self._text = self._environment(autoescape=False)
        self._compiled: dict[str, _Compiled] = {}

    def names(self) -> tuple[str, ...]:
        """All template names, sorted, each once."""
        found = {
            path.relative_to(folder).as_posix()
            for folder in self._folders
            for path in folder.rglob("*")
            if path.suffix in ENDINGS and path.is_file()
        }
        return tuple(sorted(found))

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The template with its values. Raises RenderError with template and line, ConfigError when it cannot be compiled."""
        return "".join(self.chunks(name, values))

    def chunks(self, name: str, values: Mapping[str, Any]) -> list[str]:
        """The same in the pieces that it is made of: what stands in the template is the same object every time."""
        try:
            environment = self._text if name.endswith(".txt") else self._html
            return list(environment.get_template(name).generate(values))
        except ConfigError:
            raise
        except Exception as error:
            raise self._failure(name, error) from error

    def render_page(self, name: str, values: Mapping[str, Any]) -> str:
        """A page of `pages/`. Raises as `render` does."""
        return self.render(f"pages/{name}", values)

    def lint(self) -> list[ConfigError]:
        """Every fault of every template, with file:line:column and what to write instead."""
        return [fault for name in self.names() for fault in self._faults(name)]

    def mjml(self, name: str) -> str:
        """What the MJML compiler gets of a template: files included, a word in the place of each Jinja tag."""
        _, root, below = self._expanded(name, self._read(name), []).partition("<mjml")
        return root + below

    def path(self, name: str) -> Path:
        """The file of that name. Raises ConfigError when there is none, or when it lies outside the template folders."""
        plain = PurePosixPath(name)
        if plain.is_absolute() or ".." in plain.parts or "\\" in name or "\0" in name or plain.suffix not in ENDINGS:
            raise ConfigError(f"{name!a} cannot be a template; write a path inside the template folder, such as partials/head.mjml")
        for folder in self._folders:
            found = (folder / plain).resolve()
            if found.is_relative_to(folder) and found.is_file():
                return found
        where = " or ".join(map(str, self._folders))
        raise ConfigError(f"there is no such template in {where}{nearest(name, self.names())}", where=name)

    # --- Compiling -------------------------------------------------------------------------------------------------------

    def _environment(self, *, autoescape: bool) -> ImmutableSandboxedEnvironment:
        # Automatic escaping is set by hand: select_autoescape() is off for these endings.
        environment = ImmutableSandboxedEnvironment(
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            loader=FunctionLoader(self._load),
            auto_reload=False,
            cache_size=-1,
            finalize=_printed,
        )
        environment.filters["link"] = _through_gaps("link", safe_link)
        environment.filters["flow"] = _through_gaps("flow", flowed.paragraph)
        return environment

    def _load(self, name: str) -> tuple[str, str, None]:
        compiled = self._compiled.get(name) or self._compiled.setdefault(name, self._compile(name))
        return compiled.source, name, None

    def _compile(self, name: str) -> _Compiled:
        text = self._read(name)
        return self._compile_mjml(name, text) if name.endswith(".mjml") else _Compiled(text)

    def _compile_mjml(self, name: str, text: str) -> _Compiled:
        tags: list[_Tag] = []
        expanded = self._expanded(name, text, tags)
        above, root, below = expanded.partition("<mjml")
        if not root or _TAG_WORD.sub("", above).strip():
            raise ConfigError("only Jinja tags may stand above <mjml>", where=f"{name}:1:1")
        try:
            html = mjml2html(root + below, disable_comments=True, fonts={})
        except ValueError as error:
            raise (self._first_fault(name) or ConfigError(f"MJML does not take it: {error}", where=name)) from None
        for lost in _lost(above + html, tags):
            raise ConfigError(_LOST, where=f"{lost.file}:{lost.line}:{self._column(lost)}", key=lost.opening + lost.rest)
        return _with_tags(above.strip() + _as_page(html), tags)

    def _column(self, tag: _Tag) -> int:
        return self._read(tag.file).split("\n")[tag.line - 1].find((tag.opening + tag.rest).split("\n")[0]) + 1

    def _expanded(self, name: str, text: str, tags: list[_Tag], depth: int = 0) -> str:
        """The text with every tag as a word, and every included file in its place."""
        if depth > _MOST_INCLUDES:
            raise ConfigError(f"files include each other more than {_MOST_INCLUDES} deep; take one <mj-include> out", where=name)

        def included(found: re.Match[str]) -> str:
            return self._expanded(found["path"], self._read(found["path"]), tags, depth + 1)

        return _INCLUDE.sub(included, self._worded(name, text, tags))

    def _worded(self, name: str, text: str, tags: list[_Tag]) -> str:
        """Every Jinja tag as a word of letters and digits, comments gone."""
        parts = []
        for line, kind, value in self._pieces(name, text):
            if kind == "tag":
                parts.append(f"jinjatag{len(tags)}x")
                opening = re.match(r"\{[{%][-+]?", value)
                cut = opening.end() if opening else 2
                tags.append(_Tag(value[:cut], value[cut:], name, line))
            elif kind == "data":
                parts.append(value)
        return "".join(parts)

    def _pieces(self, name: str, text: str) -> Iterator[tuple[int, str, str]]:
        """Line, kind (data, tag, comment) and text of everything in a template. Raises ConfigError where Jinja cannot read it."""
        tag: list[str] = []
        began = 0
        try:
            for line, kind, value in self._html.lexer.tokeniter(text, name):
                if kind in _BEGINS:
                    tag, began = [value], line
                elif tag:
                    tag.append(value)
                    if kind in _ENDS:
                        yield began, "tag", "".join(tag)
                        tag = []
                else:
                    yield line, "data" if kind == "data" else "comment", value
        except TemplateSyntaxError as error:
            raise ConfigError(f"{error.message}", where=f"{name}:{error.lineno}:1") from None

    def _read(self, name: str) -> str:
        try:
            return self.path(name).read_text(encoding="utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise ConfigError(f"it is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8", where=name) from None

    # --- Faults ----------------------------------------------------------------------------------------------------------

    def _first_fault(self, name: str) -> ConfigError | None:
        return next((fault for each in (name, *self.names()) if each.endswith(".mjml") for fault in self._mjml_faults(each)), None)

    def _faults(self, name: str) -> list[ConfigError]:
        try:
            faults = self._mjml_faults(name) if name.endswith(".mjml") else []
            if not faults and not (name.endswith(".mjml") and name.startswith("partials/")):
                self._parse(name)
        except ConfigError as error:
            faults = [error]
        return faults

    def _mjml_faults(self, name: str) -> list[ConfigError]:
        text = self._read(name)
        return lint.faults(name, self._blanked(name, text), partial=name.startswith("partials/"), exists=self._exists)

    def _exists(self, name: str) -> bool:
        try:
            return self.path(name).is_file()
        except ConfigError:
            return False

    def _blanked(self, name: str, text: str) -> str:
        """The text with Jinja tags and comments overwritten, so that every other character keeps its place."""
        parts, at = [], 0
        for _, kind, value in self._pieces(name, text):
            begin = text.index(value, at)      # white space that a tag swallows is not reported by the lexer
            parts.append(text[at:begin])
            filler = lint.TAG if kind == "tag" else " "
            parts.append(value if kind == "data" else re.sub(r"[^\n]", filler, value))
            at = begin + len(value)
        return "".join(parts) + text[at:]

    def _parse(self, name: str) -> None:
        environment = self._text if name.endswith(".txt") else self._html
        try:
            environment.get_template(name)
        except TemplateSyntaxError as error:
            file, line = self._place(error.name or name, error.lineno)
            raise ConfigError(f"{error.message}", where=f"{file}:{line}:1") from None

    def _failure(self, name: str, error: Exception) -> RenderError:
        file, line = name, 0
        if isinstance(error, TemplateSyntaxError):
            file, line = self._place(error.name or name, error.lineno)
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename.endswith(ENDINGS):
                    file, line = self._place(frame.filename, frame.lineno or 0)
        what = str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
        return RenderError(file, what, line=line)

    def _place(self, name: str, line: int) -> tuple[str, int]:
        """Where a line that Jinja speaks of stands in the files that people wrote."""
        compiled = self._compiled.get(name)
        return compiled.places.get(line, (name, line)) if compiled else (name, line)


_LOST = "MJML drops it here: numbers such as widths are fixed when a template is compiled; write the number itself"


def _lost(html: str, tags: Sequence[_Tag]) -> list[_Tag]:
    kept = {int(found) for found in _TAG_WORD.findall(html)}
    return [tag for number, tag in enumerate(tags) if number not in kept]


def _as_page(html: str) -> str:
    """The compiler calls the whole mail an article; as the main landmark a screen reader can jump to it (WCAG 1.3.1). And it paints
    the hidden preview white, which spam filters take for text that hides."""
    html = html.replace('role="article"', 'role="main"', 1)
    return html.replace("display:none;font-size:1px;color:#ffffff;", "display:none;font-size:1px;", 1)


def _with_tags(html: str, tags: Sequence[_Tag]) -> _Compiled:
    """The tags back in place, each beginning a line of its own (inside its braces, where that changes nothing), so that a line that
    Jinja complains about can be traced to the file and line where it was written."""
    compiled, parts, line = _Compiled(""), [], count(1)
    here = next(line)
    for number, piece in enumerate(_TAG_WORD.split(html)):
        text = piece
        if number % 2:
            tag = tags[int(piece)]
            text = f"{tag.opening}\n{tag.rest}"
            for offset in range(tag.rest.count("\n") + 1):
                compiled.places[here + 1 + offset] = (tag.file, tag.line + offset)
        parts.append(text)
        for _ in range(text.count("\n")):
            here = next(line)
    compiled.source = "".join(parts)
    return compiled


# --- Gaps ----------------------------------------------------------------------------------------------------------------

GAP = "\x02"                               #: before and behind the name of a gap; no text of a mail holds it


class Gap:
    """Stands for a text that is filled in later (see `digest.mail.frames`).

    It can be asked whether there is a text, be printed, linked to and flowed. Everything else raises TypeError.
    """

    __slots__ = ("_place", "_there")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, place: str, *, there: bool) -> None:
        self._place, self._there = place, there

    def __bool__(self) -> bool:
        return self._there

    def through(self, name: str) -> Markup:
        """What is printed for it, to be filled with its text through the filter of that name."""
        return Markup(f"{GAP}{name}:{self._place}{GAP}")  # noqa: S704 - no text of anybody

    def __format__(self, form: str) -> str:
        """Inside of a sentence."""
        return self.through("")

    def __str__(self) -> NoReturn:
        raise TypeError("a text that is filled in later cannot be read")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a text that is filled in later cannot be compared")


def _through_gaps(name: str, function: Callable[[object], str]) -> Callable[[object], str]:
    def through(value: object) -> str:
        if isinstance(value, Gap):
            return value.through(name)
        if isinstance(value, str) and GAP in value:
            raise TypeError("a sentence with a text that is filled in later goes through no filter")
        return function(value)

    return through


def _printed(value: object) -> object:
    return value.through("") if isinstance(value, Gap) else value


def escaped(text: str) -> str:
    """As the templates escape it."""
    return str(escape(text)) if _SPECIAL.search(text) else text


def marked(html: str) -> Markup:
    """HTML of our own, which is not to be escaped again."""
    return Markup(html)  # noqa: S704 - callers escape what they put in
