"""Every mail as it was last looked at: a change of one character is seen here, and renewed by `--renew-goldens` if meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digest.mail.letters import VALUES
from digest.mail.links import Links
from digest.mail.message import build, message_id
from digest.mail.templates import Templates
from digest.model import Digest, Layout
from tests.mail.edition import AT, DAY, LETTERHEAD, digest, empty, printed, reader
from tests.mail.test_letters import mail

Golden = Callable[[str, str], None]
DIGESTS: dict[str, Digest] = {
    "digest": digest(),
    "digest-compact": digest(subscriber=reader(layout=Layout.COMPACT)),
    "digest-german": digest(subscriber=reader(language="de"), silence=""),
    "empty": empty(),
}


@pytest.mark.parametrize("name", DIGESTS)
def test_digests(name: str, templates: Templates, web: Links, golden: Golden) -> None:
    found = printed(DIGESTS[name], templates, web)
    golden(f"{name}.html", found.html)
    golden(f"{name}.txt", f"{found.subject}\n{found.preheader}\n\n{found.text}")


@pytest.mark.parametrize("name", VALUES)
def test_letters(name: str, templates: Templates, web: Links, golden: Golden) -> None:
    found = mail(name, templates, web)
    golden(f"{name}.html", found.html)
    golden(f"{name}.txt", f"{found.subject}\n{found.preheader}\n\n{found.text}")


def test_a_digest_without_web_in_bytes(templates: Templates, no_web: Links, golden: Golden) -> None:
    found = printed(digest(), templates, no_web)
    message = build(
        found, letterhead=LETTERHEAD, links=no_web.of(7, DAY), recipient="alice@example.org", name="Alice Example",
        identifier=message_id(7, DAY, LETTERHEAD.secret, LETTERHEAD.domain), at=AT,
    )  # fmt: skip
    golden("digest-by-mail.eml", message.data.decode("ascii"))
