"""`digest preview`: the digest that somebody would get, to look at."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from digest.cli import house
from digest.lookups import LIKE, Lookup, liked
from digest.model import Fetch, Frozen, Planned, SubscriptionEvent
from digest.store.store import Store
from tests.cli.desk import ALICE, BOB, BROKEN, NOW, Desk, row
from tests.fakes import FakeSource, NoClient
from tests.world import NOW as MOMENT
from tests.world import TODAY, paper

FILES = ["preview/digest.eml", "preview/digest.html", "preview/digest.json", "preview/digest.txt"]

#: Each exactly once in every digest (CONTRACT, "Every digest carries"); the https form of List-Unsubscribe needs a base URL.
HEADERS = (
    "From", "To", "Reply-To", "Date", "Subject", "Message-ID", "MIME-Version", "Content-Type", "List-Id", "List-Unsubscribe",
    "List-Help", "List-Post", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "Feedback-ID",
)  # fmt: skip

ITEM = {"number", "id", "title", "authors", "summary", "url", "score", "why", "trend", "also"}


def titles(digest: Any) -> list[str]:
    return [item["title"] for section in digest["sections"] for item in section["items"]]


# --- With nothing configured ---------------------------------------------------------------------------------------------


def test_with_nothing_at_all_the_sample_is_shown_and_four_files_are_written(desk: Desk) -> None:
    said = desk("preview")

    assert said.code == 0
    assert desk.files == FILES, "no database, nothing else"
    assert said.err.startswith("The store is empty: this is the packaged sample.")
    assert said.lines[0] == "alice@example.org, Thursday 2026-03-26, from the packaged sample"
    assert "  Trending" in said.lines
    assert said.lines[-1] == f"  written: {', '.join(f'preview/digest.{end}' for end in ('html', 'txt', 'eml', 'json'))}"


def test_a_topic_may_stand_in_place_of_a_person(desk: Desk) -> None:
    said = desk("preview", "--sample", "--topic", "diffusion models", "--topic", "robot", "--format", "json")

    assert (said.code, said.err) == (0, "")
    assert said.json["subscriber"] == "you@example.org"
    assert said.json["sections"][0]["title"] == "diffusion models"


@pytest.mark.parametrize(
    ("form", "begins"), [("html", "<!doctype html>"), ("text", ""), ("eml", "From: "), ("json", '{\n "subscriber"')]
)
def test_one_form_goes_to_stdout_and_no_file_is_written(desk: Desk, form: str, begins: str) -> None:
    said = desk("preview", "--sample", "--format", form)

    assert (said.code, said.err) == (0, "")
    assert said.out.lower().startswith(begins.lower())
    assert len(said.out) > 1000
    assert desk.files == []


@pytest.mark.parametrize("text", ["*", "", "the of", "🙂"])
def test_a_topic_that_can_find_nothing_is_refused(desk: Desk, text: str) -> None:
    said = desk("preview", "--sample", "--topic", text)
    assert (said.code, said.out) == (2, "")
    assert "holds no word that tells papers apart" in said.err


def test_who_and_topics_together_are_one_too_many(desk: Desk) -> None:
    said = desk("preview", "alice@example.org", "--topic", "x")

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == ["error: give WHO or --topic, not both", "Try: digest preview --help"]


def test_files_go_to_the_folder_that_is_named(desk: Desk) -> None:
    assert desk("preview", "--sample", "--out", "here/there").code == 0
    assert desk.files == [name.replace("preview", "here/there") for name in FILES]


def test_a_folder_that_cannot_be_is_an_error_and_no_traceback(desk: Desk) -> None:
    desk.writes("taken", "a file")

    said = desk("preview", "--sample", "--out", "taken/preview")

    assert said.code == 2
    assert said.err.startswith("error: taken/preview: --out: nothing can be written there")


# --- What the files hold -------------------------------------------------------------------------------------------------


def test_the_json_has_exactly_the_keys_that_programs_rely_on(desk: Desk) -> None:
    digest = desk("preview", "--sample", "--format", "json").json

    assert digest.keys() == {"subscriber", "date", "subject", "counts", "empty", "silence", "notes", "sections"}
    assert digest["counts"].keys() == {"new", "matched", "shown"}
    assert {kind for section in digest["sections"] for kind in section} == {"kind", "title", "items"}
    items = [item for section in digest["sections"] for item in section["items"]]
    assert [item["number"] for item in items] == list(range(1, digest["counts"]["shown"] + 1))
    assert all(item.keys() == ITEM for item in items)
    assert all(reason.keys() == {"kind", "term", "field", "contribution"} for item in items for reason in item["why"])
    trend = next(item["trend"] for item in items if item["trend"])
    assert trend.keys() >= {"score", "upvotes", "gain", "comments", "stars"}


def test_the_reasons_of_an_item_add_up_to_its_score(desk: Desk) -> None:
    digest = desk("preview", "--sample", "--format", "json").json

    for item in (item for section in digest["sections"] for item in section["items"]):
        assert sum(reason["contribution"] for reason in item["why"]) == pytest.approx(item["score"]), item["title"]


def test_the_mail_parses_and_carries_each_header_once(desk: Desk) -> None:
    desk.sets(base_url="https://digest.example.org")

    raw = desk("preview", "--sample", "--format", "eml").out
    mail = email.message_from_string(raw, policy=email.policy.default)

    counts = Counter(name.lower() for name in mail)
    wanted = (*HEADERS, "List-Unsubscribe-Post")
    assert {name: counts[name.lower()] for name in wanted} == dict.fromkeys(wanted, 1)
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "https://digest.example.org/" in mail["List-Unsubscribe"]
    assert "mailto:" in mail["List-Unsubscribe"]
    assert (mail["List-Post"], mail["Auto-Submitted"], mail["Precedence"]) == ("NO", "auto-generated", "bulk")


def test_text_html_and_json_show_the_same_papers_in_the_same_order(desk: Desk) -> None:
    desk("preview", "--sample")

    held = {path.suffix: path.read_text(encoding="utf-8") for path in (desk.folder / "preview").iterdir()}
    shown = [item["id"].removeprefix("arxiv:") for section in json.loads(held[".json"])["sections"] for item in section["items"]]
    assert list(dict.fromkeys(re.findall(r"arxiv\.org/abs/([\d.]+)", held[".html"]))) == shown
    assert list(dict.fromkeys(re.findall(r"arxiv\.org/abs/([\d.]+)", held[".txt"]))) == shown


# --- Papers and dates ----------------------------------------------------------------------------------------------------


def test_a_paper_file_may_be_read_instead_of_the_store(desk: Desk) -> None:
    desk.has_papers(*map(row, range(1, 13)))

    said = desk("preview", "--papers", "papers.jsonl", "--topic", "neural operators", "--format", "json", "--now", NOW)

    assert said.code == 0
    assert sorted(titles(said.json)) == ["On neural operators, part 12", "On neural operators, part 6"]


def test_bad_lines_of_a_paper_file_are_told_and_the_others_shown(desk: Desk) -> None:
    desk.writes("papers.jsonl", json.dumps(row(6)) + "\n{broken\n")

    said = desk("preview", "--papers", "papers.jsonl", "--topic", "neural operators", "--format", "json", "--now", NOW)

    assert said.code == 2
    assert said.err.startswith("error: papers.jsonl:2: no line of JSON")
    assert titles(said.json) == ["On neural operators, part 6"]


def test_a_date_is_seen_with_the_papers_of_its_own_window(desk: Desk) -> None:
    desk.has_read(row(6, announced="2026-03-24"))
    ask = ("preview", "--topic", "neural operators", "--format", "json", "--now", NOW)

    on_the_day, before = desk(*ask, "--date", "2026-03-24").json, desk(*ask, "--date", "2026-03-23").json

    assert (on_the_day["date"], titles(on_the_day)) == ("2026-03-24", ["On neural operators, part 6"])
    assert (before["date"], titles(before), before["empty"]["reason"]) == ("2026-03-23", [], "nothing_new")


def test_a_look_back_ends_with_the_mail_of_today_and_says_since_when_papers_are_known(desk: Desk) -> None:
    """Right after the first fetch, its days before it would all be noughts without a reason, and today's as well."""
    desk.subscribes(ALICE)
    desk.has_papers(row(6))
    desk("fetch", "--now", "2026-03-24T08:55:00Z")

    said = desk("preview", "alice@example.org", "--days", "2", "--now", NOW)

    assert [line.split()[1:] for line in said.lines[2:4]] == [["2026-03-23", "0", "0", "0"], ["2026-03-24", "1", "0", "1"]]
    assert "first seen on 2026-03-24 at 08:55 UTC and later" in said.err


