"""What ten votes teach: simulated readers over the replayed weeks, with reading lists as the truth of what they want.

    python benchmarks/learning.py [--votes 10] [--shown 10]

For each list of `relevance/curated_lists` somebody reads week after week the best papers that her topic finds in that week's, and
says `more` to those on the list and `less` to others (to half of her votes at most), until she has voted so often. Then all papers
of the weeks after are ranked with and without what was learned: nDCG@20 of the whole, and the mean nDCG@10 of the single weeks.
Twice: with the topic as its maintainers put it, and with one broad keyword. Papers of the weeks before stay background, and no
vote is counted as found. All of that with votes that begin in each of several weeks, of which the mean is told: a single round of
ten votes moves a list's figures by up to .04 to either side, by one paper near the top.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import mean
from types import ModuleType

import relevance

from digest.model import Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.learn import NOTHING_LEARNED, Learned, learn
from digest.selection.match import THRESHOLD, rank

BROAD = {
    "gui-agents": "agent",
    "video-generation": "diffusion",
    "controllable-video": "video generation",
    "code-llms": "language model",
    "code-agents": "agent",
    "long-context": "language model",
    "long-video-understanding": "video",
}
Week = tuple[int, int]                     # year and number, as ISO counts them


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a topic, and what she would like to find in it."""

    topic: Topic
    wanted: frozenset[str]
    corpus: Corpus
    weeks: dict[str, date]                 #: when each paper appeared

    def ranked(self, learned: Learned = NOTHING_LEARNED) -> dict[str, float]:
        return dict(rank(self.topic, self.corpus, learned=learned).scores)

    def week(self, name: str) -> Week:
        return self.weeks[name].isocalendar()[:2]

    def by_week(self, names: Iterable[str]) -> dict[Week, list[str]]:
        weeks: dict[Week, list[str]] = {}
        for name in names:
            weeks.setdefault(self.week(name), []).append(name)
        return dict(sorted(weeks.items()))

    def votes(self, count: int, shown: int, first: int) -> Iterator[tuple[str, int]]:
        """What she says of the papers that she is shown, oldest week first, but for so many of the first weeks."""
        said = [0, 0]
        best = self.by_week(name for name, score in self.ranked().items() if score >= THRESHOLD)
        for names in [*best.values()][first:]:
            for name in names[:shown]:
                likes = name in self.wanted
                if sum(said) < count and (likes or said[0] < count // 2):
                    said[likes] += 1
                    yield name, 1 if likes else -1


def broad(topic: Topic) -> Topic:
    return Topic(topic.name, (BROAD[topic.name],))


def papers(judge: ModuleType, folder: Path) -> list[Paper]:
    """The papers of the lists, by the names that they have there."""
    with tempfile.TemporaryDirectory() as spare:
        found = relevance.papers(judge, folder, Path(spare) / "papers.jsonl")
    return [replace(paper, id=name) for name, paper in found.items()]


def appeared() -> dict[str, date]:
    found: dict[str, date] = {}
    for file, day in (("hf_daily_2025h1", "daily_date"), ("hf_daily", "daily_date"), ("arxiv_daily_papers", "first_listed")):
        with gzip.open(relevance.DATA / "corpus" / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                seen = date.fromisoformat(row[day])
                found[row["id"]] = min(seen, found.get(row["id"], seen))
    return found


def ndcg(order: Sequence[str], wanted: frozenset[str], at: int) -> float:
    gain = sum(1 / math.log2(place + 2) for place, name in enumerate(order[:at]) if name in wanted)
    return gain / (sum(1 / math.log2(place + 2) for place in range(min(at, len(wanted)))) or 1.0)


def figures(reader: Reader, scores: dict[str, float], after: Week) -> tuple[float, float]:
    """nDCG@20 of everything after that week, and the mean nDCG@10 of the weeks in which there was something to find."""
    rest = [name for name in scores if reader.week(name) > after]
    wanted = reader.wanted & set(rest)
    weeks = [ndcg(names, wanted & set(names), 10) for names in reader.by_week(rest).values() if wanted & set(names)]
    return ndcg(rest, wanted, 20), mean(weeks)


def measure(reader: Reader, count: int, shown: int, first: int) -> tuple[float, ...]:
    """Both figures without her votes, and both with them."""
    votes = list(reader.votes(count, shown, first))
    papers = {paper.id: paper for paper in reader.corpus.papers}
    last = max(reader.weeks[name] for name, _ in votes)
    now = datetime.combine(last + timedelta(days=7), time(8), UTC)
    cast: list[tuple[Paper, int, datetime]] = [(papers[name], vote, now - timedelta(days=7)) for name, vote in votes]
    before = figures(reader, reader.ranked(), last.isocalendar()[:2])
    after = figures(reader, reader.ranked(learn(cast, reader.corpus, now=now)), last.isocalendar()[:2])
    return (*before, *after)


def averaged(reader: Reader, count: int, shown: int, weeks: Sequence[int]) -> list[float]:
    """The same, the mean of votes that begin in each of the weeks."""
    row = [mean(column) for column in zip(*(measure(reader, count, shown, first) for first in weeks), strict=True)]
    print(f"{reader.topic.name:26}", end="")
    print(f"   nDCG@20 {row[0]:.3f} -> {row[2]:.3f} ({row[2] - row[0]:+.3f})", end="")
    print(f"   weekly nDCG@10 {row[1]:.3f} -> {row[3]:.3f} ({row[3] - row[1]:+.3f})", flush=True)
    return row


def listed(grades: Mapping[str, int]) -> frozenset[str]:
    """The papers that the maintainers filed under a topic."""
    return frozenset(name for name, grade in grades.items() if grade > 0)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--votes", type=int, default=10)
    options.add_argument("--shown", type=int, default=10)
    options.add_argument("--weeks", type=int, nargs="*", default=(0, 3, 6, 9), help="before which nobody votes")
    given = options.parse_args()
    judge = relevance.scorer()
    folder = relevance.DATA / "relevance" / "curated_lists"
    corpus, weeks, lists = Corpus.of(papers(judge, folder)), appeared(), judge.qrels(folder)
    for title, is_broad in (("as put by the maintainers", False), ("one broad keyword", True)):
        print(title)
        readers = [
            Reader(broad(topic) if is_broad else topic, listed(lists[topic.name]), corpus, weeks)
            for topic in relevance.topics(judge, folder)
        ]
        rows = [averaged(reader, given.votes, given.shown, given.weeks) for reader in readers]
        means = [mean(column) for column in zip(*rows, strict=True)]
        worst = [min(row[2 + figure] - row[figure] for row in rows) for figure in (0, 1)]
        print(f"{'mean':26}   nDCG@20 {means[0]:.3f} -> {means[2]:.3f} (worst {worst[0]:+.3f})", end="")
        print(f"   weekly nDCG@10 {means[1]:.3f} -> {means[3]:.3f} (worst {worst[1]:+.3f})\n")


if __name__ == "__main__":
    main()
