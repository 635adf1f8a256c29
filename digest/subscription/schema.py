"""Every key of a subscriber file: how it is read, what an editor may know of it, what it is for. One table, two uses.

`read` turns a tree (`digest.subscription.tree`) into subscribers and collects every fault with its place; `json_schema` turns the
same table into the JSON Schema that ships beside the example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, NamedTuple

from digest import when
from digest.errors import ConfigError, nearest, quoted
from digest.model import WEEKDAYS, Layout, Subscriber, Topic, WhenEmpty
from digest.subscription import words
from digest.subscription.tree import List, Map, Node, Place, Text, kind

TOPICS_MOST = 100        #: of one person
ITEMS_MOST = 500         #: of one list inside a topic
PAPERS_MOST = 100        #: of one mail


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a subscriber gets who says nothing else; the settings of the same names."""

    timezone: str = "UTC"
    send_at: time = time(8)
    language: str = "en"


class Entry(NamedTuple):
    """A subscriber, and where her address stands."""

    subscriber: Subscriber
    place: Place


@dataclass(slots=True)
class Report:
    """The faults of one file, in the order in which they were found."""

    file: str
    topics_most: int = TOPICS_MOST
    faults: list[ConfigError] = field(default_factory=list)

    def fault(self, at: Node | Place, key: str, message: str) -> None:
        place = at if isinstance(at, Place) else at.place
        self.faults.append(ConfigError(message, where=f"{self.file}:{place.line}:{place.column}", key=key))


