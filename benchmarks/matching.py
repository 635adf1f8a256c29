"""How long it takes to choose for everybody: index the day's papers, score every distinct topic, compose a digest for each
subscriber.

    python benchmarks/matching.py [--papers 1500] [--topics 5000] [--subscribers 100000] [--background 0] [--growth]
                                  [--semantic]

Papers are the newest of the corpora in PAPER_DATA, those before them the background; topics are two neighbouring words of three
titles each, half of them with a sentence of an abstract as text; each subscriber has four. First comes the reference in a process
of its own: the same in plain BM25 without feedback. `--growth` repeats with a quarter and half of the papers, of the topics, of
the subscribers, one after the other. `--semantic` repeats with the extra `semantic` switched on. Times are of the processor (one
core), since others may share it; peak memory is that of the whole process, and of the one beside it in which the model works.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import multiprocessing
import os
import random
import resource
import time
from datetime import date
from pathlib import Path

from digest.embedding import WordEmbedder
from digest.model import Paper, Subscriber, Topic
from digest.selection import postings, query
from digest.selection.candidates import Candidates
from digest.selection.compose import compose
from digest.selection.corpus import Corpus
from digest.selection.match import match
from digest.selection.semantic import NO_NEIGHBOURS, Neighbours
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


def processor() -> float:
    """Seconds of the processor so far, those of processes that have ended included."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + gone.ru_utime + gone.ru_stime


def measure(papers: int, topics: int, subscribers: int, background: int, *, plain: bool, semantic: bool) -> None:
    if plain:
        query.FEEDBACK_PAPERS = postings.CHAMPIONS = 0
    chance = random.Random(1)
    pool = some_papers(papers + background)
    before, today = pool[:background], pool[background:]
    asked = some_topics(topics, today, chance)
    readers = some_subscribers(subscribers, asked, chance)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = [processor()]
    corpus = Corpus.of(today, background=before)
    times.append(processor())
    corpus.neighbours = Neighbours.of(corpus.candidates, WordEmbedder()) if semantic else NO_NEIGHBOURS
    times.append(processor())
    matched = match(asked, corpus)
    times.append(processor())
    everybody = Candidates.of(today)
    shown = sum(compose(reader, date(2026, 4, 10), everybody, matched, {}).counts.shown for reader in readers)
    times.append(processor())
    parts = [after - before for before, after in itertools.pairwise(times)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = sum(len(each.matches) for each in matched.values()) / (topics or 1)
    named = zip(("index", "near", "score", "compose"), parts, strict=True)
    size = f"{papers:5} + {background:4} papers {topics:5} topics {subscribers:6} subscribers"
    print(f"{'plain BM25' if plain else 'semantic' if semantic else 'full':10} {size}: ", end="")
    print(", ".join(f"{name} {each:.2f} s ({each / sum(parts):.0%})" for name, each in named if each > 0.001), end="")
    model = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f", all {sum(parts):.2f} s; {peak:.0f} MB, {base:.0f} of them papers and people; ", end="")
    print(f"{model:.0f} MB for the model; " if semantic else "", end="")
    print(f"{found:.1f} matches a topic, {shown / (subscribers or 1):.1f} papers a digest", flush=True)


def apart(*given: int, plain: bool = False, semantic: bool = False) -> None:
    """Measure in a process of its own, so that its memory is its own."""
    how = {"plain": plain, "semantic": semantic}
    process = multiprocessing.get_context("spawn").Process(target=measure, args=given, kwargs=how)
    process.start()
    process.join()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--papers", type=int, default=1500)
    options.add_argument("--topics", type=int, default=5000)
    options.add_argument("--subscribers", type=int, default=100_000)
    options.add_argument("--background", type=int, default=0)
    options.add_argument("--growth", action="store_true")
    options.add_argument("--semantic", action="store_true")
    given = options.parse_args()
    whole = [given.papers, given.topics, given.subscribers, given.background]
    apart(*whole, plain=True)
    for place in range(3) if given.growth else ():
        for share in (4, 2):
            apart(*whole[:place], whole[place] // share, *whole[place + 1 :])
    apart(*whole)
    if given.semantic:
        apart(*whole, semantic=True)


if __name__ == "__main__":
    main()
