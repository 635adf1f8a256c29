"""A BibTeX library as Zotero, JabRef and others export it: which papers it names. One bad entry never stops the others.

The grammar is that of BibTeX itself (Oren Patashnik, "BibTeXing", 1988, section 2, and "Designing BibTeX Styles"): `@type{key,
field = value, …}` in braces or parentheses; a value is braced, quoted, a number or the name of an `@string`, several joined by
`#`; all between entries is a remark. Fields of e-prints are biblatex's and arXiv's (`eprint`, `archivePrefix` or `eprinttype`):
https://info.arxiv.org/help/hypertex/bibstyles/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digest import identity, text
from digest.errors import ConfigError, quoted

# The names of months that every BibTeX style defines.
_MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May", "jun": "June", "jul": "July",
    "aug": "August", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip

_START = re.compile(r"@[ \t]*([A-Za-z]+)\s*([{(])")
_NEXT = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+\s*[{(]", re.MULTILINE)
_KEY = re.compile(r"\s*([^\s,=\"#%'()={}]*[^\s,={}()\"]*)\s*")
_NAME = re.compile(r"[A-Za-z_][^\s\"#%'(),={}]*")
_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"(?:\s|%[^\n]*\n)*")
_ARXIV_INSIDE = re.compile(
    r"arxiv(?:\.org/(?:abs|pdf|html)/|[:\s/]+(?:abs/)?)((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)", re.IGNORECASE
)
_DOI_INSIDE = re.compile(r"\b10\.\d{4,9}/[^\s\"{}<>,;]+")
# What has no papers in it.
_ASIDE = frozenset({"comment", "preamble"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One work of a library."""

    kind: str                              #: lower case: article, inproceedings, misc, …
    key: str
    title: str                             #: readable, without TeX
    name: str                              #: canonical (`arxiv:…`, `doi:…`), "" when the entry names no paper that we could look up
    line: int


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What a library holds, in its order, and what could not be read in it."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[ConfigError, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its papers, each once."""
        return tuple(dict.fromkeys(entry.name for entry in self.entries if entry.name))

    @property
    def nameless(self) -> tuple[Entry, ...]:
        """The entries without an arXiv id or DOI."""
        return tuple(entry for entry in self.entries if not entry.name)


class _Fault(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, message: str, at: int) -> None:
        self.message, self.at = message, at
        super().__init__(message)


def read_bibtex(path: Path) -> Bibliography:
    """Read a library file. What is wrong in it stands in `faults` as `file:line`; that it cannot be read is a fault, too."""
    try:
        source = path.read_bytes()
    except OSError as error:
        return Bibliography(faults=(ConfigError(f"cannot be read: {error.strerror or error}", where=str(path)),))
    try:
        library = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        library = source.decode("latin-1")  # what old programs write; every byte means something in it
    return parse_bibtex(library, where=str(path))


def parse_bibtex(library: str, *, where: str = "library") -> Bibliography:
    """The same of a text; `where` names it in faults."""
    reader = _Reader(library)
    entries: list[Entry] = []
    faults: list[ConfigError] = []
    for found in reader.read():
        if isinstance(found, _Fault):
            faults.append(ConfigError(found.message, where=f"{where}:{reader.line(found.at)}"))
        else:
            entries.append(found)
    if not entries and not faults and library.strip():
        faults.append(ConfigError("no entries in it; a BibTeX file holds entries like @article{key, title = {…}}", where=where))
    return Bibliography(tuple(entries), tuple(faults))


