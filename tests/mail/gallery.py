"""All mails that are judged by programs of others: spam filters, accessibility checkers."""

from __future__ import annotations

from digest.mail.letters import VALUES
from digest.mail.links import Links
from digest.mail.message import build, build_answer, message_id
from digest.mail.templates import Templates
from tests.mail.edition import AT, DAY, LETTERHEAD, printed
from tests.mail.test_goldens import DIGESTS
from tests.mail.test_letters import mail

NAMES = (*DIGESTS, *VALUES)


def page(name: str, templates: Templates, links: Links) -> str:
    found = printed(DIGESTS[name], templates, links) if name in DIGESTS else mail(name, templates, links)
    return str(found.html)


def data(name: str, templates: Templates, links: Links) -> bytes:
    identifier = message_id(7, DAY, b"s", "example.org")
    given = {"letterhead": LETTERHEAD, "recipient": "alice@example.org", "identifier": identifier, "at": AT}
    if name in DIGESTS:
        return build(printed(DIGESTS[name], templates, links), links=links.of(7, DAY), **given).data
    return build_answer(mail(name, templates, links), **given).data
