"""`digest check --smtp`: the way out, one line for each thing that tends to be wrong; with `--sources` the way in as well."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from digest.cli.health import LITTLE_ROOM, disk_free
from digest.cli.options import wall_clock
from digest.cli.output import OPEN, WELL, complain, say
from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.settings import Settings

#: A clock that is further off makes digests come at the wrong time, and mails look forged.
SKEW = timedelta(minutes=5)
#: Octets of a whole mail for each octet of its HTML: its text part, headers, and what quoted-printable adds.
WHOLE = 2.2


@dataclass(frozen=True, slots=True)
class Line:
    """One thing and how it is: `ok`, or a `warning` with what to do."""

    what: str
    text: str
    well: bool = True

    def __str__(self) -> str:
        return f"{self.what:12} {'ok ' if self.well else 'warning'} {self.text}"


def check(given: Settings, *, sources: bool) -> int:
    """Log in, look, and print a line each; OPEN when the mail server or a source does not answer."""
    code, answer = WELL, ""
    try:
        from digest.cli import house

        answer = asyncio.run(house.verify_smtp(given))
        say(f"{'smtp':12} ok  {answer}")
    except DigestError as error:
        say(f"{'smtp':12} failed")
        code = complain(error)
    read, dates = asyncio.run(_read_sources(given)) if sources else ([], [])
    for line in [*about(given, answer), *read, clock(dates, wall_clock())]:
        say(str(line))
    return max(code, WELL if all(line.well for line in read) else OPEN)


def about(given: Settings, answer: str) -> Iterator[Line]:
    """What can be told from the server's answer, from the settings and from this machine."""
    if answer:
        yield tls(given, answer)
        yield size(given, answer)
    yield alignment(given)
    free = disk_free(given)
    if free is not None:
        enough = free >= LITTLE_ROOM
        yield Line("disk", f"{free / 1e9:.1f} GB free" + ("" if enough else "; free some space"), enough)


def tls(given: Settings, answer: str) -> Line:
    """Whether mails leave in clear, which is fine on this machine only."""
    from digest.values import is_loopback

    if ", encrypted" in answer:
        return Line("tls", "the line is encrypted")
    here = is_loopback(given.smtp.host)
    return Line("tls", "in clear, within this machine" if here else "in clear: leave ?tls=none out of DIGEST_SMTP_URL", here)


def size(given: Settings, answer: str) -> Line:
    """The server's SIZE (RFC 1870) against the largest digest that may be made."""
    ours = int(given.max_html_bytes * WHOLE)
    found = re.search(r"up to ([\d,]+) octets", answer)
    if not found:
        return Line("size", f"the server names no limit; a digest has at most about {ours / 1000:.0f} kB")
    theirs = int(found[1].replace(",", ""))
    text = f"the server takes {theirs / 1000:.0f} kB, a digest has at most about {ours / 1000:.0f} kB"
    return Line("size", text if theirs >= ours else f"{text}; lower DIGEST_MAX_HTML_BYTES", theirs >= ours)


def alignment(given: Settings) -> Line:
    """From against the envelope sender, as DMARC's relaxed alignment has it (RFC 9989, 4.4): one organisation's domain.

    Without a look into the DNS, one domain must be the other or lie under it; two branches of one tree are only probably aligned.
    """
    visible, envelope = given.from_address.domain, (given.bounce_address or given.from_address).domain
    if visible == envelope:
        return Line("from", f"{visible} is also the domain of bounces (aligned)")
    if visible.endswith(f".{envelope}") or envelope.endswith(f".{visible}"):
        return Line("from", f"{visible} and {envelope} of bounces are of one tree (aligned, unless your DMARC record says aspf=s)")
    text = f"{visible} and {envelope} of bounces differ: DMARC then rests on DKIM alone; put both under one domain"
    return Line("from", text, well=False)


def clock(dates: list[str], now: datetime) -> Line:
    """This machine's clock against the Date that sources answered with."""
    told = [found for each in dates if (found := _instant(each))]
    if not told:
        return Line("clock", "not compared" if dates else "not compared; --sources asks a source for the time")
    off = min((now - each for each in told), key=abs)
    seconds = round(off.total_seconds())
    text = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the sources" if seconds else "the same as the sources'"
    return Line("clock", text if abs(off) <= SKEW else f"{text}: let NTP set it", abs(off) <= SKEW)


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _read_sources(given: Settings) -> tuple[list[Line], list[str]]:
    """Each source read once, nothing kept; and the dates that their servers answered with."""
    from digest.cli import house

    lines, dates = [], []
    async with house.client(given) as client:
        for source in house.sources(given):
            brought = await source.pull(client, now=wall_clock(), validators={})
            read = f"{len(brought.papers)} papers in {brought.seconds:.1f} s"
            lines.append(Line(source.name, brought.error.message if brought.error else read, well=not brought.error))
            dates += [client.date] if client.date else []
    return lines, dates
