"""`subscribers/*.yaml` -> Roster: every good entry served, every fault with its place. The YAML library's only room.

The library is asked for its events alone; meaning is given to texts by `digest.subscription.schema`. So nothing is guessed (`08:30`
is no number of base 60), every place is known, and anchors and nesting cost no more than we allow.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from digest.errors import ConfigError, ConfigErrors, quoted
from digest.model import WEEKDAYS, Layout, Roster, RosterFile, Subscriber, Topic, WhenEmpty
from digest.subscription import schema
from digest.subscription.schema import Defaults, Entry, Report
from digest.subscription.tree import List, Map, Node, Place, Text

BYTES_MOST = 16 * 2**20    #: of one file; some 20,000 subscribers
NODES_MOST = 2_000_000     #: of one file once its aliases are written out
DEPTH_MOST = 20            #: a keyword of a topic stands on level 6
FORMAT = 1                 #: one more when equal bytes come to mean something else: then all files are read anew
EXAMPLES = ("example.yaml", "example.yml")

_PLAIN = re.compile(r"[^\W\d_](?:[\w .()/@+-]*[\w.)])?")
_UNINDENTED = re.compile(r"^( *)topics: *(?:#.*)?\n\1- ", re.MULTILINE)
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


# --- Reading -------------------------------------------------------------------------------------------------------------


def read(folder: Path, *, defaults: Defaults = Defaults(), before: Roster = Roster()) -> Roster:  # noqa: B008 - frozen
    """All subscribers of a folder's `*.yaml` and `*.yml` files but the example's, in the order of the files' names.

    An address counts once: where it stands again, the later place is the fault. A file of `before` with the same hash and no
    fault is taken over unread. A folder that is missing or empty is the roster's own fault: then nobody is to be stopped.
    """
    advice = "; put a file for each subscriber there (see example.yaml), or set DIGEST_SUBSCRIBERS to their folder"
    try:
        paths = sorted(path for path in folder.iterdir() if _is_roster_file(path))
    except OSError as error:
        return Roster(fault=ConfigError(f"the folder cannot be read ({error.strerror}){advice}", where=str(folder)))
    if not paths:
        return Roster(fault=ConfigError(f"there is no subscriber file in it{advice}", where=str(folder)))
    seen: dict[str, str] = {}
    known = {file.name: file for file in before.files if not file.faults}
    return Roster(tuple(_file(path, seen, defaults=defaults, known=known.get(path.name)) for path in paths))


def is_empty(folder: Path) -> bool:
    """Whether the folder is there and no subscriber file in it; of one that cannot be read nobody knows."""
    try:
        return not any(_is_roster_file(path) for path in folder.iterdir())
    except OSError:
        return False


def read_file(path: Path, *, defaults: Defaults = Defaults()) -> RosterFile:  # noqa: B008 - frozen
    """One file by itself, whatever its name: for `preview FILE`, and for `check` of the example."""
    return _file(path, {}, defaults=defaults)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics of a subscriber file, any number of them. Raises ConfigErrors when the file has faults."""
    report = Report(str(path), topics_most=NODES_MOST)
    entries = list(_entries(_bytes(path, report), report, defaults=Defaults()))
    if report.faults:
        raise ConfigErrors(report.faults)
    return tuple(topic for entry in entries for topic in entry.subscriber.topics)


def _is_roster_file(path: Path) -> bool:
    """Editors keep their own copies as hidden files."""
    return path.suffix.lower() in (".yaml", ".yml") and path.name.lower() not in EXAMPLES and not path.name.startswith(".")


def _file(path: Path, seen: dict[str, str], *, defaults: Defaults, known: RosterFile | None = None) -> RosterFile:
    report = Report(str(path))
    data = _bytes(path, report)
    digest = hashlib.sha256(data + repr((FORMAT, defaults)).encode()).hexdigest() if not report.faults else ""
    if known and known.hash == digest and not any(each.email.casefold() in seen for each in known.subscribers):
        seen |= {each.email.casefold(): str(path) for each in known.subscribers}
        return known
    entries = () if report.faults else _entries(data, report, defaults=defaults)
    subscribers = tuple(_unseen(entries, seen, report))
    return RosterFile(path.name, digest, subscribers, tuple(report.faults))


def _unseen(entries: Iterator[Entry] | tuple[Entry, ...], seen: dict[str, str], report: Report) -> Iterator[Subscriber]:
    """Those whose address did not stand anywhere before; mail systems tell capitals apart in theory only."""
    for subscriber, place in entries:
        first = seen.setdefault(subscriber.email.casefold(), here := f"{report.file}:{place.line}:{place.column}")
        if first is here:
            yield subscriber
        else:
            report.fault(place, "email", f"{quoted(subscriber.email)} stands in {first} already; keep one of them")


def _bytes(path: Path, report: Report) -> bytes:
    try:
        if (size := path.stat().st_size) > BYTES_MOST:
            report.fault(Place(), "", f"the file has {size:,} bytes; split it into files of at most {BYTES_MOST:,}")
            return b""
        return path.read_bytes()
    except OSError as error:
        report.fault(Place(), "", f"it cannot be read ({error.strerror or error}); make it a readable file")
        return b""


