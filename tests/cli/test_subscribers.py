"""`digest subscribers`: who gets mail, with what profile, and since when."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from digest.model import Consent, Layout, SubscriptionEvent
from digest.store.store import Store
from tests.cli.desk import ALICE, BOB, BROKEN, NOW, Desk
from tests.world import NOW as MOMENT
from tests.world import subscriber, topic


@pytest.fixture
def synced(desk: Desk) -> Desk:
    desk.subscribes(ALICE, BOB)
    assert desk("subscribers", "sync", "--now", NOW).code == 0
    return desk


# --- Sync ----------------------------------------------------------------------------------------------------------------


def test_the_folder_is_read_into_the_store_and_counted(desk: Desk) -> None:
    desk.subscribes(ALICE, BOB)

    first, second = desk("subscribers", "sync"), desk("subscribers", "sync", "--json")

    assert first == (0, "2 added, 0 changed, 0 unchanged, 0 stopped, 0 back\n", "")
    assert second.json == {"added": 0, "changed": 0, "unchanged": 2, "stopped": 0, "back": 0, "withheld": "", "faults": []}


def test_a_broken_file_is_named_and_the_others_are_read(desk: Desk) -> None:
    desk.subscribes(ALICE, BROKEN)

    said = desk("subscribers", "sync")

    assert (said.code, said.out) == (2, "1 added, 0 changed, 0 unchanged, 0 stopped, 0 back\n")
    assert said.err.startswith("error: subscribers/carol.yaml:4:5: ")


def test_a_folder_that_lost_more_than_half_stops_nobody_until_that_is_confirmed(desk: Desk) -> None:
    desk.subscribes(ALICE, BOB, *(ALICE.replace("alice", f"a{number}") for number in range(3)))
    desk("subscribers", "sync")
    for number in range(3):
        (desk.folder / f"subscribers/a{number}.yaml").unlink()

    withheld, confirmed = desk("subscribers", "sync"), desk("subscribers", "sync", "--confirm")

    assert withheld.code == 2
    assert "3 of 5 subscribers are gone from the files at once" in withheld.err
    assert "`digest subscribers sync --confirm`" in withheld.err
    assert confirmed == (0, "0 added, 0 changed, 2 unchanged, 3 stopped, 0 back\n", "")


def test_a_folder_that_is_gone_stops_nobody(synced: Desk) -> None:
    for path in (synced.folder / "subscribers").iterdir():
        path.unlink()
    (synced.folder / "subscribers").rmdir()

    said = synced("subscribers", "sync", "--confirm")

    assert said.code == 2
    assert "the folder cannot be read" in said.err
    assert [each["state"] for each in synced("subscribers", "list", "--json").json] == ["active", "active"]


def test_a_folder_that_is_empty_stops_everybody_once_that_is_confirmed(synced: Desk) -> None:
    for path in (synced.folder / "subscribers").iterdir():
        path.unlink()

    withheld, confirmed = synced("subscribers", "sync"), synced("subscribers", "sync", "--confirm")

    assert withheld.code == 2
    assert "served as before; `digest subscribers sync --confirm` stops them" in withheld.err
    assert confirmed == (0, "0 added, 0 changed, 0 unchanged, 2 stopped, 0 back\n", "")


def test_defaults_of_the_settings_are_those_of_the_files(desk: Desk) -> None:
    desk.subscribes(BOB)
    desk.sets(timezone="Asia/Tokyo", send_at="06:30")
    desk("subscribers", "sync")

    assert desk("subscribers", "list").lines[1].split()[:7] == [
        "bob@example.org", "active", "Volcanoes", "weekdays", "06:30", "Asia/Tokyo", "bob.yaml",
    ]  # fmt: skip


# --- List and show -------------------------------------------------------------------------------------------------------


def test_nobody_yet_comes_with_the_next_step_and_makes_no_file(desk: Desk) -> None:
    assert desk("subscribers", "list") == (0, "Nobody yet. `digest subscribers sync` reads the folder of subscriber files.\n", "")
    assert desk.files == []


def test_everybody_is_listed_with_state_days_time_and_origin(synced: Desk) -> None:
    assert [line.split() for line in synced("subscribers", "list").lines] == [
        ["address", "state", "topics", "days", "at", "from", "reason"],
        ["alice@example.org", "active", "Operators", "weekdays", "08:00", "Europe/Berlin", "alice.yaml"],
        ["bob@example.org", "active", "Volcanoes", "weekdays", "08:00", "UTC", "bob.yaml"],
    ]


def test_one_person_is_shown_with_consent_own_changes_and_her_profile_as_yaml(synced: Desk) -> None:
    synced.with_store(lambda store: store.subscribers.overlay("alice@example.org", {"max_papers": 4}, MOMENT))

    said = synced("subscribers", "show", "Alice@Example.org")

    assert said.lines[:5] == [
        "# active",
        "# since 2026-03-24 09:00 UTC",
        "# consent by file, 2026-03-24 09:00 UTC, alice.yaml",
        "# from alice.yaml",
        "# her own change: max_papers: 4 (her file: 12)",
    ]
    synced.writes("copy.yaml", said.out)
    assert synced("preview", "copy.yaml", "--sample", "--format", "json").json["subscriber"] == "alice@example.org"


def test_whatever_she_may_change_is_shown_beside_what_her_file_says(synced: Desk) -> None:
    changes: dict[str, Any] = {
        "topics": (topic("Reefs", keywords=("coral",)), topic("Bees")),
        "send_at": time(7, 30),
        "days": (0, 3),
        "paused_until": date(2026, 4, 1),
        "layout": Layout.COMPACT,
        "name": "Alice",
    }
    synced.with_store(lambda store: store.subscribers.overlay("alice@example.org", changes, MOMENT))

    said, rows = synced("subscribers", "show", "alice@example.org"), synced("subscribers", "list", "--json")

    assert {line for line in said.lines if "her own change" in line} == {
        "# her own change: topics: Reefs, Bees (her file: Operators)",
        "# her own change: send_at: 07:30 (her file: 08:00)",
        "# her own change: days: mon,thu (her file: weekdays)",
        "# her own change: paused_until: 2026-04-01 (her file: nothing)",
        "# her own change: layout: compact (her file: full)",
        "# her own change: name: Alice (her file: nothing)",
    }
    assert rows.code == 0, rows.err
    assert rows.json[0]["overlay"] == {
        "topics": ["Reefs", "Bees"],
        "send_at": "07:30",
        "days": "mon,thu",
        "paused_until": "2026-04-01",
        "layout": "compact",
        "name": "Alice",
    }


def test_the_same_as_json(synced: Desk) -> None:
    her = synced("subscribers", "show", "alice@example.org", "--json").json

    assert (her["email"], her["state"], her["send_at"], her["topics"]) == ("alice@example.org", "active", "08:00", ["Operators"])
    assert her["consent"] == {"how": "file", "at": "2026-03-24T09:00:00+00:00", "confirmed": None, "detail": "alice.yaml"}


def test_who_came_by_mail_is_from_herself(desk: Desk) -> None:
    def sign_up(store: Store) -> None:
        consent = Consent("mail", MOMENT, detail="<1@example.org>")
        store.subscribers.add(subscriber("eve@example.org"), event=SubscriptionEvent.SIGNED_UP, consent=consent, now=MOMENT)
        store.subscribers.change("eve@example.org", SubscriptionEvent.CONFIRMED, now=MOMENT)

    desk.with_store(sign_up)

    said = desk("subscribers", "show", "eve@example.org")

    assert "# from herself" in said.lines
    assert "# consent by mail, 2026-03-24 09:00 UTC, confirmed 2026-03-24 09:00 UTC, <1@example.org>" in said.lines


def test_of_somebody_forgotten_it_is_known_that_she_is_not_to_be_written_to(synced: Desk) -> None:
    synced.with_store(lambda store: store.subscribers.forget("bob@example.org"))

    said = synced("subscribers", "show", "bob@example.org")

    assert (said.code, said.lines[0]) == (0, "# suppressed (forgotten)")


def test_a_stranger_is_an_error_with_the_nearest(synced: Desk) -> None:
    said = synced("subscribers", "show", "alcie@example.org")

    assert said == (2, "", "error: ADDRESS: no subscriber 'alcie@example.org', did you mean 'alice@example.org'?\n")
