"""What a failure to hand over means: for this mail, for this line, or for all. PURE."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from digest.errors import TransportError
from digest.model import DeliveryEvent, Outcome

#: After the first, second, … refusal for now; the last one repeats until the time to catch up is over. Greylisting lifts after
#: about five minutes (RFC 6647, section 4), and Postfix waits as long as this between attempts.
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40), timedelta(hours=1))

#: Where it is not this mail that was refused: soon again, the line will tell.
SOON = timedelta(minutes=1)

#: The longest wish that a server is granted.
PATIENCE = timedelta(hours=12)

_SPAN = re.compile(r"(\d{1,5})\s*(s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b(\d{1,2}):([0-5]\d):([0-5]\d)\b")

_BEFORE_ANY_MAIL = frozenset({"connect", "greeting", "hello", "tls", "login"})
#: We were not allowed to speak at all (RFC 4954, section 6); another mail would fare no better.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
#: The size of this mail (RFC 1870, section 6.2; RFC 3463, section 3.4), or its recipient, whom some servers know at MAIL already.
_ABOUT_THIS_MAIL = re.compile(r"5\.(3\.4|2\.\d+|1\.[1-6]|1\.10|6\.\d+)")


class Blame(StrEnum):
    """Who is concerned by a failure."""

    MAIL = "mail"                          #: this one only
    LINE = "line"                          #: this connection: the same mail may pass on a fresh one, at once
    SERVER = "server"                      #: the server, or our settings: no mail will pass


def blame(error: TransportError, *, sent_before: int = 0) -> Blame:
    """Who is concerned; `sent_before` counts the messages that went well on this line before."""
    if error.phase in _BEFORE_ANY_MAIL or error.code in _LOGIN_CODES:
        return Blame.SERVER
    if error.phase == "dot":
        return Blame.MAIL
    worn_out = error.phase == "mail" and error.code // 100 == 4 and sent_before > 0  # "too many messages on this connection"
    if (error.code in {0, 421} and not error.permanent) or worn_out:
        return Blame.LINE
    if error.phase == "mail" and error.permanent and error.code != 552 and not _ABOUT_THIS_MAIL.fullmatch(error.enhanced):
        return Blame.SERVER                # it refuses our sender, and would for everybody
    return Blame.MAIL


def outcome(key: int, error: TransportError, *, attempts: int, now: datetime) -> Outcome:
    """The end of an attempt that failed; `attempts` counts the ones before it."""
    whose = blame(error)
    if error.uncertain:
        return Outcome(key, DeliveryEvent.LINE_LOST, now, str(error), error.code, now + BACK_OFF[0])
    if error.permanent and whose is Blame.MAIL:
        return Outcome(key, DeliveryEvent.REFUSED, now, str(error), error.code)
    wait = delay(error.message) if error.code else None
    if wait is None:
        wait = BACK_OFF[min(attempts, len(BACK_OFF) - 1)] if whose is Blame.MAIL else SOON
    return Outcome(key, DeliveryEvent.FAILED_FOR_NOW, now, str(error), error.code, now + wait, attempted=whose is Blame.MAIL)


def delay(text: str) -> timedelta | None:
    """The wait that a server names in its own words ("try again in 300 seconds", "come back in 00:05:00"), or None."""
    if clock := _CLOCK.search(text):
        hours, minutes, seconds = (int(each) for each in clock.groups())
        return _bounded(timedelta(hours=hours, minutes=minutes, seconds=seconds))
    if span := _SPAN.search(text):
        unit = {"s": 1, "m": 60, "h": 3600}[span[2][0].lower()]
        return _bounded(timedelta(seconds=int(span[1]) * unit))
    return None


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(seconds=1)), PATIENCE)
