"""Stories of whole passes, through a fake source and a real SMTP conversation."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from digest import pipeline
from digest.errors import ConfigError, RenderError
from digest.mail.envelope import Message
from digest.model import Delivery, DeliveryState, Digest, SubscriptionEvent, WhenEmpty
from tests.fakes import World
from tests.sink import HANG_UP, Sink
from tests.world import NOW, TODAY, paper, papers, sighting, subscriber, topic

OPERATORS = topic("Operators", keywords=("neural operators",))
DIFFUSION = topic("Diffusion", keywords=("diffusion models",))


def shown(sink: Sink, recipient: str) -> list[list[str]]:
    """The ids in each digest that somebody got, from its text part."""
    mails = [email.message_from_bytes(each.data, policy=email.policy.default) for each in sink.mails if each.recipient == recipient]
    texts = [part.get_content() for mail in mails for part in mail.iter_parts() if part.get_content_type() == "text/plain"]
    return [re.findall(r"^Abstract: \S*/(\S+)", text, re.MULTILINE) for text in texts]


async def test_a_pass_fetches_matches_and_sends_to_everybody_who_is_due(world: World, sink: Sink) -> None:
    world.source.has(*papers(12))
    world.subscribes(subscriber("alice@example.org", topics=(OPERATORS,)), subscriber("bob@example.org", topics=(DIFFUSION,)))

    report = await pipeline.run(world.house())

    assert (report.exit_code, report.due, report.sent_now) == (0, 2, 2)
    assert report.tally == {DeliveryState.SENT: 2}
    assert report.adds_up
    assert sorted(shown(sink, "alice@example.org")[0]) == ["2603.00006", "2603.00012"]
    assert sorted(shown(sink, "bob@example.org")[0]) == ["2603.00001", "2603.00007"]


async def test_a_second_pass_on_the_same_day_sends_nothing(world: World, sink: Sink) -> None:
    world.source.has(*papers(12))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    await pipeline.run(world.house())
    world.clock.goes_on(hours=3)

    again = await pipeline.run(world.house())

    assert again.sent_now == 0
    assert again.tally == {DeliveryState.SENT: 1}
    assert len(sink.mails) == 1


async def test_a_paper_is_never_sent_twice(world: World, sink: Sink) -> None:
    world.source.has(*papers(60))
    world.subscribes(subscriber(topics=(OPERATORS,), max_papers=4, trending=0))
    for _ in range(4):
        await pipeline.run(world.house())
        world.clock.goes_on(days=1)

    sent = [each for digest in shown(sink, "alice@example.org") for each in digest]

    assert len(sent) == len(set(sent))
    assert len(sent) == 10, "what did not fit on the first day came on the next ones"


async def test_one_persons_digest_does_not_depend_on_another(world: World, sink: Sink, tmp_path: Path) -> None:
    alice = subscriber("alice@example.org", topics=(OPERATORS,))
    elsewhere = World(tmp_path / "elsewhere", sink.port)
    for each in (world, elsewhere):
        each.source.has(*papers(30))
        each.subscribes(alice)
    elsewhere.subscribes(*(subscriber(f"bob{n}@example.org", topics=(OPERATORS, DIFFUSION)) for n in range(5)))
    await pipeline.run(world.house())
    await pipeline.run(elsewhere.house())
    elsewhere.close()

    alone, in_company = shown(sink, "alice@example.org")

    assert alone == in_company


async def test_nothing_to_say_is_no_mail_but_a_row_with_its_reason(world: World, sink: Sink) -> None:
    world.source.has(*papers(5))
    world.subscribes(subscriber(topics=(topic("Volcanoes", keywords=("magma chamber",)),)))

    report = await pipeline.run(world.house())

    assert (report.exit_code, report.tally) == (0, {DeliveryState.SKIPPED: 1})
    assert not sink.mails
    assert world.store.deliveries.on(TODAY)[0].reason


async def test_who_wants_a_mail_on_empty_days_gets_the_reason(world: World, sink: Sink) -> None:
    world.source.has(*papers(5))
    world.subscribes(subscriber(topics=(topic("Volcanoes", keywords=("magma chamber",)),), when_empty=WhenEmpty.MAIL))

    report = await pipeline.run(world.house())

    assert report.tally == {DeliveryState.SENT: 1}
    assert len(sink.mails) == 1


async def test_a_source_that_fails_is_a_row_and_the_others_still_serve(world: World, sink: Sink) -> None:
    from tests.fakes import FakeSource

    working = FakeSource("huggingface").has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))

    report = await pipeline.run(world.house(sources=(world.source.fails("answered 503"), working)))

    assert report.exit_code == 1
    assert [line.error is not None for line in report.fetched] == [True, False]
    assert report.sent_now == 1
    assert {each.source: each.failures for each in world.store.fetches.health()} == {"arxiv": 1, "huggingface": 0}


async def test_one_broken_file_does_not_silence_the_others(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    world.faults = (ConfigError("no such key, did you mean 'email'?", where="broken.yaml:1:1", key="emial"),)

    report = await pipeline.run(world.house())

    assert report.exit_code == 2
    assert report.sent_now == 1


async def test_a_refused_address_bounces_and_its_papers_count_as_not_sent(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    sink.answers("RCPT", "552 5.2.2 Mailbox full", times=1)

    first = await pipeline.run(world.house())
    world.clock.goes_on(days=1)
    second = await pipeline.run(world.house())

    assert (first.exit_code, first.tally) == (0, {DeliveryState.BOUNCED: 1})
    assert second.tally == {DeliveryState.SENT: 1}
    assert shown(sink, "alice@example.org") == [["2603.00006"]]


async def test_a_deferred_digest_keeps_its_message_id_and_its_papers(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    sink.answers("DATA", "451 4.3.0 Try again later", times=1)

    first = await pipeline.run(world.house())
    frozen = world.store.deliveries.on(TODAY)[0]
    world.source.has(*papers(30))
    world.clock.goes_on(hours=2)
    second = await pipeline.run(world.house())

    assert (first.exit_code, first.tally) == (1, {DeliveryState.DEFERRED: 1})
    assert second.tally == {DeliveryState.SENT: 1}
    assert [each.message_id for each in sink.mails] == [frozen.message_id]
    assert shown(sink, "alice@example.org") == [["2603.00006"]]


async def test_a_line_lost_after_the_last_dot_is_tried_once_more_with_the_same_message(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    sink.answers(".", HANG_UP, times=1)

    first = await pipeline.run(world.house())
    world.clock.goes_on(hours=2)
    second = await pipeline.run(world.house())

    assert (first.exit_code, first.tally) == (1, {DeliveryState.UNCERTAIN: 1})
    assert second.tally == {DeliveryState.SENT: 1}


async def test_somebody_who_unsubscribed_gets_nothing_whatever_her_file_says(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    await pipeline.enrol(world.house())
    world.store.subscribers.change("alice@example.org", SubscriptionEvent.UNSUBSCRIBED, reason="by mail", now=NOW)

    report = await pipeline.run(world.house())

    assert report.due == 0
    assert not sink.mails


async def test_the_clock_serves_those_whose_hour_has_come_and_nobody_twice(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    berlin = subscriber("alice@example.org", topics=(OPERATORS,))
    world.subscribes(berlin, replace(berlin, email="bob@example.org", timezone="America/New_York"))

    early = await pipeline.tick(world.house())
    again = await pipeline.tick(world.house())
    world.clock.goes_on(hours=4)
    late = await pipeline.tick(world.house())

    assert early is not None
    assert early.sent_now == 1
    assert again is None
    assert late is not None
    assert late.sent_now == 1
    assert [each.recipient for each in sink.mails] == ["alice@example.org", "bob@example.org"]


async def test_a_machine_that_slept_catches_up_within_its_time_and_owns_up_to_the_rest(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))
    await pipeline.tick(world.house())
    world.clock.goes_on(days=2, hours=3)
    world.source.has(paper("arxiv:2603.00099", "More neural operators", announced=None, first_seen=None))

    late = await pipeline.tick(world.house())

    assert late is not None
    assert late.sent_now == 1
    states = [row.state for offset in range(3) for row in world.store.deliveries.on(TODAY.replace(day=TODAY.day + offset))]
    assert states == [DeliveryState.SENT, DeliveryState.EXPIRED, DeliveryState.SENT]


async def test_votes_are_read_again_right_before_building(world: World, sink: Sink) -> None:
    world.source.has(*papers(6), sighting("arxiv:2603.00001", 40))
    world.subscribes(subscriber(topics=(OPERATORS,)))

    await pipeline.tick(world.house())

    assert world.source.pulls == 1
    assert shown(sink, "alice@example.org")[0] == ["2603.00006", "2603.00001"], "her topic first, then what is trending"


async def test_why_somebody_got_nothing_is_counted(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    volcanoes = topic("Volcanoes", keywords=("magma chamber",))
    world.subscribes(*(subscriber(f"{name}@example.org", topics=(volcanoes,)) for name in ("alice", "bob")))
    world.subscribes(subscriber("carol@example.org", topics=(OPERATORS,)))
    sink.answers("RCPT", "550 5.1.1 No such user", when="carol@")

    report = await pipeline.run(world.house())

    assert report.reasons == {
        (DeliveryState.SKIPPED, "Nothing new met your topics."): 2,
        (DeliveryState.BOUNCED, "rcpt: 550 5.1.1 No such user"): 1,
    }


async def test_a_template_that_fails_puts_digests_off_and_is_for_the_admin_to_mend(world: World, sink: Sink) -> None:
    class Jammed:
        def digest(self, digest: Digest, delivery: Delivery) -> tuple[Message, tuple[str, ...], tuple[RenderError, ...]]:
            raise RenderError("digest.mjml", "no such name", line=3)

    world.source.has(*papers(6))
    world.subscribes(subscriber(topics=(OPERATORS,)))

    report = await pipeline.run(world.house(press=Jammed()))
    world.clock.goes_on(hours=1)
    mended = await pipeline.run(world.house())

    assert (report.exit_code, report.tally) == (2, {DeliveryState.DEFERRED: 1})
    assert [str(each) for each in report.failures] == ["digest.mjml:3: no such name"]
    assert (mended.exit_code, mended.sent_now) == (0, 1)


async def test_two_days_caught_up_at_once_show_no_paper_twice(world: World, sink: Sink) -> None:
    world.source.has(*papers(30))
    world.subscribes(subscriber(topics=(OPERATORS,), trending=0, max_papers=2))
    world.more = {"catch_up": timedelta(days=3)}
    await pipeline.tick(world.house())
    world.clock.goes_on(days=2, hours=1)

    late = await pipeline.tick(world.house())

    assert late is not None
    assert late.sent_now == 2
    days = shown(sink, "alice@example.org")
    assert [len(day) for day in days] == [2, 2, 1]
    assert len({name for day in days for name in day}) == 5


async def test_what_is_too_old_is_forgotten_and_what_a_topic_wants_papers_to_resemble_is_not(world: World) -> None:
    wanted, other = papers(2)
    world.store.papers.keep([wanted, other], now=NOW)
    world.subscribes(subscriber(topics=(topic("Like it", like=(wanted.id,)),)))
    await pipeline.enrol(world.house())
    world.clock.goes_on(days=450)

    forgotten = await pipeline.tidy(world.house(), timedelta(days=400))

    assert forgotten.papers == 1
    assert world.store.papers.find(wanted.id) is not None
    assert world.store.papers.find(other.id) is None


async def test_by_hand_everybody_is_served_whatever_her_hour_even_if_it_is_long_past(world: World, sink: Sink) -> None:
    world.source.has(*papers(6))
    early = subscriber("sydney@example.org", topics=(OPERATORS,), timezone="Australia/Sydney", days=tuple(range(7)))
    late = subscriber("hawaii@example.org", topics=(OPERATORS,), timezone="Pacific/Honolulu", days=tuple(range(7)))
    world.subscribes(early, late)
    world.clock.goes_on(hours=3)  # 23:00 in Sydney, two in the morning in Honolulu

    report = await pipeline.run(world.house())

    assert report.tally == {DeliveryState.SENT: 2}
