from __future__ import annotations

import pytest

from digest.mail.languages.de import GERMAN
from digest.mail.languages.en import ENGLISH
from digest.mail.wording import Length, anchors, authors, badges, marked_terms, paper_values, sparkline, why
from digest.model import Hit, Item, Trend
from tests.world import paper


def item(*hits: Hit, trend: Trend | None = None, **changes: object) -> Item:
    return Item(1, paper(**changes), 1.0, hits, trend)


@pytest.mark.parametrize(
    ("term", "text", "marked"),
    [
        ("neural operator", "Neural operators win", "Neural operators"),
        ("neural operator", "a neural-operator layer", "neural-operator"),
        ("physics-informed", "physics informed loss", "physics informed"),
        ("PINN*", "PINNsformer and more", "PINNsformer"),
        ("C++", "in C++ only", "C++"),
        (".NET", "with .NET here", ".NET"),
        ("LoRA", "QLoRA and LoRA", "LoRA"),
        ("graph", "a paragraph, a graph", "graph"),
    ],
)
def test_a_term_is_marked_where_it_stands_as_a_word(term: str, text: str, marked: str) -> None:
    assert marked_terms(text, (term,)).count("<b ") == 1
    assert f'<b class="hit">{marked}</b>' in marked_terms(text, (term,))


@pytest.mark.parametrize("term", ["*", "", " ", "(", "[a-", "\\", "a" * 5_000])
def test_a_term_that_is_no_word_marks_nothing(term: str) -> None:
    assert marked_terms("a < b", (term,)) == "a &lt; b"


def test_a_term_that_says_less_than_another_is_not_named_beside_it() -> None:
    hits = [
        Hit("keyword", term, "title", score)
        for term, score in (("diffusion", 3.0), ("diffusion models", 2.0), ("ai", 1.5), ("training", 1.0))
    ]
    abstract = "Training AI is like training diffusion models."
    assert why(item(*hits, abstract=abstract), ENGLISH) == "mentions “diffusion models”, “ai” and “training”"
    assert why(item(*hits, abstract="Training by diffusion."), ENGLISH) == "mentions “diffusion” and “training”"


def test_only_what_stands_there_is_said_to_be_mentioned() -> None:
    half_met = Hit("keyword", "neural operator", "abstract", 2.0)
    about = {"title": "Neural fields", "abstract": "No operators here."}
    assert why(item(half_met, **about), ENGLISH) == "close to your “neural operator”"
    inferred = why(item(half_met, Hit("related", "fields", "title", 0.5), **about), ENGLISH)
    assert inferred == "its words “fields” often go with your topic"
    assert why(item(half_met, Hit("text", "fields", "title", 0.1), **about), ENGLISH) == "mentions “fields”"


def test_faint_reasons_are_not_named() -> None:
    hits = Hit("keyword", "neural", "title", 2.0), Hit("keyword", "here", "abstract", 0.1)
    assert why(item(*hits, title="Neural fields", abstract="Here."), ENGLISH) == "mentions “neural”"


def test_the_abstract_is_shown_from_where_it_mentions_her_words() -> None:
    abstract = "It was always so. We knew it well. Then neural operators came. They won."
    found = item(Hit("keyword", "neural operator", "", 1.0), title="News", abstract=abstract)
    values = paper_values(found, ("", False), Length.LONG, ENGLISH)
    assert values["abstract"] == "… Then neural operators came. They won."
    values = paper_values(
        item(Hit("keyword", "news", "", 1.0), title="News", abstract=abstract), ("We knew it well.", False), Length.LONG, ENGLISH
    )
    assert values["abstract"] == "It was always so. … Then neural operators came. They won."


def test_how_much_a_paper_is_talked_about_is_said_in_figures() -> None:
    hit = Hit("trending", "", "", 1.0)
    assert why(item(hit, trend=Trend(1.0, upvotes=1108, age_days=1.4)), ENGLISH) == (
        "1,108 upvotes in 2 days, among the most of this week"
    )
    assert why(item(hit, trend=Trend(1.0, upvotes=108, age_days=0.2)), ENGLISH).startswith("108 upvotes in a day,")


