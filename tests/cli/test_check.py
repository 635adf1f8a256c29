"""`digest check`: everything that is wrong, at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from digest.cli import wayout
from digest.settings import Settings
from tests.cli.desk import ALICE, BROKEN, Desk, Said, row
from tests.sink import Sink


def test_all_well_is_said_in_three_lines(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send()

    said = desk("check")

    assert said.code == 0
    assert [line.split() for line in said.lines] == [["settings", "ok"], ["subscribers", "ok"], ["templates", "ok"]]


def test_what_works_and_should_be_changed_is_advice_and_no_fault(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send()

    said = desk("check")

    assert said.code == 0
    assert said.err.startswith("advice: DIGEST_FROM: is still the example's; write an address of your own domain\n")


def test_all_faults_of_all_rooms_are_told_not_the_first(desk: Desk) -> None:
    desk.subscribes(BROKEN)
    desk.writes("subscribers/dora.yaml", "email: nonsense\ntopics: [A]\n")
    desk.writes("templates/digest.mjml", "<mjml>\n<mj-body>\n<mj-sextion></mj-sextion>\n</mj-body>\n</mjml>")

    said = desk("check")

    assert said.code == 2
    assert [line.split()[0] for line in said.lines] == ["settings", "subscribers", "templates"]
    assert all("to mend" in line for line in said.lines)
    for found in ("DIGEST_COMMAND_ADDRESS", "DIGEST_SECRET_KEY", "carol.yaml:4:5: topics.keyword", "nonsense", "digest.mjml:3:"):
        assert found in said.err, found
    assert all(line.startswith(("error: ", "advice: ")) for line in said.err.splitlines())


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("sqlite:///other.txt", "other.txt is another kind of file"),
        ("sqlite:///nowhere/digest.sqlite3", "the folder .*nowhere of nowhere/digest.sqlite3 does not exist"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_fault_among_the_others(desk: Desk, url: str, fault: str) -> None:
    desk.subscribes(BROKEN)
    desk.can_send()
    desk.writes("other.txt", "no database, and long enough to be looked into" * 20)
    desk.sets(database_url=url)

    said = desk("check")

    assert said.code == 2
    assert [line.split()[:2] for line in said.lines] == [["settings", "1"], ["subscribers", "1"], ["templates", "ok"]]
    assert re.search(f"^error: DIGEST_DATABASE_URL: {fault}", said.err, re.MULTILINE)
    assert "carol.yaml:4:5: topics.keyword" in said.err


def test_settings_that_do_not_parse_are_all_told_with_their_lines(desk: Desk) -> None:
    desk.writes(".env", "DIGEST_SENDAT=08:00\nDIGEST_TIMEZONE=Mars/Olympus\n")

    said = desk("check")

    assert said.code == 2
    assert said.lines == ["settings     2 to mend; subscribers and templates are looked at once they are"]
    assert re.search(r"^error: \.env:1: DIGEST_SENDAT: no such setting, did you mean 'DIGEST_SEND_AT'\?$", said.err, re.MULTILINE)
    assert re.search(r"^error: \.env:2: DIGEST_TIMEZONE: 'Mars/Olympus'", said.err, re.MULTILINE)


def test_the_example_is_checked_too(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send()
    desk.writes("subscribers/example.yaml", BROKEN)

    said = desk("check")

    assert said.code == 2
    assert "subscribers/example.yaml:4:5" in said.err


def test_the_way_out_is_tried_when_asked(desk: Desk, post: Sink) -> None:
    desk.subscribes(ALICE)
    desk.can_send(post.port)

    said = desk("check", "--smtp")

    assert said.code == 0
    assert said.lines[3].split()[:2] == ["smtp", "ok"]
    assert not post.mails


def test_a_way_out_that_is_closed_is_no_fault_of_the_files(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send(port=1)

    said = desk("check", "--smtp")

    assert said.code == 1
    assert said.lines[3].split() == ["smtp", "failed"]
    assert "DIGEST_SMTP_URL says where mail goes out" in said.err


def test_checking_makes_no_file(desk: Desk) -> None:
    desk("check")

    assert desk.files == []


def test_a_dkim_key_that_cannot_sign_is_a_fault(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.can_send()
    desk.sets(dkim_key="key.pem", dkim_selector="papers")

    assert "error: key.pem: DIGEST_DKIM_KEY: the key cannot be read" in desk("check").err
    desk.writes("key.pem", "no key")
    assert "error: the DKIM key cannot be read" in desk("check").err


def test_a_paper_to_resemble_that_nobody_knows_is_named_with_its_place(desk: Desk) -> None:
    from digest import lookups
    from digest.cli.options import wall_clock

    desk.subscribes(ALICE + '    like: ["arxiv:2603.99999v2", 10.1000/unknown]\n')
    desk.can_send()
    asked = dict.fromkeys(("arxiv:2603.99999", "doi:10.1000/unknown"), str(wall_clock().date()))
    desk.with_store(lambda store: store.meta.set(lookups.memory(lookups.LIKE), asked))

    said = desk("check")

    assert said.code == 2
    assert re.search(
        r"alice\.yaml:7:19: topics\.like: arXiv knew no paper 'arxiv:2603\.99999' on \S+; mend the id, or take it out "
        r"\(alice@example\.org, Operators\)",
        said.err,
    )
    assert "alice.yaml:7:34: topics.like: no source has brought 'doi:10.1000/unknown' yet" in said.err


# --- The way out, line by line -------------------------------------------------------------------------------------------


def lines_of(said: Said) -> dict[str, str]:
    return {line.split()[0]: line.split(None, 1)[1] for line in said.lines}


def test_the_way_out_has_a_line_for_each_thing_that_tends_to_be_wrong(desk: Desk, post: Sink) -> None:
    desk.subscribes(ALICE)
    desk.has_papers(row(1))
    desk.can_send(post.port)

    lines = lines_of(desk("check", "--smtp", "--sources"))

    assert list(lines) == [
        "settings", "subscribers", "templates", "smtp", "tls", "size", "from", "disk", "file:papers.jsonl", "clock",
    ]  # fmt: skip
    assert lines["tls"] == "ok  in clear, within this machine"
    assert lines["file:papers.jsonl"].startswith("ok  1 papers in 0.")


def given_as(**settings: str) -> Settings:
    return Settings.load({f"DIGEST_{name.upper()}": value for name, value in settings.items()}, env_file=None)


@pytest.mark.parametrize(
    ("sender", "bounces", "well"),
    [
        ("d@example.org", "", True),
        ("d@example.org", "b@example.org", True),
        ("d@example.org", "b@mail.example.org", True),
        ("d@news.example.org", "b@example.org", True),
        ("d@example.org", "b@example.net", False),
        ("d@badexample.org", "b@example.org", False),
    ],
)
def test_the_visible_sender_is_held_against_the_domain_of_bounces(sender: str, bounces: str, well: bool) -> None:
    assert wayout.alignment(given_as(**{"from": sender, "bounce_address": bounces})).well is well


def test_the_servers_limit_is_held_against_a_digest() -> None:
    small, large, silent = "h, in clear, takes messages up to 100,000 octets", "up to 10,240,000 octets", "names no size limit"
    given = given_as()

    assert not wayout.size(given, small).well
    assert "lower DIGEST_MAX_HTML_BYTES" in wayout.size(given, small).text
    assert wayout.size(given, large).well
    assert wayout.size(given, silent).well


def test_a_line_in_clear_is_fine_on_this_machine_only() -> None:
    assert not wayout.tls(given_as(smtp_url="smtp://relay.example.org?tls=none"), "relay:25, in clear").well
    assert wayout.tls(given_as(smtp_url="smtp://relay.example.org"), "relay:25, encrypted (TLSv1.3)").well


def test_a_clock_that_is_off_by_more_than_five_minutes_is_a_warning() -> None:
    now = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)

    assert wayout.clock([], now).text == "not compared; --sources asks a source for the time"
    assert wayout.clock(["Tue, 24 Mar 2026 09:00:00 GMT"], now).text == "the same as the sources'"
    assert wayout.clock(["Tue, 24 Mar 2026 09:04:00 GMT"], now).well
    late = wayout.clock(["Tue, 24 Mar 2026 09:06:00 GMT", "nonsense"], now)
    assert (late.well, late.text) == (False, "360 s behind the sources: let NTP set it")


def test_a_term_that_can_find_nothing_is_named_with_its_place(desk: Desk) -> None:
    desk.can_send()
    idle = ALICE.replace("[neural operators]", "[who wrote, WHO]\n    exclude: [the]")
    desk.subscribes(idle + "  - of the\n  - {name: In, text: Fish}\n")

    said = desk("check")

    assert said.code == 2
    assert [line.split(" holds")[0] for line in said.err.splitlines() if "finds nothing" in line] == [
        "error: subscribers/alice.yaml:6:27: topics.keywords: 'WHO'",
        "error: subscribers/alice.yaml:7:15: topics.exclude: 'the'",
        "error: subscribers/alice.yaml:8:5: topics: 'of the'",
    ]
