"""Subscriber files: everybody who can be served is served, and every fault has its place and its remedy."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import ConfigError, ConfigErrors
from digest.model import Layout, Roster, RosterFile, Subscriber, Topic, WhenEmpty
from digest.subscription import roster, words
from digest.subscription.schema import Defaults

ROOT = Path(__file__).resolve().parents[2]
HEAD = "email: alice@example.org\n"
TAIL = "topics: [diffusion models]\n"


def read(folder: Path, text: str | bytes, name: str = "a.yaml") -> RosterFile:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return roster.read_file(path)


def faults(found: RosterFile | Roster, folder: Path) -> list[str]:
    return [str(each).replace(f"{folder}/", "") for each in found.faults]


def one(folder: Path, text: str) -> Subscriber:
    found = read(folder, text)
    assert not found.faults
    (subscriber,) = found.subscribers
    return subscriber


# --- What is understood ----------------------------------------------------------------------------------------------------


def test_the_smallest_file_is_an_address_and_a_topic(tmp_path: Path) -> None:
    assert one(tmp_path, HEAD + TAIL) == Subscriber("alice@example.org", (Topic("diffusion models"),))


def test_the_example_is_read_whole(tmp_path: Path) -> None:
    text = (ROOT / "subscribers" / "example.yaml").read_text(encoding="utf-8")
    alice = one(tmp_path, text)
    assert (alice.timezone, alice.send_at, alice.max_papers, alice.trending) == ("Europe/Berlin", time(8), 12, 3)
    assert alice.paused_until == date(2026, 1, 5)
    assert [each.name for each in alice.topics] == ["Neural PDE solvers", "Language model agents", "Diffusion models"]
    assert alice.topics[0].like == ("arxiv:2010.08895",)


@pytest.mark.parametrize("written", ["08:30", "8:30", "'08:30'", '"8:30"', " 08:30   # half past"])
def test_a_time_is_a_time_quoted_or_not(tmp_path: Path, written: str) -> None:
    assert one(tmp_path, HEAD + TAIL + f"send_at: {written}\n").send_at == time(8, 30)


def test_no_value_is_taken_for_something_else(tmp_path: Path) -> None:
    text = HEAD + "send_at: 10:30\nname: NO\ntopics:\n- name: 2024\n  keywords: [1e3, true, 3D, 0x10]\n  like: [2010.08890]\n"
    alice = one(tmp_path, text)
    assert (alice.send_at, alice.name) == (time(10, 30), "NO")
    assert alice.topics == (Topic("2024", keywords=("1e3", "true", "3D", "0x10"), like=("arxiv:2010.08890",)),)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("daily", (0, 1, 2, 3, 4, 5, 6)),
        ("weekdays", (0, 1, 2, 3, 4)),
        ("weekly:mon", (0,)),
        ("[thu, mon]", (0, 3)),
        ("[mon, mon]", (0,)),
        ("\n  - sat\n  - sun", (5, 6)),
    ],
)
def test_days_have_all_their_forms(tmp_path: Path, written: str, days: tuple[int, ...]) -> None:
    assert one(tmp_path, HEAD + TAIL + f"days: {written}\n").days == days


def test_json_is_yaml(tmp_path: Path) -> None:
    topics = [{"name": "α-synuclein 😀", "keywords": [], "text": ""}, {"name": 'a "quoted": name', "text": "long " * 3000}]
    for escaped in (True, False):
        found = one(tmp_path, json.dumps({"email": "judge@example.org", "topics": topics}, ensure_ascii=escaped, indent=1))
        assert [each.name for each in found.topics] == ["α-synuclein 😀", 'a "quoted": name']


def test_entries_share_what_an_anchor_names(tmp_path: Path) -> None:
    text = "- &team\n  email: a@example.org\n  timezone: Asia/Tokyo\n  topics: [x]\n- <<: *team\n  email: b@example.org\n"
    first, second = read(tmp_path, text).subscribers
    assert (second.email, second.timezone, second.topics) == ("b@example.org", "Asia/Tokyo", first.topics)


def test_settings_stand_in_for_what_a_file_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + TAIL + "language: de\n", encoding="utf-8")
    defaults = Defaults(timezone="Asia/Tokyo", send_at=time(6), language="en")
    (alice,) = roster.read_file(tmp_path / "a.yaml", defaults=defaults).subscribers
    assert (alice.timezone, alice.send_at, alice.language) == ("Asia/Tokyo", time(6), "de")


def test_trending_never_outnumbers_the_papers_of_a_mail(tmp_path: Path) -> None:
    assert one(tmp_path, HEAD + TAIL + "max_papers: 2\n").trending == 2


def test_invisible_characters_and_odd_spaces_are_dropped(tmp_path: Path) -> None:
    assert one(tmp_path, HEAD + 'topics: ["neural\u200b  opera\u202etor\\u0000 "]\n').topics[0].name == "neural operator"


# --- What is not -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + TAIL + "max_paper: 3\n", "3:1: max_paper: no such key, did you mean 'max_papers'?"),
        (HEAD + "topics:\n  - name: x\n    keyword: [a]\n", "4:5: topics.keyword: no such key, did you mean 'keywords'?"),
        (HEAD + TAIL + TAIL, "3:1: topics: the key stands in line 2 already; keep one of them"),
        (TAIL, "1:1: email: the key is missing; add it"),
        (HEAD, "1:1: topics: the key is missing; add it"),
        (HEAD + "topics: []\n", "2:9: topics: an empty list stands here; write at least one topic"),
        (HEAD + "topics:\n", "topics: nothing stands here; write at least one topic"),
        (HEAD + "topics: x\n", "2:9: topics: a text stands here; write at least one topic"),
        (HEAD + "topics: [a, {}]\n", "2:13: topics.name: the key is missing; add it"),
        (HEAD + "topics: [a, a]\n", "2:13: topics.name: another topic is named 'a' already; write another name"),
        (HEAD + "topics: [[a]]\n", "2:10: topics: a list stands here; write 'key: value' lines, first of all name"),
        (HEAD + f"topics: {[f't{n}' for n in range(101)]}\n", "topics: 101 topics; write at most 100"),
        ("email: alice@example\n" + TAIL, "1:8: email: 'alice@example' is no mail address"),
        ("email: Alice <alice@example.org>\n" + TAIL, "1:8: email: 'Alice <alice@example.org>' is no mail address"),
        ("email: [alice@example.org]\n" + TAIL, "1:8: email: a list stands here; write one value, like alice@example.org"),
        (HEAD + TAIL + "timezone: asia/tokyo\n", "3:11: timezone: 'asia/tokyo' is no time zone; write an IANA name like"),
        (HEAD + TAIL + "send_at: 7:5\n", "3:10: send_at: '7:5' is no time of day; write hours and minutes of the 24-hour clock"),
        (HEAD + TAIL + "send_at: 630\n", "3:10: send_at: '630' is no time of day"),
        (HEAD + TAIL + "days: weekly\n", "3:7: days: 'weekly' does not say on which day; write weekly:mon"),
        (HEAD + TAIL + "days: weekday\n", "3:7: days: 'weekday' are no days; write daily, weekdays, weekly:mon or a list like [mo"),
        (HEAD + TAIL + "days: [mon, tues]\n", "3:13: days: 'tues' is no day; write one of mon, tue, wed, thu, fri, sat, sun, did"),
        (HEAD + TAIL + "days: []\n", "3:7: days: no day is listed; write at least one"),
        (HEAD + TAIL + "max_papers: 0\n", "3:13: max_papers: '0' does not fit; write a whole number from 1 to 100"),
        (HEAD + TAIL + "max_papers: '12'\n", "3:13: max_papers: '12' stands in quotes; write 12 without them"),
        (HEAD + TAIL + "max_papers: 1_0\n", "3:13: max_papers: '1_0' does not fit"),
        (HEAD + TAIL + "max_papers: 3\ntrending: 4\n", "4:11: trending: 4 of a mail of 3; write at most max_papers"),
        (HEAD + TAIL + "layout: compct\n", "3:9: layout: 'compct' is not known; write full or compact, did you mean 'compact'?"),
        (HEAD + TAIL + "when_empty: Mail\n", "3:13: when_empty: 'Mail' is not known; write skip or mail, did you mean 'mail'?"),
        (HEAD + TAIL + "paused_until: 2026-02-30\n", "3:15: paused_until: '2026-02-30' is no date; write year-month-day, like 202"),
        (HEAD + TAIL + "name:\n", "name: nothing stands here; write one value, like Alice Example, or leave the key out"),
        (HEAD + "topics:\n  - name: x\n    keywords: a\n", "4:15: topics.keywords: a text stands here; write a list, like [a]"),
        (HEAD + "topics:\n  - name: x\n    keywords: ['*']\n", "4:16: topics.keywords: '*' holds neither letter nor digit"),
        (HEAD + "topics:\n  - name: x\n    keywords: ['']\n", "4:16: topics.keywords: '' holds neither letter nor digit"),
        (HEAD + "topics:\n  - name: x\n    keywords: ['...!?']\n", "4:16: topics.keywords: '...!?' holds neither letter nor digit"),
        (HEAD + "topics:\n  - name: x\n    keywords: ['*foo']\n", "4:16: topics.keywords: '*foo' has its * in the wrong place; wr"),
        (HEAD + "topics:\n  - name: x\n    keywords: ['a*']\n", "4:16: topics.keywords: 'a*' would match nearly everything"),
        (HEAD + f"topics:\n  - name: x\n    keywords: [{'x' * 201}]\n", "has 201 characters; write at most 200, or put it under '"),
        (HEAD + f"topics:\n  - name: x\n    text: {'x' * 20001}\n", "has 20001 characters; write at most 20000"),
        (HEAD + "topics:\n  - name: x\n    weight: 0\n", "4:13: topics.weight: '0' does not fit; write a number above 0 and up to"),
        (HEAD + "topics:\n  - name: x\n    weight: .inf\n", "4:13: topics.weight: '.inf' does not fit"),
        (HEAD + "topics:\n  - name: x\n    like: [foo]\n", "4:12: topics.like: 'foo' names no paper; write arxiv:2010.08895"),
        ("just text\n", "1:1: a text stands here; write 'key: value' lines, first of all email"),
        ("# nothing\n", "1:1: the file is empty; write email and topics, as example.yaml shows"),
        (HEAD + "topics:\n\t- a\n", "3:1: a tab stands here; indent with spaces"),
        (HEAD + TAIL + "name: Alice: Example\n", "3:12: a colon stands where none can; put the text into quotes, or mend the inde"),
        (HEAD + "topics: [a\n", "a list is not closed; write ] behind its last entry"),
        (HEAD + "topics: ['a]\n", "a quote is not closed; write it behind the text"),
        (HEAD + "topics:\n  - keywords: [*PINN]\n", "3:16: '*PINN' refers to nothing above it; a text that begins with * stands i"),
        (HEAD + "topics: &t [*t]\n", "2:13: '*t' refers to nothing above it"),
        (HEAD + "topics: [@a]\n", "2:10: this character cannot begin a text; put the text into quotes"),
        (HEAD + TAIL + "---\n" + HEAD, "3:1: a second document begins here; write one list"),
        (HEAD + TAIL + "name: !!python/object:os.system x\n", "3:7: a tag ('tag:yaml.org,2002:python/object:os.system') stands he"),
        (HEAD + TAIL + "? [a]\n: b\n", "3:3: a list or mapping stands as a key; write 'key: value'"),
        (HEAD + TAIL + "name: \x07\n", "3:7: an invisible character (U+0007) stands here; delete it"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_remedy(tmp_path: Path, text: str, fault: str) -> None:
    found = read(tmp_path, text)
    assert not found.subscribers
    (said,) = faults(found, tmp_path)
    assert said.startswith("a.yaml:")
    assert fault in said.removeprefix("a.yaml:")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "email: a@b\ntimezone: Mars\ncolour: red\ntopics:\n  - nam: x\n    weight: x\n  - weight: 20\n    name: y\n"
    assert [each.key for each in read(tmp_path, text).faults] == [
        "email", "timezone", "colour", "topics.nam", "topics.weight", "topics.name", "topics.weight",
    ]  # fmt: skip


def test_a_bad_entry_of_a_list_leaves_the_others_served(tmp_path: Path) -> None:
    text = "- email: a@example.org\n  topics: [x]\n- email: b@example.org\n- 5\n- email: c@example.org\n  topics: [x]\n"
    found = read(tmp_path, text)
    assert [each.email for each in found.subscribers] == ["a@example.org", "c@example.org"]
    assert faults(found, tmp_path) == [
        "a.yaml:3:3: topics: the key is missing; add it",
        "a.yaml:4:3: a text stands here; write 'key: value' lines, first of all email",
    ]


def test_a_file_that_is_not_utf_8_is_named_where_it_begins_to_be_not(tmp_path: Path) -> None:
    assert faults(read(tmp_path, b"email: a@example.org\nname: J\xfcrgen\n"), tmp_path) == [
        "a.yaml:2:8: the file is not UTF-8 from here on; save it as UTF-8"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x0: &a0 [x]\n" + "".join(f"x{n + 1}: &a{n + 1} [{','.join([f'*a{n}'] * 9)}]\n" for n in range(20)), "write fewer of"),
        ("[" * 100_000, "deeper than any key asks for"),
        ("{a: " * 100_000, "deeper than any key asks for"),
        ("a: &x {<<: *x}\n", "refers to nothing above it"),
    ],
    ids=["a billion laughs", "brackets", "braces", "a mapping of itself"],
)
def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults(read(tmp_path, text), tmp_path)
    assert fault in said


def test_a_file_beyond_all_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "BYTES_MOST", 20)
    assert faults(read(tmp_path, HEAD + TAIL), tmp_path) == ["a.yaml:1:1: the file has 52 bytes; split it into files of at most 20"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.binary() | st.text("email: @topics-[]{}&*!|>'\"#\n\t xyz.,%?0123", max_size=60))
def test_whatever_a_file_holds_it_is_served_or_its_fault_is_told(tmp_path: Path, text: str | bytes) -> None:
    found = read(tmp_path, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    assert found.subscribers or found.faults
    assert all(str(each).isprintable() and each.where for each in found.faults)


# --- The folder ------------------------------------------------------------------------------------------------------------


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


def person(name: str, more: str = "") -> str:
    return f"email: {name}@example.org\ntopics: [x]\n{more}"


def test_one_broken_file_does_not_silence_the_others(tmp_path: Path) -> None:
    files = {f"p{n}__yaml": person(f"p{n}") for n in range(9)}
    found = roster.read(folder(tmp_path, **files, q__yml="email: q@example.org\ntopics: [x\n"))
    assert len(found.subscribers) == 9
    (said,) = faults(found, tmp_path)
    assert said.startswith("q.yml:3:1: a list is not closed; write ] behind its last entry, and commas between them")


def test_the_example_hidden_files_and_other_kinds_are_left_alone(tmp_path: Path) -> None:
    found = roster.read(folder(tmp_path, a__yaml=person("a"), b__YML=person("b"), example__yaml="x", readme__md="x", __c__yaml="x"))
    assert [each.name for each in found.files] == ["a.yaml", "b.YML"]


def test_an_address_counts_once_and_the_second_place_is_the_fault(tmp_path: Path) -> None:
    found = roster.read(folder(tmp_path, a__yaml=person("alice"), b__yaml="- " + person("Alice").replace("\n", "\n  ", 1)))
    assert [each.email for each in found.subscribers] == ["alice@example.org"]
    assert faults(found, tmp_path) == ["b.yaml:1:10: email: 'Alice@example.org' stands in a.yaml:1:8 already; keep one of them"]


@pytest.mark.parametrize("name", ["missing", "."])
def test_without_any_file_the_folder_itself_is_the_fault(tmp_path: Path, name: str) -> None:
    found = roster.read(tmp_path / name)
    assert found.fault is not None
    assert not found.files
    assert "set DIGEST_SUBSCRIBERS to their folder" in str(found.fault)


def test_an_unchanged_file_is_taken_over_and_a_changed_one_read(tmp_path: Path) -> None:
    before = roster.read(folder(tmp_path, a__yaml=person("a"), b__yaml=person("b"), c__yaml="broken: ["))
    folder(tmp_path, b__yaml=person("b", "name: Bob\n"))
    after = roster.read(tmp_path, before=before)
    afresh = roster.read(tmp_path)
    assert after.subscribers == afresh.subscribers
    assert [each.hash for each in after.files] == [each.hash for each in afresh.files]
    assert faults(after, tmp_path) == faults(afresh, tmp_path)
    assert after.files[0] is before.files[0]
    assert after.files[1].hash != before.files[1].hash


def test_a_file_is_read_again_when_the_defaults_have_changed(tmp_path: Path) -> None:
    before = roster.read(folder(tmp_path, a__yaml=person("a")))
    (alice,) = roster.read(tmp_path, before=before, defaults=Defaults(timezone="Asia/Tokyo")).subscribers
    assert alice.timezone == "Asia/Tokyo"


def test_an_address_that_a_new_file_takes_first_is_a_fault_in_the_unchanged_one(tmp_path: Path) -> None:
    before = roster.read(folder(tmp_path, b__yaml=person("x")))
    after = roster.read(folder(tmp_path, a__yaml=person("x")), before=before)
    assert faults(after, tmp_path) == ["b.yaml:1:8: email: 'x@example.org' stands in a.yaml:1:8 already; keep one of them"]


def test_a_folder_in_place_of_a_file_is_a_fault_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    found = roster.read(folder(tmp_path, b__yaml=person("b")))
    assert [each.email for each in found.subscribers] == ["b@example.org"]
    assert "it cannot be read (Is a directory)" in str(found.faults[0])


def test_topics_to_rank_may_be_any_number_and_a_fault_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(HEAD + "topics: " + json.dumps([f"topic {n}" for n in range(300)]), encoding="utf-8")
    assert len(roster.read_topics(path)) == 300
    path.write_text(HEAD + "topics: 5", encoding="utf-8")
    with pytest.raises(ConfigErrors, match=r"t\.yaml:2:9: topics: a text stands here"):
        roster.read_topics(path)


# --- Writing ---------------------------------------------------------------------------------------------------------------

lines = st.text(max_size=30).map(words.clean).filter(lambda text: any(char.isalnum() for char in text))
keywords = lines.filter(lambda text: "*" not in text)
papers = st.sampled_from(["arxiv:2010.08895", "doi:10.1000/182", "feed:x y"])


def tuples(of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, max_size=3, unique=True).map(tuple)


topics = st.builds(
    Topic,
    name=lines,
    keywords=tuples(keywords | st.just("PINN*")),
    text=st.text(max_size=50).map(words.clean),
    exclude=tuples(keywords),
    categories=tuples(st.sampled_from(["cs.LG", "math.NA", "neuroscience"])),
    authors=tuples(lines),
    like=tuples(papers),
    weight=st.sampled_from([0.5, 1.0, 1.5, 10.0]),
)
subscribers = st.builds(
    Subscriber,
    email=st.sampled_from(["alice@example.org", "b.o+b@xn--bcher-kva.example", "o'hara@example.org"]),
    topics=st.lists(topics, min_size=1, max_size=3, unique_by=lambda each: each.name).map(tuple),
    name=st.just("") | lines,
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
    send_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    max_papers=st.integers(5, 100),
    trending=st.integers(0, 5),
    layout=st.sampled_from(Layout),
    language=st.sampled_from(["en", "no", "pt-BR"]),
    when_empty=st.sampled_from(WhenEmpty),
    paused_until=st.none() | st.dates(date(2000, 1, 1), date(2999, 1, 1)),
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subscribers)
def test_what_is_written_is_read_again(tmp_path: Path, subscriber: Subscriber) -> None:
    assert one(tmp_path, roster.dump(subscriber)) == subscriber


EXAMPLE = (ROOT / "subscribers" / "example.yaml").read_text(encoding="utf-8")


def test_a_file_in_which_nothing_changes_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    assert roster.amended(EXAMPLE, one(tmp_path, EXAMPLE)) == EXAMPLE


def test_a_change_touches_its_own_line_only(tmp_path: Path) -> None:
    alice = one(tmp_path, EXAMPLE)
    topics = (replace(alice.topics[0], weight=2.5), *alice.topics[1:])
    changed = roster.amended(EXAMPLE, replace(alice, max_papers=20, topics=topics))
    before, after = EXAMPLE.splitlines(), changed.splitlines()
    assert len(before) == len(after)
    new = [each.split("#")[0].strip() for old, each in zip(before, after, strict=True) if old != each]
    assert new == ["max_papers: 20", "weight: 2.5"]


def test_one_entry_of_a_list_changes_and_the_comments_of_all_stay(tmp_path: Path) -> None:
    text = "# the team\n- email: a@example.org  # first\n  topics: [x]\n# then\n"
    text += "- email: b@example.org\n  topics:\n    - y  # why\n    - z\n"
    _, bob = read(tmp_path, text).subscribers
    changed = roster.amended(text, replace(bob, name="Bob", topics=(Topic("y"), Topic("w", keywords=("k",)))))
    for comment in ("# the team", "# first", "# then", "# why"):
        assert comment in changed
    assert read(tmp_path, changed).subscribers[1].topics == (Topic("y"), Topic("w", keywords=("k",)))
    assert read(tmp_path, changed).subscribers[0].email == "a@example.org"


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subscribers, subscribers)
def test_whatever_changes_the_file_says_it_afterwards(tmp_path: Path, before: Subscriber, after: Subscriber) -> None:
    after = replace(after, email=before.email)
    assert one(tmp_path, roster.amended(roster.dump(before), after)) == after


def test_who_does_not_stand_in_a_file_cannot_be_changed_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not stand there, or with a fault; change the file in an editor"):
        roster.amended(HEAD + TAIL, Subscriber("c@example.org", (Topic("x"),)))


def test_what_settings_give_is_not_written_into_the_file() -> None:
    defaults = Defaults(timezone="Asia/Tokyo")
    alice = Subscriber("alice@example.org", (Topic("diffusion models"),), timezone="Asia/Tokyo", name="Alice")
    assert roster.amended(HEAD + TAIL, alice, defaults=defaults) == HEAD + TAIL + "name: Alice\n"


def test_what_is_shared_by_an_anchor_is_not_changed_for_all(tmp_path: Path) -> None:
    text = "- email: a@example.org\n  topics: &t\n    - name: x\n- email: b@example.org\n  topics: *t\n"
    first, _ = read(tmp_path, text).subscribers
    with pytest.raises(ConfigError, match="shares her entry with others; change the file in an editor"):
        roster.amended(text, replace(first, topics=(Topic("x", weight=2.0),)))
