"""A subscriber as a JSON object, and back. PURE.

The keys are the fields of `model.Subscriber` without address and key, each always there, so that two profiles can be compared key
by key: that is how her own changes and a later edit of her file are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, time
from typing import Any

from digest.model import Consent, Layout, Subscriber, Topic, WhenEmpty

Profile = dict[str, Any]

KEYS = tuple(each.name for each in fields(Subscriber) if each.name not in {"email", "key"})
_SMALL = tuple(name for name in KEYS if name not in {"name", "topics"})
_TOPIC_DEFAULTS = {each.name: each.default for each in fields(Topic) if each.default is not MISSING}


def to_json(subscriber: Subscriber) -> Profile:
    return {name: value_to_json(name, getattr(subscriber, name)) for name in KEYS}


def from_json(email: str, profile: Mapping[str, Any], *, key: int = 0) -> Subscriber:
    """The subscriber; a key that this version does not know is left out, one that is missing has its default."""
    return Reader().subscriber(email, profile, key=key)


class Reader:
    """Reads many profiles. Equal values are one object: a hundred thousand people share a few thousand topics, and the memory."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def subscriber(self, email: str, profile: Mapping[str, Any], *, key: int = 0) -> Subscriber:
        given: Profile = self._once(_small_from_json, {name: profile[name] for name in _SMALL if name in profile})
        topics = tuple([self._once(_topic_from_json, each) for each in profile.get("topics", ())])
        return Subscriber(email, topics, profile.get("name", ""), key=key, **given)

    def _once(self, read: Callable[[Profile], Any], said: Profile) -> Any:
        spelled = repr(said)
        if spelled not in self._values:
            self._values[spelled] = read(said)
        return self._values[spelled]


def consent_columns(consent: Consent | None) -> dict[str, Any]:
    """Proof of consent, as the columns of a subscription."""
    if consent is None:
        return {"consent_how": "", "consent_at": None, "consent_confirmed": None, "consent_detail": ""}
    said = {"consent_how": consent.how, "consent_at": consent.at}
    return said | {"consent_confirmed": consent.confirmed, "consent_detail": consent.detail}


def value_to_json(name: str, value: Any) -> Any:
    """One field's value. Raises ValueError when a profile has no such field."""
    if name not in KEYS:
        raise ValueError(f"a profile has no '{name}'; it has {', '.join(KEYS)}")
    if name == "topics":
        return [_topic_to_json(each) for each in value]
    if isinstance(value, time | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _small_from_json(said: Profile) -> Profile:
    return {name: value_from_json(name, value) for name, value in said.items()}


def value_from_json(name: str, value: Any) -> Any:
    match name:
        case "topics":
            return tuple(_topic_from_json(each) for each in value)
        case "send_at":
            return time.fromisoformat(value)
        case "days":
            return tuple(value)
        case "layout":
            return Layout(value)
        case "when_empty":
            return WhenEmpty(value)
        case "paused_until":
            return date.fromisoformat(value) if value else None
        case _:
            return value


def _topic_to_json(topic: Topic) -> Profile:
    """Only what differs from the default: a hundred thousand people have mostly bare topics."""
    said = {name: getattr(topic, name) for name, default in _TOPIC_DEFAULTS.items() if getattr(topic, name) != default}
    return {"name": topic.name} | {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _topic_from_json(said: Mapping[str, Any]) -> Topic:
    known: Profile = {name: said[name] for name in ("name", *_TOPIC_DEFAULTS) if name in said}
    known.update((name, tuple(value)) for name, value in known.items() if isinstance(value, list))
    return Topic(**known)
