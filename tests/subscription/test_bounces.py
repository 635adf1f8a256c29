"""Reports of mails that came back, in the many forms that servers give them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.subscription.bounces import Damage, damage, lost_for_good, read, telling
from tests.needs import missing

TODAY = date(2026, 3, 24)


def report(*, status: str = "5.1.1", action: str = "failed", said: str = "", kind: str = "report; report-type=x") -> bytes:
    """In the form of RFC 3464."""
    diagnostic = f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: digest+bounce+token@example.org\r\nAuto-Submitted: auto-replied\r\n"
        f'Content-Type: multipart/{kind}; boundary="b"\r\n\r\n--b\r\n\r\nI am sorry.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        "Final-Recipient: rfc822; ghost@example.com\r\nOriginal-Recipient: rfc822;Ghost@example.com\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n{diagnostic}\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nReply-To: digest+commands+secret@example.org\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "said", "how_bad"),
    [
        ("5.1.1", "", Damage.HARD),
        ("5.1.2", "", Damage.HARD),
        ("5.1.3", "", Damage.HARD),
        ("5.1.10", "", Damage.HARD),
        ("5.2.1", "", Damage.HARD),
        ("5.2.2", "", Damage.SOFT),
        ("4.4.1", "", Damage.SOFT),
        ("4.7.1", "", Damage.SOFT),
        ("5.3.4", "", Damage.SOFT),
        ("5.7.1", "", Damage.POLICY),
        ("5.7.515", "", Damage.POLICY),
        ("5.0.0", "550 5.1.1 No such user", Damage.HARD),
        ("5.0.0", "550 User unknown", Damage.HARD),
        ("5.0.0", "554 message blocked as spam", Damage.POLICY),
        ("5.0.0", "552 mailbox is full", Damage.SOFT),
        ("5.0.0", "550 no", Damage.SOFT),
        ("5.5.0", "550 User unknown", Damage.SOFT),
        ("", "", Damage.SOFT),
    ],
)
def test_the_status_tells_how_bad_it_is(status: str, said: str, how_bad: Damage) -> None:
    found = read(report(status=status, said=said))
    assert found is not None
    assert found.damage is how_bad
    assert found.recipients == ("ghost@example.com",)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_is_under_way_or_arrived_is_no_bounce(action: str) -> None:
    found = read(report(action=action, status="4.4.1"))
    assert found is not None
    assert found.damage in {Damage.DELAYED, Damage.DELIVERED}


def test_a_report_that_is_not_called_one_is_read_all_the_same() -> None:
    """OpenSMTPD's is multipart/mixed."""
    found = read(report(kind="mixed"))
    assert found is not None
    assert (found.damage, found.status) == (Damage.HARD, "5.1.1")


def test_the_returned_mail_is_evidence() -> None:
    found = read(report())
    assert found is not None
    assert "digest+commands+secret@example.org" in found.evidence


COMPLAINT = (
    'From: fbl@isp.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
    "--b\r\n\r\nThis is spam.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
    "Feedback-Type: {kind}\r\nVersion: 1\r\nOriginal-Rcpt-To: <alice@example.net>\r\n\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <digest+bounce+secret@example.org>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
)


def test_a_complaint_is_one_and_not_spam_is_none() -> None:
    found = read(COMPLAINT.format(kind="abuse").encode())
    assert found is not None
    assert (found.damage, found.recipients) == (Damage.COMPLAINT, ("alice@example.net",))
    assert "digest+bounce+secret@example.org" in found.evidence
    assert read(COMPLAINT.format(kind="not-spam").encode()) is None


def test_the_most_telling_status_counts() -> None:
    assert telling("5.0.0", "host said: 550 5.2.2 full") == "5.2.2"
    assert telling("4.4.7", "550 5.1.1 earlier") == "4.4.7"
    assert telling("", "nothing") == ""


def test_a_refusal_in_the_dialogue_is_read_by_its_words() -> None:
    assert damage("", "rcpt: 550 5.1.1 User unknown", code=550) is Damage.HARD
    assert damage("", "rcpt: 550 No such user here", code=550) is Damage.HARD
    assert damage("", "dot: 554 5.7.1 Spam", code=554) is Damage.POLICY


def days(*back: int) -> list[date]:
    return [TODAY - timedelta(days=each) for each in back]


@pytest.mark.parametrize(
    ("came_back", "sent", "lost"),
    [
        (days(0, 1, 2, 3, 4), (), True),
        (days(0, 1, 2, 3), (), False),
        (days(0, 0, 1, 1, 2, 3), (), False),
        (days(0, 7, 14, 21, 28), (), True),
        (days(0, 7, 14, 21, 31), (), False),
        (days(0, 1, 2, 3, 5), days(4), False),
        (days(0, 1, 2, 3, 4), days(5, 0), True),
        (days(0, 1, 2, 3, 4), days(0, 1, 2, 3, 4), True),
        (days(1, 2, 3, 4, 5, 7), days(6, 0), True),
    ],
)
def test_five_days_within_thirty_with_no_success_between(came_back: list[date], sent: list[date], lost: bool) -> None:
    assert lost_for_good(came_back, sent, today=TODAY) is lost


@given(some.binary(max_size=1500))
def test_whatever_comes_is_read(data: bytes) -> None:
    read(data)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bounce library's own samples, from its source at test time."""
    folder = tmp_path_factory.mktemp("samples")
    get = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder), "flufl.bounce"]
    subprocess.run(get, capture_output=True, timeout=120)
    archives = list(folder.glob("*.tar.gz"))
    if not archives:
        missing("the source of flufl.bounce could not be fetched")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.slow
@pytest.mark.judges
def test_at_least_112_of_the_librarys_117_samples_are_recognised(samples: Path) -> None:
    """Its own tests say whom each of them is about; some are of no address at all."""
    files = [path for path in samples.rglob("tests/data/*.txt") if "init" not in path.name]
    found = [path.name for path in files if (returned := read(path.read_bytes())) and returned.recipients]
    print(f"{len(found)} of {len(files)} recognised; not {sorted({path.name for path in files} - set(found))}")
    assert len(files) >= 117
    assert len(found) >= 112
