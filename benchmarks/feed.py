"""A day's feed parsed and stored, beside feedparser on the same bytes, in turns; prints both parts and the median of the ratios.

    python benchmarks/feed.py [FEED.xml] [--items 1500] [--rounds 9]

Without a file, a feed of made-up papers is taken, a quarter with TeX and a twelfth with a link to its code, as they come from
arXiv; with one, its items are repeated under other ids until there are enough. Ours ends with clean papers (TeX, markup, authors,
code links) in a new SQLite store, committed; feedparser ends with raw entries in memory.
"""

from __future__ import annotations

import argparse
import gc
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from digest.model import Paper
from digest.sources.arxiv import parse
from digest.store.store import Store

NOW = datetime(2026, 3, 24, 9, tzinfo=UTC)
ABSTRACT = "The method improves by 10% over the baseline, costs less, and transfers to other meshes (see part {n}). " * 12
TEX = "We study neural operators on $\\mathbb{{R}}^{{d}}$ and show that an error of $O(10^{{-5}})$ needs few samples. "
CODE = " Code is at https://github.com/example/operators-{n}."
ITEM = (
    "<item><title>Paper {n}: on neural operators</title><link>https://arxiv.org/abs/2603.{n:05d}</link>"
    "<description>arXiv:2603.{n:05d}v1 Announce Type: new \nAbstract: {abstract}</description>"
    '<guid isPermaLink="false">oai:arXiv.org:2603.{n:05d}v1</guid>'
    "<category>cs.LG</category><category>math.NA</category><pubDate>Tue, 24 Mar 2026 00:00:00 -0400</pubDate>"
    "<arxiv:announce_type>new</arxiv:announce_type>"
    "<dc:creator>Ada Lovelace, Emmy Noether, Sofia Kovalevskaya, Maryam Mirzakhani</dc:creator></item>"
)
FRAME = (
    '<?xml version="1.0"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<channel><title>cs.LG updates</title>{}</channel></rss>"
)


def made_up(count: int) -> bytes:
    return FRAME.format("".join(ITEM.format(n=n, abstract=abstract(n)) for n in range(1, count + 1))).encode()


def abstract(n: int) -> str:
    return ((TEX if n % 4 == 0 else "") + ABSTRACT + (CODE if n % 12 == 0 else "")).format(n=n)


def repeated(path: Path, count: int) -> bytes:
    text = path.read_text(encoding="utf-8")
    items = re.findall(r"<item>.*?</item>", text, re.DOTALL)
    name = re.compile(r"(arXiv\.org:|org/abs/|>arXiv:)[^v<\s]+")
    many = (name.sub(rf"\g<1>2603.{n:05d}", items[n % len(items)]) for n in range(count))
    return (text[: text.index("<item>")] + "".join(many) + "</channel></rss>").encode()


def seconds(work: Callable[[], object]) -> float:
    """As timeit measures: without the garbage collector, which strikes one of the two at random."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began
    finally:
        gc.enable()


def keep(papers: Sequence[Paper]) -> float:
    """Seconds until the papers are safe in a new store; opening it does not count."""
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/digest.sqlite3") as store:
        return seconds(lambda: store.papers.keep(papers, now=NOW))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("feed", nargs="?", type=Path)
    options.add_argument("--items", type=int, default=1500)
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    body = repeated(given.feed, given.items) if given.feed else made_up(given.items)
    papers = parse(body).papers
    assert len(papers) == len(feedparser.parse(body).entries) == given.items
    rounds = [
        (seconds(lambda: parse(body)), keep(papers), seconds(lambda: feedparser.parse(body))) for _ in range(given.rounds)
    ]
    parsing, storing, reference = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median((ours + store) / theirs for ours, store, theirs in rounds)
    print(f"{given.items} items, {len(body) / 2**20:.1f} MB, median of {given.rounds} rounds:")
    print(f"  parse {parsing:.3f} s ({parsing / reference:.2f}), store {storing:.3f} s ({storing / reference:.2f})")
    print(f"  feedparser {reference:.3f} s; parse and store together {ratio:.2f} of it (to reach: 0.50)")


if __name__ == "__main__":
    main()
