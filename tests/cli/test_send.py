"""`digest send`: one whole pass by hand, over a real SMTP conversation."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage

import pytest

from digest.cli.send import show
from digest.model import DeliveryState, SubscriptionEvent
from digest.report import RunReport
from tests.cli.desk import ALICE, BOB, BROKEN, NOW, Desk, row
from tests.fakes import SECRET
from tests.sink import Sink
from tests.world import NOW as MOMENT

NOTHING = "Nothing new met your topics."


@pytest.fixture
def office(desk: Desk, post: Sink) -> Desk:
    """Two subscribers, thirty papers, and a mail server that takes everything."""
    desk.subscribes(ALICE, BOB)
    desk.has_papers(*(row(number, upvotes=number if number % 5 == 0 else None) for number in range(1, 31)))
    desk.can_send(post.port)
    return desk


def parsed(sink: Sink) -> list[EmailMessage]:
    return [email.message_from_bytes(each.data, policy=email.policy.default) for each in sink.mails]


# --- Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["send", "run"])
def test_without_a_secret_key_a_fresh_one_is_printed_to_paste(desk: Desk, verb: str) -> None:
    first, second = desk(verb), desk(verb)

    assert (first.code, first.out) == (2, "")
    key = first.err.strip().rpartition("DIGEST_SECRET_KEY=")[2]
    assert len(key) >= 40
    assert key not in second.err, "a fresh one each time"
    desk.sets(secret_key=key, command_address="digest+commands@example.org")
    assert "DIGEST_SECRET_KEY" not in desk("check").err
    assert desk.files == [".env"]


@pytest.mark.parametrize("verb", ["send", "run"])
def test_nobody_is_written_to_who_cannot_leave(desk: Desk, verb: str) -> None:
    desk.sets(secret_key=SECRET)

    said = desk(verb)

    assert said.code == 2
    assert said.err.startswith("error: DIGEST_COMMAND_ADDRESS: nobody is written to who cannot leave; set DIGEST_BASE_URL")


def test_templates_with_faults_stop_a_pass_before_it_begins(office: Desk, post: Sink) -> None:
    office.writes("templates/digest.mjml", "<mjml><mj-body><mj-sextion></mj-sextion></mj-body></mjml>")

    said = office("send", "--now", NOW)

    assert said.code == 2
    assert "digest.mjml:1:16" in said.err
    assert not post.mails


# --- A pass --------------------------------------------------------------------------------------------------------------


def test_a_pass_reports_what_was_fetched_who_was_due_and_why_somebody_got_nothing(office: Desk, post: Sink) -> None:
    said = office("send", "--now", NOW)

    assert (said.code, said.err) == (0, "")
    assert said.lines[0].split()[:3] == ["file:papers.jsonl", "30", "found"]
    assert said.lines[1:] == ["2 due today: 1 sent, 1 skipped; 1 sent now", f"    1 skipped: {NOTHING}"]
    assert post.recipients == ["alice@example.org"]


def test_a_second_pass_on_the_same_day_sends_none(office: Desk, post: Sink) -> None:
    office("send", "--now", NOW)

    again = office("send", "--now", "2026-03-24T15:00:00Z", "--json")

    assert again.code == 0
    assert (again.json["sent_now"], again.json["tally"]) == (0, {"sent": 1, "skipped": 1})
    assert len(post.mails) == 1


def test_the_report_as_json(office: Desk, post: Sink) -> None:
    report = office("send", "--json", "--now", NOW).json

    assert report["fetched"][0]["found"] == 30
    assert {name: report[name] for name in ("due", "sent_now", "adds_up", "ended", "withheld", "faults", "failures")} == {
        "due": 2, "sent_now": 1, "adds_up": True, "ended": None, "withheld": "", "faults": [], "failures": [],
    }  # fmt: skip
    assert report["reasons"] == [{"state": "skipped", "reason": NOTHING, "count": 1}]


def test_of_ten_files_with_a_broken_one_nine_are_served_and_the_tenth_is_named(office: Desk, post: Sink) -> None:
    office.subscribes(*(ALICE.replace("alice", f"alice{number}") for number in range(2, 9)), BROKEN)

    said = office("send", "--json", "--now", NOW)

    assert said.code == 2
    assert (said.json["due"], said.json["sent_now"]) == (9, 8)
    assert said.json["faults"] == ["subscribers/carol.yaml:4:5: topics.keyword: no such key, did you mean 'keywords'?"]


def test_a_pass_without_fetching_asks_no_source(office: Desk, post: Sink) -> None:
    said = office("send", "--no-fetch", "--json", "--now", NOW)

    assert said.json["fetched"] == []
    assert said.json["tally"] == {"skipped": 2}


def test_what_the_server_does_not_take_now_is_deferred_and_still_open(office: Desk, post: Sink) -> None:
    post.answers("DATA", "451 4.3.0 Try again later")

    said = office("send", "--now", NOW)

    assert said.code == 1
    assert said.lines[1].startswith("2 due today: 1 deferred, 1 skipped; 0 sent now")
    assert "    1 deferred: data: 451 4.3.0 Try again later" in said.lines


def test_a_round_that_ended_early_and_rows_that_do_not_add_up_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    show(RunReport(due=2, reasons={(DeliveryState.SENT, ""): 1}, ended="connect: refused"))

    out, err = capsys.readouterr()
    assert out == "2 due today: 1 sent; 0 sent now\n"
    assert err.splitlines() == [
        "the round ended early: connect: refused; what is left is tried again by the next `digest send`",
        "error: the rows do not add up; `digest status` shows who is still open",
    ]


# --- Only some -----------------------------------------------------------------------------------------------------------


def test_only_those_who_are_named_are_served(office: Desk, post: Sink) -> None:
    office.subscribes(ALICE.replace("alice", "dora"))

    said = office("send", "--only", "DORA@example.org", "--json", "--now", NOW)

    assert (said.code, said.json["due"]) == (0, 1)
    assert post.recipients == ["dora@example.org"]


def test_a_slip_in_an_address_does_not_pass_for_a_quiet_day(office: Desk, post: Sink) -> None:
    said = office("send", "--only", "alcie@example.org", "--only", "zoe@elsewhere.net", "--now", NOW)

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "error: --only: no subscriber 'alcie@example.org', did you mean 'alice@example.org'?",
        "error: --only: no subscriber 'zoe@elsewhere.net'; `digest subscribers list` names all",
    ]


def test_somebody_who_left_is_not_written_to_even_when_she_is_named(office: Desk, post: Sink) -> None:
    office("subscribers", "sync", "--now", NOW)
    left = SubscriptionEvent.UNSUBSCRIBED
    office.with_store(lambda store: store.subscribers.change("alice@example.org", left, reason="by mail", now=MOMENT))

    said = office("send", "--only", "alice@example.org", "--now", NOW)

    assert said == (2, "", "error: --only: 'alice@example.org' is suppressed (by mail)\n")
    assert not post.mails


# --- Rehearsals ----------------------------------------------------------------------------------------------------------


def test_a_dry_run_before_the_first_fetch_makes_no_store_and_says_what_is_missing(office: Desk) -> None:
    before = office.files

    said = office("send", "--dry-run", "--now", NOW)

    assert said.code == 0
    assert "`digest fetch` brings them" in said.err
    assert office.files == before


def test_a_dry_run_with_nobody_due_says_so(office: Desk) -> None:
    office("send", "--now", NOW)

    assert office("send", "--dry-run", "--now", NOW) == (
        0, "nobody is due: today is not among their days, or their digests are out already\n", "",
    )  # fmt: skip


def test_a_dry_run_says_who_would_get_what_and_changes_nothing(office: Desk, post: Sink) -> None:
    office("fetch", "--now", NOW)
    office.subscribes(BROKEN)
    before = office.rows

    said = office("send", "--dry-run", "--now", NOW)

    assert said.code == 2, "a file is broken"
    assert said.lines[0].startswith("alice@example.org  2026-03-24  6 papers, first: On ")
    assert said.lines[1:] == [f"bob@example.org  2026-03-24  nothing: {NOTHING}"]
    assert "subscribers/carol.yaml:4:5" in said.err
    assert office.rows == before
    assert not post.mails


@pytest.mark.slow
def test_a_test_goes_to_another_address_is_marked_and_leaves_no_trace(office: Desk, post: Sink) -> None:
    office("fetch", "--now", NOW)
    before = office.rows

    said = office("send", "--test", "me@example.net", "--now", NOW)

    assert said.code == 0
    assert office.rows == before
    (mail,) = parsed(post)
    assert post.recipients == ["me@example.net"]
    assert "me@example.net" in mail["To"]
    assert "alice" not in mail["To"]
    assert mail["Subject"].startswith("[test] ")
    assert said.out == f"sent to me@example.net: {mail['Subject']}\n"
    assert office("send", "--json", "--now", NOW).json["sent_now"] == 1, "the real one still comes"


def test_a_test_that_the_server_does_not_take_says_where_to_look(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.has_read(*map(row, range(1, 13)))
    desk.can_send(port=1)

    said = desk("send", "--test", "me@example.net", "--now", NOW)

    assert (said.code, said.out) == (1, "")
    assert "DIGEST_SMTP_URL says where mail goes out, `digest check --smtp` tries it" in said.err


def test_with_nobody_to_rehearse_with_a_test_says_so(desk: Desk, post: Sink) -> None:
    desk.can_send(post.port)

    said = desk("send", "--test", "me@example.net", "--now", NOW)

    assert said.code == 2
    assert "nobody to rehearse with" in said.err


def test_a_pass_ends_by_forgetting_what_is_too_old_but_not_by_a_clock_set_by_hand(desk: Desk, post: Sink) -> None:
    from digest.cli.options import wall_clock
    from tests.world import paper

    desk.subscribes(ALICE)
    desk.has_papers(row(1))
    desk.can_send(post.port)
    old = paper("arxiv:2001.00001")
    desk.with_store(lambda store: store.papers.keep([old], now=wall_clock() - timedelta(days=500)))

    desk("send", "--now", (wall_clock() - timedelta(days=1)).isoformat())
    before = desk.with_store(lambda store: store.papers.find(old.id))
    desk("send")

    assert before is not None
    assert desk.with_store(lambda store: store.papers.find(old.id)) is None
