"""Whatever a source, a subscriber or a bored student writes, one correct mail comes out: read back from its bytes by a stranger."""

from __future__ import annotations

import random
from typing import Any

import pytest

from digest.mail.links import Links
from digest.mail.message import build
from digest.mail.templates import Templates
from digest.mail.wire import on_the_wire
from digest.model import Hit, Item, Section, SectionKind
from digest.text import header
from digest.tokens import Signer
from tests.mail.edition import AT, DAY, LETTERHEAD, digest, one_section, printed, reader
from tests.mail.opener import Opened, opened
from tests.mail.test_message import ONCE
from tests.world import paper, topic

HOSTILE = (
    "<script>alert(1)</script>", "=?utf-8?q?x=0D=0ABcc=3A_v=40example=2Eorg=0D=0A=0D=0Abody?=",
    "a\r\nBcc: victim@example.org\r\n\r\nbody",
    "</mj-text></mj-column><mj-text>", "{{ 7 * 7 }}{% for x in y %}", "jinjatag0x jinjatag12x", "\x00item1\x00 \x01number\x01",
    "\ufffe\uffff\ud800\udfff\x0b\x0c\x1b", "\u202eevil\u2066\u200b\ufeff", "😀👩‍👩‍👧‍👦🏳️‍🌈",
    "$\\frac{\\alpha}{2}$ of 100% \\textbf{x}",
    "--=_boundary\r\n--",
    ".", "From me", ">quoted", "&lt;b&gt; &amp;amp; &#60;i>", "<!--[if mso]>x<![endif]-->", "]]>",
    "'\"><img src=x onerror=alert(1)>", "x" * 3000,
    "ü" * 900, "\u2028\u2029\x85", "زبان فارسی", "中文标题", "", " ", "a=?b?=c =?", "\\", '"', "-- ", "\t\t", "e\u0301" * 50,
)  # fmt: skip


def chaos(random: random.Random) -> str:
    return "".join(random.choice([*HOSTILE, chr(random.randrange(0x110000)), " "]) for _ in range(random.randrange(1, 6)))


def hostile_paper(number: int, random: random.Random) -> Any:
    return paper(
        f"arxiv:2603.{number:05d}",
        chaos(random),
        abstract=chaos(random),
        authors=tuple(chaos(random) for _ in range(random.randrange(8))),
        categories=tuple(chaos(random) for _ in range(random.randrange(2))),
        summary=chaos(random),
        url=random.choice(["https://arxiv.org/abs/1", "javascript:alert(1)", "https://x/" + chaos(random), chaos(random)]),
        code_url=chaos(random),
    )


def sent(templates: Templates, web: Links, what: Any, name: str = "") -> Opened:
    mail = printed(what, templates, web, summaries={})
    assert not mail.failed
    message = build(
        mail,
        letterhead=LETTERHEAD,
        links=web.of(7, DAY),
        recipient="alice@example.org",
        name=name,
        identifier="<x@example.org>",
        at=AT,
    )
    assert message.wired
    assert message.data == on_the_wire(message.data)
    letter = opened(message.data)
    assert sorted(letter.names()) == sorted(ONCE)
    assert (letter.text, letter.html) == (mail.text, mail.html)
    assert letter.decoded("Subject") == header(mail.subject)
    return letter


def shape(html: str) -> list[str]:
    from tests.mail.test_render import Page

    return [tag for tag, _ in Page(html).tags]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_only_text(title: str, templates: Templates, web: Links) -> None:
    letter = sent(templates, web, one_section([paper(title=title)]))
    benign = sent(templates, web, one_section([paper(title="A title")]))
    assert shape(letter.html) == shape(benign.html)
    assert "javascript:" not in letter.html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_one_address(name: str, templates: Templates, web: Links) -> None:
    letter = sent(templates, web, digest(), name=name)
    assert letter["To"].removesuffix(">").endswith("alice@example.org")


def test_a_paper_of_1768_authors_is_one_short_line(templates: Templates, web: Links) -> None:
    many = paper(authors=tuple(f"Author Number{n}" for n in range(1768)))
    letter = sent(templates, web, one_section([many]))
    assert "Author Number0, Author Number1, Author Number2 and 1,765\N{NO-BREAK SPACE}others" in letter.html


def generated(seed: int, templates: Templates, web: Links) -> None:
    """One hostile digest to one hostile subscriber, opened."""
    dice = random.Random(seed)
    papers = [hostile_paper(number, dice) for number in range(1, 3)]
    items = [
        Item(number, each, 1.0, tuple(Hit(kind, chaos(dice), "title", 1.0) for kind in ("keyword", "author", "like", "learned")))
        for number, each in enumerate(papers, 1)
    ]
    what = digest(
        sections=(Section(SectionKind.TOPIC, chaos(dice), tuple(items)),),
        subscriber=reader(topics=(topic(chaos(dice)),)),
        silence=chaos(dice),
        notes=(chaos(dice),),
    )
    letter = sent(templates, web, what, name=chaos(dice))
    assert "<script" not in letter.html
    assert "onerror=alert(1)>" not in letter.html
    assert letter.html.count("<h3") == 2


@pytest.mark.slow
def test_hostile_digests_come_out_right(templates: Templates, web: Links) -> None:
    for seed in range(100):
        generated(seed, templates, web)


@pytest.mark.slow
def test_many_hostile_digests_come_out_right(templates: Templates, full: bool) -> None:
    """A thousand, and with `--full` ten thousand, whose one-click address has more than 300 characters."""
    web = Links(
        Signer([b"test key"]), "digest@example.org", "digest+commands@example.org", "", f"https://example.org/{'long/' * 60}"
    )
    assert len(web.of(7, DAY).unsubscribe_page) > 300
    for seed in range(1_000, 11_000 if full else 2_000):
        generated(seed, templates, web)
