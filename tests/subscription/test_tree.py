"""What `<<` brings into a mapping, as in https://yaml.org/type/merge.html."""

from __future__ import annotations

from digest.subscription.tree import List, Map, Node, Place, Text

HERE = Place()


def text(value: str) -> Text:
    return Text(value, HERE)


def mapping(*pairs: tuple[str, Node]) -> Map:
    return Map([(text(key), value) for key, value in pairs], HERE)


def merged(node: Map) -> list[tuple[str, str]]:
    return [(key.value, value.value) for key, value in node.merged() if isinstance(value, Text)]


def test_its_own_keys_come_before_those_it_is_brought() -> None:
    base = mapping(("a", text("1")), ("b", text("2")))
    assert merged(mapping(("<<", base), ("b", text("3")))) == [("a", "1"), ("b", "3")]


def test_of_several_the_first_counts() -> None:
    one, two = mapping(("a", text("1"))), mapping(("a", text("2")), ("b", text("2")))
    assert merged(mapping(("<<", List([one, two], HERE)))) == [("a", "1"), ("b", "2")]


def test_merging_goes_on_through_what_is_merged() -> None:
    deepest = mapping(("a", text("1")))
    assert merged(mapping(("<<", mapping(("<<", deepest), ("b", text("2")))))) == [("a", "1"), ("b", "2")]


def test_a_key_that_stands_twice_stays_twice_so_that_it_is_noticed() -> None:
    assert merged(mapping(("a", text("1")), ("a", text("2")))) == [("a", "1"), ("a", "2")]
