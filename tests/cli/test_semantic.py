"""DIGEST_SEMANTIC: off it costs nothing, on it shows wherever reasons are shown, and without its extra it says what to install."""

from __future__ import annotations

import json

import pytest

from digest import embedding, pipeline
from digest.cli import house
from digest.errors import DigestError
from tests.cli.desk import ALICE, NOW, Desk, row
from tests.needs import needs_extra
from tests.selection.thesaurus import Thesaurus
from tests.sink import Sink
from tests.world import TODAY

TURBULENT = {"abstract": "Neural operators for turbulence."}
TITLE = "On neural operators, part 12"
MODEL = house._embedder


class Failing:
    def nearest(self, texts: object, count: int) -> list[tuple[int, ...]]:
        raise DigestError("the model of meaning failed (no room); DIGEST_SEMANTIC=off does without it")


@pytest.fixture
def informed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Six papers on neural operators, two of them on turbulence, and a model that knows that these two are near each other."""
    monkeypatch.setattr(house, "_embedder", lambda: Thesaurus("turbulence"))
    desk.subscribes(ALICE)
    others = (row(number) for number in range(1, 37) if number not in (6, 12))
    desk.has_read(row(6, authors=["Ada Lovelace"], **TURBULENT), row(12, authors=["Emmy Noether"], **TURBULENT), *others)
    desk("subscribers", "sync", "--now", NOW)
    desk.sets(semantic="on")
    return desk


def frozen(desk: Desk) -> str:
    """What was kept of her digest."""
    delivery = desk.with_store(lambda store: store.deliveries.of_day(1, TODAY))
    assert delivery
    return str(delivery.frozen)


def test_explain_names_it_and_what_is_shown_adds_up(informed: Desk) -> None:
    (topic,) = informed("explain", "alice@example.org", "2603.00006", "--json", "--now", NOW).json["topics"]
    (said,) = [hit for hit in topic["why"] if hit["kind"] == "semantic"]

    assert said["term"] == TITLE
    assert sum(hit["contribution"] for hit in topic["why"]) == pytest.approx(topic["score"])
    lines = informed("explain", "alice@example.org", "2603.00006", "--now", NOW).lines
    assert f"  {said['contribution']:+8.3f}  semantic {TITLE}" in lines


def test_a_ranking_holds_it_and_is_the_better_for_it(informed: Desk) -> None:
    informed.writes("topics.yaml", ALICE)
    words = ("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl", "--format")
    rows = [json.loads(line) for line in informed(*words, "jsonl").lines]
    informed.sets(semantic="off")
    before = {each["id"]: each["score"] for each in map(json.loads, informed(*words, "jsonl").lines)}

    for each in rows:
        assert sum(hit["contribution"] for hit in each["why"]) == pytest.approx(each["score"])
        assert (each["score"] > before[each["id"]]) is (each["id"] in ("2603.00006", "2603.00012"))
    informed.sets(semantic="on")
    assert TITLE not in " ".join(line.partition("(")[2] for line in informed(*words, "table").lines), "a title is no word that met"


def test_preview_and_send_tell_the_same(informed: Desk, post: Sink) -> None:
    informed.can_send(post.port)
    shown = informed("preview", "alice@example.org", "--format", "json", "--now", NOW).json
    assert informed("send", "--no-fetch", "--now", NOW).code == 0
    items = [item for section in shown["sections"] for item in section["items"]]

    assert [each["id"] for each in items if "semantic" in {why["kind"] for why in each["why"]}] == [
        "arxiv:2603.00006", "arxiv:2603.00012",
    ]  # fmt: skip
    assert "semantic" in frozen(informed)
    assert informed("send", "--dry-run", "--now", NOW).code == 0
    words = informed("preview", "alice@example.org", "--days", "2", "--now", "2026-03-25T09:00:00Z").lines[-1]
    assert words.startswith("Operators: neural operators (")
    assert TITLE not in words


@pytest.mark.slow
@pytest.mark.semantic
@pytest.mark.parametrize("many", [0, 1000])
def test_the_model_itself_is_asked_in_passes_small_and_large(
    informed: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    needs_extra("semantic", package="wordllama")
    monkeypatch.setattr(house, "_embedder", MODEL)
    monkeypatch.setattr(pipeline, "MANY", many)
    informed.can_send(post.port)

    assert informed("send", "--no-fetch", "--now", NOW).code == 0
    assert len(post.mails) == 1
    assert "semantic" in frozen(informed)


def test_when_the_model_fails_the_mail_goes_out_all_the_same(informed: Desk, post: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "_embedder", Failing)
    informed.can_send(post.port)

    assert informed("send", "--no-fetch", "--now", NOW).code == 0
    assert len(post.mails) == 1
    assert "neural operators" in frozen(informed)
    assert "semantic" not in frozen(informed)


def test_a_ranking_without_its_model_is_no_ranking(informed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "_embedder", Failing)
    informed.writes("topics.yaml", ALICE)
    said = informed("rank", "--profiles", "topics.yaml", "--papers", "papers.jsonl")

    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("error: the model of meaning failed (no room); DIGEST_SEMANTIC=off does without it\n")


def test_check_tries_the_model(informed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    informed.can_send()
    assert informed("check").code == 0
    monkeypatch.setattr(house, "_embedder", Failing)
    said = informed("check")

    assert said.code == 2
    assert "error: DIGEST_SEMANTIC: the model of meaning failed (no room); DIGEST_SEMANTIC=off does without it\n" in said.err


def test_while_it_is_off_nobody_looks_for_a_model(informed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "_embedder", None)
    informed.sets(semantic="off")

    assert informed("preview", "alice@example.org", "--now", NOW).code == 0


@pytest.fixture
def bare(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Switched on where the extra is not installed."""
    monkeypatch.setattr(embedding, "find_spec", lambda _: None)
    MODEL.cache_clear()
    desk.subscribes(ALICE)
    desk.has_papers(*map(row, range(1, 13)))
    desk.can_send()
    desk.sets(semantic="on")
    return desk


@pytest.mark.parametrize("verb", ["check", "preview --sample", "send", "run", "explain alice@example.org 2603.00006"])
def test_without_its_extra_every_verb_that_needs_it_says_what_to_install(bare: Desk, verb: str) -> None:
    bare("fetch", "--now", NOW)
    said = bare(*verb.split())

    assert said.code == 2
    assert "error: DIGEST_SEMANTIC: wordllama is not installed; run pip install 'paper-digest[semantic]', or set" in said.err


def test_without_its_extra_papers_are_still_fetched(bare: Desk) -> None:
    assert bare("fetch", "--now", NOW).code == 0
