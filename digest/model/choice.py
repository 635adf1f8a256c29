"""What was chosen, and why: from the match of a paper with a topic to a whole digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from digest.model.papers import Paper
from digest.model.people import Subscriber, Topic

HIT_KINDS = ("keyword", "text", "related", "author", "category", "like", "learned", "semantic", "trending", "rest")


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason: a term of the topic met the paper in a field and added `contribution` to its score."""

    kind: str                              #: one of HIT_KINDS
    term: str
    field: str = ""                        #: title, abstract, authors, categories or ""
    contribution: float = 0.0


class Reasons(tuple[Hit, ...]):
    """Hits, as those of one match stand in many digests: what is looked up by them in each need reckon their hash but once."""

    _hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = super().__hash__()
        return self._hash

    def __reduce__(self) -> tuple[type[Reasons], tuple[tuple[Hit, ...]]]:
        """What makes it anew in another process, where texts have other hashes."""
        return Reasons, (tuple(self),)


@dataclass(frozen=True, slots=True)
class Match:
    """A paper met a topic. The contributions of its hits sum to its relevance."""

    paper: Paper
    topic: Topic
    relevance: float
    hits: tuple[Hit, ...] = ()
    followed: str = ""                     #: the followed author who is on it, "" = none


@dataclass(frozen=True, slots=True)
class Trend:
    """How much a paper is talked about, with every part of the score. None is unknown, which is not zero."""

    score: float
    upvotes: int | None = None
    gain: int | None = None                #: upvotes since about a day ago
    comments: int | None = None
    stars: int | None = None
    stars_gain: int | None = None
    age_days: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()  #: name and value of each part, in the order in which they are combined
    history: tuple[int, ...] = ()          #: upvotes at successive sightings, oldest first, for the sparkline


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a digest with its reasons."""

    number: int                            #: from 1, through all sections
    paper: Paper
    score: float
    why: tuple[Hit, ...] = ()
    trend: Trend | None = None
    topic: str = ""                        #: the name of the topic it stands for, "" in the trending section
    folded: tuple[str, ...] = ()           #: names of near-duplicates that this item stands for


class SectionKind(StrEnum):
    AUTHOR = "author"
    TOPIC = "topic"
    TRENDING = "trending"


@dataclass(frozen=True, slots=True)
class Section:
    """Items under one heading; `title` is the topic's name, or "" where the kind says it all."""

    kind: SectionKind
    title: str
    items: tuple[Item, ...]


class EmptyReason(StrEnum):
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SOURCE_DOWN = "source_down"
    NOTHING_NEW = "nothing_new"
    NOTHING_MATCHED = "nothing_matched"


class Remark(str):
    """A sentence to her: in English, and what is needed to say it in another language (`Language.remark`).

    `kind` names the sentence; `parts` are its values by name, days and moments in ISO form. In a remark on silent days they are
    reasons (an EmptyReason, or words where none is known) with the days of each.
    """

    kind: str
    parts: tuple[tuple[str, str], ...]

    def __new__(cls, text: str, *, kind: str, parts: tuple[tuple[str, str], ...] = ()) -> Remark:
        made = super().__new__(cls, text)
        made.kind, made.parts = kind, parts
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """What makes it anew in another process."""
        return (str(self),), {"kind": self.kind, "parts": self.parts}


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing to say, in one honest sentence, with the best paper that fell short of the threshold if there is one."""

    reason: EmptyReason
    text: str                              #: a Remark where it can be said in other languages
    near_miss: Item | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one digest: papers that were candidates, that met a topic, that are shown."""

    new: int = 0
    matched: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """One subscriber's selection for one local date, or the honest reason why it is empty."""

    subscriber: Subscriber
    date: date
    sections: tuple[Section, ...] = ()
    counts: Counts = field(default_factory=Counts)
    empty: Empty | None = None
    silence: str = ""                      #: one line (a Remark) on the days without mail since her last digest, "" = none were
    notes: tuple[str, ...] = ()            #: what else she should know (Remarks): "No popularity signal for your field."

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)
