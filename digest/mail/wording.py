"""A paper in words: what the templates say of it, safe to print, in her language. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from html import escape
from math import ceil

from digest.mail.catalogue import Language
from digest.mail.links import safe_link
from digest.model import Hit, Item, Paper, Trend
from digest.text import one_line, shorten

AUTHORS_SHOWN = 4                          #: so many names are all given; of more, the first three
TERMS_SHOWN = 3                            #: for each kind of reason
_BARS = "▁▂▃▄▅▆▇"                         # a full block would touch the line above
_BARS_SHOWN = 8
_LONGEST_TERM = 60
_FAINT = 0.1                               # of the strongest term of its kind; what adds less is no reason to name
#: Reasons in the order of what they are worth to her: the first of a group that there is stands for the group.
_DIRECT = ("author", "match", "like", "learned")
_OTHERWISE = ("semantic", "related", "near", "category", "trending")
_ENDING = r"\w{0,3}"                       # terms are stems: "operator" also marks "operators"
_GAP = r"[\s\-\u2010-\u2013]+"             # spaces, hyphens and short dashes; as a range a pattern is made in half the time


class Length(IntEnum):
    """How many characters of the abstract are shown."""

    LONG = 440
    SHORT = 280
    NONE = 0


@dataclass(frozen=True, slots=True)
class Badge:
    """One figure about a paper: as it is drawn, and as it is said."""

    kind: str                              #: upvotes, stars, comments, category, date
    drawn: str
    said: str
    gain: str = ""                         #: "+12 today", "" = none
    bars: str = ""                         #: a sparkline of block characters


@dataclass(frozen=True, slots=True)
class Anchor:
    kind: str
    label: str
    url: str


def paper_values(item: Item, summary: tuple[str, bool], length: Length, words: Language) -> dict[str, object]:
    """What a paper's template may use; every text is one clean line, and what ends in `_html` is escaped and marked."""
    paper = item.paper
    title, line = one_line(paper.title) or paper.id, one_line(summary[0])
    terms = matched_terms(item)
    abstract = _excerpt(one_line(paper.abstract), length, said=line, terms=() if _mentions(f"{title} {line}", terms) else terms)
    followed = tuple(hit.term for hit in item.why if hit.kind == "author")
    figures = badges(item, words)
    return {
        "title": title,
        "url": safe_link(paper.url),
        "authors": authors(paper, followed, words),
        "summary": line,
        "summary_html": marked_terms(line, terms),
        "summary_label": words.say("paper.tldr" if summary[1] else "paper.key_sentence"),
        "abstract": abstract,
        "abstract_html": marked_terms(abstract, terms),
        "why": why(item, words),
        "badges": figures,
        "figures": " · ".join(" ".join(filter(None, (badge.said, badge.bars))) for badge in figures),
        "anchors": anchors(paper, words),
        "withdrawn": paper.withdrawn,
        "folded": words.say("paper.folded", n=len(item.folded)) if item.folded else "",
    }


def _excerpt(abstract: str, length: Length, *, said: str, terms: tuple[str, ...]) -> str:
    """Some of the abstract without the sentence that was just said: its beginning, or from the sentence that has one of `terms`."""
    if not length:
        return ""
    before, _, after = abstract.partition(said) if said else (abstract, "", "")
    rest = f"{before.strip()} … {after.strip()}".strip("… ") if before.strip() else after.strip()
    start = _sentence_with(terms, rest)
    return f"{'… ' if start else ''}{_whole_sentences(rest[start:].removeprefix('… '), length)}"


def _sentence_with(terms: tuple[str, ...], text: str) -> int:
    """Where the first sentence with one of the terms begins, 0 when there is none."""
    pattern = _pattern(terms)
    found = pattern.search(text) if pattern else None
    return text.rfind(". ", 0, found.start()) + 2 if found and ". " in text[: found.start()] else 0


