"""`digest subscribers add|edit|pause|resume|remove|reset|import|export|forget`: an admin's hand on anybody."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from digest.model import Consent, SubscriptionEvent, SubscriptionState
from digest.store.subscribers import Enrolled
from tests.cli.desk import ALICE, BOB, NOW, Desk
from tests.world import NOW as MOMENT

BIB = """\
@article{li, title={Fourier neural operator}, eprint={2010.08895}, archivePrefix={arXiv}}
@inproceedings{x, doi = {10.1000/182}, url={https://example.org}}
@misc{nothing, title={No name}}
"""

# What is found in libraries that grew over years.
GROWN = r"""% exported by Zotero
@comment{jabref-meta: databaseType:bibtex;}
@preamble{"\newcommand{\noopsort}[1]{}"}
@string{pre = "Preprint, " # "arXiv:"}
@article{uber_2019, title = {{\"U}ber na{\"\i}ve {Schr\"odinger} operators}, author="M{\"u}ller, J.", doi = {10.1103/PhysRevE.1\_2}}
@misc{note, title = {Noted}, note = {arXiv:2403.01234v2 [cs.LG]}}
@online{how, title={Linked}, howpublished = {\url{https://arxiv.org/abs/hep-th/9901001}}}
@article{macro, title={Joined}, journal = pre # "2406.00002", month = jan # "~" # 3}
@article{broken, title = {never closed, doi = {10.1000/x}
@ARTICLE(paren, title={In (round) brackets}, url = "http://arxiv.org/pdf/2405.00001v1.pdf")
@article{unequal, title {No sign}, doi={10.1000/y}}
@book{nothing, title={No name}}
"""


@pytest.fixture
def synced(desk: Desk) -> Desk:
    desk.subscribes(ALICE, BOB)
    assert desk("subscribers", "sync", "--now", NOW).code == 0
    return desk


def who(desk: Desk, address: str) -> Enrolled:
    found = desk.with_store(lambda store: store.subscribers.get(address))
    assert found is not None
    assert isinstance(found, Enrolled)
    return found


def test_add_enrols_at_once_with_the_admins_word_for_it(desk: Desk) -> None:
    more = ("--topic", "robots", "--timezone", "Asia/Tokyo", "--days", "mon,thu", "--now", NOW)
    said = desk("subscribers", "add", "zoe@example.org", *more)
    assert (said.code, said.out) == (0, "zoe@example.org is subscribed\n")
    zoe = who(desk, "zoe@example.org")
    assert zoe.subscription.state is SubscriptionState.ACTIVE
    assert zoe.subscription.consent == Consent("admin", MOMENT)
    assert (zoe.subscriber.timezone, zoe.subscriber.days, zoe.subscriber.trending) == ("Asia/Tokyo", (0, 3), 3)


def test_add_can_ask_first(desk: Desk) -> None:
    assert desk("subscribers", "add", "zoe@example.org", "--ask", "--now", NOW).code == 0
    assert who(desk, "zoe@example.org").subscription.state is SubscriptionState.PENDING
    assert desk.with_store(lambda store: store.deliveries.mailed(("confirm",), since=MOMENT.replace(year=2000)))


def test_add_takes_a_library_as_papers_to_resemble(desk: Desk) -> None:
    desk.writes("refs.bib", BIB)
    assert desk("subscribers", "add", "zoe@example.org", "--like", "refs.bib", "--now", NOW).code == 0
    [topic] = who(desk, "zoe@example.org").subscriber.topics
    assert (topic.name, topic.like) == ("refs", ("arxiv:2010.08895", "doi:10.1000/182"))


def test_a_library_that_grew_over_years_is_read_and_its_faults_are_named_with_their_lines(desk: Desk) -> None:
    desk.writes("grown.bib", GROWN)
    said = desk("subscribers", "add", "zoe@example.org", "--topic", "waves", "--like", "grown.bib", "--now", NOW)
    [topic] = who(desk, "zoe@example.org").subscriber.topics
    expected = ["doi:10.1103/physreve.1_2", "arxiv:2403.01234", "arxiv:hep-th/9901001", "arxiv:2406.00002", "arxiv:2405.00001"]
    assert (topic.name, list(topic.like)) == ("waves", expected)
    assert "grown.bib:9: a brace is opened here and never closed" in said.err
    assert "grown.bib:11: write '=' after 'title'" in said.err


def test_entries_of_a_library_that_cannot_be_looked_up_are_named(desk: Desk) -> None:
    books = "".join(f"@book{{knuth{n}, title={{Volume {n}}}}}\n" for n in range(1, 8))
    desk.writes("refs.bib", f"{books}{BIB}")
    said = desk("subscribers", "add", "zoe@example.org", "--like", "refs.bib", "--now", NOW)
    assert said.code == 0
    assert "left out, since no arXiv id or DOI stands there: knuth1 (line 1), knuth2 (line 2), " in said.err
    assert "knuth5 (line 5) and 3 more" in said.err


def test_a_library_without_names_says_what_to_export(desk: Desk) -> None:
    desk.writes("books.bib", "@book{knuth, title={The Art of Computer Programming}}")
    said = desk("subscribers", "add", "zoe@example.org", "--like", "books.bib", "--now", NOW)
    assert said.code == 2
    assert "books.bib" in said.err
    assert "arXiv id or DOI" in said.err


def test_add_gives_more_topics_to_who_is_there(synced: Desk) -> None:
    assert synced("subscribers", "add", "alice@example.org", "--topic", "robots", "--now", NOW).code == 0
    assert [topic.name for topic in who(synced, "alice@example.org").subscriber.topics] == ["Operators", "robots"]


@pytest.mark.parametrize(
    "words", [("no address",), ("a@example.org", "--timezone", "Mars/X"), ("a@example.org", "--days", "blursday")]
)
def test_add_names_what_is_wrong(desk: Desk, words: tuple[str, ...]) -> None:
    said = desk("subscribers", "add", *words)
    assert said.code == 2
    assert said.err.startswith("error:")


def test_pause_and_resume(synced: Desk) -> None:
    said = synced("subscribers", "pause", "alice@example.org", "2", "weeks", "--now", NOW)
    assert said.out == "alice@example.org gets no mail until 2026-04-07\n"
    assert synced("subscribers", "pause", "alice@example.org", "forever").code == 2
    assert synced("subscribers", "resume", "alice@example.org", "--now", NOW).code == 0
    assert who(synced, "alice@example.org").subscriber.paused_until is None


def test_remove_outlives_the_file_and_resume_brings_her_back(synced: Desk) -> None:
    said = synced("subscribers", "remove", "alice@example.org", "--now", NOW)
    assert "her entry in alice.yaml has no effect now" in said.out
    synced("subscribers", "sync", "--now", NOW)
    assert who(synced, "alice@example.org").subscription.reason == "unsubscribed: by an admin"
    assert synced("subscribers", "add", "alice@example.org").code == 2
    assert synced("subscribers", "resume", "alice@example.org", "--now", NOW).code == 0
    assert who(synced, "alice@example.org").subscription.state is SubscriptionState.ACTIVE


def test_who_never_wants_to_be_asked_again_needs_force(synced: Desk) -> None:
    complained = SubscriptionEvent.COMPLAINED
    synced.with_store(lambda store: store.subscribers.change("bob@example.org", complained, reason=str(complained), now=MOMENT))
    assert synced("subscribers", "resume", "bob@example.org", "--now", NOW).code == 2
    assert synced("subscribers", "resume", "bob@example.org", "--force", "--now", NOW).code == 0


def test_reset_and_forget(synced: Desk) -> None:
    assert synced("subscribers", "reset", "bob@example.org").out == "0 votes of bob@example.org are forgotten\n"
    assert "delete her from bob.yaml as well" in synced("subscribers", "forget", "bob@example.org", "--yes").out
    assert not any("bob@" in row for rows in synced.rows.values() for row in rows)
    synced("subscribers", "sync", "--now", NOW)
    assert synced.with_store(lambda store: store.subscribers.get("bob@example.org")) is None


def editor(desk: Desk, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that does what `sed` would."""
    path = desk.writes("editor.sh", f'#!/bin/sh\nsed -i "{script}" "$1"\n')
    path.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(path))


def test_edit_keeps_the_comments_of_a_file(synced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    synced.subscribes(ALICE.replace("timezone:", "# where she lives\ntimezone:"))
    editor(synced, monkeypatch, "s/Europe.Berlin/Asia\\/Tokyo/")
    assert synced("subscribers", "edit", "alice@example.org", "--now", NOW).code == 0
    text = (synced.folder / "subscribers/alice.yaml").read_text()
    assert "# where she lives\ntimezone: Asia/Tokyo" in text
    assert who(synced, "alice@example.org").subscriber.timezone == "Asia/Tokyo"


def test_edit_saves_nothing_that_is_wrong_and_loses_nothing_that_was_typed(synced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (synced.folder / "subscribers/alice.yaml").read_text()
    editor(synced, monkeypatch, "s/Europe.Berlin/Mars/")
    said = synced("subscribers", "edit", "alice@example.org")
    assert said.code == 2
    assert "what you typed is still there" in said.err
    kept = Path(said.err.rpartition("error: ")[2].partition(": ")[0])
    assert "Mars" in kept.read_text()
    kept.unlink()
    assert (synced.folder / "subscribers/alice.yaml").read_text() == before


@pytest.mark.parametrize("command", ["/nowhere/editor", "nano 'never closed"])
def test_an_editor_that_cannot_be_started_is_named_and_leaves_no_file_behind(
    synced: Desk, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (synced.folder / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(synced.folder / "temporary"))
    monkeypatch.setenv("EDITOR", command)

    said = synced("subscribers", "edit", "alice@example.org")

    assert said.code == 2
    assert said.err.startswith(f"error: EDITOR: {command} cannot be started (")
    assert list((synced.folder / "temporary").iterdir()) == []


def test_edit_of_somebody_without_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk("subscribers", "add", "zoe@example.org", "--topic", "robots", "--now", NOW)
    editor(desk, monkeypatch, "s/max_papers: 12/max_papers: 5/")
    assert desk("subscribers", "edit", "zoe@example.org", "--now", NOW).out == "saved: max_papers\n"
    assert who(desk, "zoe@example.org").subscriber.max_papers == 5


def test_import_of_an_address_that_stands_there_twice_takes_the_first_and_names_the_second(desk: Desk) -> None:
    desk.writes("list.csv", "email,topics\nzoe@example.org,robots\nZoe@Example.org,reefs\n")

    said = desk("subscribers", "import", "list.csv", "--now", NOW)

    assert (said.code, said.out) == (2, "1 added, 0 subscribed already, 0 stay away, 1 faults\n")
    assert said.err == "error: list.csv:3:1: email: 'Zoe@example.org' stands in line 2 already; keep one of them\n"
    assert who(desk, "zoe@example.org").subscriber.topics[0].name == "robots"


@pytest.mark.parametrize("text", ["", "- email: zoe@example.org\n  topics: [robots]\n", "name;email\nZoe;zoe@example.org\n"])
def test_import_of_what_is_no_such_table_says_so_once(desk: Desk, text: str) -> None:
    desk.writes("list.csv", text)

    said = desk("subscribers", "import", "list.csv", "--now", NOW)

    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: list.csv:1:1: the first line of a CSV file names its columns, and email is none of them")
    assert said.err.count("error") == 1


def test_import_takes_what_is_good_and_names_what_is_not(synced: Desk) -> None:
    synced("subscribers", "remove", "bob@example.org", "--now", NOW)
    synced.writes(
        "list.csv",
        "email,name,topics,days\nzoe@example.org,Zoe,robots; neural operators,weekly:mon\nyan@example.org,,x,mon;thu\n"
        "bob@example.org,Bob,x,\nalice@example.org,,x,\nnot an address,,x,\nxi@example.org,,,\n",
    )
    said = synced("subscribers", "import", "list.csv", "--now", NOW)
    assert said.code == 2
    assert said.out == "2 added, 1 subscribed already, 1 stay away, 2 faults\n"
    assert "bob@example.org stays away: unsubscribed: by an admin" in said.err
    assert "list.csv:6:1: email: 'not an address'" in said.err
    assert [topic.name for topic in who(synced, "zoe@example.org").subscriber.topics] == ["robots", "neural operators"]
    assert who(synced, "yan@example.org").subscriber.days == (0, 3)


def test_export_can_be_read_again(synced: Desk) -> None:
    synced("subscribers", "add", "zoe@example.org", "--topic", "a: b # c", "--now", NOW)
    before = [who(synced, each).subscriber for each in ("alice@example.org", "bob@example.org", "zoe@example.org")]
    text = synced("subscribers", "export").out
    for each in ("alice", "bob"):
        (synced.folder / f"subscribers/{each}.yaml").unlink()
    synced.writes("subscribers/all.yaml", text)
    assert "subscribers  ok" in synced("check").out
    synced("subscribers", "sync", "--now", NOW)
    assert [who(synced, each.email).subscriber for each in before] == before