def test_a_look_back_counts_each_day_and_topic(desk: Desk) -> None:
    desk.subscribes(ALICE)
    days = ("2026-03-20", "2026-03-23", "2026-03-24")
    desk.has_papers(*(row(6 * number, announced=day) for number, day in enumerate(days, 1)))

    said = desk("preview", "subscribers/alice.yaml", "--papers", "papers.jsonl", "--days", "5", "--now", NOW)

    assert said.code == 0
    assert said.lines[0] == "alice@example.org, the last 5 days up to 2026-03-24, from papers.jsonl"
    assert [line.split() for line in said.lines[1:5]] == [
        ["day", "Operators", "trending", "all"],
        ["Fri", "2026-03-20", "1", "0", "1"],
        ["Mon", "2026-03-23", "1", "0", "1"],
        ["Tue", "2026-03-24", "1", "0", "1"],
    ]
    assert said.lines[5].startswith("Operators: neural operators (3)")
    assert not [line for line in said.lines if line != line.rstrip()]
    assert "preview" not in {name.partition("/")[0] for name in desk.files}


def test_a_day_with_nothing_to_say_names_the_reason_and_the_nearest_miss(desk: Desk) -> None:
    desk.subscribes(BOB)
    desk.has_read(row(1, abstract="A chamber of mirrors."), *map(row, range(2, 30)))

    said = desk("preview", "bob@example.org", "--now", NOW)

    assert said.code == 0
    [line] = [line for line in said.lines if "nothing to send" in line]
    assert re.fullmatch(
        r"  nothing to send: Nothing new met your topics; the closest paper reached \d\d?% of what it takes\. "
        r"It was “On \w.*” \(arxiv:2603\.\d+\), for Volcanoes\.",
        line,
    )


