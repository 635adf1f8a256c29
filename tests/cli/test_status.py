"""`digest status`: the page that answers who got what, and why not."""

from __future__ import annotations

import csv
import io

import pytest

from digest.errors import SourceError
from digest.model import Fetch, SubscriptionEvent
from digest.store.store import Store
from tests.cli.desk import ALICE, BOB, NOW, Desk, row
from tests.sink import Sink
from tests.world import NOW as MOMENT


@pytest.fixture
def sent(desk: Desk, post: Sink) -> Desk:
    """A day on which alice was sent her digest, bob had nothing to be told, and carol's address was refused."""
    post.answers("RCPT", "552 5.2.2 =Mailbox full", when="carol@")
    desk.subscribes(ALICE, BOB, ALICE.replace("alice", "carol"))
    desk.has_papers(*map(row, range(1, 13)))
    desk.can_send(post.port)
    assert desk("send", "--now", NOW).code == 0
    return desk


def test_before_anything_happened_it_says_what_to_do_and_makes_no_file(desk: Desk) -> None:
    said = desk("status", "--now", NOW)

    assert (said.code, said.err, desk.files) == (0, "", [])
    assert said.lines[1].startswith("queue: empty; disk: ")
    assert [said.lines[0], *said.lines[2:]] == [
        "Tuesday 2026-03-24, seen at 2026-03-24 09:00 UTC; 0 papers in the store",
        "",
        "Sources",
        "  none read yet; `digest fetch` does",
        "",
        "Deliveries: none planned for this day",
        "",
        "Subscribers: nobody; `digest subscribers sync` reads the folder",
    ]


def test_the_page_accounts_for_everybody_failures_first(sent: Desk) -> None:
    said = sent("status", "--now", NOW)

    assert said.lines[3:] == [
        "Sources",
        "  file:papers.jsonl  last good 2026-03-24 09:00",
        "",
        "Deliveries: 1 sent, 1 skipped, 1 bounced",
        "  address            state    why",
        "  carol@example.org  bounced  rcpt: 552 5.2.2 =Mailbox full",
        "  bob@example.org    skipped  Nothing new met your topics.",
        "",
        "Subscribers: 3 active",
        "",
        "Next due: 2026-03-25 07:00 UTC, alice@example.org",
    ]


def test_only_failures_are_listed_when_asked(sent: Desk) -> None:
    assert [row["email"] for row in sent("status", "--failed", "--json", "--now", NOW).json["nothing"]] == ["carol@example.org"]
    assert "bob@example.org  " not in sent("status", "--failed", "--now", NOW).out


def test_the_whole_page_as_json(sent: Desk) -> None:
    page = sent("status", "--json", "--now", NOW).json

    assert page["date"] == "2026-03-24"
    assert page["tally"] == {"sent": 1, "skipped": 1, "bounced": 1}
    assert {each["email"]: each["state"] for each in page["deliveries"]} == {
        "alice@example.org": "sent", "bob@example.org": "skipped", "carol@example.org": "bounced",
    }  # fmt: skip
    assert page["subscribers"] == {"pending": 0, "active": 3, "stopped": 0, "suppressed": 0}
    assert page["sources"][0].keys() >= {"source", "last_good", "last_new", "last_error", "failures", "note"}
    assert page["next_due"] == {"at": "2026-03-25T07:00:00+00:00", "email": "alice@example.org"}


def test_a_table_for_a_spreadsheet_holds_no_formula(sent: Desk) -> None:
    def disguise(store: Store) -> None:
        from sqlalchemy import text

        with store.engine.begin() as connection:
            connection.execute(text("UPDATE deliveries SET reason = '=HYPERLINK(\"http://x\")' WHERE state = 'bounced'"))
            connection.execute(text("UPDATE deliveries SET reason = '+1' WHERE state = 'skipped'"))

    sent.with_store(disguise)

    rows = list(csv.DictReader(io.StringIO(sent("status", "--csv", "--now", NOW).out)))

    assert [each["email"] for each in rows] == ["alice@example.org", "bob@example.org", "carol@example.org"]
    assert [each["reason"] for each in rows[1:]] == ["'+1", "'=HYPERLINK(\"http://x\")"]


