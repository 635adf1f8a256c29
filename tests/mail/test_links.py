from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from digest.errors import ConfigError
from digest.mail.links import LOCAL_PART_MAX, Links, safe_link, with_token
from digest.tokens import ADDRESS_TOKEN_MAX, Purpose, Signer
from tests.mail.edition import DAY

SIGNER = Signer([b"test key"])


def token(address: str) -> str:
    return urlsplit(address).path.split("/")[2]


def test_pages_carry_tokens_for_one_purpose_each(web: Links) -> None:
    hers = web.of(7, DAY)
    assert SIGNER.verify(Purpose.UNSUBSCRIBE, token(hers.unsubscribe_page)).subject == 7
    assert SIGNER.verify(Purpose.MANAGE, token(hers.preferences)).subject == 7
    assert SIGNER.verify(Purpose.VIEW, token(hers.browser)).at.date() == DAY  # type: ignore[union-attr]
    assert hers.more(3) == f"https://digest.example.org/feedback/{token(hers.more(3))}/more/3"
    assert SIGNER.verify(Purpose.FEEDBACK, token(hers.less(2))).subject == 7


def test_no_address_stands_in_any_link(web: Links) -> None:
    hers = web.of(7, DAY)
    assert not any("alice" in link for link in (hers.unsubscribe, hers.preferences, hers.browser, hers.more(1), hers.reply_to))


def test_without_a_web_address_everything_goes_by_mail(no_web: Links) -> None:
    hers = no_web.of(7, DAY)
    assert hers.by_mail
    assert hers.browser == hers.unsubscribe_page == ""
    for link in (hers.unsubscribe, hers.preferences, hers.pause, hers.help, hers.more(3), hers.less(2)):
        assert link.startswith(f"mailto:{hers.reply_to}?subject=")
    assert parse_qs(urlsplit(hers.more(3)).query)["subject"] == ["more 3"]


def test_the_reply_address_says_whose_it_is_and_for_which_day(no_web: Links) -> None:
    local = no_web.of(7, DAY).reply_to.partition("@")[0]
    assert local.startswith("digest+commands+")
    found = SIGNER.verify(Purpose.REPLY, local.rpartition("+")[2].upper())  # relays change case
    assert (found.subject, found.at and found.at.date()) == (7, DAY)


def test_a_bounce_address_fits_into_64_characters_for_any_subscriber(web: Links) -> None:
    for key in (0, 7, 2_000_000, 2**34):
        assert len(web.of(key, DAY).bounce_address.partition("@")[0]) <= LOCAL_PART_MAX


def test_without_a_bounce_address_bounces_go_to_the_sender() -> None:
    assert Links(SIGNER, "digest@example.org", "c@example.org").of(7, DAY).bounce_address == "digest@example.org"


def test_an_address_too_long_for_a_token_says_how_long_it_may_be() -> None:
    with pytest.raises(ConfigError, match="at most 21 characters"):
        with_token("x" * 30 + "@example.org", "t" * ADDRESS_TOKEN_MAX)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://arxiv.org/abs/2603.00001", "https://arxiv.org/abs/2603.00001"),
        (" http://example.org/a?b=1&c=%20#d ", "http://example.org/a?b=1&c=%20#d"),
        ("mailto:a@example.org?subject=more%203", "mailto:a@example.org?subject=more%203"),
        ("https://example.org/ü|\ud800", "https://example.org/%C3%BC%7C"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org", ""),
        ('https://example.org/"onclick', ""),
        ("https://example.org/a b", ""),
        ("", ""),
    ],
)
def test_only_addresses_that_are_safe_to_follow_are_linked(address: str, safe: str) -> None:
    assert safe_link(address) == safe
