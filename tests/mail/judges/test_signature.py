"""A signed digest before opendkim, the verifier of many mail servers: whole it passes, altered it does not."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from digest.mail.envelope import Message
from digest.mail.links import Links
from digest.mail.signing import DkimSigner
from digest.mail.templates import Templates
from tests.mail.gallery import data
from tests.needs import needs_program

pytest.importorskip("dkim", reason="no dkimpy here: install the extra dkim")

SELECTOR, DOMAIN = "papers", "example.org"


class Verifier:
    """opendkim in test mode: it reads a mail from a file, and the public key from another instead of asking the name server."""

    def __init__(self, folder: Path, public_key: bytes) -> None:
        self._program = needs_program("opendkim", Path("/usr/sbin"), package="opendkim")
        self._folder = folder
        record = base64.b64encode(public_key).decode()
        (folder / "keys").write_text(f"{SELECTOR}._domainkey.{DOMAIN} v=DKIM1; k=rsa; p={record}\n")
        config = f"Mode v\nTestPublicKeys {folder / 'keys'}\nSyslog no\nOn-BadSignature reject\n"
        (folder / "opendkim.conf").write_text(config)

    def __call__(self, mail: bytes) -> str:
        (self._folder / "mail.eml").write_bytes(mail)
        command = [self._program, "-x", self._folder / "opendkim.conf", "-t", self._folder / "mail.eml", "-vvv"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def key() -> bytes:
    openssl = needs_program("openssl", package="openssl")
    return subprocess.run([openssl, "genrsa", "-traditional", "2048"], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def verify(key: bytes, tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    openssl = needs_program("openssl", package="openssl")
    public = subprocess.run([openssl, "rsa", "-pubout", "-outform", "DER"], input=key, capture_output=True, check=True).stdout
    folder = tmp_path_factory.mktemp("opendkim")
    os.chmod(folder, 0o700)  # noqa: PTH101 - opendkim refuses what others may write
    return Verifier(folder, public)


@pytest.fixture(scope="module")
def signed(key: bytes, templates: Templates, web: Links) -> bytes:
    message = Message("digest@example.org", "alice@example.org", "<x@example.org>", data("digest", templates, web))
    return DkimSigner(SELECTOR, DOMAIN, key).signed(message).data


@pytest.mark.slow
@pytest.mark.judges
def test_opendkim_takes_a_signed_digest(signed: bytes, verify: Verifier) -> None:
    assert "dkim=pass" in verify(signed)


@pytest.mark.slow
@pytest.mark.judges
@pytest.mark.parametrize("name", [b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Subject", b"From", b"List-Id", b"Reply-To"])
def test_altering_a_field_that_counts_breaks_it(name: bytes, signed: bytes, verify: Verifier) -> None:
    altered = signed.replace(b"\r\n" + name + b": ", b"\r\n" + name + b": x", 1)
    assert altered != signed
    said = verify(altered)
    assert "dkim=pass" not in said
    assert "REJECT" in said


@pytest.mark.slow
@pytest.mark.judges
def test_taking_one_click_out_breaks_it(signed: bytes, verify: Verifier) -> None:
    without = signed.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"", 1)
    assert without != signed
    assert "REJECT" in verify(without)
