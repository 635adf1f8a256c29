"""A certificate for tests, made on the spot: nothing that looks like a key is kept in the repository."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from tests.needs import needs_program


def certificate(folder: Path, *, name: str = "127.0.0.1") -> Path:
    """A file with a fresh key and its self-signed certificate for `name`, an address or a host."""
    openssl = needs_program("openssl", package="openssl")
    key, file = folder / "key.pem", folder / f"{name}.pem"
    kind = "IP" if name[0].isdigit() else "DNS"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    subprocess.run(
        [openssl, *made, "-addext", f"subjectAltName={kind}:{name}", "-keyout", key, "-out", file], check=True, capture_output=True
    )
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


def server_side(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def client_side(file: Path) -> ssl.SSLContext:
    """Trusts that certificate and no other."""
    return ssl.create_default_context(cafile=file)
