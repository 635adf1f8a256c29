"""Writing out a note from the outbox: with the links and tokens of this installation it becomes a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError, RenderError
from digest.mail.letters import render_mail
from digest.mail.message import Letterhead, build_answer, message_id
from digest.notes import Note
from digest.subscription.membership import CONFIRM_WITHIN
from digest.tokens import Purpose

if TYPE_CHECKING:
    from digest.mail.envelope import Message
    from digest.mail.links import Links
    from digest.mail.templates import Templates
    from digest.model import Delivery
    from digest.settings import Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_out(delivery: Delivery, *, given: Settings, letterhead: Letterhead, templates: Templates, links: Links) -> Message:
    """The message of a note. The same delivery gives the same bytes. Raises DigestError."""
    at = delivery.due_at or _EPOCH
    try:
        note = Note.from_json(delivery.frozen)
        reply_to, values = _addressed(delivery, note, at, links)
        rendered = render_mail(
            delivery.kind,
            values,
            to=delivery.recipient,
            links=links.of(delivery.subscriber, at.date()),
            templates=templates,
            postal_address=given.postal_address,
            lang=note.language,
            site=given.from_address.name or "Paper Digest",
        )
    except (ValueError, KeyError) as error:
        raise RenderError(delivery.kind, f"this version cannot write it, another one put it into the outbox ({error})") from error
    return build_answer(
        rendered,
        letterhead=letterhead,
        recipient=delivery.recipient,
        identifier=delivery.message_id or identifier(delivery, letterhead),
        at=at,
        reply_to=reply_to,
        in_reply_to=note.answers,
        references=tuple(note.references),
    )


def identifier(delivery: Delivery, letterhead: Letterhead) -> str:
    """The Message-ID of a mail that is no digest: derived from its place in the journal, so the same on every attempt."""
    day = (delivery.due_at or _EPOCH).date()
    return message_id(delivery.key, day, letterhead.secret, letterhead.domain, kind=delivery.kind)


def _addressed(delivery: Delivery, note: Note, at: datetime, links: Links) -> tuple[str, Mapping[str, Any]]:
    """Where an answer to a note goes, and what its template is told; a question has a token of its own in both."""
    match delivery.kind:
        case "confirm":
            if not delivery.subscriber:
                raise DigestError("whoever was to be asked is gone, so nobody is")
            reply_to, token = links.asking(Purpose.CONFIRM, delivery.subscriber, at)
            pages = {f"{name}_url": links.page(name, token) if links.base_url else "" for name in ("confirm", "decline")}
            return reply_to, {**note.values, **pages, "days": CONFIRM_WITHIN.days}
        case "approve":
            return links.asking(Purpose.WISH, delivery.key, at)[0], note.values
        case _ if not delivery.subscriber:
            return links.command_address, note.values
        case "goodbye":
            own = links.of(delivery.subscriber, at.date())
            return own.reply_to, {**note.values, "return_url": own.unsubscribe_page}  # the page on which she can come back
        case _:
            return links.of(delivery.subscriber, at.date()).reply_to, note.values
