"""An address as the store knows it, and what is left of one that is forgotten.

An address is looked up in lower case as a whole: in theory the part before the @ may tell case apart (RFC 5321, section 2.4), in
practice nobody who does can receive mail.
"""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, select

from digest.store.tables import meta

FORGOTTEN = "forgotten:"


def address_of(email: str) -> str:
    return email.strip().lower()


def salt(connection: Connection) -> bytes:
    """The store's own: without it, whoever reads the hashes cannot try addresses on them."""
    return bytes.fromhex(connection.execute(select(meta.c.value).where(meta.c.key == "salt")).scalar_one())


def forgotten_name(address: str, salt: bytes) -> str:
    """What stands in the place of a forgotten address: enough to know it again when it comes back, too little to write to it."""
    return FORGOTTEN + blake2b(address.encode(), digest_size=16, key=salt).hexdigest()
