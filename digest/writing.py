"""From a claimed delivery to the message that leaves and the words that are frozen: the middle stages of a pass.

A `Writer` asks the store what it remembers of a batch, and the rest is without I/O. One digest that fails is put off and takes no
other with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from digest import frozen, reading
from digest.errors import DigestError
from digest.mail.envelope import Message
from digest.model import Delivery, DeliveryEvent, Digest, Frozen, Outcome, Paper, Subscriber, Topic, WhenEmpty
from digest.notes import AGAIN
from digest.selection.semantic import Embedder
from digest.silence import in_full
from digest.store.store import Store

DIGEST = "digest"
#: A digest that our own templates or addresses spoiled is tried again when somebody may have mended them.
RETRY_OUR_FAULT = timedelta(minutes=15)


class Press(Protocol):
    """Makes messages: assembled by `cli/` from templates, links and the sender's addresses."""

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...], tuple[DigestError, ...]]:
        """The message, the names of the papers that fit into it, and why others could not be printed. Raises DigestError."""

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
    """What came of one claimed delivery: a message and what to freeze of it, or an outcome; and what failed on our side."""

    delivery: Delivery
    message: Message | None = None
    frozen: Frozen | None = None
    outcome: Outcome | None = None
    failures: tuple[DigestError, ...] = ()


class Writing(Protocol):
    """A `Writer` wherever it works."""

    def __call__(self, batch: Sequence[Delivery], now: datetime) -> Awaitable[list[Written]]: ...


class Writer:
    """Writes the mails of one pass, a batch at a time. What there is to read is read and scored when the first digest needs it."""

    def __init__(
        self, store: Store, press: Press, *, topics: Iterable[Topic] = (), embedder: Embedder | None = None
    ) -> None:
        self._store, self._press, self._embedder = store, press, embedder
        self._topics = frozenset(topics)
        self._scored: reading.Scored | None = None

    def __call__(self, batch: Sequence[Delivery], now: datetime) -> list[Written]:
        memory = remember(self._store, batch)
        return write(self._press, self._scored_for(memory.to_choose_for, now), batch, memory, now)

    def _scored_for(self, people: Sequence[Subscriber], now: datetime) -> reading.Scored | None:
        """Every distinct topic scored once; None as long as nobody needs it.

        `people` are those of one batch. One whose topics were not expected, since another process planned her digest or she has
        only just begun, makes all be scored again.
        """
        wanted = {topic for each in people for topic in each.topics}
        if people and (self._scored is None or not wanted <= self._topics):
            self._topics |= wanted
            topics = sorted(self._topics, key=repr)
            self._scored = reading.score(reading.read(self._store, now=now, topics=topics), topics, self._embedder)
        return self._scored


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
        return put_off(delivery, error, now)


def put_off(delivery: Delivery, error: DigestError, now: datetime) -> Written:
    """Tried again when somebody may have mended it."""
    end = Outcome(delivery.key, DeliveryEvent.FAILED_FOR_NOW, now, str(error), retry_at=now + RETRY_OUR_FAULT)
    return Written(delivery, outcome=end, failures=(error,))


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
        return Written(delivery, outcome=Outcome(delivery.key, DeliveryEvent.NOTHING_TO_SAY, now, in_full(digest.empty)))
    message, shown, unprintable = press.digest(digest, delivery)
    keys = {item.paper.id: item.paper.key for item in digest.items}
    shown_keys = tuple(keys[name] for name in shown if name in keys)
    content = delivery.frozen or frozen.freeze(digest)
    return Written(delivery, message, Frozen(delivery.key, content, message.message_id, shown_keys), failures=unprintable)
