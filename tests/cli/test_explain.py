"""`digest explain`: a straight answer to "why this paper, or why not"."""

from __future__ import annotations

import pytest

from tests.cli.desk import ALICE, BOB, NOW, Desk, row
from tests.sink import Sink


@pytest.fixture
def read(desk: Desk) -> Desk:
    """Papers of all themes; every fifth has votes, the later the more."""
    desk.subscribes(ALICE, BOB)
    desk.has_read(*(row(number, upvotes=number if number % 5 == 0 else None) for number in range(1, 31)))
    desk("subscribers", "sync", "--now", NOW)
    return desk


def test_a_shown_paper_is_placed_and_its_contributions_add_up(read: Desk) -> None:
    said = read("explain", "alice@example.org", "2603.00006", "--json", "--now", NOW)

    assert said.code == 0
    assert said.json["place"].endswith(", under Operators")
    assert said.json["rules"] == []
    (topic,) = said.json["topics"]
    assert topic["stopped_by"] is None
    assert sum(hit["contribution"] for hit in topic["why"]) == pytest.approx(topic["score"])
    assert topic["score"] >= topic["threshold"]


def test_in_words_it_names_title_place_words_and_threshold(read: Desk) -> None:
    lines = read("explain", "alice@example.org", "https://arxiv.org/abs/2603.00006v2", "--now", NOW).lines

    assert lines[0] == "On neural operators, part 6  (arxiv:2603.00006)"
    assert lines[1].startswith("alice@example.org, 2026-03-24: number ")
    assert "  no popularity signal" in lines
    assert any(line.startswith("Operators: ") and "needs 1.000" in line for line in lines)
    assert any("keyword  neural operators  (title)" in line for line in lines)


def test_a_paper_that_met_nothing_names_the_nearest_topic_and_what_was_missing(read: Desk) -> None:
    rules = read("explain", "alice@example.org", "2603.00001", "--json", "--now", NOW).json["rules"]

    assert rules[0].startswith("no topic took it; Operators came nearest: ")
    assert "0.60" in rules[0] or "short of" in rules[0]
    assert rules[1] == "it is not among the trending: no votes are known of it this week, which is not the same as none"


def test_a_paper_with_votes_is_told_its_place_among_the_trending(read: Desk) -> None:
    shown = read("explain", "alice@example.org", "2603.00025", "--json", "--now", NOW).json
    behind = read("explain", "alice@example.org", "2603.00010", "--json", "--now", NOW).json

    assert shown["place"].endswith(", under trending")
    assert behind["rules"][1] == (
        "it is number 4 of 5 trending papers that she has not had, and her mail had room for 1 (trending: 1)"
    )
    assert behind["trend"]["upvotes"] == 10


def test_who_takes_no_trending_papers_is_told_so(read: Desk) -> None:
    rules = read("explain", "bob@example.org", "2603.00025", "--json", "--now", NOW).json["rules"]

    assert rules[1] == "it is not among the trending: she takes none (trending: 0)"


def test_an_excluded_term_and_a_category_are_named_as_what_stopped_it(read: Desk) -> None:
    read.subscribes(ALICE.replace("keywords:", "exclude: [part 6]\n    keywords:"))
    excluded = read("explain", "alice@example.org", "2603.00006", "--json", "--now", NOW).json
    read.subscribes(ALICE.replace("keywords:", "categories: [math.NA]\n    keywords:"))
    elsewhere = read("explain", "alice@example.org", "2603.00006", "--json", "--now", NOW).json

    assert excluded["rules"][0] == "no topic took it; Operators would have, but for its excluded term 'part 6'"
    assert elsewhere["rules"][0] == "no topic took it; Operators would have, but for its categories (the paper is in cs.LG)"


def test_a_paper_that_found_no_room_keeps_its_chance(read: Desk) -> None:
    read.subscribes(ALICE + "max_papers: 1\n")

    answers = [read("explain", "alice@example.org", f"2603.000{n:02d}", "--json", "--now", NOW).json for n in (6, 12, 18, 24)]

    waiting = [each for each in answers if not each["place"]]
    (shown,) = [each["topics"][0]["score"] for each in answers if each["place"]]
    assert len(waiting) == 3
    full = f"of its topic the best 1 had room, the last of them with {shown:.2f} (max_papers: 1)"
    for each in waiting:
        met = f"it met Operators with {each['topics'][0]['score']:.2f}"
        assert each["rules"][0] == f"{met}, but {full}; it keeps its chance while it is in the window"


