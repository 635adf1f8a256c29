"""What there is to read today, kept at hand for the pages: read and indexed in a worker of its own: no page waits."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest import reading
from digest.cli.reader import trend_item
from digest.model import Item, Paper, Topic, Trend
from digest.selection.corpus import Corpus
from digest.selection.match import match
from digest.selection.trends import trending, trends

if TYPE_CHECKING:
    from digest.store.store import Store

log = logging.getLogger(__name__)

#: What is older is read again when somebody next asks.
FRESH = timedelta(minutes=15)
#: Topics whose examples are remembered until then.
REMEMBERED = 500
EXAMPLES = 2
TRENDING = 20


@dataclass(frozen=True, slots=True)
class Books:
    """One state of the shelf."""

    at: datetime
    corpus: Corpus
    announced: frozenset[Any]
    talked_about: tuple[tuple[Paper, Trend], ...]
    examples: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)


class Shelf:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._books: Books | None = None
        self._filling = False
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, "shelf")

    def fill(self) -> None:
        """Read and index what the store holds now."""
        now = self._clock()
        known = reading.read(self._store, now=now)
        scores = trends(known.papers, known.sightings, now)
        best = [(paper, scores[paper.id]) for paper in trending(known.papers, scores)[:TRENDING]]
        corpus = Corpus.of(known.papers, background=known.background)
        self._books = Books(now, corpus, frozenset(known.announced), tuple(best))

    def close(self) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    def examples(self, topics: Sequence[str]) -> list[dict[str, Any]]:
        """For each topic the best papers of the last two announcements; none at all before the shelf was filled once."""
        books = self._at_hand()
        return [self._example(books, each) for each in topics] if books else []

    def talked_about(self) -> list[Item] | None:
        """The trending papers, best first; None before the shelf was filled once."""
        books = self._at_hand()
        if books is None:
            return None
        return [trend_item(number, paper, trend) for number, (paper, trend) in enumerate(books.talked_about, 1)]

    def _at_hand(self) -> Books | None:
        """What is there now; where it is old, a newer state is on its way."""
        books = self._books
        if books is None or self._clock() - books.at > FRESH:
            with self._lock:
                if not self._filling:
                    self._filling = True
                    self._worker.submit(self._refill)
        return books

    def _refill(self) -> None:
        try:
            self.fill()
        except Exception:
            log.exception("failed job=shelf")
        finally:
            self._filling = False

    def _example(self, books: Books, name: str) -> dict[str, Any]:
        """Reckoned once for each topic; the lock lets one topic be matched at a time, which takes milliseconds."""
        key = " ".join(name.casefold().split())
        with self._lock:
            if key not in books.examples:
                books.examples[key] = {"topic": name, "papers": list(self._matches(books, name))}
                while len(books.examples) > REMEMBERED:
                    books.examples.popitem(last=False)
            return books.examples[key] | {"topic": name}

    def _matches(self, books: Books, name: str) -> Iterator[dict[str, str]]:
        topic = Topic(name)
        fresh = [each for each in match([topic], books.corpus)[topic].matches if each.paper.announced in books.announced]
        for each in fresh[:EXAMPLES]:
            yield {"title": each.paper.title, "url": each.paper.url}
