"""`digest inbox`: from a Maildir, or one mail from a pipe."""

from __future__ import annotations

import io
import re

import pytest

from digest.model import SubscriptionState
from tests.cli.desk import NOW, Desk
from tests.postbox import letter


def put(desk: Desk, raw: bytes, name: str = "1.a") -> None:
    for part in ("new", "cur", "tmp"):
        (desk.folder / "mail" / part).mkdir(parents=True, exist_ok=True)
    (desk.folder / "mail/new" / name).write_bytes(raw)


def pipe(desk: Desk, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


def test_a_mail_is_handled_once_and_its_answer_waits_for_a_server(desk: Desk) -> None:
    desk.can_send()
    put(desk, letter("subscribe robots"))

    said = desk("inbox", "--maildir", "mail", "--now", NOW)

    assert said.code == 1, "the answer is not on its way yet"
    assert said.lines == ["asked whether she wants mail (confirm)", "1 handled, 0 failed, 0 set aside; 0 mails sent"]
    found = desk.with_store(lambda store: store.subscribers.subscription("alice@example.net"))
    assert found.state is SubscriptionState.PENDING
    assert desk("inbox", "--maildir", "mail", "--now", NOW).lines[-1].startswith("0 handled")


def test_one_mail_from_a_pipe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.can_send()
    pipe(desk, monkeypatch, letter("subscribe", Return_Path=None))
    said = desk("inbox", "--stdin", "--sender", "alice@example.net", "--json", "--now", NOW)
    assert said.code == 0
    assert said.json["handled"] == [{"what": "asked whether she wants mail", "answer": "confirm", "begins": False}]


def test_a_forged_envelope_is_not_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.can_send()
    pipe(desk, monkeypatch, letter("subscribe", Return_Path=None))
    said = desk("inbox", "--stdin", "--sender", "mallory@example.com", "--json", "--now", NOW)
    assert said.json["handled"][0]["answer"] is None


def test_a_pipe_is_told_to_try_again_when_we_cannot(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failure would send the mail back to its author."""
    pipe(desk, monkeypatch, letter("subscribe"))
    said = desk("inbox", "--stdin")
    assert said.code == 75
    assert "DIGEST_SECRET_KEY" in said.err


def test_without_a_mailbox_it_says_where_to_set_one(desk: Desk) -> None:
    desk.can_send()
    said = desk("inbox")
    assert said.code == 2
    assert re.match(r"error: DIGEST_IMAP_URL: there is no mailbox", said.err)


def test_a_wrong_folder_is_named(desk: Desk) -> None:
    desk.can_send()
    (desk.folder / "empty").mkdir()
    assert "is no Maildir" in desk("inbox", "--maildir", "empty").err