def test_a_better_paper_that_stood_back_for_others_is_told_so(read: Desk) -> None:
    words, leader = ("tides", "storms", "currents", "ice"), {"authors": ["Grace Hopper"]}
    group = [row(n, title=f"Neural operators: {word}, and neural operators", **leader) for n, word in enumerate(words, 60)]
    read.has_read(*group)
    read.subscribes(ALICE + "max_papers: 5\n")

    answers = [read("explain", "alice@example.org", each["id"], "--json", "--now", NOW).json for each in group]

    waiting = [each["rules"][0] for each in answers if not each["place"]]
    assert len(waiting) == 2
    assert all("its group or theme stands there already as often as it may while others wait" in each for each in waiting)


def test_a_paper_that_was_announced_before_a_first_digest_says_when(read: Desk) -> None:
    read.has_read(row(60, announced="2026-03-19"), row(61, announced="2026-03-23"))

    (rule,) = read("explain", "alice@example.org", "2603.00060", "--json", "--now", NOW).json["rules"]

    assert rule == (
        "it was first seen on 2026-03-24 at 09:00 UTC and announced on 2026-03-19; "
        "a first digest holds the last two announcements of the last 7 days, those since 2026-03-23"
    )


def test_a_near_duplicate_names_the_paper_that_stands_for_it(read: Desk) -> None:
    abstract = "We learn neural operators for turbulent flow around wings and report how far they can be trusted outside."
    twins = [row(n, title="Neural operators for turbulent flow around wings", abstract=abstract) for n in (50, 51)]
    read.has_read(*twins)

    answers = [read("explain", "alice@example.org", twin["id"], "--json", "--now", NOW).json for twin in twins]

    (folded,) = [each for each in answers if not each["place"]]
    assert "stands for it: Neural operators for turbulent flow" in folded["rules"][0]


def test_a_paper_outside_the_window_says_when_it_was_seen_and_what_the_window_is(read: Desk) -> None:
    later = "2026-04-02T09:00:00Z"

    rules = read("explain", "alice@example.org", "2603.00006", "--json", "--now", later).json["rules"]

    window = "a first digest holds the last two announcements of the last 7 days, those since 2026-03-24"
    assert rules == [f"it was first seen on 2026-03-24 at 09:00 UTC and announced on 2026-03-24; {window}"]


@pytest.mark.slow
def test_a_paper_that_was_sent_says_in_which_digest(read: Desk, post: Sink) -> None:
    read.can_send(post.port)
    read("send", "--only", "alice@example.org", "--now", NOW)

    same_day = read("explain", "alice@example.org", "2603.00006", "--json", "--now", NOW).json
    next_day = read("explain", "alice@example.org", "2603.00006", "--json", "--now", "2026-03-25T09:00:00Z").json

    assert same_day["place"].endswith("under Operators")
    assert next_day["place"] is None
    assert same_day["rules"] == next_day["rules"] == ["it was sent to her in the digest of 2026-03-24"]


def test_a_digest_that_bounced_does_not_count(read: Desk, post: Sink) -> None:
    post.answers("RCPT", "550 5.1.1 no")
    read.can_send(post.port)
    read("send", "--only", "alice@example.org", "--now", NOW)

    found = read("explain", "alice@example.org", "2603.00006", "--json", "--now", "2026-03-25T09:00:00Z").json

    assert found["rules"] == ["it was in her digest of 2026-03-24, which bounced: that does not count as sent"]
    assert found["place"].endswith("under Operators")


def test_a_paper_or_a_person_that_nobody_knows_is_an_error_with_a_next_step(read: Desk) -> None:
    paper, person = read("explain", "alice@example.org", "2603.99999"), read("explain", "alcie@example.org", "2603.00006")

    assert (paper.code, person.code) == (2, 2)
    assert "no paper '2603.99999' in the store; write an arXiv id, a DOI or a link, or read further back with" in paper.err
    assert "did you mean 'alice@example.org'?" in person.err
