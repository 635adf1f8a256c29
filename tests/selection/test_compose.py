"""One person's digest for one day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Digest, EmptyReason, Hit, Match, Paper, SectionKind, Subscriber, Topic, Trend
from digest.selection.answer import Matched, Matches
from digest.selection.candidates import Candidates
from digest.selection.compose import SAME_GROUP, SAME_THEME, compose
from digest.selection.corpus import Corpus
from digest.selection.match import match
from tests.world import NOW, TODAY, paper, papers, subscriber, topic

FLOWS = topic("Flows")
GRAPHS = topic("Graphs", keywords=("graph",))
HIT = Hit("keyword", "neural operator", "title", 2.0)


def lone(count: int, start: int = 1, **changes: object) -> list[Paper]:
    """Papers of as many different groups."""
    return [
        paper(
            f"arxiv:{n}",
            f"Title {chr(96 + n % 26)} number {n * 7}",
            **({"abstract": f"Abstract {n}.", "authors": (somebody(n),)} | changes),
        )
        for n in range(start, start + count)
    ]


def somebody(number: int) -> str:
    return "Ada " + "".join(chr(97 + int(digit)) for digit in f"{number:04d}")


def found(of: Topic, pool: list[Paper], best: float = 9.0, **changes: object) -> Matched:
    return Matched(Matches.of(Match(each, of, best - n / 10, (HIT,), **changes) for n, each in enumerate(pool)))  # type: ignore[arg-type]


def missed(*near: Match) -> Matched:
    return Matched(nearest=lambda: Matches.of(near))


def digest(pool: list[Paper], matched: dict[Topic, Matched], trends: dict[str, Trend] | None = None, **changes: object) -> Digest:
    who: Subscriber = subscriber(**({"topics": tuple(matched) or (FLOWS,), "max_papers": 6, "trending": 0} | changes))
    return compose(who, TODAY, pool, matched, trends or {})


def shown(of: Digest) -> list[str]:
    return [item.paper.id for item in of.items]


def test_items_are_numbered_through_all_sections_and_carry_their_reasons() -> None:
    pool = lone(4)
    made = digest(pool, {FLOWS: found(FLOWS, pool[:2]), GRAPHS: found(GRAPHS, pool[2:])})
    assert [item.number for item in made.items] == [1, 2, 3, 4]
    assert [(section.kind, section.title) for section in made.sections] == [
        (SectionKind.TOPIC, "Flows"),
        (SectionKind.TOPIC, "Graphs"),
    ]
    assert made.items[0].why == (HIT,)
    assert made.items[0].topic == "Flows"
    assert (made.counts.new, made.counts.matched, made.counts.shown) == (4, 4, 4)


def test_topics_stand_in_the_order_of_her_file() -> None:
    pool = lone(2)
    made = digest(pool, {GRAPHS: found(GRAPHS, pool[:1], best=1.5), FLOWS: found(FLOWS, pool[1:])})
    assert [section.title for section in made.sections] == ["Graphs", "Flows"]


def test_a_paper_stands_under_the_topic_that_it_meets_best_only() -> None:
    pool = lone(2)
    made = digest(pool, {FLOWS: found(FLOWS, pool, best=3.0), GRAPHS: found(GRAPHS, pool[1:], best=8.0)})
    assert [(section.title, [item.paper.id for item in section.items]) for section in made.sections] == [
        ("Flows", ["arxiv:1"]),
        ("Graphs", ["arxiv:2"]),
    ]


def test_only_candidates_are_shown() -> None:
    pool = lone(4)
    made = digest(pool[1:3], {FLOWS: found(FLOWS, pool)}, {pool[0].id: Trend(9.0)}, trending=3)
    assert shown(made) == ["arxiv:2", "arxiv:3"]
    assert made.counts.new == 2


def test_a_view_without_what_was_sent_is_the_same_as_the_papers_themselves() -> None:
    pool = lone(6)
    matched = {FLOWS: found(FLOWS, pool)}
    view = Candidates.of(pool).without(["arxiv:2", "arxiv:404"])
    assert len(view) == 5
    assert compose(subscriber(topics=(FLOWS,)), TODAY, view, matched, {}) == compose(
        subscriber(topics=(FLOWS,)), TODAY, [each for each in pool if each.id != "arxiv:2"], matched, {}
    )


def test_every_topic_gets_its_share_by_weight() -> None:
    pool = lone(40)
    heavy = topic("Heavy", weight=2.0)
    made = digest(pool, {FLOWS: found(FLOWS, pool[:20], best=20.0), heavy: found(heavy, pool[20:])}, max_papers=9)
    assert [len(section.items) for section in made.sections] == [3, 6]


def test_what_one_topic_leaves_goes_to_the_others() -> None:
    pool = lone(20)
    made = digest(pool, {FLOWS: found(FLOWS, pool[:1]), GRAPHS: found(GRAPHS, pool[1:])})
    assert [len(section.items) for section in made.sections] == [1, 5]


def test_max_papers_holds_for_the_whole_mail() -> None:
    pool = lone(30)
    trends = {each.id: Trend(float(n)) for n, each in enumerate(pool[20:], 1)}
    made = digest(pool, {FLOWS: found(FLOWS, pool[:20])}, trends, max_papers=7, trending=2)
    assert [len(section.items) for section in made.sections] == [5, 2]


def test_trending_papers_outside_her_topics_come_last_best_first_and_say_so() -> None:
    pool = lone(4)
    made = digest(
        pool, {FLOWS: found(FLOWS, pool[:1])}, {pool[0].id: Trend(99.0), pool[2].id: Trend(3.0), pool[3].id: Trend(7.0)}, trending=2
    )
    assert made.sections[-1].kind is SectionKind.TRENDING
    assert shown(made) == ["arxiv:1", "arxiv:4", "arxiv:3"]
    assert made.items[0].trend == Trend(99.0)
    assert made.items[-1].why[0].kind == "trending"


def test_trending_leaves_a_place_to_a_match() -> None:
    pool = lone(9)
    made = digest(pool, {FLOWS: found(FLOWS, pool[:1])}, {each.id: Trend(5.0) for each in pool[1:]}, max_papers=3, trending=3)
    assert [section.kind for section in made.sections] == [SectionKind.TOPIC, SectionKind.TRENDING]
    assert len(made.items) == 3


def test_places_that_trending_cannot_fill_go_to_the_topics() -> None:
    pool = lone(9)
    assert len(digest(pool, {FLOWS: found(FLOWS, pool)}, {pool[0].id: Trend(5.0)}, trending=3).items) == 6


def test_followed_authors_come_first_in_a_section_of_their_own() -> None:
    pool = lone(3)
    followed = Match(pool[2], FLOWS, 1.1, (Hit("author", somebody(3), "authors", 1.0), HIT), somebody(3))
    made = digest(pool, {FLOWS: Matched(Matches.of((*found(FLOWS, pool[:2]).matches, followed)))})
    assert [section.kind for section in made.sections] == [SectionKind.AUTHOR, SectionKind.TOPIC]
    assert shown(made)[0] == "arxiv:3"


def test_a_prolific_followed_author_does_not_silence_the_topics() -> None:
    pool = papers(20)
    hers = tuple(Match(each, FLOWS, 5.0, (HIT,), "Ada Lovelace") for each in pool)
    made = digest(pool + lone(9), {FLOWS: Matched(Matches.of(hers)), GRAPHS: found(GRAPHS, lone(9))})
    assert [len(section.items) for section in made.sections] == [3, 3]


def test_a_followed_author_who_leads_a_group_may_fill_a_mail_that_nobody_else_asks_for() -> None:
    pool = papers(5)
    hers = tuple(Match(each, FLOWS, 5.0, (HIT,), "Ada Lovelace") for each in pool)
    made = digest(pool, {FLOWS: Matched(Matches.of(hers))})
    assert [(section.kind, len(section.items)) for section in made.sections] == [(SectionKind.AUTHOR, 5)]


def test_followed_authors_stand_best_first_whichever_topics_they_are_followed_in() -> None:
    pool = lone(8)
    both = [(FLOWS, pool[:3], 3.0), (GRAPHS, pool[3:], 8.0)]
    matched = {of: Matched(Matches.of(Match(each, of, best, (HIT,), "Ada") for each in some)) for of, some, best in both}
    assert [item.score for item in digest(pool, matched).items] == [8.0, 8.0, 8.0, 8.0, 3.0, 3.0]


def test_near_duplicates_are_folded_into_one_line() -> None:
    first = paper("arxiv:1", "Neural operators for turbulent flow")
    again = paper("arxiv:2", "Neural operator for turbulent flows", abstract="Another abstract.")
    made = digest([first, again], {FLOWS: found(FLOWS, [first, again])})
    assert shown(made) == ["arxiv:1"]
    assert made.items[0].folded == ("arxiv:2",)


def test_the_same_title_by_other_people_is_another_paper() -> None:
    first = paper("arxiv:1", "Neural operators")
    other = paper("arxiv:2", "Neural operators", abstract="Quite another abstract.", authors=("Grace Hopper",))
    assert len(digest([first, other], {FLOWS: found(FLOWS, [first, other])}).items) == 2


def test_a_folded_paper_is_not_trending_beside_its_twin() -> None:
    first, again = paper("arxiv:1"), paper("arxiv:2")
    made = digest([first, again], {FLOWS: found(FLOWS, [first, again])}, {"arxiv:2": Trend(50.0)}, trending=2)
    assert shown(made) == ["arxiv:1"]


def test_one_group_does_not_fill_the_page_while_others_wait() -> None:
    group, others = papers(5), lone(4)
    made = digest(group + others, {FLOWS: found(FLOWS, [*group, *others])})
    assert len([name for name in shown(made) if name.startswith("arxiv:2603.")]) == SAME_GROUP
    assert len(made.items) == 6


def test_but_it_may_when_nobody_waits() -> None:
    group = papers(5)
    assert len(digest(group, {FLOWS: found(FLOWS, group)}).items) == 5


def test_nothing_matched_says_so_and_names_the_near_miss() -> None:
    pool = lone(2)
    made = digest(pool, {FLOWS: missed(Match(pool[1], FLOWS, 0.8, (HIT,))), GRAPHS: missed(Match(pool[0], GRAPHS, 0.5))})
    assert made.empty is not None
    assert made.empty.reason is EmptyReason.NOTHING_MATCHED
    assert made.empty.near_miss is not None
    assert made.empty.near_miss.paper == pool[1]
    assert not made.items


def test_a_near_miss_that_she_has_had_is_not_named() -> None:
    pool = lone(2)
    made = digest(pool[:1], {FLOWS: missed(Match(pool[1], FLOWS, 0.8))})
    assert made.empty is not None
    assert made.empty.near_miss is None


def test_trending_alone_is_a_digest_that_says_nothing_matched() -> None:
    pool = lone(2)
    made = digest(pool, {FLOWS: Matched()}, {pool[0].id: Trend(4.0)}, trending=2)
    assert made.empty is None
    assert made.notes == ("Nothing new met your topics.",)


def test_without_any_votes_it_says_that_there_is_no_popularity_signal() -> None:
    pool = lone(2)
    assert "No popularity signal" in digest(pool, {FLOWS: found(FLOWS, pool)}, trending=2).notes[0]
    assert not digest(pool, {FLOWS: found(FLOWS, pool)}, trending=0).notes


def test_of_equals_the_newest_comes_first_and_then_the_name_decides() -> None:
    old, new = lone(1, 1, published=NOW - timedelta(days=3)), lone(2, 2)
    pool = [*old, *new]
    equal = Matched(Matches.of(Match(each, FLOWS, 2.0, (HIT,)) for each in reversed(pool)))
    assert shown(digest(pool, {FLOWS: equal})) == ["arxiv:2", "arxiv:3", "arxiv:1"]


POOL = [*lone(12), *papers(6)]
TRENDS = {each.id: Trend(float(n % 5)) for n, each in enumerate(POOL[6:])}


@settings(deadline=None)
@given(st.permutations(POOL), st.integers(1, 12), st.integers(0, 5), st.integers(0, 12), st.integers(0, 12))
def test_a_digest_is_within_its_bounds_and_does_not_depend_on_the_order_of_papers(
    order: list[Paper], most: int, hot: int, flows: int, graphs: int
) -> None:
    matched = {FLOWS: found(FLOWS, POOL[:flows]), GRAPHS: found(GRAPHS, POOL[graphs:], best=8.5)}
    made = digest(order, matched, TRENDS, max_papers=most, trending=hot)
    assert made == digest(POOL, matched, TRENDS, max_papers=most, trending=hot)
    assert len(set(shown(made))) == len(made.items) <= most
    assert [item.number for item in made.items] == list(range(1, len(made.items) + 1))
    assert sum(len(section.items) for section in made.sections if section.kind is SectionKind.TRENDING) <= hot
    assert not set(shown(made)) & {name for item in made.items for name in item.folded}
    assert made.counts.shown == len(made.items)


def test_one_persons_digest_does_not_depend_on_another() -> None:
    pool = lone(6)
    hers = {FLOWS: found(FLOWS, pool[:3])}
    assert digest(pool, hers) == compose(
        subscriber(topics=(FLOWS,), max_papers=6, trending=0), TODAY, pool, hers | {GRAPHS: found(GRAPHS, pool)}, {}
    )


def test_a_topic_that_was_never_scored_is_no_reason_to_fail() -> None:
    assert digest(lone(1), {}).empty is not None


@pytest.mark.parametrize("most", [1, 2])
def test_small_mails_hold_the_best(most: int) -> None:
    pool = lone(5)
    assert shown(digest(pool, {FLOWS: found(FLOWS, pool)}, max_papers=most)) == ["arxiv:1", "arxiv:2"][:most]


def test_one_theme_does_not_fill_a_mail_while_others_wait() -> None:
    honey = "Flow of viscous honey in jars: the flow of honey."
    theme = [
        paper(f"arxiv:1{n}", f"Flow, flow, flow of honey {n}", abstract=honey + str(n), authors=(somebody(n),)) for n in range(6)
    ]
    others = [
        paper(f"arxiv:2{n}", f"Flow of {what}", abstract=f"All about {what} and more {what}.", authors=(somebody(20 + n),))
        for n, what in enumerate(("glaciers", "traffic", "lava", "blood", "air"))
    ]
    flow = topic("Flow", keywords=("flow",))
    pool = [*theme, *others]
    matched = match([flow], Corpus.of(pool, background=papers(40)))
    made = compose(subscriber(topics=(flow,), max_papers=7, trending=0), TODAY, pool, matched, {})
    of_theme = [name for name in shown(made) if name in {each.id for each in theme}]
    assert len(matched[flow].matches) == len(pool)
    assert len(of_theme) == SAME_THEME
    alone = compose(subscriber(topics=(flow,), max_papers=7, trending=0), TODAY, theme, matched, {})
    assert len(alone.items) == len(theme)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["flow", "honey", "graph", "neural operator"]), min_size=1, max_size=3, unique=True), st.randoms())
def test_what_one_person_gets_does_not_depend_on_another(keywords: list[str], chance: Random) -> None:
    pool = lone(20) + papers(20)
    corpus = Corpus.of(pool)
    hers = topic("Hers", keywords=tuple(keywords))
    his = topic("His", keywords=(*keywords, "diffusion"), weight=3.0)
    her, him = subscriber(topics=(hers,)), subscriber("bob@example.org", topics=(his, replace(hers, name="Also his")))
    alone = compose(her, TODAY, pool, match([hers], corpus), {})
    together = match([his, replace(hers, name="Also his"), hers], Corpus.of(chance.sample(pool, len(pool))))
    compose(him, TODAY, pool, together, {})
    assert compose(her, TODAY, pool, together, {}) == alone
