"""What each value of a subscriber file means. Every parser takes the text as written and raises ValueError with what to write.

Mail commands and forms read the same words with the same parsers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from digest import identity, when
from digest.errors import nearest, quoted
from digest.model import WEEKDAYS

E = TypeVar("E", bound=StrEnum)

KEYWORD_MOST = 200      #: characters; whatever is longer is a text
NAME_MOST = 200         #: characters of a name of a topic, person or category
TEXT_MOST = 20_000      #: characters: four pages
WEIGHT_MOST = 10.0

# Controls, soft hyphen, zero width, direction marks, surrogates and noncharacters; joiners (U+200C, U+200D) carry meaning.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ARXIV_CLASS = re.compile(r"([a-z]+(?:-[a-z]+)?)\.([A-Za-z]{2})")


def clean(text: str) -> str:
    """One line in NFC, without the invisible characters that come along when text is copied."""
    if any("\ud800" <= char <= "\udfff" for char in text):  # JSON escapes what is beyond U+FFFF as two halves
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def named(what: str, *, most: int = NAME_MOST) -> Callable[[str], str]:
    """A parser of names of `what`: a line with a letter or digit in it, at most `most` characters."""

    def parse(text: str) -> str:
        line = clean(text)
        if not any(char.isalnum() for char in line):
            raise ValueError(f"{quoted(text)} holds neither letter nor digit; write {what}, or delete it")
        if len(line) > most:
            raise ValueError(f"{quoted(text, width=30)} has {len(line)} characters; write at most {most}")
        return line

    return parse


def free_text(text: str) -> str:
    """Any text, joined to one line; may be empty."""
    line = clean(text)
    if len(line) > TEXT_MOST:
        raise ValueError(f"{quoted(text, width=30)} has {len(line)} characters; write at most {TEXT_MOST}")
    return line


def keyword(text: str) -> str:
    """A word, a phrase or a `prefix*`. A star elsewhere is a plain character, as in `A* search`."""
    line = clean(text)
    if len(line) > KEYWORD_MOST:
        hint = f"write at most {KEYWORD_MOST}, or put it under 'text'"
        raise ValueError(f"{quoted(text, width=30)} has {len(line)} characters; {hint}")
    line = named("a word or phrase, like neural operator or PINN*")(line)
    if line.startswith("*") or line.endswith("**"):
        meant = quoted(line.strip("* ") + "*")
        raise ValueError(f"{quoted(line)} has its * in the wrong place; write one * at the end, like {meant}")
    if line.endswith("*") and sum(char.isalnum() for char in line.split()[-1]) < 2:
        raise ValueError(f"{quoted(line)} would match nearly everything; write at least two letters before the *")
    return line


def category(text: str) -> str:
    """A category as its source names it; arXiv's classes in their own spelling (`cs.lg` is `cs.LG`)."""
    line = named("a category, like cs.LG")(text)
    found = _ARXIV_CLASS.fullmatch(line)
    return f"{found[1]}.{found[2].upper()}" if found else line


def paper(text: str) -> str:
    """The canonical name of a paper."""
    name = identity.name(clean(text))
    if not name:
        raise ValueError(f"{quoted(text)} names no paper; write arxiv:2010.08895, doi:10.1000/182 or their link")
    return name


def address(text: str) -> str:
    """A mail address by itself, in ASCII (a domain in other letters as IDNA), that can exist in the world's mail."""
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise ValueError(f"{quoted(text)} is no mail address ({reason}); write it like name@example.org") from None
    return valid.ascii_email or valid.normalized


def day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ValueError(f"{quoted(text)} is no date; write year-month-day, like 2026-12-01") from None


def days(text: str) -> tuple[int, ...]:
    """`daily`, `weekdays` or `weekly:mon`; Monday is 0."""
    word, _, which = text.strip().lower().partition(":")
    if word == "weekly" and which:
        return (weekday(which),)
    known = {"daily": tuple(range(7)), "weekdays": tuple(range(5))}
    if text.strip().lower() not in known:
        if word == "weekly":
            raise ValueError(f"{quoted(text)} does not say on which day; write weekly:mon")
        hint = f"daily, weekdays, weekly:mon or a list like [mon, thu]{nearest(word, known)}"
        raise ValueError(f"{quoted(text)} are no days; write {hint}")
    return known[word]


def weekday(text: str) -> int:
    """The number of `mon` to `sun`; Monday is 0."""
    word = text.strip().lower()
    if word not in WEEKDAYS:
        near = f", did you mean '{word[:3]}'?" if word[:3] in WEEKDAYS else nearest(word, WEEKDAYS)
        raise ValueError(f"{quoted(text)} is no day; write one of {', '.join(WEEKDAYS)}{near}")
    return WEEKDAYS.index(word)


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"{quoted(text)} does not fit; write a whole number from {low} to {high}")
        return int(text)

    return parse


def weight(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not 0 < float(text) <= WEIGHT_MOST:
        raise ValueError(f"{quoted(text)} does not fit; write a number above 0 and up to {WEIGHT_MOST:g}, like 1.5")
    return float(text)


def language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is no language; write its code, like en or de")
    return text


def zone(text: str) -> str:
    return when.zone(text.strip()).key


def member(kind: type[E]) -> Callable[[str], E]:
    """A parser of the words of a closed set."""

    def parse(text: str) -> E:
        try:
            return kind(text)
        except ValueError:
            known = [each.value for each in kind]
            raise ValueError(f"{quoted(text)} is not known; write {' or '.join(known)}{nearest(text.lower(), known)}") from None

    return parse
