"""The record of sending one mail, and its state machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """Postfix's words where it has them; an administrator knows them."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    BOUNCED = "bounced"
    EXPIRED = "expired"


class DeliveryEvent(StrEnum):
    CLAIMED = "claimed"                    #: a process took it, under a lease; a deferred or uncertain one when its retry is due
    ACCEPTED = "accepted"                  #: 250 after the final dot
    NOTHING_TO_SAY = "nothing_to_say"
    UNSUBSCRIBED = "unsubscribed"          #: between claim and hand-over
    FAILED_FOR_NOW = "failed_for_now"      #: 4xx, no line, or a fault of our own
    REFUSED = "refused"                    #: 5xx
    LINE_LOST = "line_lost"                #: after the final dot and before its answer
    LEASE_RAN_OUT = "lease_ran_out"        #: its process died; another one takes over
    SET_ASIDE = "set_aside"                #: three processes died on it
    TOO_LATE = "too_late"                  #: the time to catch up is over


_D, _E = DeliveryState, DeliveryEvent

#: A pair that is not here is a fault of the program. `uncertain` is claimed at most once more: a second loss is final.
DELIVERY: Mapping[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (_D.DUE, _E.CLAIMED): _D.SENDING,
    (_D.DUE, _E.TOO_LATE): _D.EXPIRED,
    (_D.SENDING, _E.ACCEPTED): _D.SENT,
    (_D.SENDING, _E.NOTHING_TO_SAY): _D.SKIPPED,
    (_D.SENDING, _E.UNSUBSCRIBED): _D.SKIPPED,
    (_D.SENDING, _E.FAILED_FOR_NOW): _D.DEFERRED,
    (_D.SENDING, _E.REFUSED): _D.BOUNCED,
    (_D.SENDING, _E.LINE_LOST): _D.UNCERTAIN,
    (_D.SENDING, _E.LEASE_RAN_OUT): _D.SENDING,
    (_D.SENDING, _E.SET_ASIDE): _D.DEFERRED,
    (_D.DEFERRED, _E.CLAIMED): _D.SENDING,
    (_D.DEFERRED, _E.TOO_LATE): _D.EXPIRED,
    (_D.UNCERTAIN, _E.CLAIMED): _D.SENDING,
}

#: States in which nothing more will happen by itself.
FINAL = frozenset({_D.SENT, _D.SKIPPED, _D.BOUNCED, _D.EXPIRED})


def delivery_after(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """The state that follows. Raises ValueError on a pair that cannot happen."""
    try:
        return DELIVERY[state, event]
    except KeyError:
        raise ValueError(f"a delivery that is {state} cannot be {event}") from None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The record of sending one mail: a subscriber's digest for one local date, or any other mail."""

    key: int
    kind: str                              #: "digest", or the name of another mail
    recipient: str                         #: the address
    state: DeliveryState
    subscriber: int = 0                    #: her surrogate key; 0 = a mail that belongs to nobody in the store
    date: date | None = None               #: the local date of a digest
    message_id: str = ""                   #: set when it is frozen, the same on every attempt
    frozen: str = ""                       #: JSON: what it says, in order, with reasons; enough to build the same message again
    reason: str = ""                       #: why it is skipped, deferred, bounced, …
    attempts: int = 0
    crashes: int = 0
    losses: int = 0                        #: times the line was lost after the final dot
    retry_at: datetime | None = None
    lease_until: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A digest that will be due: one for each subscriber and local date, which the database enforces."""

    subscriber: int
    recipient: str
    date: date
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a claimed delivery is going to say, written down before its first byte leaves."""

    key: int
    frozen: str
    message_id: str
    papers: tuple[int, ...] = ()           #: keys of the papers it shows: they count as sent from now on


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed delivery, and when it may be tried again."""

    key: int
    event: DeliveryEvent
    now: datetime
    reason: str = ""
    code: int = 0                          #: the SMTP reply code, 0 = there was none
    retry_at: datetime | None = None
    attempted: bool = True                 #: False where its own dialogue never began: such an end counts as no attempt