def test_what_she_asked_for_comes_before_what_we_inferred() -> None:
    hits = [
        Hit("related", "flow", "abstract", 9.0),
        Hit("keyword", "PINN*", "title", 1.0),
        Hit("author", "Ada Lovelace", "authors", 0.5),
    ]
    assert why(item(*hits, title="PINNs again"), ENGLISH) == "by Ada Lovelace, whom you follow; mentions “PINN”"


def test_every_kind_of_reason_has_words() -> None:
    assert why(item(Hit("like", "solver", "", 1.0)), ENGLISH) == "shares “solver” with papers you named"
    assert why(item(Hit("learned", "solver", "", 1.0)), ENGLISH) == "shares “solver” with papers you wanted more of"
    assert why(item(Hit("category", "cs.LG", "categories", 1.0)), ENGLISH) == "filed under cs.LG"
    near = Hit("semantic", "Moss on roofs", "", 0.3)
    assert why(item(near), ENGLISH) == "close in meaning to “Moss on roofs”, which touches on your topic"
    assert why(item(near), GERMAN) == "inhaltlich nah an „Moss on roofs“, einer Arbeit, die Ihr Thema berührt"
    assert why(item(Hit("trending", "", "", 1.0)), ENGLISH) == "much talked about this week"
    assert why(item(Hit("rest", "", "", 1.0), Hit("learned", "survey", "", -1.0)), ENGLISH) == ""


def test_meaning_is_a_reason_where_it_says_more_than_related_words_and_she_named_none() -> None:
    near, related = Hit("semantic", "Moss on roofs", "", 0.3), Hit("related", "flow", "abstract", 0.5)
    assert why(item(near, related), ENGLISH) == "its words “flow” often go with your topic"
    assert why(item(near, Hit("related", "flow", "abstract", 0.2)), ENGLISH).startswith("close in meaning to ")
    assert why(item(near, Hit("keyword", "neural", "title", 0.1), title="Neural nets"), ENGLISH) == "mentions “neural”"


def test_zero_and_unknown_are_no_badges() -> None:
    assert [badge.kind for badge in badges(item(trend=Trend(1.0, upvotes=0, comments=None, stars=0)), ENGLISH)] == [
        "category",
        "date",
    ]


def test_a_loss_of_votes_is_no_gain() -> None:
    assert badges(item(trend=Trend(1.0, upvotes=5, gain=-2)), ENGLISH)[0].gain == ""


@pytest.mark.parametrize(
    ("history", "bars"),
    [((), ""), ((1, 2), ""), ((5, 5, 5), ""), ((0, 5, 10), "▁▄▇"), (tuple(range(20)), "▁▁▂▃▄▅▆▇"), ((3, 1, 2), "▇▁▄")],
)
def test_a_sparkline_needs_something_that_moves(history: tuple[int, ...], bars: str) -> None:
    assert sparkline(history) == bars


def test_every_address_is_linked_once_and_only_when_it_is_safe() -> None:
    twice = paper(
        url="https://a.example/", pdf_url="https://a.example/", code_url="javascript:x", discussion_url="https://d.example/"
    )
    assert [anchor.kind for anchor in anchors(twice, ENGLISH)] == ["abstract", "discussion"]


def test_a_few_authors_are_all_named() -> None:
    assert authors(paper(authors=("A B", "C D", "E F", "G H")), (), ENGLISH) == "A B, C D, E F, G H"


def test_an_abstract_ends_with_a_whole_sentence_if_it_can() -> None:
    long = "A first sentence that takes some room, since it goes on for quite a while. " * 6 + "The end of it."
    shown = paper_values(item(abstract=long), ("", True), Length.LONG, ENGLISH)["abstract"]
    assert isinstance(shown, str)
    assert shown.endswith("for quite a while.\N{NO-BREAK SPACE}…")
    assert len(shown) <= Length.LONG + 2
    assert paper_values(item(abstract=long), ("", True), Length.NONE, ENGLISH)["abstract"] == ""
