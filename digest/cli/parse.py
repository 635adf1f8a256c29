"""`digest parse`: what a source's parser finds in one saved answer."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli.options import verbose_option


@click.command(name="parse", epilog="Example: digest parse saved-feed.xml --source arxiv > papers.jsonl")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--source", required=True, metavar="NAME", help="Whose answer it is: arxiv, huggingface, biorxiv, medrxiv, feed or file."
)
@verbose_option
def command(file: Path, source: str) -> int:
    """The papers in one saved answer, as paper JSON Lines. An answer that is an error exits 1 and says which."""
    from digest.cli.output import say, tell
    from digest.sources.paperfile import write
    from digest.sources.registry import parse

    parsed = parse(source, file.read_bytes())
    for line in write(parsed.papers, parsed.sightings):
        say(line)
    tell(f"{len(parsed.papers)} papers, {len(parsed.sightings)} sightings{f' ({parsed.note})' if parsed.note else ''}")
    return 0
