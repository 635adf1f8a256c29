"""DKIM signatures (RFC 6376), for installations whose relay does not sign. The only room of dkimpy, from the extra `dkim`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from digest.errors import ConfigError
from digest.mail.envelope import Message

#: What the signature covers. From stands twice, so that nobody can add another (RFC 6376, 5.4.2); List-Unsubscribe and
#: List-Unsubscribe-Post have to be covered for one-click to count (RFC 8058, section 4).
COVERED = (
    b"from", b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"list-help", b"list-post", b"auto-submitted",
    b"feedback-id",
)  # fmt: skip
SHORTEST_KEY = 2048                        #: bits; RFC 8301, 3.2 asks signers for so many


@dataclass(frozen=True, slots=True)
class DkimSigner:
    """Signs with rsa-sha256, relaxed/relaxed. `key` is the private key as PEM, `domain` that of the From address."""

    selector: str
    domain: str
    key: bytes = field(repr=False)

    def check(self) -> None:
        """Raises ConfigError when the library is missing, or the key cannot be read or is too short."""
        try:
            from dkim.crypto import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
                UnparsableKeyError,
                parse_pem_private_key,
            )
        except ImportError:
            raise ConfigError("signing needs dkimpy; run pip install 'paper-digest[dkim]'") from None
        try:
            bits = int(parse_pem_private_key(self.key)["modulus"]).bit_length()
        except (UnparsableKeyError, ValueError, KeyError, IndexError) as error:
            raise ConfigError(f"the DKIM key cannot be read ({error}); write an RSA private key in PEM") from None
        if bits < SHORTEST_KEY:
            raise ConfigError(f"the DKIM key has {bits} bits; make one with at least {SHORTEST_KEY} (RFC 8301)")

    def signed(self, message: Message) -> Message:
        """The same message with its signature on top. The same message gives the same signature but for its time."""
        import dkim  # type: ignore[import-untyped,import-not-found,unused-ignore]

        present = {line.split(b":")[0].lower() for line in message.data.split(b"\r\n\r\n", 1)[0].split(b"\r\n") if line[:1] > b" "}
        covered = [name for name in COVERED if name in present]
        signature = dkim.sign(
            message.data,
            self.selector.encode(),
            self.domain.encode("idna"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=covered,
        )
        return replace(message, data=signature + message.data, wired=False)