def _whole_sentences(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    whole = text.rfind(". ", 0, length)
    return f"{text[: whole + 1]}\u00a0…" if whole > length * 2 // 3 else shorten(text, length)


def authors(paper: Paper, followed: Iterable[str], words: Language) -> str:
    """All names up to a few; of more the first ones, those whom she follows, and how many others there are."""
    names = [one_line(name) for name in paper.authors]
    if len(names) <= AUTHORS_SHOWN:
        return ", ".join(names)
    wanted = {name.casefold() for name in followed}
    shown = [shorten(name, 60) for place, name in enumerate(names) if place < AUTHORS_SHOWN - 1 or name.casefold() in wanted][:8]
    others = words.say("paper.more_authors", n=len(names) - len(shown))
    return f"{', '.join(shown)} {others}"


def why(item: Item, words: Language) -> str:
    """The reasons in words, what she asked for before what we inferred, "" when there is none to name.

    Only what stands in the title or the abstract is said to be mentioned there; a keyword that was met in part is said to be near.
    """
    terms = {kind: _terms(item.why, kind) for kind in (*_DIRECT, *_OTHERWISE)}
    terms["match"] = list(matched_terms(item))
    terms["near"] = _terms(item.why, "keyword")[:1]
    if _sum(item.why, "semantic") < _sum(item.why, "related"):
        terms["semantic"] = []
    direct = [kind for kind in _DIRECT if terms[kind]]
    otherwise = [kind for kind in _OTHERWISE if terms[kind]][:1]
    if (direct or otherwise) == ["trending"]:
        return _popularity(item.trend, words)
    return "; ".join(_reason(kind, terms[kind], words) for kind in direct or otherwise)


def _popularity(trend: Trend | None, words: Language) -> str:
    """How it came to be talked about, in figures where there are any."""
    if trend is None or not trend.upvotes:
        return words.say("why.trending")
    return words.say("why.votes", n=max(1, ceil(trend.age_days)), votes=words.number(trend.upvotes))


def matched_terms(item: Item) -> tuple[str, ...]:
    """Her keywords that the paper mentions, the strongest first; if it mentions none, the words of her text."""
    text = f"{item.paper.title} {item.paper.abstract} {item.paper.summary}"
    hits = [hit for hit in item.why if hit.kind in {"keyword", "text"} and _mentions(text, (hit.term[:_LONGEST_TERM],))]
    return tuple(_terms(hits, "keyword") or _terms(hits, "text"))


def _mentions(text: str, terms: tuple[str, ...]) -> bool:
    pattern = _pattern(terms)
    return bool(pattern and pattern.search(text))


def _reason(kind: str, terms: list[str], words: Language) -> str:
    bare = [term.rstrip("*") for term in terms]
    named = words.listed(bare if kind in {"author", "category"} else [words.quoted(term) for term in bare])
    return words.say(f"why.{kind}", terms=named, names=named)


def _terms(hits: Iterable[Hit], kind: str) -> list[str]:
    """The strongest terms of that kind, none of which says less than another one."""
    met = sorted((hit for hit in hits if hit.kind == kind and hit.contribution >= 0), key=lambda hit: -hit.contribution)
    loud = [hit for hit in met if hit.contribution >= _FAINT * met[0].contribution]
    terms = list(dict.fromkeys(shorten(one_line(hit.term), _LONGEST_TERM) or hit.kind for hit in loud))
    return [term for term in terms if not any(_says_more(other, term) for other in terms)][:TERMS_SHOWN]


def _sum(hits: Iterable[Hit], kind: str) -> float:
    return sum(hit.contribution for hit in hits if hit.kind == kind)


def _says_more(longer: str, term: str) -> bool:
    return longer != term and f" {term} ".casefold() in f" {longer} ".replace("-", " ").casefold()


def badges(item: Item, words: Language) -> list[Badge]:
    """Figures that mean something; what is unknown is left out, and so are zeros."""
    found = _trend_badges(item.trend, words) if item.trend else []
    if item.paper.categories:
        category = one_line(item.paper.categories[0])
        found.append(Badge("category", category, category))
    if item.paper.published:
        day = words.day_and_month(item.paper.published.date())
        found.append(Badge("date", day, day))
    return found


def _trend_badges(trend: Trend, words: Language) -> list[Badge]:
    found = []
    if trend.upvotes:
        gain = words.say("paper.gain", n=trend.gain) if trend.gain and trend.gain > 0 else ""
        said = words.say("paper.upvotes", n=trend.upvotes) + (f", {gain}" if gain else "")
        found.append(Badge("upvotes", f"▲ {words.number(trend.upvotes)}", said, gain, sparkline(trend.history)))
    if trend.stars:
        found.append(Badge("stars", f"★ {words.number(trend.stars)}", words.say("paper.stars", n=trend.stars)))
    if trend.comments:
        said = words.say("paper.comments", n=trend.comments)
        found.append(Badge("comments", said, said))
    return found


def sparkline(history: tuple[int, ...]) -> str:
    """Upvotes over time as block characters, the newest last; "" for fewer than three sightings or where nothing moved."""
    shown = history[-_BARS_SHOWN:]
    if len(shown) < 3 or min(shown) == max(shown):
        return ""
    low, span = min(shown), max(shown) - min(shown)
    return "".join(_BARS[(value - low) * (len(_BARS) - 1) // span] for value in shown)


def anchors(paper: Paper, words: Language) -> list[Anchor]:
    """The links of a paper that it has, each address once."""
    given = (
        ("abstract", paper.url),
        ("pdf", paper.pdf_url),
        ("code", paper.code_url),
        ("project", paper.project_url),
        ("discussion", paper.discussion_url),
    )
    safe = [(kind, safe_link(url)) for kind, url in given]
    first = {url: kind for kind, url in reversed(safe) if url}
    return [Anchor(kind, words.say(f"paper.{kind}"), url) for kind, url in safe if url and first[url] == kind]


def marked_terms(text: str, terms: tuple[str, ...]) -> str:
    """`text` as HTML with every term that was met in bold, escaped."""
    pattern = _pattern(terms)
    if not pattern:
        return escape(text)
    parts = pattern.split(text)
    return "".join(f'<b class="hit">{escape(part)}</b>' if place % 2 else escape(part) for place, part in enumerate(parts))


@lru_cache(maxsize=4096)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    choices = sorted({_loosely(term) for term in terms if term.strip("* ")}, key=lambda choice: (-len(choice), choice))
    return re.compile(rf"(?<!\w)((?:{'|'.join(choices)}))(?!\w)", re.IGNORECASE) if choices else None


def _loosely(term: str) -> str:
    """A term as a pattern: any hyphen or space between its words, each in singular or plural; `PINN*` any continuation."""
    words = re.split(_GAP, term.strip().rstrip("*").strip("-‐‑‒– ")) or [""]
    if not term.rstrip().endswith("*"):
        return _GAP.join(map(_inflected, words))
    *first, last = words
    return _GAP.join([*map(_inflected, first), re.escape(last) + r"\w*"])


def _inflected(word: str) -> str:
    stem = word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
    return re.escape(stem) + (_ENDING if len(word) > 3 else "")
