"""`digest rank`: a paper file ranked for every topic of a subscriber file, each topic by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from digest.cli.options import verbose_option


@click.command(name="rank", epilog="Example: digest rank --profiles alice.yaml --papers papers.jsonl --format table --limit 10")
@click.option("--profiles", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A subscriber YAML.")
@click.option("--papers", "file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A paper file.")
@click.option("--limit", type=click.IntRange(min=1), help="How many papers a topic; default: all.")
@click.option("--format", "form", type=click.Choice(["trec", "jsonl", "table"]), default="trec", show_default=True)
@verbose_option
def command(profiles: Path, file: Path, limit: int | None, form: str) -> int:
    """Rank a paper file for every topic: no threshold, nothing left out as already sent, background = the file."""
    from digest.cli import house
    from digest.cli.output import complain_all, progress, say
    from digest.cli.papers import read_papers
    from digest.selection.corpus import Corpus
    from digest.selection.match import rank
    from digest.selection.semantic import Neighbours
    from digest.subscription.roster import read_topics

    papers, names, _, faults = read_papers(file)
    topics = read_topics(profiles)
    corpus = Corpus.of(papers)
    if embedder := house.embedder(house.settings()):
        corpus.neighbours = Neighbours.of(corpus.candidates, embedder)
    liked = {alias: paper for paper in papers for alias in paper.aliases}
    write = {"trec": _trec, "jsonl": _jsonl, "table": _table}[form]
    with progress() as bar:
        for topic in bar.track(topics, description="ranking"):
            matches = rank(topic, corpus, liked=[liked[name] for name in topic.like if name in liked])
            for line in write(topic, matches[:limit], names):
                say(line)
    return complain_all(faults)


Writer = Callable[[Any, Any, dict[str, str]], Iterator[str]]


def _trec(topic: Any, matches: Any, names: dict[str, str]) -> Iterator[str]:
    """The six columns of the Text Retrieval Conference's run files (trec_eval's README), tab-separated."""
    label = " ".join(topic.name.split())
    for place, each in enumerate(matches, 1):
        yield "\t".join((label, "Q0", names[each.paper.id], str(place), f"{each.relevance:.6f}", "digest"))


def _jsonl(topic: Any, matches: Any, names: dict[str, str]) -> Iterator[str]:
    import json

    for place, each in enumerate(matches, 1):
        why = [{"kind": hit.kind, "term": hit.term, "field": hit.field, "contribution": hit.contribution} for hit in each.hits]
        row = {
            "topic": topic.name,
            "rank": place,
            "id": names[each.paper.id],
            "title": each.paper.title,
            "score": each.relevance,
            "why": why,
        }
        yield json.dumps(row, ensure_ascii=False)


def _table(topic: Any, matches: Any, names: dict[str, str]) -> Iterator[str]:
    """A line for each paper, and the words that met it."""
    yield topic.name
    for place, each in enumerate(matches, 1):
        words = ", ".join(dict.fromkeys(hit.term for hit in each.hits if hit.term and hit.kind != "semantic"))
        line = f"{place:5d}  {each.relevance:8.3f}  {names[each.paper.id]:12}  {each.paper.title}"
        yield line + (f"  ({words[:80]})" if words else "")
    yield ""