#: Reads the value of the key with this dotted path; after a fault, which it reports, what it returns is not used.
Reader = Callable[[Node, str, Report], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: how it is read, its JSON Schema, one sentence for people."""

    read: Reader
    schema: Mapping[str, Any]
    about: str
    required: bool = False


# --- Shapes --------------------------------------------------------------------------------------------------------------


def scalar(parse: Callable[[str], Any], *, example: str, bare: bool = False) -> Reader:
    """A single value; `bare` ones (numbers) must not stand in quotes."""

    def read(node: Node, path: str, report: Report) -> Any:
        if not isinstance(node, Text) or node.empty:
            return report.fault(node, path, f"{kind(node)} stands here; write one value, like {example}, or leave the key out")
        if bare and not node.plain:
            return report.fault(node, path, f"{quoted(node.value)} stands in quotes; write {example} without them")
        try:
            return parse(node.value)
        except ValueError as error:
            return report.fault(node, path, str(error))

    return read


def listed(parse: Callable[[str], Any], *, example: str) -> Reader:
    """A list of values, in order, without repeats; may be empty."""
    one = scalar(parse, example=example)

    def read(node: Node, path: str, report: Report) -> tuple[Any, ...]:
        if not isinstance(node, List):
            hint = f"[{quoted(node.value)[1:-1]}]" if isinstance(node, Text) and not node.empty else f"[{example}]"
            report.fault(node, path, f"{kind(node)} stands here; write a list, like {hint}")
            return ()
        if len(node.items) > ITEMS_MOST:
            report.fault(node.items[ITEMS_MOST], path, f"the list has {len(node.items)} entries; write at most {ITEMS_MOST}")
            return ()
        return tuple(dict.fromkeys(one(item, path, report) for item in node.items))

    return read


def mapping(node: Node, keys: Mapping[str, Key], path: str, report: Report) -> dict[str, Any] | None:
    """The values of a mapping, or None when it, or anything in it, has a fault."""
    before = len(report.faults)
    if not isinstance(node, Map):
        report.fault(node, path, f"{kind(node)} stands here; write 'key: value' lines, first of all {next(iter(keys))}")
        return None
    seen: dict[str, Place] = {}
    values: dict[str, Any] = {}
    for name, value in node.merged():
        full = ".".join(part for part in (path, quoted(name.value)[1:-1]) if part)
        if name.value not in keys:
            report.fault(name, full, f"no such key{nearest(name.value.lower(), keys) or '; write one of ' + ', '.join(keys)}")
        elif name.value in seen:
            report.fault(name, full, f"the key stands in line {seen[name.value].line} already; keep one of them")
        else:
            seen[name.value] = name.place
            values[name.value] = keys[name.value].read(value, full, report)
    for missing in (name for name, key in keys.items() if key.required and name not in seen):
        report.fault(node, ".".join(part for part in (path, missing) if part), "the key is missing; add it")
    return values if len(report.faults) == before else None


# --- Topics and days -----------------------------------------------------------------------------------------------------

_WORD = {"type": "string", "maxLength": words.KEYWORD_MOST, "pattern": r"[^\s*]"}
_NAME = {"type": "string", "maxLength": words.NAME_MOST, "pattern": r"\S"}


def _several(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(item), "maxItems": ITEMS_MOST}


TOPIC: Mapping[str, Key] = {
    "name": Key(
        scalar(words.named("a name"), example="Neural operators"),
        _NAME,
        "A label; it is searched for only when the topic has no keywords, text or like.",
        required=True,
    ),
    "keywords": Key(
        listed(words.keyword, example="neural operator"), _several(_WORD), "Words, phrases, or the beginning of words: PINN*."
    ),
    "text": Key(
        scalar(words.free_text, example="Learned solvers for partial differential equations."),
        {"type": "string", "maxLength": words.TEXT_MOST},
        "What she is after, in free words.",
    ),
    "exclude": Key(
        listed(words.keyword, example="survey"), _several(_WORD), "No paper of this topic has these in its title or abstract."
    ),
    "categories": Key(
        listed(words.category, example="cs.LG"), _several(_NAME), "Only papers in one of them; papers without categories pass."
    ),
    "authors": Key(
        listed(words.named("a name, like Anima Anandkumar"), example="Anima Anandkumar"),
        _several(_NAME),
        "Followed: always in, marked, before the rest, also outside the categories.",
    ),
    "like": Key(
        listed(words.paper, example="arxiv:2010.08895"), _several(_NAME), "Papers to resemble: arXiv ids, DOIs, or links to them."
    ),
    "weight": Key(
        scalar(words.weight, example="1.5", bare=True),
        {"type": "number", "exclusiveMinimum": 0, "maximum": words.WEIGHT_MOST},
        "Her share of the mail against her other topics; 1 when left out.",
    ),
}


def topic(node: Node, path: str, report: Report) -> Topic | None:
    """One topic: a mapping, or a text that is its name."""
    if isinstance(node, Text):
        name = TOPIC["name"].read(node, path, report)
        return Topic(name) if name else None
    values = mapping(node, TOPIC, path, report)
    return Topic(**values) if values else None


def topics(node: Node, path: str, report: Report) -> tuple[Topic, ...]:
    """At least one topic, with different names."""
    if not isinstance(node, List) or not node.items:
        what = "an empty list" if isinstance(node, List) else kind(node)
        report.fault(node, path, f"{what} stands here; write at least one topic, like '- Neural operators' on a line of its own")
        return ()
    if len(node.items) > report.topics_most:
        report.fault(node.items[report.topics_most], path, f"{len(node.items)} topics; write at most {report.topics_most}")
        return ()
    found: dict[str, Topic] = {}
    for item in node.items:
        each = topic(item, path, report)
        if each and each.name in found:
            report.fault(item, f"{path}.name", f"another topic is named {quoted(each.name)} already; write another name")
        elif each:
            found[each.name] = each
    return tuple(found.values())


def days(node: Node, path: str, report: Report) -> tuple[int, ...] | None:
    """`daily`, `weekdays`, `weekly:mon`, or a list of days."""
    if not isinstance(node, List):
        weekdays: tuple[int, ...] | None = scalar(words.days, example="weekdays")(node, path, report)
        return weekdays
    if not node.items:
        report.fault(node, path, "no day is listed; write at least one, like [mon, thu], or stop her mail with paused_until")
        return None
    before = len(report.faults)
    chosen = listed(words.weekday, example="mon")(node, path, report)
    return tuple(sorted(chosen)) if len(report.faults) == before else None


# --- The subscriber ------------------------------------------------------------------------------------------------------

_TOPIC_REF = {"anyOf": [{"type": "string", "pattern": r"\S"}, {"$ref": "#/definitions/topic"}]}

SUBSCRIBER: Mapping[str, Key] = {
    "email": Key(
        scalar(words.address, example="alice@example.org"),
        {"type": "string", "format": "email"},
        "Where her mail goes.",
        required=True,
    ),
    "name": Key(scalar(words.named("her name"), example="Alice Example"), _NAME, "How she is addressed."),
    "timezone": Key(
        scalar(words.zone, example="Europe/Berlin"),
        {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_+/-]*$"},
        "Her time zone, an IANA name like Europe/Berlin.",
    ),
    "send_at": Key(
        scalar(when.clock_time, example="08:00"),
        {"type": "string", "pattern": r"^\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*$"},
        "Local time of her mail, on the 24-hour clock.",
    ),
    "days": Key(
        days,
        {
            "anyOf": [
                {"enum": ["daily", "weekdays", *(f"weekly:{each}" for each in WEEKDAYS)]},
                {"type": "array", "items": {"enum": list(WEEKDAYS)}, "minItems": 1},
            ]
        },
        "daily, weekdays, weekly:mon, or a list like [mon, thu]; weekdays when left out.",
    ),
    "max_papers": Key(
        scalar(words.whole(1, PAPERS_MOST), example="12", bare=True),
        {"type": "integer", "minimum": 1, "maximum": PAPERS_MOST},
        "Papers of a mail, the trending ones included; 12 when left out.",
    ),
    "trending": Key(
        scalar(words.whole(0, PAPERS_MOST), example="3", bare=True),
        {"type": "integer", "minimum": 0, "maximum": PAPERS_MOST},
        "Of them, papers outside her topics that everybody talks about; 3 when left out, 0 = none.",
    ),
    "layout": Key(
        scalar(words.member(Layout), example="full"), {"enum": [each.value for each in Layout]}, "full, or compact for long mails."
    ),
    "language": Key(
        scalar(words.language, example="en"),
        {"type": "string", "pattern": r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
        "Language of the mail around the papers.",
    ),
    "when_empty": Key(
        scalar(words.member(WhenEmpty), example="skip"),
        {"enum": [each.value for each in WhenEmpty]},
        "What to do on a day with nothing to say: skip it, or mail why.",
    ),
    "paused_until": Key(
        scalar(words.day, example="2026-12-01"),
        {"type": "string", "format": "date"},
        "The first day on which she gets mail again.",
    ),
    "topics": Key(
        topics,
        {"type": "array", "items": _TOPIC_REF, "minItems": 1, "maxItems": TOPICS_MOST},
        "What she wants to read about: at least one topic.",
        required=True,
    ),
}


def read(root: Node | None, report: Report, *, defaults: Defaults) -> Iterator[Entry]:
    """The subscribers of a file: one mapping, or a list of them. An entry with a fault is left out, the others are served."""
    if root is None or (isinstance(root, Text) and root.empty) or (isinstance(root, List) and not root.items):
        return report.fault(Place(), "", "the file is empty; write email and topics, as example.yaml shows")
    for node in root.items if isinstance(root, List) else [root]:
        if subscriber := _subscriber(node, report, defaults=defaults):
            yield Entry(subscriber, _place_of("email", node))
    return None


def _subscriber(node: Node, report: Report, *, defaults: Defaults) -> Subscriber | None:
    values = mapping(node, SUBSCRIBER, "", report)
    if values is None:
        return None
    papers = values.get("max_papers", 12)
    if values.setdefault("trending", min(3, papers)) > papers:
        message = f"{values['trending']} of a mail of {papers}; write at most max_papers"
        report.fault(_place_of("trending", node), "trending", message)
        return None
    given: dict[str, Any] = {"timezone": defaults.timezone, "send_at": defaults.send_at, "language": defaults.language}
    return Subscriber(**(given | values))


def _place_of(key: str, node: Node) -> Place:
    pairs = node.merged() if isinstance(node, Map) else ()
    return next((value.place for name, value in pairs if name.value == key), node.place)


# --- For editors ---------------------------------------------------------------------------------------------------------


def json_schema() -> dict[str, Any]:
    """The same table as JSON Schema (draft 7, which editors know best)."""
    subscriber = {"$ref": "#/definitions/subscriber"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Subscribers of paper-digest",
        "anyOf": [subscriber, {"type": "array", "items": subscriber, "minItems": 1}],
        "definitions": {"subscriber": _object(SUBSCRIBER), "topic": _object(TOPIC)},
    }


def _object(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"description": key.about, **key.schema} for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": False,
    }
