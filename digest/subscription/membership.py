"""Coming, going, and changing one's mind: what a page, a mail or an admin does to a subscription, by one function each.

Each looks how things stand, lets at most one event of `digest.model.SUBSCRIPTION` happen, and answers what came of it. Where a
second click, a mail or another process was quicker, it looks again. Nothing happens without a token or a confirmation: who calls
has checked that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from digest.model import Consent, OutOfTurnError, Subscriber, Subscription, SubscriptionEvent, SubscriptionState

#: How long a confirmation is good (Mailman's figure).
CONFIRM_WITHIN = timedelta(days=3)

P = ParamSpec("P")
R = TypeVar("R")
_S, _V = SubscriptionState, SubscriptionEvent
#: What ended a subscription of somebody who may be asked again, at her own wish.
_MAY_RETURN = (_V.UNSUBSCRIBED, _V.BOUNCED)


class Standing(Protocol):
    """Everything about one subscriber."""

    @property
    def subscriber(self) -> Subscriber: ...
    @property
    def subscription(self) -> Subscription: ...
    @property
    def origin(self) -> str: ...


class Book(Protocol):
    """What these functions need of the store."""

    def get(self, email: str) -> Standing | None: ...
    def by_number(self, key: int) -> Standing | None: ...
    def subscription(self, email: str) -> Subscription | None: ...
    def add(self, subscriber: Subscriber, *, event: SubscriptionEvent, consent: Consent, now: datetime) -> Subscription: ...
    def change(self, email: str, event: SubscriptionEvent, *, reason: str = "", now: datetime) -> Subscription | None: ...
    def overlay(self, email: str, changes: Mapping[str, Any], now: datetime) -> Subscriber | None: ...


class Post(Protocol):
    """Puts a mail of that kind (confirm, welcome, help …) to her into the outbox."""

    def __call__(self, kind: str, her: Subscriber, *, now: datetime) -> object: ...


class Answer(StrEnum):
    """What came of it."""

    DONE = "done"
    ALREADY = "already"                    #: it was so before; nothing changed
    REFUSED = "refused"                    #: it cannot happen any more, or there is nobody left to whom it could


def reason_of(event: SubscriptionEvent, detail: str = "") -> str:
    """Why a subscription ended, as it is stored: `unsubscribed`, `bounced: 5.1.1 no such user`."""
    return f"{event}: {detail}" if detail else str(event)


def ended_by(subscription: Subscription) -> SubscriptionEvent | None:
    """What ended it, None while it lives or when that was not noted in this form."""
    word = subscription.reason.partition(":")[0]
    ended = subscription.state in {_S.SUPPRESSED, _S.STOPPED} and word in {event.value for event in _V}
    return _V(word) if ended else None


def may_return(subscription: Subscription) -> bool:
    """Whether she may come back at her own wish: not when the address said "never ask again", complained, or was removed."""
    return subscription.state is _S.STOPPED or (
        subscription.state is _S.SUPPRESSED and ended_by(subscription) in _MAY_RETURN
    )


def _looks_again(act: Callable[P, R]) -> Callable[P, R]:
    """`act`, which changes nothing before its one event, from its start once more where somebody was quicker than it."""

    @wraps(act)
    def settled(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return act(*args, **kwargs)
        except OutOfTurnError:
            return act(*args, **kwargs)

    return settled


# --- Coming --------------------------------------------------------------------------------------------------------------


@_looks_again
def sign_up(book: Book, post: Post, wish: Subscriber, *, how: str, now: datetime, detail: str = "") -> None:
    """Somebody, perhaps not she herself, wants mail for this address: ask the address. Who calls has seen to the limits.

    Nothing that was hers before changes: who is active gets a mail that says how to change her topics, who may return is asked
    whether she wants to, and who never wants to be asked again is not.
    """
    known, standing = book.subscription(wish.email), book.get(wish.email)
    if known is None or (known.state is _S.PENDING and not (standing and standing.origin)):
        book.add(wish, event=_V.SIGNED_UP, consent=Consent(how, now, detail=detail), now=now)
        standing = book.get(wish.email)
    if standing is None:
        return
    state = standing.subscription.state
    if state is _S.ACTIVE:
        post("help", standing.subscriber, now=now)
    elif state is _S.PENDING or may_return(standing.subscription):
        post("confirm", standing.subscriber, now=now)


@_looks_again
def confirm(book: Book, post: Post, key: int, *, asked: datetime, now: datetime) -> Answer:
    """She says yes to the question that we asked her at `asked`. A second yes changes nothing."""
    her = book.by_number(key)
    if her is None:
        return Answer.REFUSED
    if her.subscription.state is _S.ACTIVE:
        return Answer.ALREADY
    if not _is_open(her.subscription, asked):
        return Answer.REFUSED
    event = _V.REVIVED if her.subscription.state is _S.SUPPRESSED else _V.CONFIRMED
    book.change(her.subscriber.email, event, now=now)
    post("welcome", her.subscriber, now=now)
    return Answer.DONE


def _is_open(subscription: Subscription, asked: datetime) -> bool:
    """Whether a question asked at that moment still waits for an answer: what happened since has answered it."""
    if subscription.state is _S.PENDING:
        return True
    since = subscription.since
    return may_return(subscription) and since is not None and asked >= since.replace(microsecond=0)


@_looks_again
def decline(book: Book, key: int, *, now: datetime) -> Answer:
    """This was not me: never ask this address again."""
    her = book.by_number(key)
    if her is None:
        return Answer.REFUSED
    if ended_by(her.subscription) is _V.DECLINED:
        return Answer.ALREADY
    event = _V.UNSUBSCRIBED if her.subscription.state is _S.ACTIVE else _V.DECLINED
    book.change(her.subscriber.email, event, reason=reason_of(_V.DECLINED), now=now)
    return Answer.DONE


# --- Going, and coming back ----------------------------------------------------------------------------------------------


@_looks_again
def leave(book: Book, key: int, *, now: datetime) -> Answer:
    """She wants no more mail. It can be said as often as one likes; nobody left to say it is as good as done."""
    her = book.by_number(key)
    if her is None or her.subscription.state is _S.SUPPRESSED:
        return Answer.ALREADY
    event = _V.DECLINED if her.subscription.state is _S.PENDING else _V.UNSUBSCRIBED
    book.change(her.subscriber.email, event, reason=reason_of(_V.UNSUBSCRIBED), now=now)
    return Answer.DONE


def ask_again(book: Book, post: Post, key: int, *, now: datetime) -> Answer:
    """Somebody with an old link of hers wants mail for her again: ask her. Who calls has seen to the limits."""
    her = book.by_number(key)
    if her is None or not may_return(her.subscription):
        return Answer.REFUSED
    post("confirm", her.subscriber, now=now)
    return Answer.DONE


@_looks_again
def come_back(book: Book, key: int, *, now: datetime) -> Answer:
    """She wants mail again; the fresh link in her hands proves that she reads it."""
    her = book.by_number(key)
    if her is None:
        return Answer.REFUSED
    if her.subscription.state is _S.ACTIVE:
        return Answer.ALREADY
    if not may_return(her.subscription):
        return Answer.REFUSED
    event = _V.REVIVED if her.subscription.state is _S.SUPPRESSED else _V.CONFIRMED
    book.change(her.subscriber.email, event, now=now)
    return Answer.DONE


def change(book: Book, key: int, wishes: Mapping[str, Any], *, now: datetime) -> Subscriber | None:
    """She wants something else of us; answers how she is served then, None when nobody is left to be served."""
    her = book.by_number(key)
    return book.overlay(her.subscriber.email, wishes, now) if her else None
