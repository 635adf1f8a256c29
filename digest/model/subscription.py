"""May we write to an address? The answer, its proof, and its state machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriptionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    STOPPED = "stopped"                    #: her file is gone
    SUPPRESSED = "suppressed"              #: never write, whatever a file says


class SubscriptionEvent(StrEnum):
    SIGNED_UP = "signed_up"                #: by mail or form
    FILE_APPEARED = "file_appeared"
    FILE_APPEARED_UNCONFIRMED = "file_appeared_unconfirmed"  #: where YAML subscribers are asked as well
    CONFIRMED = "confirmed"
    FILE_REMOVED = "file_removed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DECLINED = "declined"                  #: "this was not me"
    TOO_OLD = "too_old"                    #: never confirmed
    REVIVED = "revived"                    #: by herself, confirmed, or by an admin
    ADDED = "added"                        #: by an admin's hand, who vouches for her consent


_S, _V = SubscriptionState, SubscriptionEvent

#: None is "no row": before the first event, and after an unconfirmed request grew too old.
SUBSCRIPTION: Mapping[tuple[SubscriptionState | None, SubscriptionEvent], SubscriptionState | None] = {
    (None, _V.SIGNED_UP): _S.PENDING,
    (None, _V.FILE_APPEARED): _S.ACTIVE,
    (None, _V.FILE_APPEARED_UNCONFIRMED): _S.PENDING,
    (_S.PENDING, _V.SIGNED_UP): _S.PENDING,
    (_S.PENDING, _V.FILE_APPEARED): _S.ACTIVE,
    (_S.PENDING, _V.FILE_APPEARED_UNCONFIRMED): _S.PENDING,
    (_S.PENDING, _V.CONFIRMED): _S.ACTIVE,
    (_S.PENDING, _V.DECLINED): _S.SUPPRESSED,
    (_S.PENDING, _V.UNSUBSCRIBED): _S.SUPPRESSED,
    (_S.PENDING, _V.BOUNCED): _S.SUPPRESSED,
    (_S.PENDING, _V.COMPLAINED): _S.SUPPRESSED,
    (_S.PENDING, _V.TOO_OLD): None,
    (_S.ACTIVE, _V.FILE_REMOVED): _S.STOPPED,
    (_S.ACTIVE, _V.UNSUBSCRIBED): _S.SUPPRESSED,
    (_S.ACTIVE, _V.BOUNCED): _S.SUPPRESSED,
    (_S.ACTIVE, _V.COMPLAINED): _S.SUPPRESSED,
    (_S.STOPPED, _V.FILE_APPEARED): _S.ACTIVE,
    (_S.STOPPED, _V.FILE_APPEARED_UNCONFIRMED): _S.ACTIVE,
    (_S.STOPPED, _V.CONFIRMED): _S.ACTIVE,  # her file is gone, and she asked for herself
    (_S.STOPPED, _V.UNSUBSCRIBED): _S.SUPPRESSED,
    (_S.STOPPED, _V.BOUNCED): _S.SUPPRESSED,
    (_S.STOPPED, _V.COMPLAINED): _S.SUPPRESSED,
    (_S.STOPPED, _V.DECLINED): _S.SUPPRESSED,
    (_S.STOPPED, _V.REVIVED): _S.ACTIVE,
    (_S.SUPPRESSED, _V.DECLINED): _S.SUPPRESSED,  # she left before, and now wants never to be asked again
    (_S.SUPPRESSED, _V.REVIVED): _S.ACTIVE,
    (None, _V.ADDED): _S.ACTIVE,
    (_S.PENDING, _V.ADDED): _S.ACTIVE,
    (_S.STOPPED, _V.ADDED): _S.ACTIVE,
}


class OutOfTurnError(ValueError):
    """This cannot happen to a subscription as it stands. Who looked before may find that somebody else was quicker."""


def subscription_after(state: SubscriptionState | None, event: SubscriptionEvent) -> SubscriptionState | None:
    """The state that follows. Raises OutOfTurnError on a pair that cannot happen."""
    try:
        return SUBSCRIPTION[state, event]
    except KeyError:
        raise OutOfTurnError(f"a subscription that is {state or 'unknown'} cannot be {event}") from None


@dataclass(frozen=True, slots=True)
class Consent:
    """Proof that she asked for it (GDPR, article 7): how, when, and when she confirmed."""

    how: str                               #: "mail", "form", "file", "admin"
    at: datetime
    confirmed: datetime | None = None
    detail: str = ""                       #: the file's name, the Message-ID of the request, …


@dataclass(frozen=True, slots=True)
class Subscription:
    """May we write to this address?"""

    email: str
    state: SubscriptionState
    reason: str = ""
    since: datetime | None = None
    consent: Consent | None = None
