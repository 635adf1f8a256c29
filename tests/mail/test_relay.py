"""`DIGEST_SMTP_URL`: never a password in clear, never a password in an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigError
from digest.mail.relay import SmtpSettings, parse_url


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
    found = parse_url(url)
    assert (found.host, found.port, found.tls) == (host, port, tls)


def test_user_and_password_may_hold_any_character_as_percent_codes() -> None:
    found = parse_url("smtp://al%40ice:p%2Fa%3As%23s%C3%A9@mail.example.org")
    assert (found.user, found.password) == ("al@ice", "p/a:s#sé")


def test_the_other_settings_are_taken_along() -> None:
    found = parse_url("smtp://localhost", connections=20, per_connection=7, per_domain=2, rate=50, hello="digest.example.org")
    assert found == SmtpSettings("localhost", 25, "none", "", "", 20, 7, 2, 50, "digest.example.org")


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
        ("smtp://user:hunter2@mail.example.org:no", "is no url"),
        ("smtp://user:hunter2@mail.example.org:99999", "is no url"),
        ("smtp://user:hunter2@[::1", "is no url"),
        ("smtp://user:hunter2%FF@mail.example.org", "is no url"),
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
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    assert caught.value.key == "DIGEST_SMTP_URL"
    assert advice in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(parse_url("smtp://user:secret@mail.example.org"))


@given(st.text(max_size=60))
def test_any_text_is_settings_or_an_error(text: str) -> None:
    for url in (text, "smtp://" + text):
        try:
            found = parse_url(url)
        except ConfigError:
            continue
        assert found.host
        assert found.tls != "none" or not found.password
