"""The papers that met a topic, kept small: names and scores; a match with its reasons is made when somebody looks at it. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, overload

from digest.model import Hit, Match, Paper, Topic
from digest.selection.corpus import newest_first


class Source(Protocol):
    """What knows more of the papers that met a topic, by name."""

    def paper(self, name: str) -> Paper: ...

    def hits(self, name: str) -> tuple[Hit, ...]: ...

    def theme(self, name: str) -> str: ...


class Matches(Sequence[Match]):
    """Best first. `scores` holds the relevance by name of the paper in that order, `followed` whom she follows of its authors."""

    __slots__ = ("_source", "followed", "scores", "topic")

    def __init__(self, topic: Topic, scores: Mapping[str, float], followed: Mapping[str, str], source: Source) -> None:
        self.topic, self.scores, self.followed, self._source = topic, scores, followed, source

    @classmethod
    def of(cls, matches: Iterable[Match]) -> Matches:
        """Of matches that are there already, in whatever order; of equals the newest comes first, and then the name decides."""
        best_first = sorted(matches, key=lambda each: (-each.relevance, *newest_first(each.paper)))
        made = {each.paper.id: each for each in best_first}
        topic = next((each.topic for each in made.values()), Topic(""))
        scores = {name: each.relevance for name, each in made.items()}
        return cls(topic, scores, {name: each.followed for name, each in made.items() if each.followed}, _Ready(made))

    def of_topic(self, topic: Topic) -> Matches:
        """The same answer for a topic that differs only in its label or weight."""
        return Matches(topic, self.scores, self.followed, self._source)

    def match(self, name: str) -> Match:
        """The match of the paper of that name."""
        return Match(self._source.paper(name), self.topic, self.scores[name], self.hits(name), self.followed.get(name, ""))

    def hits(self, name: str) -> tuple[Hit, ...]:
        """Why it met the topic, found out once for everybody."""
        return self._source.hits(name)

    def theme(self, name: str) -> str:
        """What it is about beside the topic, as the name of the first paper that is about the same."""
        return self._source.theme(name)

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
class _Ready:
    """Matches that were made before, each of a theme of its own."""

    made: Mapping[str, Match]

    def paper(self, name: str) -> Paper:
        return self.made[name].paper

    def hits(self, name: str) -> tuple[Hit, ...]:
        return self.made[name].hits

    def theme(self, name: str) -> str:
        return name


NO_MATCHES = Matches.of(())


@dataclass(frozen=True, slots=True)
class Matched:
    """The papers above the threshold, best first, and how to find those below it that come nearest: on most days nobody asks."""

    matches: Matches = NO_MATCHES
    nearest: Callable[[], Matches] = field(default=lambda: NO_MATCHES, compare=False)

    @property
    def near(self) -> Matches:
        """Of those below the threshold the nearest of each day, nearest first, if they say anything of the topic."""
        return self.nearest()

    @property
    def near_miss(self) -> Match | None:
        return next(iter(self.near), None)

    def of_topic(self, topic: Topic) -> Matched:
        return Matched(self.matches.of_topic(topic), lambda: self.nearest().of_topic(topic))


NOTHING_MATCHED = Matched()
