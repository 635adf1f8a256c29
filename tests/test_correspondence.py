"""Conversations by mail, as stories: what somebody writes, what she gets, and what has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest

from digest import pipeline
from digest.model import Consent, DeliveryState, Subscriber, SubscriptionState
from digest.subscription.manners import OwnAddresses
from tests.fakes import World
from tests.postbox import COMMANDS, Reader, correspondence, house, letter, text_of
from tests.sink import Sink
from tests.subscription.hostile import ABSENCES
from tests.world import NOW, TODAY, papers, subscriber

pytestmark = pytest.mark.slow

@pytest.fixture
def alice(world: World, sink: Sink) -> Reader:
    return Reader(world, sink)


def state(world: World, address: str = "alice@example.net") -> SubscriptionState | None:
    found = world.store.subscribers.subscription(address)
    return found.state if found else None


def reply_address(mail: EmailMessage) -> str:
    return parseaddr(mail["Reply-To"])[1]


async def test_a_whole_life_by_mail(world: World, sink: Sink, alice: Reader) -> None:
    world.source.has(*papers(24))
    await pipeline.fetch(house(world))

    asked = await alice.writes("subscribe neural operators, diffusion models")
    assert state(world) is SubscriptionState.PENDING
    assert asked is not None
    assert asked["Subject"] == "Please confirm your paper digest"
    assert "neural" not in text_of(asked), "nothing that a stranger wrote is repeated"
    assert asked["List-Unsubscribe"] is None

    welcome = await alice.answers(asked, "Yes, please!")
    assert state(world) is SubscriptionState.ACTIVE
    assert "neural operators" in text_of(welcome)

    await pipeline.tick(house(world))
    digest = alice.gets()
    assert digest is not None
    assert "On neural operators" in text_of(digest)
    assert "On diffusion models" in text_of(digest)

    voted = await alice.answers(digest, "less 2")
    assert "Fewer papers like" in text_of(voted)
    assert "clear 2" in text_of(voted)
    her = world.store.subscribers.get("alice@example.net")
    assert her is not None
    assert [vote.value for vote in world.store.subscribers.votes(her.subscriber.key)] == ["less"]

    paused = await alice.answers(digest, "pause 1 week")
    assert "No digest until Tuesday, 31 March 2026" in text_of(paused)

    bye = await alice.answers(digest, "unsubscribe")
    assert "You are unsubscribed" in text_of(bye)
    assert state(world) is SubscriptionState.SUPPRESSED

    world.clock.goes_on(days=10)
    await pipeline.tick(house(world))
    assert alice.gets() is None


# --- Coming ---


async def test_any_answer_confirms_and_a_second_one_changes_nothing(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe")
    assert asked is not None
    assert await alice.answers(asked, "") is not None
    assert state(world) is SubscriptionState.ACTIVE
    assert await alice.answers(asked, "") is None


async def test_the_consent_is_on_record(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe x", Message_ID="<request@example.net>")
    world.clock.goes_on(hours=1)
    assert asked is not None
    await alice.answers(asked)
    found = world.store.subscribers.subscription("alice@example.net")
    assert found is not None
    assert found.consent == Consent("mail", NOW, NOW + timedelta(hours=1), "<request@example.net>")


async def test_a_confirmation_can_be_typed(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe")
    assert asked is not None
    token = str(asked["Reply-To"]).partition("@")[0].rpartition("+")[2]
    assert text_of(await alice.writes(f"confirm {token.upper()}")).startswith("Welcome")


async def test_this_was_not_me_is_never_asked_again(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe")
    assert asked is not None
    assert await alice.answers(asked, "This was not me!") is None
    assert state(world) is SubscriptionState.SUPPRESSED
    world.clock.goes_on(days=2)
    assert await alice.writes("subscribe") is None


async def test_a_request_that_nobody_confirms_is_forgotten(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe")
    world.clock.goes_on(days=3, minutes=1)
    assert correspondence(world).tidy(now=world.clock()) == 1
    assert state(world) is None
    assert asked is not None
    await alice.answers(asked, "yes")
    assert state(world) is not SubscriptionState.ACTIVE


async def test_somebody_who_is_asked_too_often_is_asked_no_more(world: World, alice: Reader) -> None:
    got = 0
    for _ in range(60):
        got += await alice.writes("subscribe") is not None
        world.clock.goes_on(minutes=11)
    assert got == 3 + 2, "three in six hours, five a day"


async def test_one_mailbox_has_many_spellings_and_one_limit(world: World, sink: Sink) -> None:
    spellings = ("alice@example.net", "ALICE@example.net", "alice+1@example.net", "Alice+x@Example.Net")
    asked = [await Reader(world, sink, each).writes("subscribe") for each in spellings]
    assert [each is not None for each in asked] == [True, False, False, False]


async def test_topics_that_nobody_named_are_what_is_trending(world: World, alice: Reader) -> None:
    asked = await alice.writes("subscribe")
    assert asked is not None
    await alice.answers(asked)
    her = world.store.subscribers.get("alice@example.net")
    assert her is not None
    assert (her.subscriber.topics, her.subscriber.trending) == ((), 10)


# --- Commands ---


@pytest.fixture
async def digest(world: World, alice: Reader) -> EmailMessage:
    """The first digest of Alice, who subscribed a moment ago."""
    world.source.has(*papers(24))
    await pipeline.fetch(house(world))
    asked = await alice.writes("subscribe neural operators, diffusion models")
    assert asked is not None
    await alice.answers(asked)
    await pipeline.tick(house(world))
    found = alice.gets()
    assert found is not None
    return found


def her(world: World) -> Subscriber:
    found = world.store.subscribers.get("alice@example.net")
    assert found is not None
    return found.subscriber


async def test_several_commands_in_one_mail_have_one_answer(world: World, alice: Reader, digest: EmailMessage) -> None:
    said = text_of(await alice.answers(digest, "add graph matching\ntime 7:15 Europe/Paris\nweekly mon\nThanks, Alice"))
    assert "You now also get papers on “graph matching”." in said
    assert "Monday to Friday at 07:15 (time zone Europe/Paris)" in said
    assert "every Monday at 07:15" in said
    assert "To undo it, answer this mail with: weekdays; time 08:00 UTC; drop graph matching" in said
    assert [each.name for each in her(world).topics] == ["neural operators", "diffusion models", "graph matching"]
    assert her(world).days == (0,)


async def test_what_was_done_is_undone_by_what_the_answer_says(world: World, alice: Reader, digest: EmailMessage) -> None:
    before = her(world)
    done = await alice.answers(digest, "add graph matching\ntime 7:15 Europe/Paris\ndrop neural operators\npause 3 days")
    undo = text_of(done).partition("answer this mail with: ")[2].partition(" --")[0].partition(" Change topics")[0]
    assert done is not None
    await alice.answers(done, undo)
    after = her(world)
    assert replace(after, topics=()) == replace(before, topics=())
    assert {each.name for each in after.topics} == {each.name for each in before.topics}


async def test_a_command_that_cannot_be_done_is_explained_and_the_others_are_done(alice: Reader, digest: EmailMessage) -> None:
    said = text_of(await alice.answers(digest, "time 25:70\ndrop volcanoes\nless 77\npause 1 week"))
    assert "“25:70” is no time" in said
    assert "You have no topic “volcanoes”. Your topics are “neural operators” and “diffusion models”." in said
    assert "no paper number 77" in said
    assert "No digest until" in said


async def test_her_topics_are_listed(alice: Reader, digest: EmailMessage) -> None:
    assert "1. neural operators 2. diffusion models" in text_of(await alice.answers(digest, "topics"))


async def test_the_latest_digest_comes_again_under_another_name(world: World, alice: Reader, digest: EmailMessage) -> None:
    again = await alice.answers(digest, "digest")
    assert again is not None
    assert again["Message-ID"] != digest["Message-ID"]
    assert again["Subject"] == digest["Subject"]
    assert text_of(again) == text_of(digest)
    assert again["List-Unsubscribe"] is not None
    rows = world.store.deliveries.on(TODAY)
    assert [each.state for each in rows] == [DeliveryState.SENT], "the journal knows one digest of the day"


async def test_a_mail_that_says_nothing_gets_help(alice: Reader, digest: EmailMessage) -> None:
    assert "What you can write to us" in text_of(await alice.answers(digest, "Nice weather today."))
    assert alice.last.what == "0 changed, 0 refused"


async def test_ten_commands_are_heeded(alice: Reader, digest: EmailMessage) -> None:
    said = text_of(await alice.answers(digest, "\n".join(f"add topic{n}" for n in range(13))))
    assert "3 further commands were left out" in said


async def test_the_same_mail_twice_is_done_and_answered_once(world: World, alice: Reader, digest: EmailMessage) -> None:
    mail = letter("add x", to=reply_address(digest))
    assert await alice.sends(mail) is not None
    assert await alice.sends(mail) is None
    assert alice.last.what == "answered before"


async def test_ten_answers_a_day_are_enough(world: World, alice: Reader, digest: EmailMessage) -> None:
    world.clock.goes_on(days=1, hours=1)
    answers = [await alice.answers(digest, f"add topic{n}") for n in range(13)]
    assert [each is not None for each in answers] == [True] * 10 + [False] * 3
    assert len(her(world).topics) == 15, "what she asked for is done all the same"


async def test_an_answer_whose_address_lost_the_token_is_known_by_the_mail_it_answers(alice: Reader, digest: EmailMessage) -> None:
    assert "You are unsubscribed" in text_of(await alice.answers(digest, "unsubscribe", to="digest@example.org"))


async def test_in_her_own_language(world: World, alice: Reader, digest: EmailMessage) -> None:
    world.store.subscribers.overlay("alice@example.net", {"language": "de"}, NOW)
    assert "Sie bekommen nun auch Arbeiten über „graph matching“." in text_of(await alice.answers(digest, "add graph matching"))


# --- Without a token ---


async def test_a_command_without_a_token_waits_for_her_yes(world: World, alice: Reader, digest: EmailMessage) -> None:
    question = await alice.writes("add Buy cheap pills at spam.example\npause 2 weeks")
    assert question is not None
    assert "spam" not in text_of(question)
    assert "add a topic" in text_of(question)
    assert len(her(world).topics) == 2
    assert "No digest until" in text_of(await alice.answers(question, "yes"))
    assert len(her(world).topics) == 3
    await alice.answers(digest, "resume")
    assert await alice.answers(question, "yes") is None, "one yes is good for one time"
    assert her(world).paused_until is None


async def test_unsubscribing_without_a_token_waits_for_her_yes_too(world: World, alice: Reader, digest: EmailMessage) -> None:
    question = await alice.writes(subject="unsubscribe")
    assert state(world) is SubscriptionState.ACTIVE
    assert question is not None
    assert "You are unsubscribed" in text_of(await alice.answers(question, "ok"))
    assert state(world) is SubscriptionState.SUPPRESSED


async def test_somebody_else_in_her_name_changes_nothing(world: World, sink: Sink, alice: Reader, digest: EmailMessage) -> None:
    for envelope in ("<mallory@example.com>", "<>", "<mallory@example.com> alice@example.net"):
        assert await alice.writes("unsubscribe", Return_Path=envelope, Reply_To="mallory@example.com") is None
    assert state(world) is SubscriptionState.ACTIVE
    assert {each.recipient for each in sink.mails} == {"alice@example.net"}


async def test_a_forged_or_cut_token_is_no_token(world: World, alice: Reader, digest: EmailMessage) -> None:
    local, _, domain = reply_address(digest).rpartition("@")
    for spoilt in (local[:-1], local[:-2] + "aa", local[:-5], local + "a"):
        await alice.writes("unsubscribe", to=f"{spoilt}@{domain}", by="mallory@example.com")
        assert state(world) is SubscriptionState.ACTIVE


async def test_whom_a_digest_was_forwarded_to_subscribes_herself(world: World, sink: Sink, digest: EmailMessage) -> None:
    friend = Reader(world, sink, "friend@example.com")
    asked = await friend.answers(digest, "subscribe robots")
    assert asked is not None
    assert asked["Subject"] == "Please confirm your paper digest"
    assert len(her(world).topics) == 2


async def test_a_stranger_gets_help_and_no_more(world: World, alice: Reader) -> None:
    assert "What you can write to us" in text_of(await alice.writes("pause 2 weeks"))
    assert state(world) is None


# --- Machines ---


async def test_two_of_our_kind_exchange_at_most_two_mails(world: World, sink: Sink, tmp_path: Path) -> None:
    other = World(tmp_path / "other", sink.port)
    theirs = correspondence(other, ours=OwnAddresses("news@example.com", "news+commands@example.com"))
    first = letter("subscribe", by="news+commands@example.com", to=COMMANDS)
    correspondence(world).handle(first, now=NOW)
    await pipeline.post(house(world))
    for _ in range(3):
        for mail in list(sink.mails):
            raw = b"Return-Path: <" + mail.sender.encode() + b">\r\nDelivered-To: " + mail.recipient.encode() + b"\r\n" + mail.data
            office = theirs if mail.recipient.endswith("example.com") else correspondence(world)
            office.handle(raw, now=NOW)
        await pipeline.post(house(world))
        await pipeline.post(house(other))
    assert 1 + len(sink.mails) <= 2
    other.close()


@pytest.mark.parametrize("subject", [subject for subject, _ in ABSENCES])
async def test_a_note_of_absence_confirms_nothing(world: World, alice: Reader, subject: str) -> None:
    asked = await alice.writes("subscribe")
    assert asked is not None
    assert await alice.answers(asked, "I am away.", Subject=subject) is None
    assert state(world) is SubscriptionState.PENDING


async def test_a_mail_program_may_unsubscribe_by_itself(world: World, alice: Reader, digest: EmailMessage) -> None:
    address, _, subject = str(digest["List-Unsubscribe"]).strip("<>").removeprefix("mailto:").partition("?subject=")
    assert await alice.writes("", subject, to=address, Auto_Submitted="auto-generated", Return_Path="<>") is None
    assert state(world) is SubscriptionState.SUPPRESSED


# --- Going, and coming back ---


async def test_who_left_comes_back_by_answering_the_goodbye(world: World, alice: Reader, digest: EmailMessage) -> None:
    bye = await alice.answers(digest, "unsubscribe")
    assert bye is not None
    world.clock.goes_on(days=30)
    assert text_of(await alice.answers(bye, "resume")).startswith("Welcome")
    assert state(world) is SubscriptionState.ACTIVE
    assert [each.name for each in her(world).topics] == ["neural operators", "diffusion models"]


async def test_an_old_token_brings_nobody_back_without_her_yes(world: World, alice: Reader, digest: EmailMessage) -> None:
    world.clock.goes_on(days=1)
    await alice.answers(digest, "unsubscribe")
    asked = await alice.answers(digest, "resume")
    assert state(world) is SubscriptionState.SUPPRESSED
    assert asked is not None
    await alice.answers(asked, "yes")
    assert state(world) is SubscriptionState.ACTIVE


async def test_who_left_may_subscribe_anew_with_other_topics(world: World, alice: Reader, digest: EmailMessage) -> None:
    await alice.answers(digest, "unsubscribe")
    world.clock.goes_on(days=1)
    asked = await alice.writes("subscribe robots")
    assert asked is not None
    assert "robots" in text_of(await alice.answers(asked, "yes"))
    assert [each.name for each in her(world).topics] == ["robots"]


async def test_unsubscribing_can_be_said_twice(world: World, alice: Reader, digest: EmailMessage) -> None:
    await alice.answers(digest, "unsubscribe")
    assert "You are unsubscribed" in text_of(await alice.answers(digest, "unsubscribe"))


async def test_who_stands_in_a_file_leaves_for_good(world: World, sink: Sink, alice: Reader) -> None:
    world.subscribes(subscriber("alice@example.net"))
    world.source.has(*papers(6))
    await pipeline.run(house(world))
    first = alice.gets()
    assert first is not None
    await alice.answers(first, "unsubscribe")
    world.clock.goes_on(days=1)
    await pipeline.run(house(world))
    assert alice.gets() is None


async def test_where_it_is_so_set_who_stands_in_a_file_is_asked_first(world: World, alice: Reader) -> None:
    world.subscribes(subscriber("alice@example.net"))
    world.source.has(*papers(6))
    world.more["ask_first"] = True
    await pipeline.run(house(world))
    asked = alice.gets()
    assert asked is not None
    assert asked["Subject"] == "Please confirm your paper digest"
    await pipeline.run(house(world))
    assert alice.gets() is None, "asked once"
    await alice.answers(asked, "yes")
    await pipeline.run(house(world))
    assert "Neural PDE solvers" in text_of(alice.gets())
