"""How well topics are ranked: the figures of the relevance table, over the judged sets in PAPER_DATA.

    python benchmarks/relevance.py [SET …] [--semantic] [--runs FOLDER]

Ranks each set's papers for each of its topics exactly as `digest rank` does and scores the order with the `evaluate.py` that
lies beside the data (`../tools`). `--semantic` ranks them once more with the extra `semantic` switched on. `--runs` keeps the runs
in TREC format.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from types import ModuleType

from digest.embedding import WordEmbedder
from digest.model import Paper, Topic
from digest.selection.corpus import Corpus
from digest.selection.match import rank
from digest.selection.semantic import Embedder, Neighbours
from digest.sources import paperfile

DATA = Path(os.environ.get("PAPER_DATA", Path(__file__).parents[2] / "shared" / "data"))
SETS = ("author_keywords", "csfcube", "curated_lists", "doris_mae_best")
FIGURES = ("nDCG@10", "nDCG@20", "MAP", "MRR", "R@50", "R@200", "AUC")


def scorer() -> ModuleType:
    """The judge's own program as a module."""
    path = DATA.parent / "tools" / "evaluate.py"
    if not path.exists():
        sys.exit(f"{path} is missing: set PAPER_DATA to the folder with the data, beside which the tools lie")
    spec = importlib.util.spec_from_file_location("evaluate", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def topics(judge: ModuleType, folder: Path) -> list[Topic]:
    return [
        Topic(p["topic_id"], tuple(p.get("keywords", ())), p.get("text") or ("" if p.get("keywords") else p["name"]))
        for p in judge.profiles(folder)
    ]


def papers(judge: ModuleType, folder: Path, spare: Path) -> dict[str, Paper]:
    """The papers of a set by the names that it gives them, read from a paper file as `digest rank` would."""
    spare.write_text("".join(json.dumps(each) + "\n" for each in judge.pool(folder)), encoding="utf-8")
    return {row.name: row.paper for row in paperfile.read(spare).rows}


def run(judge: ModuleType, folder: Path, path: Path, embedder: Embedder | None) -> float:
    """Write the run of one set; answers the seconds that indexing and ranking took."""
    pool, asked = papers(judge, folder, path.with_suffix(".jsonl")), topics(judge, folder)
    names = {paper.id: name for name, paper in pool.items()}
    began = time.perf_counter()
    corpus = Corpus.of(pool.values())
    if embedder:
        corpus.neighbours = Neighbours.of(corpus.candidates, embedder)
    ranked = {topic.name: rank(topic, corpus) for topic in asked}
    seconds = time.perf_counter() - began
    with path.open("w", encoding="utf-8") as out:
        for name, matches in ranked.items():
            for place, match in enumerate(matches, 1):
                out.write(f"{name}\tQ0\t{names[match.paper.id]}\t{place}\t{match.relevance:.6f}\tdigest\n")
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sets", nargs="*", default=SETS)
    options.add_argument("--semantic", action="store_true")
    options.add_argument("--runs", type=Path)
    given = options.parse_args()
    judge = scorer()
    ways = {"": None, " semantic": WordEmbedder()} if given.semantic else {"": None}
    wide = max(len(name + way) for name in given.sets for way in ways)
    print(f"{'':{wide}}", *(f"{each:>8}" for each in FIGURES), f"{'seconds':>8}")
    with tempfile.TemporaryDirectory() as spare:
        folder = given.runs or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        for name, (way, embedder) in product(given.sets, ways.items()):
            judged, path = DATA / "relevance" / name, folder / f"{name}{way.replace(' ', '.')}.trec"
            seconds = run(judge, judged, path, embedder)
            result = judge.score(judged, path)
            print(f"{name + way:{wide}}", *(f"{result[each]:8.4f}" for each in FIGURES), f"{seconds:8.1f}", flush=True)


if __name__ == "__main__":
    main()
