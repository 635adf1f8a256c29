"""The printing press: a digest becomes a message, with the templates, links and addresses of this installation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from digest import when
from digest.cli import notes
from digest.errors import ConfigError
from digest.mail.fragments import Fragments
from digest.mail.message import Letterhead, build
from digest.mail.message import message_id as derived
from digest.mail.render import Rendered, render_digest
from digest.mail.signing import DkimSigner
from digest.selection.summary import tldr

if TYPE_CHECKING:
    from digest.errors import RenderError
    from digest.mail.envelope import Message
    from digest.mail.links import Links
    from digest.mail.templates import Templates
    from digest.model import Delivery, Digest, Paper
    from digest.settings import Settings

MOST_SUMMARIES = 20_000


class Printer:
    """Renders digests and builds their messages; fragments of papers are shared by all that it prints."""

    def __init__(self, given: Settings, templates: Templates, links: Links) -> None:
        self.given, self.templates, self.links = given, templates, links
        self.fragments = Fragments()
        self._summaries: dict[tuple[str, int], tuple[str, bool]] = {}
        self._links = lru_cache(maxsize=4)(links.of)  # signed once for the mail and its headers

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...], tuple[RenderError, ...]]:
        """The message of a claimed delivery, the names of the papers that fit into it, and why others could not be printed.

        Raises DigestError.
        """
        rendered = self.render(digest)
        usual = delivery.kind == "digest"
        own = self.message_id(delivery.subscriber, digest.date) if usual else notes.identifier(delivery, self.letterhead)
        identifier = delivery.message_id or own
        at = delivery.due_at or datetime.combine(digest.date, time(), UTC)
        message = self.build(digest, rendered, at=at, identifier=identifier, recipient=delivery.recipient)
        return message, rendered.shown, rendered.failed

    def mail(self, delivery: Delivery) -> Message:
        """Any other mail, from the note in the outbox. Raises DigestError."""
        message = notes.write_out(
            delivery, given=self.given, letterhead=self.letterhead, templates=self.templates, links=self.links
        )
        return self.signer.signed(message) if self.signer else message

    def render(self, digest: Digest) -> Rendered:
        """Subject, text and HTML. Raises RenderError."""
        near = (digest.empty.near_miss,) if digest.empty and digest.empty.near_miss else ()
        return render_digest(
            digest,
            links=self._links(digest.subscriber.key, digest.date),
            templates=self.templates,
            max_html_bytes=self.given.max_html_bytes,
            next_on=when.next_mail_day(digest.subscriber, digest.date),
            postal_address=self.given.postal_address,
            summaries=self.summaries(item.paper for item in (*digest.items, *near)),
            fragments=self.fragments,
            site=self.given.from_address.name or "Paper Digest",
        )

    def summaries(self, papers: Iterable[Paper]) -> Mapping[str, tuple[str, bool]]:
        """One line for each paper, and whether it is the source's own; made once for each."""
        return {paper.id: self._summary(paper) for paper in papers}

    def _summary(self, paper: Paper) -> tuple[str, bool]:
        key = paper.id, paper.version
        if key not in self._summaries:
            if len(self._summaries) > MOST_SUMMARIES:  # a daemon prints for years
                self._summaries.clear()
            self._summaries[key] = tldr(paper)
        return self._summaries[key]

    def build(self, digest: Digest, rendered: Rendered, *, at: datetime, identifier: str = "", recipient: str = "") -> Message:
        """The message of a rendered digest; `at` is what its Date says. Raises ConfigError for an address nobody can write to."""
        her = digest.subscriber
        message = build(
            rendered,
            letterhead=self.letterhead,
            links=self._links(her.key, digest.date),
            recipient=recipient or her.email,
            identifier=identifier or self.message_id(her.key, digest.date),
            at=at,
            name=her.name,
            lang=her.language,
        )
        return self.signer.signed(message) if self.signer else message

    @cached_property
    def signer(self) -> DkimSigner | None:
        """Signs what leaves, where DIGEST_DKIM_KEY says so. Raises ConfigError for a key that cannot be used."""
        path = self.given.dkim_key
        if path is None:
            return None
        try:
            made = DkimSigner(self.given.dkim_selector, self.given.from_address.domain, path.read_bytes())
        except OSError as error:
            raise ConfigError(
                f"the key cannot be read ({error.strerror}); name a readable PEM file", where=str(path), key="DIGEST_DKIM_KEY"
            ) from None
        made.check()
        return made

    def message_id(self, subscriber: int, day: date) -> str:
        """The same on every attempt, and known to nobody else."""
        return derived(subscriber, day, self.letterhead.secret, self.letterhead.domain)

    @cached_property
    def letterhead(self) -> Letterhead:
        given = self.given
        secret = given.secret_key[0] if given.secret_key else "preview"
        return Letterhead(given.from_address.email, given.from_address.name, given.list_name, secret.encode())