def test_another_day_is_looked_at_by_its_date(sent: Desk) -> None:
    said = sent("status", "--date", "2026-03-23", "--now", NOW)

    assert said.lines[0].startswith("Monday 2026-03-23, seen at 2026-03-24")
    assert "Deliveries: none planned for this day" in said.lines


def test_who_had_her_digest_before_its_hour_is_due_tomorrow(sent: Desk) -> None:
    page = sent("status", "--json", "--now", "2026-03-24T05:00:00Z").json

    assert page["next_due"] == {"at": "2026-03-25T07:00:00+00:00", "email": "alice@example.org"}


def test_who_is_suppressed_is_listed_with_the_reason_even_without_an_address(sent: Desk) -> None:
    def leave(store: Store) -> None:
        store.subscribers.change("alice@example.org", SubscriptionEvent.UNSUBSCRIBED, reason="by mail", now=MOMENT)
        store.subscribers.forget("bob@example.org")

    sent.with_store(leave)

    said = sent("status", "--now", NOW)

    assert "Subscribers: 1 active, 2 suppressed" in said.lines
    assert "  alice@example.org suppressed since 2026-03-24: by mail" in said.lines
    assert "  (forgotten) suppressed since 2026-03-24: forgotten" in said.lines
    assert said.lines[-1] == "Next due: 2026-03-25 07:00 UTC, carol@example.org"


def test_a_source_that_fails_says_since_when_and_why(desk: Desk) -> None:
    def fail(store: Store) -> None:
        store.fetches.record(Fetch("huggingface", MOMENT.replace(hour=6), note="all lists"), new=0, updated=0)
        for hour in (7, 8):
            error = SourceError("huggingface", "answered 503")
            store.fetches.record(Fetch("huggingface", MOMENT.replace(hour=hour), error=error), new=0, updated=0)

    desk.with_store(fail)

    said = desk("status", "--now", NOW)

    assert "  huggingface  last good 2026-03-24 06:00" in said.lines
    assert "               failed 2 times since, last 2026-03-24 08:00: answered 503" in said.lines


def test_a_long_list_is_cut_and_the_rest_counted(desk: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.cli.status.LISTED", 2)
    desk.subscribes(*(BOB.replace("bob", f"bob{number}") for number in range(5)))
    desk.has_papers(row(1))
    desk.can_send(post.port)
    desk("send", "--now", NOW)

    said = desk("status", "--now", NOW)

    assert sum("skipped  " in line for line in said.lines) == 2
    assert "  and 3 more; --csv lists all" in said.lines
    assert len(desk("status", "--csv", "--now", NOW).lines) == 6


def test_the_daemon_is_seen_with_its_last_tick_and_missed_when_it_falls_silent(sent: Desk) -> None:
    from datetime import UTC, datetime

    job = {"runs": 3, "errors": 0, "in_a_row": 0, "last_good": "2026-03-24T08:59:00+00:00"}
    told = {"at": datetime(2026, 3, 24, 8, 59, tzinfo=UTC).isoformat(), "pid": 7, "jobs": {"tick": job}}
    sent.with_store(lambda store: store.meta.set("daemon", told))

    now, later = sent("status", "--now", NOW), sent("status", "--now", "2026-03-24T10:00:00Z")

    assert "daemon: last tick 2026-03-24 08:59 UTC" in now.lines[1]
    assert "silent" not in now.out
    assert later.lines[2].startswith("  the daemon has been silent since 2026-03-24 08:59 UTC")
    assert sent("status", "--json", "--now", NOW).json["daemon"]["pid"] == 7