# --- People --------------------------------------------------------------------------------------------------------------


def test_a_path_is_a_person_whatever_the_file_is_called(desk: Desk) -> None:
    desk.writes("somebody.yml", ALICE)

    assert desk("preview", "somebody.yml", "--sample", "--format", "json").json["subscriber"] == "alice@example.org"


def test_a_broken_file_is_named_with_line_and_column(desk: Desk) -> None:
    path = desk.writes("carol.yaml", BROKEN)

    said = desk("preview", path.name, "--sample")

    assert said == (2, "", "error: carol.yaml:4:5: topics.keyword: no such key, did you mean 'keywords'?\n")
    assert desk.files == ["carol.yaml"]


def test_of_a_list_the_first_is_shown_the_others_named_and_the_broken_one_told(desk: Desk) -> None:
    listed = "".join("- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in (ALICE, BOB, BROKEN))
    desk.writes("team.yaml", listed)

    said = desk("preview", "team.yaml", "--sample", "--format", "json")

    assert said.code == 2
    assert said.json["subscriber"] == "alice@example.org"
    assert "The others: bob@example.org" in said.err
    assert re.search(r"team\.yaml:\d+:\d+: .*did you mean 'keywords'", said.err)


def test_a_path_that_is_not_there_says_what_else_may_stand_here(desk: Desk) -> None:
    said = desk("preview", "nobody.yaml", "--sample")

    assert said.code == 2
    assert said.err.endswith("give an address, the path of a subscriber YAML, or --topic TEXT\n")


def test_an_address_that_nobody_knows_comes_with_the_nearest_and_with_what_is_broken(desk: Desk) -> None:
    desk.subscribes(ALICE, BROKEN)

    said = desk("preview", "alice@exampel.org", "--sample")

    assert (said.code, said.out) == (2, "")
    assert "no subscriber 'alice@exampel.org'" in said.err
    assert "did you mean 'alice@example.org'?" in said.err
    assert "subscribers/carol.yaml:4:5" in said.err


def test_what_the_admin_just_wrote_comes_before_what_the_store_took_over(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.has_read(*map(row, range(1, 13)))
    desk("subscribers", "sync", "--now", NOW)
    desk.subscribes(ALICE.replace("neural operators", "diffusion models"))

    shown = titles(desk("preview", "alice@example.org", "--format", "json", "--now", NOW).json)

    assert {title.partition(",")[0] for title in shown} == {"On diffusion models"}


def test_her_own_changes_lie_over_the_file_until_it_says_something_new(desk: Desk) -> None:
    desk.subscribes(ALICE + "max_papers: 5\n")
    desk.has_read(*map(row, range(1, 31)))
    desk("subscribers", "sync", "--now", NOW)
    desk.with_store(lambda store: store.subscribers.overlay("alice@example.org", {"max_papers": 2}, MOMENT))
    ask = ("preview", "alice@example.org", "--format", "json", "--now", NOW)

    assert len(titles(desk(*ask).json)) == 2
    desk.subscribes(ALICE + "max_papers: 3\n")
    assert len(titles(desk(*ask).json)) == 3


def test_a_broken_file_leaves_the_last_good_profile_to_be_seen(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.has_read(row(6))
    desk("subscribers", "sync", "--now", NOW)
    desk.subscribes(ALICE.replace("keywords", "keyword"))

    said = desk("preview", "alice@example.org", "--format", "json", "--now", NOW)

    assert said.code == 2
    assert titles(said.json) == ["On neural operators, part 6"]
    assert "this is the last good profile of alice@example.org" in said.err
    assert "did you mean 'keywords'?" in said.err


def test_what_was_sent_on_the_day_itself_is_shown_again(desk: Desk) -> None:
    def send(store: Store) -> None:
        her = store.subscribers.active()[0]
        store.deliveries.plan([Planned(her.key, her.email, TODAY, MOMENT)])
        (claimed,) = store.deliveries.claim("test", now=MOMENT, lease=timedelta(minutes=10), limit=1)
        paper = store.papers.find("arxiv:2603.00006")
        assert paper
        store.deliveries.freeze([Frozen(claimed.key, "{}", "<1@example.org>", (paper.key,))], owner="test")

    desk.subscribes(ALICE)
    desk.has_read(row(6))
    desk("subscribers", "sync", "--now", NOW)
    desk.with_store(send)
    ask = ("preview", "alice@example.org", "--format", "json")

    assert titles(desk(*ask, "--now", NOW).json) == ["On neural operators, part 6"]
    assert titles(desk(*ask, "--now", "2026-03-25T09:00:00Z").json) == []


# --- Nothing changes -----------------------------------------------------------------------------------------------------


def test_looking_changes_nothing_in_the_store(desk: Desk) -> None:
    desk.subscribes(ALICE)
    desk.has_read(*map(row, range(1, 13)))
    desk("subscribers", "sync", "--now", NOW)
    desk.with_store(lambda store: store.subscribers.change("alice@example.org", SubscriptionEvent.UNSUBSCRIBED, now=MOMENT))
    before = desk.rows

    for who in (["alice@example.org"], ["--topic", "graph matching"], ["subscribers/alice.yaml"], []):
        assert desk("preview", *who, "--now", NOW).code == 0

    assert desk.rows == before



# --- With the sources asked just now -------------------------------------------------------------------------------------


def test_asked_now_the_papers_that_hers_shall_resemble_are_looked_up_and_nothing_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = paper("arxiv:1912.00001", "Weather from graphs", abstract="Graph networks forecast tropical cyclone tracks.")
    near = paper("arxiv:2603.00001", "Cyclone tracks", abstract="We forecast tropical cyclone tracks with graph networks.")
    far = paper("arxiv:2603.00002", "Soups", abstract="We cook.")
    asked: list[str] = []

    async def by_ids(_: Any, names: Iterable[str], now: datetime) -> Fetch:
        asked.extend(names)
        return Fetch("arxiv", now, (model,))

    monkeypatch.setattr(house, "sources", lambda _: (FakeSource().has(near, far),))
    monkeypatch.setattr(house, "client", lambda _: NoClient())
    monkeypatch.setattr(house, "lookups", lambda _: (Lookup(LIKE, liked, by_ids),))
    desk.writes("her.yaml", "email: her@example.org\ntopics:\n  - name: Storms\n    like: ['arxiv:1912.00001']\n")

    said = desk("preview", "her.yaml", "--fetch", "--now", NOW, "--format", "json")

    assert said.code == 0
    assert asked == ["arxiv:1912.00001"]
    assert titles(said.json)[:1] == ["Cyclone tracks"]
    assert {each["kind"] for each in said.json["sections"][0]["items"][0]["why"]} & {"like"}
    assert desk.files == ["her.yaml"]
