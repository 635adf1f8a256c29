"""How long it takes to choose for everybody: index the day's papers, score every distinct topic, compose a digest for each
subscriber.

    python benchmarks/matching.py [--papers 1500] [--topics 5000] [--subscribers 100000] [--plain] [--growth]

Papers are the newest of the corpora in PAPER_DATA; topics are two neighbouring words of three titles each, half of them with a
sentence of an abstract as text; each subscriber has four. `--plain` is the reference: the same without feedback. `--growth`
repeats at a quarter and a half of the size. Times are of the processor (one core), since
others may share it; peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import resource
import time
from datetime import date
from pathlib import Path

from digest.model import Paper, Subscriber, Topic
from digest.selection import query
from digest.selection.candidates import Candidates
from digest.selection.compose import compose
from digest.selection.corpus import Corpus
from digest.selection.match import match
from digest.selection.terms import words

DATA = Path(os.environ.get("PAPER_DATA", Path(__file__).parents[2] / "shared" / "data"))


def some_papers(count: int) -> list[Paper]:
    with gzip.open(DATA / "corpus" / "arxiv_daily_papers.jsonl.gz", "rt", encoding="utf-8") as handle:
        rows = sorted((json.loads(line) for line in handle), key=lambda row: (row["first_listed"], row["id"]))[-count:]
    return [Paper("arxiv:" + r["id"], r["title"], r["abstract"], tuple(r["authors"]), tuple(r["categories"])) for r in rows]


def some_topics(count: int, papers: list[Paper], chance: random.Random) -> list[Topic]:
    topics = []
    for number in range(count):
        titles = [words(paper.title) for paper in chance.sample(papers, 3)]
        starts = [(title, chance.randrange(max(1, len(title) - 1))) for title in titles]
        text = chance.choice(papers).abstract.split(". ")[0] if number % 2 else ""
        topics.append(Topic(f"topic {number}", tuple(" ".join(title[at : at + 2]) for title, at in starts), text))
    return topics


def some_subscribers(count: int, topics: list[Topic], chance: random.Random) -> list[Subscriber]:
    return [Subscriber(f"reader{n}@example.org", tuple(chance.sample(topics, 4))) for n in range(count)]


def measure(papers: int, topics: int, subscribers: int) -> None:
    chance = random.Random(1)
    pool = some_papers(papers)
    asked = some_topics(topics, pool, chance)
    readers = some_subscribers(subscribers, asked, chance)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = [time.process_time()]
    corpus = Corpus.of(pool)
    times.append(time.process_time())
    matched = match(asked, corpus)
    times.append(time.process_time())
    everybody = Candidates.of(pool)
    shown = sum(compose(reader, date(2026, 4, 10), everybody, matched, {}).counts.shown for reader in readers)
    times.append(time.process_time())
    index, score, combine = (after - before for before, after in itertools.pairwise(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sum(len(each.matches) for each in matched.values()) / (topics or 1)
    print(f"{papers:6} papers {topics:6} topics {subscribers:7} subscribers: ", end="")
    print(f"index {index:5.2f} s, score {score:5.2f} s, compose {combine:5.2f} s, all {index + score + combine:6.2f} s; ", end="")
    print(f"{peak:.0f} MB ({base:.0f} before); ", end="")
    print(f"{found:.1f} matches a topic, {shown / (subscribers or 1):.1f} papers a digest", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--papers", type=int, default=1500)
    options.add_argument("--topics", type=int, default=5000)
    options.add_argument("--subscribers", type=int, default=100_000)
    options.add_argument("--plain", action="store_true")
    options.add_argument("--growth", action="store_true")
    given = options.parse_args()
    if given.plain:
        query.FEEDBACK_PAPERS = 0
    for share in (4, 2, 1) if given.growth else (1,):
        measure(given.papers // share, given.topics // share, given.subscribers // share)


if __name__ == "__main__":
    main()
