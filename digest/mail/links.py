"""Where the links of a mail lead: to pages when there is a web address, else to a mail that says the same. PURE.

Pages live under the base address as `/unsubscribe/TOKEN`, `/preferences/TOKEN`, `/digest/TOKEN` and `/feedback/TOKEN/more/3`; each
token is signed for its one purpose, and no address stands in any of them. By mail the token is in the local part behind a further
`+`, so that the same sentence works as a link ("mailto:", RFC 6068) and as a reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from urllib.parse import quote

from digest.errors import ConfigError
from digest.tokens import Purpose, Signer

_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"\x00-\x1f\x7f]+", re.IGNORECASE)
_PLAIN_LINK = re.compile(r"(?:https?://|mailto:)[\w%:/?#\[\]@!$&'()*+,;=~.-]+", re.IGNORECASE | re.ASCII)
_RESERVED = "%:/?#[]@!$&'()*+,;=~"         # RFC 3986, 2.2, and what is encoded already

LOCAL_PART_MAX = 64                        #: RFC 5321, 4.5.3.1.1


@dataclass(frozen=True, slots=True)
class Links:
    """What all links of one installation have in common."""

    signer: Signer
    from_address: str
    command_address: str
    bounce_address: str = ""
    base_url: str = ""                     #: "" = no web: everything by mail

    def of(self, subscriber: int, on: date) -> PersonalLinks:
        """The links of one person's mails of one date. Tokens carry the date as their time, so that "more 3" needs no more."""
        reply_to = self._with_token(self.command_address, Purpose.REPLY, subscriber, on)
        preferences = self._page("preferences", Purpose.MANAGE, subscriber, on)
        return PersonalLinks(
            reply_to=reply_to,
            bounce_address=self._with_token(self.bounce_address, Purpose.BOUNCE, subscriber, on) or self.from_address,
            unsubscribe_page=self._page("unsubscribe", Purpose.UNSUBSCRIBE, subscriber),
            unsubscribe_mail=_mail(reply_to, "unsubscribe"),
            browser=self._page("digest", Purpose.VIEW, subscriber, on),
            preferences=preferences or _mail(reply_to, "topics"),
            pause=f"{preferences}#pause" if preferences else _mail(reply_to, "pause 1 week"),
            help=_mail(reply_to, "help"),
            feedback=self._page("feedback", Purpose.FEEDBACK, subscriber, on),
        )

    def asking(self, purpose: Purpose, subject: int, at: datetime) -> tuple[str, str]:
        """Where the answer to a question goes that was asked at that moment: the address to reply to, and the token for pages."""
        reply_to = with_token(self.command_address, self.signer.sign_address(purpose, subject, at=at))
        return reply_to, self.signer.sign(purpose, subject, at=at)

    def _page(self, page: str, purpose: Purpose, subscriber: int, on: date | None = None) -> str:
        return self.page(page, self.signer.sign(purpose, subscriber, at=_midnight(on))) if self.base_url else ""

    def _with_token(self, address: str, purpose: Purpose, subscriber: int, on: date) -> str:
        return with_token(address, self.signer.sign_address(purpose, subscriber, at=_midnight(on))) if address else ""

    def page(self, *parts: str) -> str:
        """The address of a page, "" without a web address."""
        return "/".join([self.base_url.rstrip("/"), *parts]) if self.base_url else ""

    @property
    def help(self) -> str:
        return _mail(self.command_address, "help")


@dataclass(frozen=True, slots=True)
class PersonalLinks:
    """The links of one mail to one person; where one is empty there is no page to lead to."""

    reply_to: str                          #: where her answers go; its token says whose they are, and to which digest
    bounce_address: str                    #: the envelope sender
    unsubscribe_page: str
    unsubscribe_mail: str
    browser: str                           #: this digest as a page
    preferences: str                       #: topics, days and pauses; by mail the list of her topics
    pause: str
    help: str
    feedback: str                          #: what `more` and `less` append to

    @property
    def unsubscribe(self) -> str:
        return self.unsubscribe_page or self.unsubscribe_mail

    @property
    def by_mail(self) -> bool:
        """Whether everything goes by mail, since there is no web address."""
        return not self.feedback

    def more(self, number: int) -> str:
        """Asks for more papers like that number of this digest."""
        return f"{self.vote}{self.vote_word('more')}{number}"

    def less(self, number: int) -> str:
        return f"{self.vote}{self.vote_word('less')}{number}"

    @property
    def vote(self) -> str:
        """What all her votes begin with."""
        return f"{self.feedback}/" if self.feedback else f"mailto:{self.reply_to}?subject="

    def vote_word(self, word: str) -> str:
        """What stands between that and the number of a paper."""
        return f"{word}/" if self.feedback else f"{word}%20"


def safe_link(address: object) -> str:
    """The address when a mail may link to it (http, https, mailto), else ""; `javascript:` passes escaping unharmed.

    What may not stand in an address is percent-encoded, as UTF-8 (RFC 3986, 2.1; RFC 3987, 3.1).
    """
    text = str(address).strip()
    if _PLAIN_LINK.fullmatch(text):
        return text
    return quote(text, safe=_RESERVED, errors="ignore") if _LINK.fullmatch(text) else ""


@lru_cache(maxsize=64)                     # most mails of a pass are of one date
def _midnight(on: date | None) -> datetime | None:
    return datetime.combine(on, time(), UTC) if on else None


def _mail(address: str, command: str) -> str:
    """A link that opens a mail to us with a command in its subject."""
    return f"mailto:{address}?subject={quote(command)}" if address else ""


def with_token(address: str, token: str) -> str:
    """`digest+commands@…` as `digest+commands+TOKEN@…`. Raises ConfigError when the local part becomes too long."""
    local, _, domain = address.rpartition("@")
    local = f"{local}+{token}" if token else local
    if len(local) > LOCAL_PART_MAX:
        room = LOCAL_PART_MAX - len(token) - 1
        raise ConfigError(f"{address} is too long to carry a token; write one with at most {room} characters before the @")
    return f"{local}@{domain}"
