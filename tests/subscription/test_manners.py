"""Whom nothing is done for, and nobody answers."""

from __future__ import annotations

import pytest

from digest.subscription.letter import parse
from digest.subscription.manners import OwnAddresses, machine
from tests.postbox import OURS, letter
from tests.subscription.hostile import ABSENCES


def why(**fields: str | None) -> str:
    return machine(parse(letter("subscribe", **fields)), OURS)  # type: ignore[arg-type]


def test_somebody_who_writes_is_somebody() -> None:
    assert why() == ""
    assert why(Auto_Submitted="no", Precedence="normal", X_Mailer="mutt") == ""


@pytest.mark.parametrize(
    "field",
    [
        {"Return_Path": "<>"},
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Generated; x=y"},
        {"Precedence": "Bulk"},
        {"List_Id": "<x.example.com>"},
        {"List_Unsubscribe": "<mailto:x>"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
        {"X_Loop": "x"},
        {"Feedback_ID": "1:2:3:4"},
    ],
)
def test_what_says_that_a_machine_wrote_it_is_believed(field: dict[str, str]) -> None:
    assert why(**field)


@pytest.mark.parametrize(
    "local",
    [
        *("mailer-daemon", "MAILER-DAEMON", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "no_reply+tag"),
        *("owner-list", "list-request", "list-bounces", "bounce+abc", "bounces-12", "autoreply", "root", "prvs=123=alice"),
    ],
)
def test_robots_are_known_by_their_names(local: str) -> None:
    assert why(by=f"{local}@example.net") == "it comes from a robot's address"


@pytest.mark.parametrize("local", ["alice", "norepliant", "daemonica", "rooter", "alertina", "lisa.bounce"])
def test_people_are_not_taken_for_robots(local: str) -> None:
    assert not why(by=f"{local}@example.net")


@pytest.mark.parametrize("address", ["digest@example.org", "digest+commands@example.org", "digest+bounce+token@example.org"])
def test_we_do_not_talk_to_ourselves(address: str) -> None:
    assert why(by=address) == "it comes from an address of our own"


@pytest.mark.parametrize("subject", [*(subject for subject, _ in ABSENCES), "Undeliverable: x", "Read: x", "Delivery Status"])
def test_notes_of_absence_are_known_by_their_subject(subject: str) -> None:
    assert why(subject=subject)


@pytest.mark.parametrize("subject", ["subscribe holiday photos", "Already here", "add automatic differentiation", "more 3"])
def test_subjects_of_people_are_not(subject: str) -> None:
    assert not why(subject=subject)


def test_tokens_are_what_stands_behind_our_address() -> None:
    read = parse(letter(to="Digest+Commands+ABC@Example.org", Cc="digest+commands@example.org, digest+commands+@example.org"))
    assert list(OURS.tokens(read, OURS.command)) == ["abc", ""]
    assert OwnAddresses("a@x.org", "b@x.org").include("b+anything@x.org")
    assert not OwnAddresses("a@x.org", "b@x.org").include("bb@x.org")
