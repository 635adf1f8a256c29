"""The papers that met a topic, kept small: names and scores; a match with its reasons is made when somebody looks at it. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

from digest.model import Hit, Match, Paper, Topic

Made = Callable[[str], Match]


class Matches(Sequence[Match]):
    """Best first. `scores` holds the relevance by name of the paper in that order, `followed` whom she follows of its authors.

    Matches are made once and remembered, so that everybody who is shown a paper under the same topic shares its reasons.
    """

    __slots__ = ("_known", "_make", "_order", "followed", "scores", "topic")

    def __init__(self, topic: Topic, scores: Mapping[str, float], followed: Mapping[str, str], make: Made) -> None:
        self.topic, self.scores, self.followed = topic, scores, followed
        self._make = make
        self._known: dict[str, Match] = {}
        self._order: tuple[str, ...] | None = None

    @classmethod
    def of(cls, matches: Iterable[Match]) -> Matches:
        """Of matches that are there already."""
        made = {each.paper.id: each for each in matches}
        first = next(iter(made.values()), None)
        scores = {name: each.relevance for name, each in made.items()}
        followed = {name: each.followed for name, each in made.items() if each.followed}
        return cls(first.topic if first else Topic(""), scores, followed, made.__getitem__)

    def of_topic(self, topic: Topic) -> Matches:
        """The same answer for a topic that differs only in its label or weight."""
        return Matches(topic, self.scores, self.followed, lambda name: replace(self.match(name), topic=topic))

    def match(self, name: str) -> Match:
        """The match of the paper of that name."""
        if (known := self._known.get(name)) is None:
            known = self._known[name] = self._make(name)
        return known

    def paper(self, name: str) -> Paper:
        return self.match(name).paper

    def hits(self, name: str) -> tuple[Hit, ...]:
        return self.match(name).hits

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Match]:
        return map(self.match, self.scores)

    @overload
    def __getitem__(self, place: int) -> Match: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Match, ...]: ...
    def __getitem__(self, place: int | slice) -> Match | tuple[Match, ...]:
        names = tuple(self.scores)
        return tuple(map(self.match, names[place])) if isinstance(place, slice) else self.match(names[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self.topic, tuple(self.scores)))


@dataclass(frozen=True, slots=True)
class Matched:
    """The papers above the threshold, best first, and of those below it the best, if it says anything of the topic."""

    matches: Matches = field(default_factory=lambda: Matches.of(()))
    near: Matches = field(default_factory=lambda: Matches.of(()))

    @property
    def near_miss(self) -> Match | None:
        return next(iter(self.near), None)

    def of_topic(self, topic: Topic) -> Matched:
        return Matched(self.matches.of_topic(topic), self.near.of_topic(topic))
