"""The printing press: a digest becomes a message, with the templates, links and addresses of this installation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digest import when
from digest.mail.fragments import Fragments
from digest.mail.message import Letterhead, build
from digest.mail.message import message_id as derived
from digest.mail.render import Rendered, render_digest
from digest.selection.summary import tldr

if TYPE_CHECKING:
    from digest.mail.envelope import Message
    from digest.mail.links import Links
    from digest.mail.templates import Templates
    from digest.model import Digest, Paper
    from digest.settings import Settings


class Printer:
    """Renders digests and builds their messages; fragments of papers are shared by all that it prints."""

    def __init__(self, given: Settings, templates: Templates, links: Links) -> None:
        self.given, self.templates, self.links = given, templates, links
        self.fragments = Fragments()
        self._summaries: dict[tuple[str, int], tuple[str, bool]] = {}

    def render(self, digest: Digest) -> Rendered:
        """Subject, text and HTML. Raises RenderError."""
        return render_digest(
            digest,
            links=self.links.of(digest.subscriber.key, digest.date),
            templates=self.templates,
            max_html_bytes=self.given.max_html_bytes,
            next_on=when.next_mail_day(digest.subscriber, digest.date),
            postal_address=self.given.postal_address,
            summaries=self.summaries(item.paper for item in digest.items),
            fragments=self.fragments,
            site=self.given.from_address.name or "Paper Digest",
        )

    def summaries(self, papers: Iterable[Paper]) -> Mapping[str, tuple[str, bool]]:
        """One line for each paper, and whether it is the source's own; made once for each."""
        return {paper.id: self._summary(paper) for paper in papers}

    def _summary(self, paper: Paper) -> tuple[str, bool]:
        key = paper.id, paper.version
        if key not in self._summaries:
            self._summaries[key] = tldr(paper)
        return self._summaries[key]
