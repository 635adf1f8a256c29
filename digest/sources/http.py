"""One polite client for all sources: paced, bounded, patient, and deaf to hosts that nobody configured.

arXiv asks for one request in three seconds over one connection, for all its services together (info.arxiv.org/help/api/tou.html):
they share one lane. Every other host has a lane of its own, with a few connections and no pause.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit
from weakref import WeakKeyDictionary

from digest import text
from digest.errors import SourceError
from digest.model import Validator
from digest.sources.turns import Turns

if TYPE_CHECKING:
    import httpx2

MAX_BYTES = 64 * 2**20          #: of one answer, unpacked; arXiv's largest OAI page is about 10 MB
MAX_REDIRECTS = 5
TRIES = 5                       #: of one request, the first included
CONNECTIONS = 4                 #: at once to one host that is not arXiv
TIMEOUT = 30.0                  #: seconds without a byte
DEADLINE = 300.0                #: seconds for one whole answer
PATIENCE = 60.0                 #: seconds that one pull spends on failed tries and pauses between them, for each host
MARGIN = 1.05                   #: times the delay: a first request reaches the server later than the next, for its handshake
SHORTEST_STEP = 0.5             #: seconds; the unit of the growing waits where no delay is set
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TAG = re.compile(r"<[^<>]*>")
XML = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
JSON = "application/json, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, its body unpacked; `unchanged` means 304 and an empty body."""

    status: int
    body: bytes
    content_type: str
    url: str                               #: that was asked for, before redirects
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False

    @property
    def validator(self) -> Validator | None:
        """What to hand back the next time, if the server gave anything."""
        return Validator(self.url, self.etag, self.last_modified) if self.etag or self.last_modified else None


# When arXiv may be asked again, for clients that follow each other in one process; by the clock that says so.
_ARXIV_FREE_AT: WeakKeyDictionary[Callable[[], float], float] = WeakKeyDictionary()


class _Lane:
    """The queue in front of one host, or of all of arXiv's."""

    def __init__(self, connections: int, delay: float) -> None:
        self.places = asyncio.Semaphore(connections)
        self.delay = delay
        self.free_at = float("-inf")       #: when the next request may begin, on the monotonic clock


