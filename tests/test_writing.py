"""From a claimed delivery to the message that leaves: one that fails takes no other with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from digest import reading
from digest.errors import DigestError, RenderError
from digest.frozen import freeze
from digest.mail.envelope import Message
from digest.model import Delivery, DeliveryEvent, DeliveryState, Digest, WhenEmpty
from digest.reading import Reading
from digest.writing import RETRY_OUR_FAULT, Memory, write
from tests.world import NOW, TODAY, papers, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operators",))
VOLCANOES = topic("Volcanoes", keywords=("magma chamber",))
PAPERS = tuple(replace(each, key=number) for number, each in enumerate(papers(12), 1))
SCORED = reading.score(Reading(NOW, PAPERS, background=PAPERS, announced=(TODAY,)), (OPERATORS, VOLCANOES))
ALICE = subscriber(topics=(OPERATORS,), trending=0, key=1)


@dataclass
class Press:
    """Prints the numbers of the papers; `jams` names an address that it cannot print for, `holds` how many papers fit."""

    jams: str = ""
    holds: int = 99
    printed: list[Digest] = field(default_factory=list)

    def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...], tuple[DigestError, ...]]:
        if delivery.recipient == self.jams:
            raise RenderError("digest.mjml", "a page is stuck", line=3)
        self.printed.append(digest)
        return self.message(delivery), tuple(item.paper.id for item in digest.items[: self.holds]), ()

    def mail(self, delivery: Delivery) -> Message:
        if delivery.recipient == self.jams:
            raise RenderError(delivery.kind, "no such mail")
        return self.message(delivery)

    def message(self, delivery: Delivery) -> Message:
        return Message("bounce@example.org", delivery.recipient, f"<{delivery.key}@example.org>", b"")


def claimed(key: int = 1, recipient: str = "alice@example.org", **changes: object) -> Delivery:
    given = {"kind": "digest", "recipient": recipient, "state": DeliveryState.SENDING, "subscriber": 1, "date": TODAY}
    return Delivery(key, **(given | changes))  # type: ignore[arg-type]


def memory(**people: object) -> Memory:
    return Memory({1: ALICE} | {her.key: her for her in people.values()}, {}, {each.key: each for each in PAPERS})  # type: ignore[attr-defined]


def test_a_digest_is_written_and_what_it_shows_is_frozen() -> None:
    (written,) = write(Press(), SCORED, [claimed()], memory(), NOW)

    assert written.message
    assert written.frozen
    assert (written.outcome, written.failures) == (None, ())
    assert sorted(written.frozen.papers) == [6, 12]
    assert written.frozen.message_id == written.message.message_id


def test_what_did_not_fit_into_the_mail_is_not_counted_as_sent() -> None:
    (written,) = write(Press(holds=1), SCORED, [claimed()], memory(), NOW)

    assert written.frozen
    assert len(written.frozen.papers) == 1


def test_what_was_frozen_before_is_printed_again_whatever_there_is_to_read_now() -> None:
    press = Press()
    digest = reading.choose(ALICE, TODAY, SCORED, reading.Past())
    nothing = reading.score(Reading(NOW, ()), (OPERATORS,))

    (written,) = write(press, nothing, [claimed(frozen=freeze(digest))], memory(), NOW)

    assert press.printed == [digest]
    assert written.frozen
    assert written.frozen.frozen == freeze(digest)


def test_nothing_to_say_is_a_reason_and_no_mail_unless_she_wants_one() -> None:
    bob = subscriber("bob@example.org", topics=(VOLCANOES,), trending=0, key=2)
    carol = replace(bob, email="carol@example.org", key=3, when_empty=WhenEmpty.MAIL)
    batch = [claimed(1, bob.email, subscriber=2), claimed(2, carol.email, subscriber=3)]

    silent, told = write(Press(), SCORED, batch, memory(bob=bob, carol=carol), NOW)

    assert silent.outcome
    assert (silent.message, silent.outcome.event, silent.outcome.reason) == (
        None, DeliveryEvent.NOTHING_TO_SAY, "Nothing new met your topics.",
    )  # fmt: skip
    assert told.message
    assert told.frozen
    assert told.frozen.papers == ()


def test_who_is_no_longer_to_be_written_to_is_not() -> None:
    (written,) = write(Press(), SCORED, [claimed(subscriber=9)], memory(), NOW)

    assert written.message is None
    assert written.outcome
    assert written.outcome.event == DeliveryEvent.UNSUBSCRIBED


def test_one_that_fails_is_put_off_and_takes_no_other_with_it() -> None:
    bob = replace(ALICE, email="bob@example.org", key=2)
    batch = [claimed(1), claimed(2, bob.email, subscriber=2), claimed(3, "dora@example.org", kind="welcome")]

    good, bad, other = write(Press(jams="bob@example.org"), SCORED, batch, memory(bob=bob), NOW)

    assert good.message
    assert other.message
    assert bad.outcome
    assert str(bad.failures[0]) == "digest.mjml:3: a page is stuck"
    assert (bad.outcome.event, bad.outcome.retry_at) == (DeliveryEvent.FAILED_FOR_NOW, NOW + RETRY_OUR_FAULT)


def test_another_mail_that_fails_is_put_off_as_well() -> None:
    (written,) = write(Press(jams="eve@example.org"), SCORED, [claimed(1, "eve@example.org", kind="welcome")], memory(), NOW)

    assert written.outcome
    assert written.outcome.event == DeliveryEvent.FAILED_FOR_NOW
