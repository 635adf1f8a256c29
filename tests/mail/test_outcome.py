"""What a failure means: bounced, deferred or uncertain, and when to try again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.errors import TransportError
from digest.mail.outcome import BACK_OFF, SOON, Blame, blame, delay, outcome
from digest.model import DeliveryEvent
from tests.world import NOW


def failure(phase: str, code: int = 0, enhanced: str = "", text: str = "no") -> TransportError:
    return TransportError(text, phase=phase, code=code, enhanced=enhanced, permanent=code >= 500)


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (failure("rcpt", 550, "5.1.1"), DeliveryEvent.REFUSED),
        (failure("rcpt", 554, "5.7.1"), DeliveryEvent.REFUSED),
        (failure("data", 554), DeliveryEvent.REFUSED),
        (failure("dot", 550, "5.7.1"), DeliveryEvent.REFUSED),
        (failure("mail", 552, "5.3.4"), DeliveryEvent.REFUSED),
        (failure("mail", 550, "5.1.1"), DeliveryEvent.REFUSED),
        (failure("rcpt", 450, "4.2.1"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("dot", 451), DeliveryEvent.FAILED_FOR_NOW),
        (failure("dot", 421), DeliveryEvent.FAILED_FOR_NOW),
        (failure("mail", 421), DeliveryEvent.FAILED_FOR_NOW),
        (failure("mail"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("rcpt"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("data"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("body"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("dot"), DeliveryEvent.LINE_LOST),
        # Ours or the server's: nobody is to be blamed for it, and nobody loses her digest over it.
        (failure("connect"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("greeting", 554), DeliveryEvent.FAILED_FOR_NOW),
        (failure("hello", 550), DeliveryEvent.FAILED_FOR_NOW),
        (failure("tls", 554), DeliveryEvent.FAILED_FOR_NOW),
        (failure("login", 535, "5.7.8"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("mail", 530, "5.7.0"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("mail", 553, "5.1.8"), DeliveryEvent.FAILED_FOR_NOW),
        (failure("mail", 550), DeliveryEvent.FAILED_FOR_NOW),
    ],
    ids=str,
)
def test_what_becomes_of_a_mail(error: TransportError, event: DeliveryEvent) -> None:
    end = outcome(7, error, attempts=0, now=NOW)
    assert (end.key, end.event, end.code) == (7, event, error.code)
    assert (end.retry_at is None) == (event is DeliveryEvent.REFUSED)
    assert end.reason == str(error)


def test_waiting_grows_up_to_an_hour() -> None:
    error = failure("rcpt", 450)
    waits = [outcome(1, error, attempts=n, now=NOW).retry_at for n in range(7)]
    assert waits == [NOW + each for each in (*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1])]


def test_a_line_that_broke_is_no_attempt_and_is_tried_again_soon() -> None:
    end = outcome(1, failure("rcpt"), attempts=5, now=NOW)
    assert (end.attempted, end.retry_at) == (False, NOW + SOON)


def test_a_worn_line_is_told_from_a_refused_mail() -> None:
    error = failure("mail", 452, "4.5.3", "Too many messages")
    assert blame(error, sent_before=100) is Blame.LINE
    assert blame(error, sent_before=0) is Blame.MAIL


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Greylisted, please try again in 300 seconds", 300),
        ("4.7.1 try again in 5 minutes", 300),
        ("Recipient address rejected: Greylisted for 1 minute", 60),
        ("Greylisting in action, please come back in 00:04:58", 298),
        ("rate limit exceeded, wait 2 hours", 7200),
        ("retry after 90s", 90),
        ("in 0 seconds", 1),
        ("come back in 999 hours", 12 * 3600),
        ("mailbox busy", None),
        ("4.2.1 see RFC 5321", None),
        ("queue id 12sABC 7 mails", None),
    ],
)
def test_a_server_may_name_the_delay(text: str, seconds: int | None) -> None:
    assert delay(text) == (None if seconds is None else timedelta(seconds=seconds))


def test_the_named_delay_is_honoured() -> None:
    end = outcome(1, failure("rcpt", 451, text="try again in 17 minutes"), attempts=0, now=NOW)
    assert end.retry_at == NOW + timedelta(minutes=17)
