"""All mails but the digest: confirm, welcome, changed, goodbye, help, alarm. Short, in the one look, in her language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from digest.mail.catalogue import Language, language
from digest.mail.fragments import part_of
from digest.mail.links import PersonalLinks
from digest.mail.render import Rendered
from digest.mail.templates import Templates
from digest.model import Subscriber
from digest.text import one_line

#: What each mail needs to be told besides what all of them have; a list of sentences where the name is a plural.
VALUES: Mapping[str, tuple[str, ...]] = {
    "confirm": ("confirm_url", "decline_url", "days"),     # "" = no such link; days until the token expires
    "welcome": ("schedule", "topics"),                     # see `schedule`
    "changed": ("changes", "refused", "undo", "undo_url"),  # undo: what to answer, "" = cannot be undone
    "goodbye": ("bounced", "return_url"),                  # bounced: we stopped because our mails came back
    "approve": ("wishes",),                                # what waits for her yes, in our words
    "topics": ("topics", "schedule", "paused"),            # paused: until when, in a sentence, "" = not
    "help": (),
    "alarm": ("what", "lines", "steps"),
}

#: Why she gets it, in the footer.
_BECAUSE = {"confirm": "asked", "approve": "asked", "help": "asked", "goodbye": "last", "alarm": "admin"}

_COMMANDS = (
    ("subscribe neural operators", "subscribe"),
    ("topics", "topics"),
    ("add graph matching", "add"),
    ("drop graph matching", "drop"),
    ("more 3", "more"),
    ("less 2", "less"),
    ("time 07:30 Europe/Paris", "time"),
    ("weekly mon", "days"),
    ("pause 2 weeks", "pause"),
    ("resume", "resume"),
    ("digest", "digest"),
    ("unsubscribe", "unsubscribe"),
)


def render_mail(
    name: str,
    values: Mapping[str, Any],
    *,
    to: str,
    links: PersonalLinks,
    templates: Templates,
    postal_address: str = "",
    lang: str = "en",
    site: str = "Paper Digest",
) -> Rendered:
    """The mail of that name (see VALUES) with its values, to the address `to`.

    Raises ValueError for a value that is missing or unknown, RenderError when a template fails.
    """
    if set(values) != set(VALUES[name]):
        raise ValueError(f"{name} needs exactly {', '.join(VALUES[name]) or 'nothing'}, not {', '.join(values) or 'nothing'}")
    words, site = language(lang), one_line(site)
    told = {
        "site": site,
        "lang": words.code,
        "direction": words.direction,
        "say": words.say,
        "links": links,
        "postal_address": one_line(postal_address),
        "because": words.say(f"footer.{_BECAUSE.get(name, 'why_plain')}", email=to, site=site),
        "next": "",
        "commands": list(_commands(words, new=name == "help")),
    }
    return _rendered(name, told | {key: _in_one_line(value) for key, value in values.items()}, templates)


def schedule(subscriber: Subscriber, words: Language) -> str:
    """When her digests come: `Monday to Friday at 08:00`."""
    at, days = words.time_of_day(subscriber.send_at), subscriber.days
    named = words.listed(words.weekdays[day] for day in days)
    if len(days) == 7:
        return words.say("schedule.daily", time=at)
    if days == (0, 1, 2, 3, 4):
        return words.say("schedule.weekdays", time=at)
    return words.say("schedule.weekly", day=named, time=at) if len(days) == 1 else words.say("schedule.some", days=named, time=at)


def _rendered(name: str, values: dict[str, Any], templates: Templates) -> Rendered:
    subject = one_line(templates.render(f"{name}.subject.txt", values))
    values |= {"subject": subject, "preheader": values["because"]}
    html, text = templates.render(f"{name}.mjml", values), templates.render(f"{name}.txt", values)
    return Rendered(subject, part_of(text), part_of(html), values["preheader"])


def _commands(words: Language, *, new: bool) -> Iterable[dict[str, str]]:
    """Examples of commands with what they do; who is subscribed needs no `subscribe`."""
    return (
        {"example": example, "meaning": words.say(f"command.{key}")}
        for example, key in _COMMANDS
        if new or key != "subscribe"
    )


def _in_one_line(value: Any) -> Any:
    """Text, also inside of lists, without anything that could break out of its line."""
    if isinstance(value, str):
        return one_line(value)
    return [_in_one_line(each) for each in value] if isinstance(value, list | tuple) else value
