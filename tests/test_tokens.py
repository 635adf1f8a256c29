"""Tokens say one thing for one purpose, and nobody without a key can make one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TokenError
from digest.tokens import ADDRESS_TOKEN_MAX, Purpose, Signer, Verified

NOW = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)
SIGNER = Signer(["a secret of the tests"])

purposes = st.sampled_from(list(Purpose))
subjects = st.integers(0, 2**63 - 1)
extras = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
times = st.none() | st.integers(0, 2**32 - 1).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def reason(signer: Signer, purpose: Purpose, token: str, **asked: object) -> str:
    with pytest.raises(TokenError) as caught:
        signer.verify(purpose, token, **asked)  # type: ignore[arg-type]
    return caught.value.reason


@given(purposes, subjects, extras, times)
def test_what_was_signed_is_read_again(purpose: Purpose, subject: int, extra: str, at: datetime | None) -> None:
    token = SIGNER.sign(purpose, subject, extra=extra, at=at)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert SIGNER.verify(purpose, token) == Verified(subject, extra, at)


@given(purposes, st.integers(0, 2**35 - 1), times)
def test_an_address_token_survives_relays_that_change_case_and_fits(purpose: Purpose, subject: int, at: datetime | None) -> None:
    token = SIGNER.sign_address(purpose, subject, at=at)
    assert re.fullmatch(r"[a-z2-7]+", token)
    assert len(token) <= ADDRESS_TOKEN_MAX
    assert SIGNER.verify(purpose, token.upper()) == SIGNER.verify(purpose, token) == Verified(subject, "", at)


def test_tokens_are_short() -> None:
    assert len(SIGNER.sign(Purpose.UNSUBSCRIBE, 100)) == 24
    assert len(SIGNER.sign(Purpose.UNSUBSCRIBE, 2_000_000)) == 27
    assert len(SIGNER.sign(Purpose.CONFIRM, 2_000_000, at=NOW)) == 32
    assert len(SIGNER.sign_address(Purpose.BOUNCE, 2_000_000)) == 32


def test_what_does_not_fit_an_address_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        SIGNER.sign_address(Purpose.REPLY, 1, extra="much too long a text")


@given(purposes, purposes, subjects)
def test_a_token_serves_one_purpose(made_for: Purpose, used_for: Purpose, subject: int) -> None:
    token = SIGNER.sign(made_for, subject)
    if made_for is used_for:
        SIGNER.verify(used_for, token)
    else:
        assert reason(SIGNER, used_for, token) == "wrong purpose"


@given(subjects, extras, times, st.data())
def test_one_changed_character_is_enough_to_be_refused(subject: int, extra: str, at: datetime | None, data: st.DataObject) -> None:
    token = SIGNER.sign(Purpose.MANAGE, subject, extra=extra, at=at)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCXYZabcxyz0189-_").filter(lambda char: char != token[place]))
    assert reason(SIGNER, Purpose.MANAGE, token[:place] + other + token[place + 1 :]) in ("forged", "malformed")


@given(st.integers(0, 31))
def test_a_cut_token_is_refused(length: int) -> None:
    assert reason(SIGNER, Purpose.CONFIRM, SIGNER.sign(Purpose.CONFIRM, 2_000_000, at=NOW)[:length]) in ("forged", "malformed")
    assert reason(SIGNER, Purpose.CONFIRM, SIGNER.sign_address(Purpose.CONFIRM, 2_000_000)[:length]) in ("forged", "malformed")


@given(st.text(max_size=80) | st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ234567_-=+/", min_size=20, max_size=60))
def test_whatever_comes_in_place_of_a_token_is_refused(text: str) -> None:
    assert reason(SIGNER, Purpose.FEEDBACK, text) in ("forged", "malformed")


def test_a_token_that_is_wrapped_or_padded_is_not_the_token() -> None:
    token = SIGNER.sign(Purpose.VIEW, 100)
    for other in (f" {token}", f"{token}\n", f"{token}=", f"{token[:5]} {token[5:]}", token + token, ""):
        assert reason(SIGNER, Purpose.VIEW, other) in ("forged", "malformed")


def test_after_a_rotation_the_new_key_signs_and_both_verify() -> None:
    old, both, new = Signer(["old"]), Signer(["new", "old"]), Signer(["new"])
    before, after = old.sign(Purpose.FEED, 7), both.sign(Purpose.FEED, 7)
    assert both.verify(Purpose.FEED, before) == both.verify(Purpose.FEED, after) == Verified(7)
    assert new.verify(Purpose.FEED, after) == Verified(7)
    assert reason(new, Purpose.FEED, before) == "forged"


def test_a_confirmation_ends_after_three_days_and_an_unsubscription_never() -> None:
    confirm = SIGNER.sign(Purpose.CONFIRM, 7, at=NOW)
    days = timedelta(days=3)
    assert SIGNER.verify(Purpose.CONFIRM, confirm, now=NOW + days, max_age=days) == Verified(7, "", NOW)
    assert reason(SIGNER, Purpose.CONFIRM, confirm, now=NOW + days + timedelta(seconds=1), max_age=days) == "expired"
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, SIGNER.sign(Purpose.UNSUBSCRIBE, 7), now=NOW + 3650 * days)


def test_an_age_cannot_be_proved_without_a_time() -> None:
    assert reason(SIGNER, Purpose.CONFIRM, SIGNER.sign(Purpose.CONFIRM, 7), now=NOW, max_age=timedelta(days=3)) == "expired"


@pytest.mark.parametrize("keys", [[], [""], ["good", b""]])
def test_nobody_signs_without_a_key(keys: list[str | bytes]) -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Signer(keys)


def test_tokens_of_yesterday_are_read_tomorrow() -> None:
    """The form is part of every mail ever sent: this token must verify for ever."""
    assert SIGNER.sign(Purpose.UNSUBSCRIBE, 300, extra="x") == "IawCeLKf_jl78eBAoP1NtBViwaM"
    names = ["confirm", "unsubscribe", "manage", "feedback", "bounce", "reply", "view", "feed", "form", "wish"]
    assert [each.value for each in Purpose] == names
