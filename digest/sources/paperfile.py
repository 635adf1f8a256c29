"""Paper files: JSON Lines, plain or gzipped, one paper a line; what `digest parse` writes and `file:` sources read.

`id`, `title` and `abstract` are required; every other key may be missing, and a key that nobody knows is passed over.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from digest import identity
from digest.errors import ConfigError, SourceError, quoted
from digest.model import Fetch, Paper, Sighting, Validator
from digest.sources import links
from digest.sources.arxiv_record import instant
from digest.sources.haul import Haul
from digest.sources.http import Http
from digest.sources.source import Parsed
from digest.text import clean, one_line

MAX_LINE = 4 * 2**20            #: bytes; a paper of 2,000 authors takes about 60 KB

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = ("abstract", "comment", "summary", "announce_type")
_LINKS = ("url", "pdf_url", "code_url", "project_url", "discussion_url")
_LISTS = ("authors", "categories", "keywords")
_COUNTS = {"upvotes": "upvotes", "comments": "comments", "github_stars": "stars"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the id as the file writes it, the paper, and what the file says of its popularity (one sighting a list)."""

    name: str
    paper: Paper
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperFile:
    """All good lines, and a fault for each bad one."""

    rows: tuple[Row, ...] = ()
    faults: tuple[ConfigError, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSource:
    """A paper file as a source: read again on every pull."""

    path: Path

    @property
    def name(self) -> str:
        return f"file:{self.path}"

    async def pull(self, http: Http, *, now: datetime, validators: Mapping[str, Validator], since: date | None = None) -> Fetch:
        """All papers of the file; with `since`, those announced or published from that day on, and those without a date."""
        import asyncio

        haul = Haul(self.name, now)
        found = await asyncio.to_thread(read, self.path, at=now)
        rows = [row for row in found.rows if not since or (_day(row.paper) or since) >= since]
        haul.add(Parsed(tuple(row.paper for row in rows), tuple(each for row in rows for each in row.sightings)))
        if found.faults:
            first, more = found.faults[0], len(found.faults) - 1
            haul.fail(SourceError(self.name, str(first) + (f" (and {more} more lines)" if more else ""), retryable=False))
        return haul.fetch()


def read(path: Path, *, at: datetime | None = None) -> PaperFile:
    """The papers of a file; `at` is when its numbers were seen (default: the day that the line names, else 1970).

    A bad line is a fault that names file and line, and never stops the rest; so is a file that cannot be read to its end.
    """
    rows: list[Row] = []
    faults: list[ConfigError] = []
    number = 0
    try:
        with _open(path) as handle:
            for number, line in enumerate(handle, 1):
                _take(line, f"{path}:{number}", at, rows, faults)
    except (OSError, EOFError, ValueError) as error:
        where = f"{path}:{number + 1}" if number else str(path)
        faults.append(ConfigError(f"the file cannot be read on ({error}); mend or replace it", where=where))
    return PaperFile(tuple(rows), tuple(faults))


def parse(body: bytes, *, at: datetime | None = None) -> Parsed:
    """The same for bytes. Raises SourceError when no line holds a paper."""
    rows: list[Row] = []
    faults: list[ConfigError] = []
    if body[:2] == b"\x1f\x8b":
        body = _unzip(body)
    for number, line in enumerate(body.splitlines(), 1):
        _take(line, f"line {number}", at, rows, faults)
    if faults and not rows:
        raise SourceError("file", str(faults[0]), retryable=False)
    papers = {row.paper.id: row.paper for row in rows}
    return Parsed(
        tuple(papers.values()),
        tuple(each for row in rows for each in row.sightings),
        note=f"{len(faults)} bad lines left out, the first: {faults[0]}" if faults else "",
    )


def write(papers: Iterable[Paper], sightings: Iterable[Sighting] = ()) -> Iterator[str]:
    """One line of JSON a paper, without line ends, in the form that `read` takes.

    The counts of its last sighting stand beside the paper; where there are several, all of them stand under `sightings`.
    """
    seen: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        seen.setdefault(sighting.paper, []).append(sighting)
    for paper in papers:
        yield json.dumps(_row(paper, seen.get(paper.id, [])), ensure_ascii=False)


def _row(paper: Paper, sightings: list[Sighting]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": paper.id.removeprefix("arxiv:"), "title": paper.title, "abstract": paper.abstract}
    row |= {key: value for key in (*_LISTS, *_TEXTS, *_LINKS, "doi") if key not in row and (value := getattr(paper, key))}
    row |= {"published": _written(paper.published)} if paper.published else {}
    row |= {"announced": paper.announced.isoformat()} if paper.announced else {}
    row |= {"version": paper.version} if paper.version > 1 else {}
    row |= {"withdrawn": True} if paper.withdrawn else {}
    row |= {"sources": paper.sources} if paper.sources else {}
    if sightings:
        row |= _counts(sightings[-1])
    if len(sightings) > 1 or any(each.at != _EPOCH for each in sightings):
        row["sightings"] = [{"source": each.source, "at": _written(each.at)} | _counts(each) for each in sightings]
    return row


def _counts(sighting: Sighting) -> dict[str, Any]:
    counts = {key: getattr(sighting, name) for key, name in _COUNTS.items()}
    known: dict[str, Any] = {key: value for key, value in counts.items() if value is not None}
    return known | ({"listed": sighting.listed.isoformat()} if sighting.listed else {})


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _open(path: Path) -> Any:
    with path.open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _unzip(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, ValueError) as error:
        raise SourceError("file", f"the gzip file is broken ({error}); make it again", retryable=False) from None


def _take(line: bytes, where: str, at: datetime | None, rows: list[Row], faults: list[ConfigError]) -> None:
    if not line.strip(b"\xef\xbb\xbf \t\r\n"):
        return
    try:
        rows.append(_read_row(line, where, at))
    except ConfigError as fault:
        faults.append(fault)


def _read_row(line: bytes, where: str, at: datetime | None) -> Row:
    given = _json(line, where)
    id_ = str(given["id"]).strip() if isinstance(given.get("id"), str | int) else ""
    name = identity.name(id_) or (f"file:{one_line(id_).replace(' ', '_')}" if id_ else "")
    required = {"id": name, "title": given.get("title"), "abstract": given.get("abstract")}
    if missing := [key for key, value in required.items() if not isinstance(value, str) or (key == "id" and not value)]:
        raise ConfigError(f'a paper needs "{missing[0]}", written as text', where=where, key=missing[0])
    title = clean(given["title"])
    if not title and not given["abstract"].strip():  # either alone still says what it is about
        raise ConfigError('a paper needs "title" or "abstract" with words in it', where=where, key="title")
    paper = _paper(name, title, given, where)
    return Row(id_, paper, _sightings(paper, given, where, at))


def _json(line: bytes, where: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise ConfigError(f"the line is longer than {MAX_LINE // 2**20} MB; write one paper a line", where=where)
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"no line of JSON ({error}); write one paper a line", where=where) from None
    if not isinstance(given, dict):
        raise ConfigError("no JSON object; write one paper a line as {…}", where=where)
    return given


def _paper(name: str, title: str, given: Mapping[str, Any], where: str) -> Paper:
    doi = identity.doi(_text(given, "doi", where)) or (name.removeprefix("doi:") if name.startswith("doi:") else "")
    bare = name.removeprefix("arxiv:") if name.startswith("arxiv:") else ""
    url = f"https://arxiv.org/abs/{bare}" if bare else f"https://doi.org/{doi}" if doi else ""
    version = given.get("version")
    return Paper(
        id=name,
        title=title,
        abstract=clean(_text(given, "abstract", where)),
        authors=_strings(given, "authors", where),
        categories=_strings(given, "categories", where),
        published=_instant(given, "published", where),
        announced=_date(given, "announced", where),
        announce_type=clean(_text(given, "announce_type", where)),
        url=links.web(given.get("url")) or url,
        pdf_url=links.web(given.get("pdf_url")) or (f"https://arxiv.org/pdf/{bare}" if bare else ""),
        code_url=links.web(given.get("code_url")),
        project_url=links.web(given.get("project_url")),
        discussion_url=links.web(given.get("discussion_url")),
        doi=doi,
        comment=clean(_text(given, "comment", where)),
        summary=clean(_text(given, "summary", where)),
        keywords=_strings(given, "keywords", where),
        aliases=(name, f"doi:{doi}") if doi and name != f"doi:{doi}" else (name,),
        sources=_strings(given, "sources", where) or ("file",),
        version=version if isinstance(version, int) and version > 0 else identity.arxiv_version(str(given["id"])) or 1,
        withdrawn=given.get("withdrawn") is True,
    )


def _sightings(paper: Paper, given: Mapping[str, Any], where: str, at: datetime | None) -> tuple[Sighting, ...]:
    several = given.get("sightings")
    if several is None:
        found = _sighting(paper, given, where, at)
        return (found,) if found else ()
    if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
        raise ConfigError('must be a list: [{"at": …, "listed": …, "upvotes": …}]', where=where, key="sightings")
    return tuple(found for each in several if (found := _sighting(paper, each, where, at)))


def _sighting(paper: Paper, given: Mapping[str, Any], where: str, at: datetime | None) -> Sighting | None:
    counts = {name: _count(given, key, where) for key, name in _COUNTS.items()}
    counts["stars"] = _count(given, "stars", where) if counts["stars"] is None else counts["stars"]
    if all(count is None for count in counts.values()):
        return None
    seen = _instant(given, "at", where)
    listed = _date(given, "listed", where) or (None if seen else paper.announced)
    day = listed or _day(paper)
    moment = seen or at or (datetime.combine(day, time(), UTC) if day else _EPOCH)
    source = _text(given, "source", where) or (paper.sources[-1] if paper.sources else "file")
    return Sighting(paper=paper.id, source=source, at=moment, listed=listed, **counts)


def _day(paper: Paper) -> date | None:
    return paper.announced or (paper.published.date() if paper.published else None)


def _text(given: Mapping[str, Any], key: str, where: str) -> str:
    value = given.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError("must be text in quotes", where=where, key=key)
    return value


def _strings(given: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = given.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError('must be a list of texts: ["…", "…"]', where=where, key=key)
    return tuple(text for each in value if (text := clean(each)))


def _count(given: Mapping[str, Any], key: str, where: str) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ConfigError("must be a whole number, not negative, or left out where it is unknown", where=where, key=key)
    return value


def _instant(given: Mapping[str, Any], key: str, where: str) -> datetime | None:
    written = _text(given, key, where)
    found = instant(written) if written else None
    if written and not found:
        raise ConfigError(f"{quoted(written)} is no date; write 2026-03-24 or 2026-03-24T09:00:00Z", where=where, key=key)
    return found


def _date(given: Mapping[str, Any], key: str, where: str) -> date | None:
    found = _instant(given, key, where)
    return found.date() if found else None
