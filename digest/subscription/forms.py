"""What the forms of the pages say, read with the parsers that read files and mail commands. PURE.

Every fault names its field, says what is wrong and what to write; where there is one, nothing is taken over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from digest import when
from digest.model import Layout, Subscriber, Topic, WhenEmpty
from digest.subscription import words
from digest.subscription.schema import PAPERS_MOST, Defaults

T = TypeVar("T")
Fields = Mapping[str, Sequence[str]]

#: Topics that somebody may name when she signs up; more are for her preferences.
FIRST_TOPICS = 10
#: Topics of one person, on her page.
TOPICS_MOST = 50
ENTRIES_MOST = 100


@dataclass(slots=True)
class _Report:
    """Faults by the field that has them."""

    faults: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, parse: Callable[[str], T], text: str, otherwise: T) -> T:
        """What the text means; `otherwise` beside a fault when it means nothing."""
        try:
            return parse(text)
        except ValueError as error:
            self.faults.setdefault(name, _sentence(str(error)))
            return otherwise


def sign_up(fields: Fields, defaults: Defaults) -> tuple[Subscriber | None, Mapping[str, str]]:
    """Who signs up and for what, or the faults by field. Only what she says of herself counts: an address, topics, and the
    language of the page."""
    report = _Report()
    email = report.take("email", _address, _one(fields, "email"), "")
    topics = tuple(_topics(_entries(_one(fields, "topics")), "topics", report))
    if not topics and "topics" not in report.faults:
        report.faults["topics"] = "Name at least one topic, for example: neural operators."
    if len(topics) > FIRST_TOPICS:
        report.faults["topics"] = f"These are {len(topics)} topics. Begin with at most {FIRST_TOPICS}; you can add more later."
    zone = report.take("timezone", words.zone, _one(fields, "timezone") or defaults.timezone, "")
    tongue = report.take("language", words.language, _one(fields, "language") or defaults.language, defaults.language)
    if report.faults:
        return None, report.faults
    return Subscriber(email, topics, timezone=zone, send_at=defaults.send_at, language=tongue), {}


def preferences(fields: Fields, before: Subscriber, today: date) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The fields of a profile that the form changes, or the faults by field. `today` is the date where she lives."""
    report = _Report()
    said: dict[str, Any] = {
        "topics": _topic_fields(fields, before.topics, report),
        "timezone": report.take("timezone", words.zone, _one(fields, "timezone"), ""),
        "send_at": report.take("send_at", when.clock_time, _one(fields, "send_at")[:5], before.send_at),
        "days": _days(fields, report),
        "max_papers": report.take("max_papers", words.whole(1, PAPERS_MOST), _one(fields, "max_papers"), before.max_papers),
        "trending": report.take("trending", words.whole(0, PAPERS_MOST), _one(fields, "trending"), before.trending),
        "layout": report.take("layout", words.member(Layout), _one(fields, "layout"), before.layout),
        "when_empty": report.take("when_empty", words.member(WhenEmpty), _one(fields, "when_empty"), before.when_empty),
        "language": report.take("language", words.language, _one(fields, "language"), before.language),
        "paused_until": _pause(_one(fields, "paused_until"), today, report),
    }
    said["trending"] = min(said["trending"], said["max_papers"])
    if report.faults:
        return {}, report.faults
    return {name: value for name, value in said.items() if value != getattr(before, name)}, {}


# --- Topics --------------------------------------------------------------------------------------------------------------


def _topic_fields(fields: Fields, before: tuple[Topic, ...], report: _Report) -> tuple[Topic, ...]:
    """The topics of the form: those that stand in it under a number, without the ones that she ticked off, and new ones.

    What a page does not show of a topic (weight, papers to resemble) stays as it was.
    """
    kept: dict[str, Topic] = {}
    for number, topic in enumerate(before):
        name = f"topic-{number}"
        if f"{name}-name" not in fields or _one(fields, f"{name}-drop"):
            continue
        shown = _topic(fields, name, topic, report)
        kept.setdefault(shown.name.casefold(), shown)
    for new in _topics(_entries(_one(fields, "new-topics")), "new-topics", report):
        kept.setdefault(new.name.casefold(), new)
    chosen = tuple(kept.values())
    if not chosen and not report.faults:
        report.faults["new-topics"] = "One topic has to stay. To get no mail for a while, pause; to end it, unsubscribe."
    if len(chosen) > TOPICS_MOST:
        report.faults["new-topics"] = f"These are {len(chosen)} topics; at most {TOPICS_MOST} are possible."
    return chosen


def _topic(fields: Fields, name: str, before: Topic, report: _Report) -> Topic:
    def listed(key: str, parse: Callable[[str], str]) -> tuple[str, ...]:
        entries = _entries(_one(fields, f"{name}-{key}"))[:ENTRIES_MOST]
        return tuple(dict.fromkeys(report.take(f"{name}-{key}", parse, each, "") for each in entries))

    return replace(
        before,
        name=report.take(f"{name}-name", words.named("a name"), _one(fields, f"{name}-name"), ""),
        keywords=listed("keywords", words.keyword),
        text=report.take(f"{name}-text", words.free_text, _one(fields, f"{name}-text"), ""),
        exclude=listed("exclude", words.keyword),
        authors=listed("authors", words.named("an author")),
        categories=listed("categories", words.category),
    )


def _topics(names: Sequence[str], where: str, report: _Report) -> Iterator[Topic]:
    seen: set[str] = set()
    for each in names:
        name = report.take(where, words.named("a topic"), each, "")
        if name and name.casefold() not in seen:
            seen.add(name.casefold())
            yield Topic(name)


def _entries(text: str) -> list[str]:
    """What stands on lines of its own, or between commas."""
    return [each.strip() for each in re.split(r"[,;\n]", text) if each.strip(" \t.\"'“”„‘’")]


# --- Times ---------------------------------------------------------------------------------------------------------------


def _days(fields: Fields, report: _Report) -> tuple[int, ...]:
    chosen = tuple(sorted({report.take("days", words.weekday, each, 0) for each in fields.get("days", ())}))
    if not chosen:
        report.faults["days"] = "Choose at least one day. To get no mail for a while, pause."
    return chosen


def _pause(text: str, today: date, report: _Report) -> date | None:
    until = report.take("paused_until", words.day, text, None) if text.strip() else None
    return until if until and until > today else None


def _address(text: str) -> str:
    if not text.strip():
        raise ValueError("write the address that is to get the mail, like name@example.org")
    if len(text) > 254:                    # RFC 5321, 4.5.3.1.3, less its brackets
        raise ValueError("that is too long for a mail address; write it like name@example.org")
    return words.address(text)


def _one(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
