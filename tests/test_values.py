"""`DIGEST_SMTP_URL`: never a password in clear, never a password in an error."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.values import smtp


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://127.0.0.1:25", "127.0.0.1", 25, "none"),
        ("smtp://localhost", "localhost", 25, "none"),
        ("smtp://[::1]:2525", "::1", 2525, "none"),
        ("smtp://127.0.0.1?tls=required", "127.0.0.1", 25, "required"),
        ("smtp://mail.example.org", "mail.example.org", 25, "required"),
        ("smtp://mail.example.org?tls=none", "mail.example.org", 25, "none"),
        ("smtp://user:secret@mail.example.org", "mail.example.org", 587, "required"),
        ("smtp://user:secret@127.0.0.1:25", "127.0.0.1", 25, "required"),
        ("smtps://user:secret@mail.example.org", "mail.example.org", 465, "implicit"),
        ("smtps://mail.example.org:4650", "mail.example.org", 4650, "implicit"),
        ("smtp://bücher.example", "xn--bcher-kva.example", 25, "required"),
    ],
)
def test_a_url_says_where_and_how_safely(url: str, host: str, port: int, tls: str) -> None:
    found = smtp(url)
    assert (found.host, found.port, found.tls) == (host, port, tls)


def test_user_and_password_may_hold_any_character_as_percent_codes() -> None:
    found = smtp("smtp://al%40ice:p%2Fa%3As%23s%C3%A9@mail.example.org")
    assert (found.user, found.password) == ("al@ice", "p/a:s#sé")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("smtp://user:hunter2@mail.example.org?tls=none", "in clear"),
        ("smtp://user:hunter2@127.0.0.1?tls=none", "in clear"),
        ("smtps://user:hunter2@mail.example.org?tls=none", "only with smtp://"),
        ("smtp://user:hunter2@mail.example.org?tsl=none", "?tls=none"),
        ("smtp://user:hunter2@mail.example.org/INBOX", "behind host and port"),
        ("smtp://user:hunter2#x@mail.example.org", "# as %23"),
        ("smtp://user:hunter2@mail.example.org#hunter2", "behind host and port"),
        ("smtp://user:hunter2@mail.example.org:no", "no url"),
        ("smtp://user:hunter2@mail.example.org:99999", "no url"),
        ("smtp://user:hunter2@[::1", "no url"),
        ("smtp://user:hunter2%FF@mail.example.org", "no url"),
        ("smtp://user:hunter2%0D%0A@mail.example.org", "control character"),
        ("smtp://user@mail.example.org", "without a password"),
        ("smtp://:hunter2@mail.example.org", "without a user"),
        ("http://user:hunter2@mail.example.org", "smtp://host:25"),
        ("mail.example.org:25", "smtp://host:25"),
        ("smtp://", "smtp://host:25"),
        ("", "smtp://host:25"),
    ],
)
def test_a_url_that_cannot_work_is_an_error_that_keeps_the_secret(url: str, advice: str) -> None:
    with pytest.raises(ValueError, match=re.escape(advice)) as caught:
        smtp(url)
    assert "hunter2" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(smtp("smtp://user:secret@mail.example.org"))


@given(st.text(max_size=60))
def test_any_text_is_settings_or_an_error(text: str) -> None:
    for url in (text, "smtp://" + text):
        try:
            found = smtp(url)
        except ValueError:
            continue
        assert found.host
        assert found.tls != "none" or not found.password