def _entries(data: bytes, report: Report, *, defaults: Defaults) -> Iterator[Entry]:
    if report.faults:
        return
    try:
        root = tree(data)
    except _Unreadable as fault:
        report.fault(fault.place, "", fault.message)
    else:
        yield from schema.read(root, report, defaults=defaults)


# --- From YAML to a tree -------------------------------------------------------------------------------------------------


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, place: Place, message: str) -> None:
        self.place, self.message = place, message


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `size` counts the nodes in it, those of aliases too."""

    node: List | Map
    anchor: str | None
    size: int = 1
    key: Text | None = None


@dataclass(slots=True)
class _Growing:
    """The tree so far, innermost open node last."""

    root: Node | None = None
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)

    def add(self, node: Node, *, size: int = 1, anchor: str | None = None) -> None:
        if anchor:
            self.anchors[anchor] = node, size
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.size += size
        if parent.size > NODES_MOST:
            raise _Unreadable(node.place, "its aliases write out to more than the file could hold; write fewer of them")
        if isinstance(parent.node, List):
            parent.node.items.append(node)
        elif parent.key is not None:
            parent.node.pairs.append((parent.key, node))
            parent.key = None
        elif isinstance(node, Text):
            parent.key = node
        else:
            raise _Unreadable(node.place, "a list or mapping stands as a key; write 'key: value'")

    def begin(self, node: List | Map, *, anchor: str | None) -> None:
        if len(self.open) >= DEPTH_MOST:
            raise _Unreadable(node.place, "lists stand within lists deeper than any key asks for; look for a bracket too many")
        self.open.append(_Open(node, anchor))

    def end(self) -> None:
        done = self.open.pop()
        self.add(done.node, size=done.size, anchor=done.anchor)

    def alias(self, name: str, place: Place) -> None:
        if name not in self.anchors:
            raise _Unreadable(place, f"{quoted('*' + name)} refers to nothing above it; a text that begins with * stands in quotes")
        node, size = self.anchors[name]
        self.add(node, size=size)


def tree(data: bytes) -> Node | None:
    """The tree of one YAML document (JSON is YAML); None when it is empty. Raises a fault with its place."""
    growing = _Growing()
    documents = 0
    for event in _events(_text(data)):
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if getattr(event, "tag", None):
            raise _Unreadable(place, f"a tag ({quoted(event.tag)}) stands here; delete it")
        match event:
            case events.ScalarEvent():
                growing.add(Text(event.value, place, plain=event.style is None), anchor=event.anchor)
            case events.SequenceStartEvent():
                growing.begin(List([], place), anchor=event.anchor)
            case events.MappingStartEvent():
                growing.begin(Map([], place), anchor=event.anchor)
            case events.CollectionEndEvent():
                growing.end()
            case events.AliasEvent():
                growing.alias(event.anchor, place)
            case events.DocumentStartEvent() if (documents := documents + 1) > 1:
                raise _Unreadable(place, "a second document begins here; write one list, each entry beginning with '- email:'")
    return growing.root


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", "ignore")
        raise _Unreadable(_place(good, len(good)), "the file is not UTF-8 from here on; save it as UTF-8") from None


def _events(text: str) -> Iterator[Any]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        place = _place(text, error.position)
        raise _Unreadable(place, f"an invisible character (U+{ord(text[error.position]):04X}) stands here; delete it") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        raise _Unreadable(place, _explained(str(error.problem or error.context))) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise _Unreadable(Place(), f"this is no YAML ({quoted(error)}); compare it with example.yaml") from None


def _place(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))


#: The library's words, and what a person does about it.
_EXPLAINED: Mapping[str, str] = {
    "mapping values are not allowed": "a colon stands where none can; put the text into quotes, or mend the indentation",
    "character '\\t'": "a tab stands here; indent with spaces",
    "could not find expected ':'": "a key without its colon; write 'key: value'",
    "expected <block end>": "the indentation does not fit the lines above; begin entries of one list or mapping in one column",
    "expected ',' or ']'": "a list is not closed; write ] behind its last entry, and commas between them",
    "expected ',' or '}'": "a mapping is not closed; write } behind its last value, and commas between them",
    "unexpected end of stream": "a quote is not closed; write it behind the text",
    "found unknown escape character": "a backslash within double quotes; write it twice, or use single quotes",
    "cannot start any token": "this character cannot begin a text; put the text into quotes",
    "expected the node content": "a value is missing here",
}


def _explained(problem: str) -> str:
    known = (advice for words, advice in _EXPLAINED.items() if words in problem)
    advice = next(known, "put texts with special characters into quotes")
    return f"{advice} ({problem})"


# --- Writing -------------------------------------------------------------------------------------------------------------


def dump(subscriber: Subscriber) -> str:
    """Her file, as an admin would write it; reading it gives her back."""
    out = StringIO()
    entry: dict[str, Any] = {}
    _assign(entry, _plain(subscriber))
    _writer().dump(entry, out)
    return out.getvalue()


def amended(text: str, subscriber: Subscriber, *, defaults: Defaults = Defaults()) -> str:  # noqa: B008 - frozen
    """The text of a file in which her entry says what `subscriber` says; comments, order and whatever is equal stay as they are.

    Raises ConfigError when she does not stand in it, or when it is written in a way that cannot be changed by machine.
    """
    people, key = _people(text, defaults), subscriber.email.casefold()
    if key not in people:
        raise ConfigError(f"{quoted(subscriber.email)} does not stand there, or with a fault; change the file in an editor")
    writer, out = _writer(offset=0 if _UNINDENTED.search(text) else 2), StringIO()
    root = writer.load(text)
    for entry in root if isinstance(root, list) else [root]:
        if isinstance(entry, dict) and str(entry.get("email")).strip().casefold() == key:
            _change(entry, people[key], subscriber)
    writer.dump(root, out)
    if _people(out.getvalue(), defaults) != people | {key: subscriber}:
        raise ConfigError(f"{quoted(subscriber.email)} shares her entry with others; change the file in an editor")
    return out.getvalue()


def _people(text: str, defaults: Defaults) -> dict[str, Subscriber]:
    return {each.email.casefold(): each for each, _ in _entries(text.encode(), Report("file"), defaults=defaults)}


def _change(entry: dict[str, Any], before: Subscriber, after: Subscriber) -> None:
    old, new = _plain(before), _plain(after)
    _assign(entry, {key: value for key, value in new.items() if key != "topics" and value != old[key]})
    known = {each.name: each for each in before.topics}
    kept = [name for name in known if name in {each.name for each in after.topics}]
    if kept != [each.name for each in after.topics][: len(kept)]:
        entry["topics"] = new["topics"]  # in another order: nothing to keep the comments by
    elif before.topics != after.topics:
        _change_topics(entry["topics"], known, after.topics)


def _change_topics(listed: list[Any], known: Mapping[str, Topic], topics: tuple[Topic, ...]) -> None:
    wanted = {each.name for each in topics}
    for at, name in reversed(list(enumerate(known))):
        if name not in wanted:
            del listed[at]
    for at, topic in enumerate(topics):
        if topic.name not in known:
            listed.append(_topic(topic))
        elif topic != known[topic.name]:
            listed[at] = _changed_topic(listed[at], known[topic.name], topic)


def _changed_topic(written: Any, before: Topic, after: Topic) -> Any:
    if not isinstance(written, dict):
        return _topic(after)
    old, new = _topic(before), _topic(after)
    _assign(written, {key: new.get(key) for key in [*old, *new] if old.get(key) != new.get(key)})
    return written


def _assign(mapping: dict[str, Any], values: dict[str, Any]) -> None:
    """Sets the values, and takes away the keys whose value is nothing."""
    for key, value in values.items():
        if value not in ("", None):
            mapping[key] = value
        else:
            mapping.pop(key, None)


def _writer(*, offset: int = 2) -> YAML:
    """Keeps comments, order, quotes and the usual indentation of lists when it writes what it read."""
    writer = YAML(typ="rt")
    writer.indent(mapping=2, sequence=offset + 2, offset=offset)
    writer.preserve_quotes = True
    writer.width = 10**9
    return writer


def _plain(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "email": _words(subscriber.email),
        "name": subscriber.name and _words(subscriber.name),
        "timezone": subscriber.timezone,
        "send_at": f"{subscriber.send_at:%H:%M}",
        "days": _days(subscriber.days),
        "max_papers": subscriber.max_papers,
        "trending": subscriber.trending,
        "layout": Layout(subscriber.layout).value,
        "language": _words(subscriber.language),
        "when_empty": WhenEmpty(subscriber.when_empty).value,
        "paused_until": subscriber.paused_until,
        "topics": [_topic(each) for each in subscriber.topics],
    }


def _topic(topic: Topic) -> dict[str, Any]:
    lists = {name: _flow(getattr(topic, name)) for name in ("keywords", "exclude", "categories", "authors", "like")}
    text = topic.text and _words(topic.text)
    values = {"name": _words(topic.name), "keywords": lists.pop("keywords"), "text": text, **lists}
    weight = {} if topic.weight == 1 else {"weight": topic.weight}
    return {name: value for name, value in values.items() if value} | weight


def _days(days: tuple[int, ...]) -> str | CommentedSeq:
    named = {tuple(range(7)): "daily", tuple(range(5)): "weekdays"}
    if len(days) == 1:
        return f"weekly:{WEEKDAYS[days[0]]}"
    return named.get(days) or _flow(tuple(WEEKDAYS[day] for day in days))


def _flow(values: tuple[str, ...]) -> CommentedSeq:
    written = CommentedSeq([_words(each) for each in values])
    written.fa.set_flow_style()
    return written


def _words(text: str) -> str:
    """In quotes, unless it is plain words that no reader of YAML could take for anything else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else DoubleQuotedScalarString(text)
