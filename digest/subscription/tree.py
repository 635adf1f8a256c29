"""What a subscriber file holds before anybody asks what it means: texts, lists and mappings, each with its place in the file.

Every scalar stays the text that the admin wrote, so `08:30`, `2026-12-01`, `2010.08890` and `NO` mean what they say: nothing is
guessed to be a number of base 60, a date, a fraction or a truth value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, counted from 1."""

    line: int = 1
    column: int = 1


@dataclass(slots=True)
class Text:
    """A scalar. `plain` is False where it stood in quotes or in a block: then it is never a number, and never nothing."""

    value: str
    place: Place
    plain: bool = True

    @property
    def empty(self) -> bool:
        """Nothing was written: YAML's null."""
        return self.plain and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class List:
    items: list[Node]
    place: Place


@dataclass(slots=True)
class Map:
    pairs: list[tuple[Text, Node]]
    place: Place

    def merged(self) -> Iterator[tuple[Text, Node]]:
        """The pairs, and those that `<<: *anchor` brings and the mapping itself does not name."""
        named = {key.value for key, _ in self.pairs}
        for key, value in self.pairs:
            if key.value != "<<" or not key.plain:
                yield key, value
                continue
            for each in value.items if isinstance(value, List) else [value]:
                brought = list(each.merged()) if isinstance(each, Map) else []
                yield from (pair for pair in brought if pair[0].value not in named)
                named |= {pair[0].value for pair in brought}


Node: TypeAlias = Text | List | Map


def kind(node: Node) -> str:
    """What a person calls it."""
    if isinstance(node, Text):
        return "nothing" if node.empty else "a text"
    return "a list" if isinstance(node, List) else "a mapping"
