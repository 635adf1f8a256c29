"""Which papers meet a topic, how well, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Match, Paper, Topic
from digest.selection.answer import Matched
from digest.selection.corpus import Corpus
from digest.selection.match import OWN_SHARE, THRESHOLD, explain, match, rank
from tests.world import paper, papers, topic

OPERATORS = paper(
    "arxiv:1", "Fourier neural operators", abstract="A neural operator learns maps between functions. It solves PDEs."
)
DIFFUSION = paper("arxiv:2", "Image diffusion", abstract="Diffusion models generate images from noise.", authors=("A. Anandkumar",))
SURVEY = paper("arxiv:3", "Neural operators: a survey", abstract="We review neural operators.")
MOSS = paper("arxiv:4", "Moss on roofs", abstract="Bryophytes grow on wet roofs in the north.", categories=("q-bio.PE",))
POOL = [OPERATORS, DIFFUSION, SURVEY, MOSS, *papers(30, abstract="Nothing in particular about anything at all.")]


def matched(of: Topic, pool: list[Paper] = POOL) -> Matched:
    return match([of], Corpus.of(pool))[of]


def names(found: Matched) -> set[str]:
    return {each.paper.id for each in found.matches}


def keyword(*keywords: str, **changes: object) -> Topic:
    return topic(keywords=keywords, **changes)


def test_a_keyword_finds_the_papers_that_hold_it_title_first() -> None:
    found = matched(keyword("neural operator"))
    assert {"arxiv:1", "arxiv:3"} <= names(found)
    assert not {"arxiv:2", "arxiv:4"} & names(found)


@pytest.mark.parametrize("written", ["neural operators", "Neural-Operator", "NEURAL OPERATOR", "neural  operator "])
def test_case_hyphens_and_plurals_of_a_keyword_do_not_matter(written: str) -> None:
    assert names(matched(keyword(written))) == names(matched(keyword("neural operator")))


NUMBERS = [("autoencoder", "autoencoders"), ("autoencoders", "autoencoder"), ("galaxy", "galaxies"), ("PINNs", "PINN")]


@pytest.mark.parametrize(("wanted", "mentioned"), NUMBERS)
def test_one_mention_is_enough_in_singular_and_plural_alike(wanted: str, mentioned: str) -> None:
    said = f"Here we look at {mentioned} in the wild, and report what was seen there over many years by all who took part."
    pool = [*POOL, paper("arxiv:5", "A field report", abstract=said)]
    assert names(matched(keyword(wanted), pool)) == names(matched(keyword(mentioned), pool)) == {"arxiv:5"}


def test_a_plural_that_met_is_named_as_her_keyword() -> None:
    pool = [*POOL, paper("arxiv:5", "A field report", abstract="We look at autoencoders in the wild.")]
    hits = matched(keyword("autoencoder"), pool).matches[0].hits
    assert [hit.term for hit in hits if hit.kind in {"keyword", "text"}] == ["autoencoder"]


@pytest.mark.parametrize(("term", "other"), [("few-shot", "one shot"), ("off-policy", "the policy")])
def test_few_and_off_are_part_of_a_keyword(term: str, other: str) -> None:
    pool = [paper("arxiv:5", "Learners", abstract=f"We study {term} learners."), paper("arxiv:6", "All", abstract=f"See {other}.")]
    assert names(matched(keyword(term), [*pool, *POOL])) == {"arxiv:5"}


def test_a_small_word_in_an_excluded_term_counts() -> None:
    pool = [paper("arxiv:5", "Neural operators for influenza A"), paper("arxiv:6", "Neural operators for influenza, and for B")]
    assert names(matched(keyword("neural operator", exclude=("influenza A",)), [*pool, *POOL])) >= {"arxiv:6", "arxiv:1"}
    assert "arxiv:5" not in names(matched(keyword("neural operator", exclude=("Influenza-A",)), [*pool, *POOL]))
    assert "arxiv:5" not in names(matched(keyword("neural operator", exclude=("operators for influ*",)), [*pool, *POOL]))


def test_a_prefix_finds_all_words_that_begin_so() -> None:
    assert names(matched(keyword("bryo*"))) == {"arxiv:4"}


def test_half_a_keyword_is_not_enough() -> None:
    assert not names(matched(keyword("diffusion equation theory")))


def test_nothing_matches_a_topic_from_another_field() -> None:
    found = matched(keyword("medieval manuscripts", "paleography"))
    assert not found.matches
    assert found.near_miss is None


def test_free_text_and_a_bare_name_work_as_well() -> None:
    assert "arxiv:4" in names(matched(topic(keywords=(), text="Which bryophytes and moss grow on roofs in the wet north?")))
    assert "arxiv:4" in names(matched(Topic("Moss on roofs")))


def test_the_name_is_a_label_where_something_else_is_asked() -> None:
    assert "arxiv:4" not in names(matched(Topic("Moss on roofs", keywords=("diffusion model",))))


@pytest.mark.parametrize("excluded", ["survey", "Surveys", "a survey", "surv*"])
def test_a_paper_with_an_excluded_term_is_left_out_everywhere(excluded: str) -> None:
    asked = keyword("neural operator", exclude=(excluded,), authors=("Ada Lovelace",))
    assert "arxiv:3" not in names(matched(asked))
    assert "arxiv:3" not in {each.paper.id for each in rank(asked, Corpus.of(POOL))}


def test_an_excluded_word_is_not_taken_for_another_of_its_family() -> None:
    general = paper("arxiv:9", "General neural operators")
    assert "arxiv:9" in names(matched(keyword("neural operator", exclude=("generative",)), [*POOL, general]))


def test_categories_filter_but_papers_without_any_pass() -> None:
    bare = replace(OPERATORS, id="arxiv:8", categories=())
    found = matched(keyword("neural operator", categories=("math.AP",)), [*POOL, bare])
    assert names(found) == {"arxiv:8"}


def test_an_archive_stands_for_all_its_categories() -> None:
    assert "arxiv:1" in names(matched(keyword("neural operator", categories=("math",))))


def test_a_followed_author_always_matches_also_outside_the_categories() -> None:
    found = matched(keyword("moss", authors=("Anima Anandkumar",), categories=("q-bio.PE",)))
    (followed,) = [each for each in found.matches if each.followed]
    assert followed.paper.id == "arxiv:2"
    assert followed.followed == "Anima Anandkumar"
    assert followed.hits[0].kind == "author"
    assert followed.relevance >= THRESHOLD


def test_a_withdrawn_paper_is_never_chosen() -> None:
    assert "arxiv:1" not in names(matched(keyword("neural operator"), [replace(OPERATORS, withdrawn=True), *POOL[1:]]))


def test_papers_to_resemble_are_enough_as_a_topic() -> None:
    asked = Topic("like that", like=("arxiv:77",))
    seed = paper("arxiv:77", "Operators that learn", abstract="Neural operators learn maps between functions and solve PDEs.")
    found = match([asked], Corpus.of(POOL), liked={"arxiv:77": seed})[asked]
    assert found.matches[0].paper.id in {"arxiv:1", "arxiv:3"}
    assert {hit.kind for hit in found.matches[0].hits} <= {"like", "related", "rest"}
    assert "arxiv:4" not in names(found)


def assert_adds_up(each: Match) -> None:
    assert sum(hit.contribution for hit in each.hits) == pytest.approx(each.relevance, abs=1e-9)


def test_the_contributions_add_up_with_eight_shown_and_a_rest() -> None:
    asked = topic(
        text="Learned maps between functions that solve equations and generate images from noise", authors=("Ada Lovelace",)
    )
    for each in matched(asked).matches:
        assert_adds_up(each)
        assert len([hit for hit in each.hits if hit.kind not in ("rest", "author")]) <= 8


def test_her_own_words_are_named_before_what_is_related() -> None:
    kinds = [hit.kind for hit in matched(keyword("neural operator")).matches[0].hits]
    assert kinds[0] == "keyword"
    assert kinds == sorted(kinds, key=["keyword", "related", "rest"].index)


def test_a_hit_says_which_keyword_and_where() -> None:
    best = next(each for each in matched(keyword("neural operator", "moss")).matches if each.paper.id == "arxiv:1")
    assert (best.hits[0].term, best.hits[0].field) == ("neural operator", "title")


def test_explain_says_what_stopped_a_paper_and_by_how_much() -> None:
    corpus = Corpus.of(POOL)
    asked = keyword("neural operator", exclude=("survey",), categories=("cs.LG",))
    assert explain(asked, OPERATORS, corpus).stopped_by == ""
    assert (explain(asked, SURVEY, corpus).stopped_by, explain(asked, SURVEY, corpus).detail) == ("excluded term", "survey")
    assert (explain(asked, MOSS, corpus).stopped_by, explain(asked, MOSS, corpus).detail) == ("category", "q-bio.PE")
    short = explain(asked, DIFFUSION, corpus)
    assert short.stopped_by in ("own words", "threshold")
    assert short.detail
    assert explain(asked, paper("arxiv:404"), corpus).stopped_by == "not a candidate"


def test_explain_agrees_with_match_and_rank() -> None:
    corpus = Corpus.of(POOL)
    asked = keyword("neural operator")
    ranked = {each.paper.id: each for each in rank(asked, corpus)}
    for each in match([asked], corpus)[asked].matches:
        told = explain(asked, each.paper, corpus)
        assert told.score == pytest.approx(each.relevance) == pytest.approx(ranked[each.paper.id].relevance)
        assert sum(hit.contribution for hit in told.hits) == pytest.approx(told.score)


def test_topics_that_differ_in_name_and_weight_only_have_the_same_matches() -> None:
    one, other = keyword("neural operator"), keyword("neural operator", name="Other", weight=3.0)
    found = match([one, other], Corpus.of(POOL))
    assert [each.relevance for each in found[one].matches] == [each.relevance for each in found[other].matches]
    assert found[other].matches[0].topic == other


def test_the_near_miss_is_the_best_that_falls_short() -> None:
    found = matched(keyword("image segmentation", "noise filter"))
    assert not found.matches
    assert found.near_miss is not None
    assert found.near_miss.paper.id == "arxiv:2"


def test_background_gives_weight_to_words_but_no_matches() -> None:
    background = papers(40, abstract="Common words of common papers.")
    found = match([keyword("neural operator")], Corpus.of(POOL[:4], background=[*background, *POOL]))
    assert all(each.paper in POOL[:4] for answer in found.values() for each in answer.matches)


def test_an_empty_store_matches_a_single_paper() -> None:
    assert names(matched(keyword("neural operator"), [OPERATORS])) == {"arxiv:1"}
    assert not names(matched(keyword("neural operator"), []))


def test_ranking_is_total_and_equals_stand_by_name() -> None:
    twins = [replace(OPERATORS, id=f"arxiv:{n}") for n in (7, 5, 6)]
    assert [each.paper.id for each in rank(keyword("neural operator"), Corpus.of(twins))] == ["arxiv:5", "arxiv:6", "arxiv:7"]


@pytest.mark.parametrize(
    "hostile",
    ["*", "", " ", "the", "**", "x" * 10_000, "word " * 2_000, "深度学习", "🎉", '"', "~", "~oper", "a*", "\x00", "(.*)+"],
)
def test_hostile_keywords_give_a_sane_result(hostile: str) -> None:
    for of in (
        keyword(hostile),
        topic(keywords=(), text=hostile),
        keyword("neural operator", exclude=(hostile,)),
        keyword("moss", authors=(hostile,)),
    ):
        for each in matched(of).matches:
            assert_adds_up(each)


def test_a_keyword_without_words_leaves_the_others_as_they_are() -> None:
    assert names(matched(keyword("neural operator", "🎉", "*"))) == names(matched(keyword("neural operator")))


def test_chinese_phrases_are_found() -> None:
    chinese = paper("arxiv:6", "图神经网络的研究", abstract="我们研究图神经网络。")
    assert names(matched(keyword("神经网络"), [*POOL, chinese])) == {"arxiv:6"}


@settings(deadline=None)
@given(st.permutations(range(len(POOL))))
def test_the_order_of_papers_does_not_matter(order: list[int]) -> None:
    asked = keyword("neural operator", text="images from noise")
    assert matched(asked, [POOL[n] for n in order]) == matched(asked)


WORDS = st.lists(
    st.sampled_from(["neural", "operator", "diffusion", "images", "moss", "survey", "roofs", "functions", "noise"]),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=3), WORDS, WORDS)
def test_contributions_add_up_and_excluded_terms_never_appear(
    keywords: list[list[str]], text: list[str], excluded: list[str]
) -> None:
    asked = Topic("x", tuple(map(" ".join, keywords)), " ".join(text), exclude=(excluded[0],))
    for each in rank(asked, Corpus.of(POOL)):
        assert_adds_up(each)
        assert excluded[0] not in f"{each.paper.title} {each.paper.abstract}".lower().split()


def test_other_topics_in_the_same_pass_change_nothing() -> None:
    asked = keyword("neural operator", text="solves equations")
    others = [keyword("neural operator maps"), keyword("oper*"), keyword("learns maps between functions")]
    corpus = Corpus.of(POOL)
    match(others, corpus)
    assert match([asked], corpus)[asked] == matched(asked)


def test_own_words_are_asked_for() -> None:
    assert 0 < OWN_SHARE < THRESHOLD
