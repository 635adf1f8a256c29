from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from digest.errors import RenderError
from digest.mail.fragments import Fragments
from digest.mail.links import Links
from digest.mail.render import PREHEADER
from digest.mail.templates import Templates
from digest.model import Counts, EmptyReason, Layout, Paper
from tests.mail.edition import SUMMARIES, digest, empty, items, one_section, printed, reader
from tests.mail.opener import opened
from tests.world import paper, papers


class Page(HTMLParser):
    """Headings, links, roles, ids of language and direction: what an HTML mail is judged by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def in_order(text: str, parts: list[str]) -> bool:
    places = [text.find(part) for part in parts]
    return places == sorted(places) and -1 not in places


def many(count: int) -> list[Paper]:
    return [
        paper(f"arxiv:2603.{n:05d}", f"Paper number {n} of many", abstract="A sentence that is here to take room. " * 40)
        for n in range(1, count + 1)
    ]


def test_text_and_html_list_the_same_papers_in_the_same_order(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    titles = [item.paper.title for item in items()]
    assert in_order(Page(mail.html).text, titles)
    assert in_order(" ".join(mail.text.split()), titles)
    urls = [item.paper.url for item in items()]
    assert in_order(mail.text, urls)
    assert [link for link in Page(mail.html).links if link in urls] == [
        url for url in urls for _ in range(2)
    ]  # title, then "Abstract"
    assert mail.shown == tuple(item.paper.id for item in items())


def test_every_link_is_absolute_and_unique_in_words(templates: Templates, web: Links) -> None:
    html = printed(digest(), templates, web).html
    assert all(re.match(r"https://|mailto:", link) for link in Page(html).links)
    labels = re.findall(r'aria-label="([^"]*, paper \d+)"', html)
    assert len(labels) == len(set(labels)) > 8


def test_no_link_leads_to_a_script(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    assert "javascript:" not in mail.html + mail.text
    assert "https://stop.example.org/" in mail.html


def test_the_subject_has_the_date_and_the_top_title(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    assert mail.subject == "Tue 24 Mar: Müller & Søn’s bound is tight: α ≤ ½ for graph matching + 2 more"


def test_one_paper_has_no_more(templates: Templates, web: Links) -> None:
    assert printed(one_section(papers(1)), templates, web).subject == "Tue 24 Mar: On diffusion models, part 1"


def test_the_header_counts_honestly(templates: Templates, web: Links) -> None:
    assert "3 of 312 new papers, 1 trending" in printed(digest(), templates, web).text
    assert "3 papers, 1 trending" in printed(digest(counts=Counts()), templates, web).text


def test_the_preheader_is_its_own_line_of_the_right_length(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    assert 40 <= len(mail.preheader) <= PREHEADER
    assert mail.preheader not in mail.subject


def test_reasons_are_said_in_words(templates: Templates, web: Links) -> None:
    text = " ".join(printed(digest(), templates, web).text.split())
    assert "Why: by Anima Anandkumar, whom you follow." in text
    assert "Why: mentions “neural operator” and “physics-informed”." in text
    assert "Why: 112 upvotes in a day, among the most of this week." in text


def test_matched_words_are_marked_in_the_abstract(templates: Templates, web: Links) -> None:
    html = printed(digest(), templates, web).html
    for word in ("neural operators", "physics-informed", "neural-operator"):
        assert f'<b class="hit">{word}</b>' in html


def test_figures_are_shown_and_said(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    assert 'aria-label="48 upvotes, +12 today"' in mail.html
    assert "▲ 48</b> +12 today ▁▂▅▇" in mail.html
    assert "★ 1,204" in mail.html
    assert "6 comments" in mail.html
    assert "1 comment ·" in mail.html


def test_a_long_list_of_authors_is_cut_but_never_the_followed_one(templates: Templates, web: Links) -> None:
    text = " ".join(printed(digest(), templates, web).text.split())
    assert "Zoë Müller, Ada Lovelace, Emmy Noether, Anima Anandkumar and 2 others" in text


def test_the_sentence_of_the_source_is_told_from_the_extracted_one(templates: Templates, web: Links) -> None:
    text = printed(digest(), templates, web).text
    assert "TL;DR: A loss that conserves energy" in text
    assert "In short: We close a gap" in text
    assert text.count("We close a gap") == 1  # the abstract goes on behind it


def test_unsubscribe_stands_near_the_top_and_at_the_end(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web)
    for part in (mail.html, mail.text):
        first, last = part.index("/unsubscribe/"), part.rindex("/unsubscribe/")
        assert first < part.index("conserves energy by") < last


def test_the_footer_is_honest(templates: Templates, web: Links) -> None:
    text = " ".join(printed(digest(), templates, web).text.split())
    assert "because alice@example.org asked for papers on “Neural PDE solvers” and “Graph matching”." in text
    assert "Your next digest comes on Wednesday, 25 March." in text
    assert "1 Example Street, Springfield" in text


def test_without_a_web_address_every_link_of_ours_is_a_mail(templates: Templates, no_web: Links) -> None:
    mail = printed(digest(), templates, no_web)
    ours = [link for link in Page(mail.html).links if "digest" in link]
    assert all(link.startswith("mailto:digest+commands+") for link in ours)
    assert any(link.endswith("?subject=more%203") for link in ours)
    assert "View in browser" not in mail.html


def test_the_page_is_built_for_screen_readers(templates: Templates, web: Links) -> None:
    page = Page(printed(digest(), templates, web).html)
    tags = [tag for tag, _ in page.tags]
    html = dict(page.tags)["html"]
    assert (html["lang"], html["dir"]) == ("en", "ltr")
    assert tags.count("h1") == 1
    assert sum(attributes.get("role") == "main" for _, attributes in page.tags) == 1
    assert all(attributes.get("role") == "presentation" for tag, attributes in page.tags if tag == "table")
    assert all("alt" in attributes for tag, attributes in page.tags if tag == "img")


def test_a_compact_digest_leaves_abstracts_out(templates: Templates, web: Links) -> None:
    full = printed(digest(), templates, web)
    compact = printed(digest(subscriber=reader(layout=Layout.COMPACT)), templates, web)
    assert compact.shown == full.shown
    assert "Simulating turbulence" in full.html
    assert "Simulating turbulence" not in compact.html
    assert "TL;DR" in compact.html


def test_german_is_german_throughout(templates: Templates, web: Links) -> None:
    mail = printed(digest(subscriber=reader(language="de"), silence=""), templates, web)
    assert mail.subject.startswith("Di. 24. März: Müller")
    assert 'lang="de"' in mail.html
    assert "Dienstag, 24. März 2026" in mail.html
    assert "erwähnt „neural operator“ und „physics-informed“" in mail.html
    assert "1.204" in mail.html
    assert not re.search(r"\b(Why|More like|Unsubscribe|upvotes)\b", mail.text)


# --- Nothing to say ------------------------------------------------------------------------------------------------------


def test_an_empty_digest_gives_its_reason_and_the_closest_paper(templates: Templates, web: Links) -> None:
    mail = printed(empty(), templates, web)
    assert mail.subject == "Tue 24 Mar: no papers for you today"
    assert "none of them matches your topics well enough" in " ".join(mail.text.split())
    assert "The closest one" in mail.text
    assert "Neural operators that keep" in mail.html
    assert mail.shown == ()  # a near miss is not sent


def test_every_reason_can_be_said_in_german(templates: Templates, web: Links) -> None:
    for reason in EmptyReason:
        from digest.model import Empty

        mail = printed(digest(sections=(), empty=Empty(reason, "English."), subscriber=reader(language="de")), templates, web)
        assert "English." not in mail.text


# --- The budget ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("budget", [95_000, 60_000, 30_000, 15_000])
@pytest.mark.parametrize("count", [5, 40, 200])
def test_the_html_keeps_to_its_budget_and_the_footer_survives(templates: Templates, web: Links, budget: int, count: int) -> None:
    mail = printed(one_section(many(count)), templates, web, max_html_bytes=budget)
    assert len(mail.html.encode()) <= budget
    assert "1 Example Street, Springfield" in mail.html
    assert mail.html.rstrip().endswith("</html>")
    assert mail.text.count("/more/") == len(mail.shown) == mail.html.count("/more/")


def test_abstracts_shorten_before_papers_stand_back(templates: Templates, web: Links) -> None:
    roomy = printed(one_section(many(20)), templates, web, max_html_bytes=95_000)
    tight = printed(one_section(many(20)), templates, web, max_html_bytes=len(roomy.html.encode()) - 1)
    assert tight.shown == roomy.shown
    assert len(tight.html) < len(roomy.html)


def test_what_found_no_room_is_counted_and_not_shown(templates: Templates, web: Links) -> None:
    mail = printed(one_section(many(100)), templates, web, max_html_bytes=40_000)
    left = 100 - len(mail.shown)
    assert left > 0
    assert mail.shown == tuple(each.id for each in many(100)[: len(mail.shown)])
    assert f"And {left} more papers, which found no room" in mail.html
    assert f"And {left} more papers, which found no room" in " ".join(mail.text.split())
    assert f"{len(mail.shown)} of 500 new papers" in mail.text


def test_an_impossible_budget_still_leaves_a_mail_with_its_footer(templates: Templates, web: Links) -> None:
    mail = printed(digest(), templates, web, max_html_bytes=1)
    assert mail.shown == ()
    assert "/unsubscribe/" in mail.html
    assert mail.subject == "Tue 24 Mar"


# --- Same in, same out ---------------------------------------------------------------------------------------------------


def test_the_same_digest_is_the_same_mail_whoever_was_printed_before(templates: Templates, web: Links) -> None:
    shared = Fragments()
    for key in (1, 2, 3):
        printed(digest(subscriber=reader(key=key)), templates, web, fragments=shared)
    assert printed(digest(), templates, web, fragments=shared) == printed(digest(), templates, web)


def test_numbers_and_votes_are_each_readers_own(templates: Templates, web: Links) -> None:
    shared = Fragments()
    first, second = (printed(one_section(order, subscriber=reader(key=key)), templates, web, fragments=shared).text
                     for key, order in ((1, papers(2)), (2, papers(2)[::-1])))  # fmt: skip
    assert "[1] On diffusion models, part 1" in first
    assert "[2] On diffusion models, part 1" in second
    assert re.findall(r"feedback/(\S+)/more", first)[0] != re.findall(r"feedback/(\S+)/more", second)[0]


def test_encoded_parts_say_what_the_parts_say(templates: Templates, web: Links) -> None:
    from digest.mail.message import build
    from tests.mail.edition import AT, DAY, LETTERHEAD

    mail = printed(digest(), templates, web)
    data = build(
        mail, letterhead=LETTERHEAD, links=web.of(7, DAY), recipient="a@example.org", identifier="<a@example.org>", at=AT
    ).data
    letter = opened(data)
    assert (letter.text, letter.html) == (mail.text, mail.html)


def test_one_bad_paper_never_loses_the_mail(templates: Templates, web: Links) -> None:
    bad = paper("arxiv:2603.09999", "Broken", abstract=None)
    good = papers(2)
    mail = printed(one_section([good[0], bad, good[1]]), templates, web, summaries=SUMMARIES)
    assert mail.shown == (good[0].id, good[1].id)
    assert "arxiv:2603.09999" in str(mail.failed[0])


def test_when_no_paper_can_be_printed_the_template_is_to_blame(templates: Templates, web: Links) -> None:
    with pytest.raises(RenderError):
        printed(one_section([paper(abstract=None)]), templates, web)
