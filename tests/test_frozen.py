"""What a digest says is written down and read again without a loss; reasons shrink, and their sum stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.frozen import KEPT_HITS, fewer, freeze, mentioned_keys, paper_keys, public, thaw
from digest.model import (
    HIT_KINDS,
    Counts,
    Digest,
    Empty,
    EmptyReason,
    Hit,
    Item,
    Layout,
    Remark,
    Section,
    SectionKind,
    Topic,
    Trend,
)
from tests.world import TODAY, paper, subscriber

PAPERS = {key: paper(f"arxiv:2603.{key:05d}", f"Paper {key}", key=key) for key in range(1, 9)}

numbers = st.floats(-1e6, 1e6, allow_nan=False)
counts = st.none() | st.integers(0, 10**6)
words = st.text(max_size=20)
hits = st.builds(Hit, kind=st.sampled_from(HIT_KINDS), term=words, field=words, contribution=numbers)
trends = st.builds(
    Trend,
    score=numbers,
    upvotes=counts,
    gain=counts,
    comments=counts,
    stars=counts,
    stars_gain=counts,
    age_days=numbers,
    parts=st.dictionaries(words, numbers, max_size=4).map(lambda parts: tuple(parts.items())),
    history=st.lists(st.integers(0, 999), max_size=5).map(tuple),
)
items = st.builds(
    Item,
    number=st.integers(0, 99),
    paper=st.sampled_from(list(PAPERS.values())),
    score=numbers,
    why=st.lists(hits, max_size=KEPT_HITS).map(tuple),
    trend=st.none() | trends,
    topic=words,
    folded=st.lists(words, max_size=2).map(tuple),
)
digests = st.builds(
    Digest,
    subscriber=st.builds(
        subscriber,
        name=words,
        layout=st.sampled_from(Layout),
        language=st.sampled_from(["en", "de"]),
        topics=st.lists(words.filter(bool), min_size=1, max_size=3, unique=True).map(lambda names: tuple(map(Topic, names))),
    ),
    date=st.dates(date(2020, 1, 1)),
    sections=st.lists(
        st.builds(
            Section, kind=st.sampled_from(SectionKind), title=words, items=st.lists(items, min_size=1, max_size=4).map(tuple)
        ),
        max_size=3,
    ).map(tuple),
    counts=st.builds(Counts, *[st.integers(0, 9999)] * 3),
    empty=st.none() | st.builds(Empty, reason=st.sampled_from(EmptyReason), text=words, near_miss=st.none() | items),
    silence=words,
    notes=st.lists(words, max_size=2).map(tuple),
)



@given(digests)
def test_what_is_frozen_on_one_line_thaws_to_the_same_digest(digest: Digest) -> None:
    frozen = freeze(digest)

    assert "\n" not in frozen
    assert thaw(frozen, digest.subscriber, PAPERS) == digest


@given(st.lists(hits, max_size=30).map(tuple))
def test_fewer_reasons_add_up_to_the_same_score(why: tuple[Hit, ...]) -> None:
    kept = fewer(why)

    assert len(kept) <= KEPT_HITS + 1
    assert sum(hit.contribution for hit in kept) == pytest.approx(sum(hit.contribution for hit in why), abs=1e-6)
    assert fewer(kept) == kept


@given(st.lists(hits, min_size=KEPT_HITS + 2, max_size=30).map(tuple))
def test_the_largest_reasons_are_those_that_stay(why: tuple[Hit, ...]) -> None:
    kept, rest = fewer(why)[:-1], fewer(why)[-1]

    assert (rest.kind, rest.term, rest.field) == ("rest", "", "")
    left = sorted((abs(hit.contribution) for hit in why), reverse=True)[KEPT_HITS:]
    assert min(abs(hit.contribution) for hit in kept) >= max(left)


def test_remarks_keep_what_other_languages_need_and_older_ones_stay_text() -> None:
    remark = Remark("Nothing new on Monday.", kind="weekend", parts=(("next", "2026-03-23"),))
    digest = replace(digest_of(1), silence=remark, notes=(remark, "Older words."))
    thawed = thaw(freeze(digest), digest.subscriber, PAPERS)

    assert (thawed.silence, thawed.notes) == (remark, (remark, "Older words."))
    assert isinstance(thawed.silence, Remark)
    assert (thawed.silence.kind, thawed.silence.parts) == (remark.kind, remark.parts)
    assert not isinstance(thawed.notes[1], Remark)


def test_papers_are_written_as_keys_and_can_be_asked_for_before_thawing() -> None:
    digest = digest_of(1, 2, empty=Empty(EmptyReason.NOTHING_MATCHED, "Nothing.", Item(0, PAPERS[7], 0.5)))

    assert paper_keys(freeze(digest)) == (1, 2)
    assert mentioned_keys(freeze(digest)) == (1, 2, 7)
    assert "Paper 1" not in freeze(digest)


def test_a_paper_that_is_gone_leaves_the_numbers_of_the_others_as_they_were() -> None:
    frozen = freeze(digest_of(1, 2, 3))

    thawed = thaw(frozen, subscriber(), {key: PAPERS[key] for key in (1, 3)})

    assert [(item.number, item.paper.key) for item in thawed.items] == [(1, 1), (3, 3)]
    assert thaw(frozen, subscriber(), {}).sections == ()


def test_a_retry_reads_as_it_did_although_she_has_changed_her_profile_since() -> None:
    digest = digest_of(1)
    her = replace(digest.subscriber, name="Alice Neu", layout=Layout.COMPACT, topics=(Topic("Something else"),))

    thawed = thaw(freeze(digest), her, PAPERS)

    assert (thawed.subscriber.name, thawed.subscriber.layout) == ("Alice Example", Layout.FULL)
    assert [topic.name for topic in thawed.subscriber.topics] == ["Something else", "Neural PDE solvers"]


def test_for_other_programs_papers_have_their_ids_and_summaries() -> None:
    shown = public(digest_of(1, 2), subject="Tue 24 Mar", summaries={"arxiv:2603.00001": "In one line."})

    assert json.loads(json.dumps(shown)) == shown
    first, second = shown["sections"][0]["items"]
    assert (first["id"], first["summary"], second["summary"]) == ("arxiv:2603.00001", "In one line.", "")
    assert first["why"] == [{"kind": "keyword", "term": "neural", "field": "title", "contribution": 1.5}]
    assert (first["trend"], shown["empty"]) == (None, None)


def digest_of(*keys: int, empty: Empty | None = None) -> Digest:
    why = (Hit("keyword", "neural", "title", 1.5),)
    shown = tuple(Item(number, PAPERS[key], 1.5, why, topic="Neural PDE solvers") for number, key in enumerate(keys, 1))
    return Digest(subscriber(), TODAY, (Section(SectionKind.TOPIC, "Neural PDE solvers", shown),), empty=empty)
