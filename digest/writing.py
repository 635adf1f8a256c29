"""From a claimed delivery to the message that leaves and the words that are frozen: the middle stages of a pass, without I/O.

A batch is written in a worker, from what the store remembered of it beforehand; one digest that fails is put off and takes no other
with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from digest import frozen, reading
from digest.errors import DigestError
from digest.mail.envelope import Message
from digest.model import Delivery, DeliveryEvent, Digest, Frozen, Outcome, Paper, Subscriber, WhenEmpty
from digest.notes import AGAIN
from digest.store.store import Store

DIGEST = "digest"
#: A digest that our own templates or addresses spoiled is tried again when somebody may have mended them.
RETRY_OUR_FAULT = timedelta(minutes=15)


class Press(Protocol):
    """Makes messages: assembled by `cli/` from templates, links and the sender's addresses."""

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...]]:
        """The message, and the names of the papers that fit into it. Raises DigestError."""

    def mail(self, delivery: Delivery) -> Message:
        """Any other mail, from what it froze when it was put into the outbox."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of the people in one batch, and the papers of digests that were frozen by an earlier try."""

    people: Mapping[int, Subscriber]
    pasts: Mapping[int, reading.Past]
    papers: Mapping[int, Paper]

    @property
    def to_choose_for(self) -> tuple[Subscriber, ...]:
        """Those whose digest is still to be chosen."""
        return tuple(self.people[key] for key in self.pasts if key in self.people)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one claimed delivery: a message and what to freeze of it, nothing to say, or a failure of ours."""

    delivery: Delivery
    message: Message | None = None
    frozen: Frozen | None = None
    outcome: Outcome | None = None
    failure: DigestError | None = None


def remember(store: Store, batch: Sequence[Delivery]) -> Memory:
    """Everything that the store has to say about a batch, in few questions."""
    digests = [each for each in batch if each.kind in {DIGEST, AGAIN}]
    fresh = [each for each in digests if not each.frozen]
    pasts: dict[int, reading.Past] = {}
    for day in sorted({each.date for each in fresh if each.date}, reverse=True):  # of two days of one person the first counts
        pasts |= reading.past_of(store, [each.subscriber for each in fresh if each.date == day], before=day)
    keys = {key for each in digests if each.frozen for key in frozen.mentioned_keys(each.frozen)}
    return Memory(store.subscribers.by_key({each.subscriber for each in digests}), pasts, store.papers.by_key(keys))


def write(press: Press, scored: reading.Scored | None, batch: Sequence[Delivery], memory: Memory, now: datetime) -> list[Written]:
    """A message for each of a batch, earlier days first: what one shows to somebody, a later one of hers does not show again.

    One that fails is put off; it never takes the others with it.
    """
    pasts = dict(memory.pasts)
    memory = replace(memory, pasts=pasts)
    done = []
    for each in sorted(batch, key=lambda each: each.date or date.min):
        written = write_one(press, scored, each, memory, now)
        if written.frozen and each.date:
            pasts[each.subscriber] = pasts.get(each.subscriber, reading.Past()).after(each.date, written.frozen.papers)
        done.append(written)
    return done


def write_one(press: Press, scored: reading.Scored | None, delivery: Delivery, memory: Memory, now: datetime) -> Written:
    """One mail, digest or other; what our own templates or addresses spoil is put off until somebody may have mended them."""
    try:
        if delivery.kind not in {DIGEST, AGAIN}:
            return Written(delivery, press.mail(delivery))
        return _digest(press, scored, delivery, memory, now)
    except DigestError as error:
        put_off = Outcome(delivery.key, DeliveryEvent.FAILED_FOR_NOW, now, str(error), retry_at=now + RETRY_OUR_FAULT)
        return Written(delivery, outcome=put_off, failure=error)


def _digest(press: Press, scored: reading.Scored | None, delivery: Delivery, memory: Memory, now: datetime) -> Written:
    """Select and render one digest, or render again what was frozen before. Raises DigestError."""
    her = memory.people.get(delivery.subscriber)
    if delivery.kind == AGAIN and her:
        return Written(delivery, press.digest(frozen.thaw(delivery.frozen, her, memory.papers), delivery)[0])
    if her is None or delivery.date is None:
        return Written(delivery, outcome=Outcome(delivery.key, DeliveryEvent.UNSUBSCRIBED, now, "no longer a subscriber"))
    if delivery.frozen or scored is None:
        digest = frozen.thaw(delivery.frozen, her, memory.papers)
    else:
        digest = reading.choose(her, delivery.date, scored, memory.pasts.get(her.key, reading.Past()))
    if not digest.items and digest.empty and her.when_empty == WhenEmpty.SKIP:
        return Written(delivery, outcome=Outcome(delivery.key, DeliveryEvent.NOTHING_TO_SAY, now, digest.empty.text))
    message, shown = press.digest(digest, delivery)
    keys = {item.paper.id: item.paper.key for item in digest.items}
    shown_keys = tuple(keys[name] for name in shown if name in keys)
    content = delivery.frozen or frozen.freeze(digest)
    return Written(delivery, message, Frozen(delivery.key, content, message.message_id, shown_keys))
