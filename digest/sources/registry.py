"""From the words of DIGEST_SOURCES to sources, and from a source's name to its parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from digest import identity
from digest.errors import ConfigError, nearest, quoted
from digest.sources import arxiv, biorxiv, feed, huggingface, links, paperfile
from digest.sources.source import PUBLIC, Parsed, Source, SourceUrls

KINDS = ("arxiv", "huggingface", "biorxiv", "medrxiv", "feed", "file")
SETTING = "DIGEST_SOURCES"


def build(specification: str, urls: SourceUrls = PUBLIC) -> tuple[Source, ...]:
    """The sources that a specification names: `arxiv:cs.LG+cs.CL,huggingface,feed:https://…`.

    Raises ConfigError with the key DIGEST_SOURCES for a word that is not known, the nearest known one beside it.
    """
    sources = [_source(word.strip(), urls) for word in specification.split(",") if word.strip()]
    if not sources:
        raise ConfigError("no source is named; write for example arxiv:cs.LG,huggingface", key=SETTING)
    names = [each.name for each in sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{name} stands there twice; join its parts with +, as in arxiv:cs.LG+cs.CL", key=SETTING)
    return tuple(sources)


def parse(source: str, body: bytes, *, at: datetime | None = None) -> Parsed:
    """The papers in one saved answer of a source, whichever of its forms it has; sightings count as made at `at`.

    Raises SourceError for an answer that is an error, and ConfigError for a source that nobody knows.
    """
    kind = source.partition(":")[0].strip().lower()
    if kind not in KINDS:
        raise ConfigError(f"{quoted(kind)} is no source{nearest(kind, KINDS)}; known are {', '.join(KINDS)}", key="--source")
    return _PARSERS[kind](body, at)


_PARSERS: dict[str, Callable[[bytes, datetime | None], Parsed]] = {
    "arxiv": lambda body, at: arxiv.parse(body),
    "huggingface": lambda body, at: huggingface.parse(body, at=at),
    "biorxiv": lambda body, at: biorxiv.parse(body, source="biorxiv"),
    "medrxiv": lambda body, at: biorxiv.parse(body, source="medrxiv"),
    "feed": lambda body, at: feed.parse(body),
    "file": lambda body, at: paperfile.parse(body, at=at),
}


def _source(word: str, urls: SourceUrls) -> Source:
    kind, _, argument = word.partition(":")
    kind, argument = kind.strip(), argument.strip()
    if kind == "arxiv":
        return arxiv.Arxiv(_categories(argument), urls)
    if kind == "huggingface":
        if argument:
            raise ConfigError(f"huggingface takes nothing behind it; leave out {quoted(argument)}", key=SETTING)
        return huggingface.HuggingFace(urls)
    if kind in ("biorxiv", "medrxiv"):
        wanted = tuple(each.strip().lower().replace("_", " ") for each in argument.split("+") if each.strip())
        return biorxiv.Biorxiv(kind, () if wanted == ("all",) else wanted, urls)
    if kind == "feed":
        if not links.web(argument):
            raise ConfigError(f"feed: needs a web address behind it, and {quoted(argument)} stands there", key=SETTING)
        return feed.Feed(argument)
    if kind == "file":
        if not argument:
            raise ConfigError("file: needs a path behind it, as in file:papers.jsonl", key=SETTING)
        return paperfile.FileSource(Path(argument))
    raise ConfigError(f"{quoted(kind)} is no source{nearest(kind, KINDS)}; known are {', '.join(KINDS)}", key=SETTING)


def _categories(argument: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(each.strip() for each in argument.split("+") if each.strip()))
    if not words:
        raise ConfigError("arxiv: needs categories behind it, as in arxiv:cs.LG+stat.ML", key=SETTING)
    try:
        return tuple(identity.arxiv_category(word) for word in words)
    except ValueError as error:
        raise ConfigError(str(error), key=SETTING) from None