@dataclass(slots=True)
class _Reader:
    """Goes through a library from entry to entry."""

    library: str
    at: int = 0
    macros: dict[str, str] = field(default_factory=lambda: dict(_MONTHS))

    def read(self) -> Iterator[Entry | _Fault]:
        while start := _START.search(self.library, self.at):
            self.at = start.end()
            try:
                if entry := self._entry(start[1].lower(), ")" if start[2] == "(" else "}", start.start()):
                    yield entry
            except _Fault as fault:
                following = _NEXT.search(self.library, start.end())
                self.at = following.start() if following else len(self.library)
                yield fault

    def line(self, at: int) -> int:
        return self.library.count("\n", 0, at) + 1

    def _entry(self, kind: str, closing: str, start: int) -> Entry | None:
        if kind in _ASIDE:
            self.at -= 1
            self._braced() if closing == "}" else self._until(closing)
            return None
        key = "" if kind == "string" else self._key()
        fields = self._fields(closing, start)
        if kind == "string":
            self.macros |= fields
            return None
        return Entry(kind, key, text.clean(fields.get("title", "")), _name(fields), self.line(start))

    def _key(self) -> str:
        found = _KEY.match(self.library, self.at)
        self.at = found.end() if found else self.at
        return found[1] if found else ""

    def _fields(self, closing: str, start: int) -> dict[str, str]:
        """`name = value` pairs up to the closing sign; of a name given twice the first counts, as in BibTeX."""
        fields: dict[str, str] = {}
        while True:
            self._skip(",")
            if self._peek() == closing:
                self.at += 1
                return fields
            if not self._peek():
                raise _Fault(f"this entry does not end; close it with {quoted(closing)}", start)
            name = self._match(_NAME, "the name of a field").lower()
            self._expect("=", name)
            fields.setdefault(name, self._value(name))

    def _value(self, name: str) -> str:
        parts = [self._part(name)]
        while self._peek() == "#":
            self.at += 1
            parts.append(self._part(name))
        return "".join(parts)

    def _part(self, name: str) -> str:
        sign = self._peek()
        if sign == "{":
            return self._braced()
        if sign == '"':
            return self._quoted()
        if sign.isdigit():
            return self._match(_NUMBER, "a number")
        macro = self._match(_NAME, f"a value for {quoted(name)} in braces or quotes")
        return self.macros.get(macro.lower(), macro)

    def _braced(self) -> str:
        self._peek()
        opened, depth = self.at, 0
        while self.at < len(self.library):
            sign = self.library[self.at]
            self.at += 2 if sign == "\\" else 1
            depth += (sign == "{") - (sign == "}")
            if depth == 0:
                return self.library[opened + 1 : self.at - 1]
        raise _Fault("a brace is opened here and never closed", opened)

    def _quoted(self) -> str:
        opened, depth = self.at, 0
        self.at += 1
        while self.at < len(self.library):
            sign = self.library[self.at]
            self.at += 2 if sign == "\\" and depth == 0 and self.library[self.at + 1 : self.at + 2] != '"' else 1
            depth += (sign == "{") - (sign == "}")
            if sign == '"' and depth <= 0:
                return self.library[opened + 1 : self.at - 1]
        raise _Fault("a quotation is opened here and never closed", opened)

    def _until(self, closing: str) -> None:
        end = self.library.find(closing, self.at)
        self.at = len(self.library) if end < 0 else end + 1

    def _peek(self) -> str:
        """The next sign that means something, "" at the end."""
        found = _SPACE.match(self.library, self.at)
        self.at = found.end() if found else self.at
        return self.library[self.at : self.at + 1]

    def _skip(self, sign: str) -> None:
        while self._peek() == sign:
            self.at += 1

    def _expect(self, sign: str, after: str) -> None:
        if self._peek() != sign:
            raise _Fault(f"write {quoted(sign)} after {quoted(after)}", self.at)
        self.at += 1

    def _match(self, pattern: re.Pattern[str], wanted: str) -> str:
        self._peek()
        found = pattern.match(self.library, self.at)
        if not found:
            raise _Fault(f"expected {wanted}, not {quoted(self.library[self.at : self.at + 20].splitlines()[0])}", self.at)
        self.at = found.end()
        return found[0]


def _name(fields: Mapping[str, str]) -> str:
    """The paper that an entry names: arXiv's name before the DOI; it may also stand in a link, a journal or a note."""
    eprint = _plain(fields.get("eprint", ""))
    prefix = (fields.get("archiveprefix") or fields.get("eprinttype") or "").strip("{} ").lower()
    if eprint and prefix in ("", "arxiv") and (found := identity.arxiv_id(eprint)):
        return f"arxiv:{found}"
    told = [_plain(fields.get(each, "")) for each in ("doi", "url", "journal", "howpublished", "note", "number", "annote", "extra")]
    inside = [found for each in told for found in _ARXIV_INSIDE.findall(each)]
    inside.append(_plain(fields.get("volume", "")).removeprefix("abs/"))  # DBLP's: journal = {CoRR}, volume = {abs/2010.08895}
    arxiv = next((found for each in (*told, *inside) if (found := identity.arxiv_id(each))), None)
    if arxiv:
        return f"arxiv:{arxiv}"
    dois = (identity.doi(found.rstrip(".)")) for each in told for found in _DOI_INSIDE.findall(each))
    return next((f"doi:{each}" for each in dois if each), "")


def _plain(value: str) -> str:
    """A link, id or DOI as it is meant: `\\_` is an underscore, braces mean nothing."""
    return re.sub(r"\\([_%&#$~])", r"\1", value).replace("{", "").replace("}", "").strip()