class Http:
    """An asynchronous context manager; leave it to close the connections.

    `hosts` are the names that may be asked (`host` or `host:port`, as in a URL); a redirect elsewhere is an error. `contact` is a
    mail address or URL that stands in the agent string, so that a source can complain. `turns` is the queue that all processes of
    this machine share in front of arXiv. Each request is tried once at least; tries are repeated while the host has cost less than
    `patience` seconds. `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str],
        contact: str = "",
        arxiv_delay: float = 3.0,
        turns: Turns | None = None,
        tries: int = TRIES,
        patience: float = PATIENCE,
        max_bytes: int = MAX_BYTES,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._agent = agent(contact)
        self._arxiv_delay = arxiv_delay
        self._turns, self._tries, self._patience = turns, tries, patience
        self._max_bytes, self._timeout = max_bytes, timeout
        self._clock, self._sleep, self._transport = clock, sleep, transport
        self._lanes: dict[str, _Lane] = {}
        self._lost: defaultdict[str, float] = defaultdict(float)  #: seconds that failures have cost so far, by host
        self._client: httpx2.AsyncClient | None = None
        self.date = ""                     #: what time it was by the last answer, in the server's words

    async def __aenter__(self) -> Self:
        import httpx2

        self._client = httpx2.AsyncClient(
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            timeout=httpx2.Timeout(self._timeout),
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=10.0),
            transport=self._transport,
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._client:
            await self._client.aclose()
            self._client = None

    async def get(self, url: str, *, source: str, validators: Collection[Validator] = (), accept: str = "*/*") -> Answer:
        """The answer to one GET, after as many tries as it takes.

        `validators` may hold one for this URL: then the answer may be `unchanged`. Raises SourceError: not retryable when the
        request itself is wrong, retryable (with the source's own wish in `retry_after`) when the next pull may succeed.
        """
        known = next((each for each in validators if each.url == url), None)
        lane = self._lane(url, source)
        async with lane.places:
            for attempt in range(1, self._tries + 1):
                try:
                    return await self._in_turn(lane, url, source, known, accept)
                except SourceError as error:
                    wait = _wait(error, attempt, lane.delay)
                    if attempt == self._tries or not error.retryable or self._lost[_host(url)] + wait > self._patience:
                        raise
                    self._lost[_host(url)] += wait
                    await self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _in_turn(self, lane: _Lane, url: str, source: str, known: Validator | None, accept: str) -> Answer:
        """One try, when it is our turn; how long a failed one took is remembered."""
        async with self._turns.turn(lane.delay * MARGIN) if self._turns and lane.delay else nullcontext():
            await self._pace(lane)
            began = self._clock()
            try:
                return await self._once(url, source, known, accept)
            except SourceError:
                self._lost[_host(url)] += self._clock() - began
                raise

    def _lane(self, url: str, source: str) -> _Lane:
        host = _host(url)
        arxiv = source == "arxiv" or host.partition(":")[0] == "arxiv.org" or host.partition(":")[0].endswith(".arxiv.org")
        name = "arxiv" if arxiv else host
        if name not in self._lanes:
            self._lanes[name] = _Lane(1, self._arxiv_delay) if arxiv else _Lane(CONNECTIONS, 0.0)
            if arxiv:
                self._lanes[name].free_at = _ARXIV_FREE_AT.get(self._clock, float("-inf"))
        return self._lanes[name]

    async def _pace(self, lane: _Lane) -> None:
        if (wait := lane.free_at - self._clock()) > 0:
            await self._sleep(wait)
        lane.free_at = self._clock() + lane.delay * MARGIN
        if lane.delay:
            _ARXIV_FREE_AT[self._clock] = lane.free_at

    async def _once(self, url: str, source: str, known: Validator | None, accept: str) -> Answer:
        import httpx2

        headers = {"Accept": accept}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._follow(url, source, headers)
        except (httpx2.TimeoutException, TimeoutError):
            raise SourceError(source, f"{_host(url)} did not answer in time; the next pull asks again") from None
        except httpx2.DecodingError:
            raise SourceError(source, f"{_host(url)} sent bytes that do not unpack; the next pull asks again") from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            message = f"{url} is no address that can be asked ({error}); mend the setting"
            raise SourceError(source, message, retryable=False) from None
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise SourceError(source, f"{_host(url)} cannot be reached ({reason}); the next pull asks again") from None

    async def _follow(self, url: str, source: str, headers: dict[str, str]) -> Answer:
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            self._check_host(target, source)
            async with self._open(target, headers) as response:
                if not (response.is_redirect and response.headers.get("Location")):
                    return await self._read(response, url, source)
                target = urljoin(target, response.headers["Location"])
        raise SourceError(source, f"{url} redirects more than {MAX_REDIRECTS} times; look at it in a browser", retryable=False)

    @asynccontextmanager
    async def _open(self, url: str, headers: dict[str, str]) -> AsyncIterator[httpx2.Response]:
        if self._client is None:
            raise RuntimeError("Http is used inside `async with`")
        async with self._client.stream("GET", url, headers=headers) as response:
            yield response

    def _check_host(self, url: str, source: str) -> None:
        host = _host(url)
        bare = host.removeprefix("www.")
        if not url.lower().startswith(("http://", "https://")) or not {host, bare, f"www.{bare}"} & self._hosts:
            message = f"{url} is not at a configured source; if it has moved there, put the new address into the settings"
            raise SourceError(source, message, retryable=False)

    async def _read(self, response: httpx2.Response, url: str, source: str) -> Answer:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._max_bytes:
                message = f"{_host(url)} sent more than {self._max_bytes / 2**20:g} MB for one answer; it was not read"
                raise SourceError(source, message, retryable=False)
        if response.status_code not in (200, 203, 304):
            raise _refusal(response, bytes(body), source)
        self.date = response.headers.get("Date", "")
        return Answer(
            status=response.status_code,
            body=bytes(body),
            content_type=response.headers.get("Content-Type", ""),
            url=url,
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
            unchanged=response.status_code == 304,
        )


def agent(contact: str) -> str:
    """The agent string: who asks, and whom to write to about it (RFC 9110, section 10.1.5)."""
    import importlib.metadata

    try:
        version = importlib.metadata.version("paper-digest")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    printable = "".join(letter for letter in contact if letter.isascii() and letter.isprintable() and letter not in "()\\")
    return f"paper-digest/{version}" + (f" ({printable})" if printable else "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _refusal(response: httpx2.Response, body: bytes, source: str) -> SourceError:
    status = response.status_code
    words = text.shorten(text.clean(_TAG.sub(" ", body[:4000].decode("utf-8", "replace"))), 300)
    message = f"status {status} {response.reason_phrase}".strip() + (f": {words}" if words else "")
    retryable = status in RETRIED
    advice = "; the next pull asks again" if retryable else ""
    wish = _retry_after(response.headers.get("Retry-After", ""), response.headers.get("Date", ""))
    return SourceError(source, message + advice, retryable=retryable, retry_after=wish if retryable else None)


def _retry_after(value: str, date: str) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, section 10.2.3), in either form; a date counts from the server's own."""
    if value.strip().isdecimal():
        return float(value)
    until, since = _http_date(value), _http_date(date)
    return max((until - since).total_seconds(), 0.0) if until and since else None


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _wait(error: SourceError, attempt: int, delay: float) -> float:
    """Seconds before the next try: the source's wish, or 2, 4, 8, 16 times the delay."""
    growing = max(delay, SHORTEST_STEP) * 2.0**attempt
    return max(error.retry_after or 0.0, growing if error.retry_after is None else delay)
