"""`digest backup`: a copy that counts only once it is checked, and what a restored one knows."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from digest.store.backup import faults_of
from digest.store.migrations import MIGRATIONS, migrate
from tests.cli.desk import ALICE, BOB, NOW, Desk, row
from tests.sink import Sink

CAROL = ALICE.replace("alice", "carol")
LATER = "2026-03-25T09:00:00Z"


@pytest.fixture
def sent(desk: Desk, post: Sink) -> Desk:
    """Alice has had her digest."""
    desk.has_papers(*map(row, range(1, 13)))
    desk.subscribes(ALICE)
    desk.can_send(post.port)
    assert desk("send", "--now", NOW).code == 0
    return desk


@pytest.mark.slow
def test_a_backup_is_a_sound_copy_and_says_so(sent: Desk) -> None:
    said = sent("backup", "copy.sqlite3")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("copy.sqlite3: 0.")
    assert said.out.endswith(" MB, sound\n")
    with closing(sqlite3.connect("copy.sqlite3")) as copy:
        assert copy.execute("SELECT count(*) FROM papers").fetchone() == (12,)


def test_a_file_that_is_there_is_never_overwritten(sent: Desk) -> None:
    sent.writes("copy.sqlite3", "yesterday's")

    said = sent("backup", "copy.sqlite3")

    assert (said.code, said.err) == (
        2,
        "error: copy.sqlite3: there is a file already; name a new one, for example with today's date in it\n",
    )
    assert Path("copy.sqlite3").read_text() == "yesterday's"


def test_where_there_is_no_store_none_is_made(desk: Desk) -> None:
    said = desk("backup", "copy.sqlite3")

    assert said.code == 2
    assert "there is no store yet" in said.err
    assert desk.files == []


def test_a_damaged_store_gives_no_copy_that_passes_for_a_sound_one(sent: Desk) -> None:
    with closing(sqlite3.connect("digest.sqlite3")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM papers WHERE key = 1")
        connection.commit()

    said = sent("backup", "copy.sqlite3")

    assert said.code == 2
    assert "is damaged (row 1 of aliases refers to nothing" in said.err
    assert "restore the last backup" in said.err
    assert not [name for name in sent.files if name.startswith("copy")]


def test_what_cannot_be_copied_is_not_blamed_on_the_copy(desk: Desk) -> None:
    desk.writes("other.txt", "no database at all, and long enough to be looked into" * 20)
    desk.sets(database_url="sqlite:///other.txt")

    said = desk("backup", "copy.sqlite3")

    assert said.code == 2
    assert said.err.startswith("error: DIGEST_DATABASE_URL: other.txt is damaged (file is not a database)")
    assert not [name for name in desk.files if name.startswith("copy")]


def test_a_backup_before_an_upgrade_does_not_upgrade(sent: Desk) -> None:
    sent("backup", "new.sqlite3")
    from digest.store.engine import open_engine

    old = open_engine("sqlite:///old.sqlite3")
    migrate(old, MIGRATIONS[:1])
    old.dispose()
    sent.sets(database_url="sqlite:///old.sqlite3")

    assert sent("backup", "before.sqlite3").code == 0
    with closing(sqlite3.connect("before.sqlite3")) as copy:
        assert copy.execute("SELECT version FROM schema_version").fetchone() == (1,)


WRITING = """
import sys
from digest.store.store import Store
from tests.world import NOW, papers
with Store.open(sys.argv[1]) as store:
    print("ready", flush=True)
    for round in range(1000):
        store.papers.keep(papers(20, comment=f"round {round}"), now=NOW)
"""


@pytest.mark.slow
def test_it_copies_one_moment_while_another_process_writes(sent: Desk) -> None:
    command = [sys.executable, "-c", WRITING, f"sqlite:///{sent.folder / 'digest.sqlite3'}"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        codes = [sent("backup", f"copy{n}.sqlite3").code for n in range(3)]
        writer.kill()

    assert codes == [0, 0, 0]
    for n in range(3):
        with closing(sqlite3.connect(f"copy{n}.sqlite3")) as copy:
            comments = copy.execute("SELECT DISTINCT comment FROM papers WHERE comment <> ''").fetchall()
        assert len(comments) <= 1, "each round is one transaction, seen whole or not at all"
        assert faults_of(Path(f"copy{n}.sqlite3")) == []


# --- The restore drill of docs/operators.md ------------------------------------------------------------------------------


def restore(copy: str) -> None:
    for name in ("digest.sqlite3", "digest.sqlite3-wal", "digest.sqlite3-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.copy(copy, "digest.sqlite3")


@pytest.mark.slow
def test_after_a_restore_nothing_goes_out_twice_that_the_copy_knew_of(sent: Desk, post: Sink) -> None:
    sent("backup", "copy.sqlite3")
    sent.subscribes(CAROL)
    assert sent("send", "--now", NOW).code == 0
    before = [each.recipient for each in post.mails]

    restore("copy.sqlite3")
    assert sent("send", "--now", NOW).code == 0
    assert sent("send", "--now", NOW).code == 0

    assert before == ["alice@example.org", "carol@example.org"]
    assert [each.recipient for each in post.mails[2:]] == ["carol@example.org"], "once more, since the copy did not know of hers"
    assert post.mails[1].message_id == post.mails[2].message_id, "a mail program that keeps one of each shows her one"


@pytest.mark.slow
def test_after_a_restore_papers_that_the_copy_knew_as_sent_do_not_come_again(sent: Desk, post: Sink) -> None:
    sent("backup", "copy.sqlite3")
    sent.has_papers(*map(row, range(1, 25)))
    assert sent("send", "--now", LATER).code == 0

    restore("copy.sqlite3")
    assert sent("send", "--now", LATER).code == 0

    first, second, again = (set(re_found(each.data)) for each in post.mails)
    assert first
    assert second
    assert not first & second
    assert again == second, "the day after the copy once more, the day before it never"


def re_found(data: bytes) -> list[str]:
    import email
    import email.policy
    import re

    mail = email.message_from_bytes(data, policy=email.policy.default)
    return re.findall(r"^Abstract: \S*/(\S+)", mail.get_body(("plain",)).get_content(), re.MULTILINE)  # type: ignore[union-attr]


def test_the_example_of_its_help_makes_a_dated_copy(sent: Desk) -> None:
    sent.subscribes(BOB)

    assert "digest-$(date +%F).sqlite3" in sent("backup", "--help").out
