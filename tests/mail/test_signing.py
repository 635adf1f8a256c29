from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from digest.errors import ConfigError
from digest.mail.envelope import Message
from digest.mail.links import Links
from digest.mail.signing import DkimSigner
from digest.mail.templates import Templates
from tests.mail.gallery import data
from tests.mail.opener import opened
from tests.needs import needs_program

dkim = pytest.importorskip("dkim", reason="no dkimpy here: install the extra dkim")


def made_key(bits: int) -> bytes:
    openssl = needs_program("openssl", package="openssl")
    return subprocess.run([openssl, "genrsa", "-traditional", str(bits)], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def key() -> bytes:
    return made_key(2048)


@pytest.fixture(scope="module")
def record(key: bytes) -> Callable[..., bytes]:
    """The domain's name server, with one answer."""
    openssl = needs_program("openssl", package="openssl")
    public = subprocess.run([openssl, "rsa", "-pubout", "-outform", "DER"], input=key, capture_output=True, check=True).stdout
    return lambda name, timeout=5: b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture(scope="module")
def signed(key: bytes, templates: Templates, web: Links) -> Message:
    message = Message("digest@example.org", "alice@example.org", "<x@example.org>", data("digest", templates, web))
    signer = DkimSigner("papers", "example.org", key)
    signer.check()
    return signer.signed(message)


def verified(message: Message, record: Callable[..., bytes]) -> bool:
    return bool(dkim.verify(message.data, dnsfunc=record))


def test_a_signed_digest_is_verified(signed: Message, record: Callable[..., bytes]) -> None:
    assert verified(signed, record)


COUNTS = [b"From", b"To", b"Subject", b"List-Unsubscribe", b"List-Unsubscribe-Post", b"List-Id", b"Message-ID"]


@pytest.mark.parametrize("name", COUNTS)
def test_altering_what_counts_breaks_the_signature(name: bytes, signed: Message, record: Callable[..., bytes]) -> None:
    altered = signed.data.replace(b"\r\n" + name + b": ", b"\r\n" + name + b": x", 1)
    assert altered != signed.data
    assert not verified(replace(signed, data=altered), record)


def test_a_second_sender_cannot_be_added(signed: Message, record: Callable[..., bytes]) -> None:
    head, _, rest = signed.data.partition(b"\r\nTo: ")
    assert not verified(replace(signed, data=head + b"\r\nFrom: evil@example.net\r\nTo: " + rest), record)


def test_altering_the_body_breaks_the_signature(signed: Message, record: Callable[..., bytes]) -> None:
    assert not verified(replace(signed, data=signed.data.replace(b"Unsubscribe:", b"Subscribe:", 1)), record)


def test_a_signature_is_the_only_thing_added(signed: Message, templates: Templates, web: Links) -> None:
    assert signed.data.endswith(data("digest", templates, web))
    assert opened(signed.data).names()[0] == "dkim-signature"


def test_a_key_that_is_none_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match="RSA private key in PEM"):
        DkimSigner("papers", "example.org", b"not a key").check()


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 2048"):
        DkimSigner("papers", "example.org", made_key(1024)).check()


def test_the_key_is_not_told_to_logs(key: bytes) -> None:
    assert "PRIVATE" not in repr(DkimSigner("papers", "example.org", key))
