"""A digest to print in tests: invented papers with everything that a paper can have."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from digest.mail.links import Links
from digest.mail.message import Letterhead
from digest.mail.render import Rendered, render_digest
from digest.mail.templates import Templates
from digest.model import Counts, Digest, Empty, EmptyReason, Hit, Item, Paper, Section, SectionKind, Subscriber, Trend
from tests.world import paper, subscriber, topic

DAY = date(2026, 3, 24)
NEXT_DAY = date(2026, 3, 25)
AT = datetime(2026, 3, 24, 7, 0, tzinfo=UTC)
POSTAL_ADDRESS = "1 Example Street, Springfield"
LETTERHEAD = Letterhead("digest@example.org", "Paper Digest", "papers.example.org", b"test secret")

SURROGATE = paper(
    "arxiv:2603.00001",
    "Neural operators that keep their energy for ten thousand steps",
    abstract="Simulating turbulence is expensive, and learned surrogates drift after a few hundred steps. We train neural "
    "operators with a physics-informed loss that conserves energy by construction, and show that they stay stable for ten "
    "thousand steps. On three public benchmarks the error is half of that of the strongest neural-operator baseline, at a "
    "hundredth of the cost of the solver.",
    summary="A loss that conserves energy keeps a learned flow solver stable for ten thousand steps.",
    pdf_url="https://arxiv.org/pdf/2603.00001",
    code_url="https://github.com/example/energy",
    discussion_url="https://huggingface.co/papers/2603.00001",
)
FOLLOWED = paper(
    "arxiv:2603.00002",
    "Müller & Søn’s bound is tight: α ≤ ½ for graph matching",
    abstract="We close a gap that was open for six years. The proof is short & needs only <elementary> means.",
    authors=("Zoë Müller", "Ada Lovelace", "Emmy Noether", "Grace Hopper", "Sofia Kovalevskaya", "Anima Anandkumar"),
    pdf_url="https://arxiv.org/pdf/2603.00002",
    categories=("math.CO",),
)
TALKED_ABOUT = paper(
    "arxiv:2603.00003",
    "What makes reasoning models stop?",
    abstract="Long chains of thought cost money. We ask when a model knows that it is done. A probe of one layer "
    "answers most of the time.",
    categories=("cs.CL",),
    code_url="javascript:alert(1)",
    project_url="https://stop.example.org/",
)
SUMMARIES = {
    SURROGATE.id: (SURROGATE.summary, True),
    FOLLOWED.id: ("We close a gap that was open for six years.", False),
    TALKED_ABOUT.id: ("A probe of one layer answers most of the time.", False),
}


def items() -> tuple[Item, ...]:
    return (
        Item(1, FOLLOWED, 9.0, (Hit("author", "Anima Anandkumar", "authors", 5.0), Hit("rest", "", "", 4.0))),
        Item(
            2,
            SURROGATE,
            4.9,
            (
                Hit("keyword", "neural operator", "title", 3.1),
                Hit("keyword", "physics-informed", "abstract", 1.2),
                Hit("related", "turbulence", "abstract", 0.6),
            ),
            Trend(3.2, upvotes=48, gain=12, comments=6, stars=1204, history=(10, 20, 36, 48)),
            "Neural PDE solvers",
            folded=("arxiv:2603.00009",),
        ),
        Item(3, TALKED_ABOUT, 2.0, (Hit("trending", "", "", 2.0),), Trend(2.0, upvotes=112, gain=40, comments=1)),
    )


def digest(**changes: Any) -> Digest:
    """Three papers in three sections, to Alice; say only what matters to the test."""
    followed, surrogate, talked_about = items()
    given: dict[str, Any] = {
        "subscriber": reader(),
        "date": DAY,
        "sections": (
            Section(SectionKind.AUTHOR, "", (followed,)),
            Section(SectionKind.TOPIC, "Neural PDE solvers", (surrogate,)),
            Section(SectionKind.TRENDING, "", (talked_about,)),
        ),
        "counts": Counts(312, 9, 3),
        "silence": "On Saturday and Sunday nothing was announced.",
    }
    return Digest(**(given | changes))


def reader(**changes: Any) -> Subscriber:
    return subscriber(**({"key": 7, "topics": (topic(), topic("Graph matching"))} | changes))


def empty(**changes: Any) -> Digest:
    near = Item(1, SURROGATE, 0.4, (Hit("related", "turbulence", "abstract", 0.4),), None, "Neural PDE solvers")
    told = Empty(EmptyReason.NOTHING_MATCHED, "312 papers were announced; none of them matches your topics well enough.", near)
    return digest(sections=(), empty=told, silence="", **changes)


def one_section(papers: list[Paper], **changes: Any) -> Digest:
    """All papers under one topic, in their order."""
    listed = tuple(
        Item(number, each, 1.0, (Hit("keyword", "neural operator", "title", 1.0),)) for number, each in enumerate(papers, 1)
    )
    return digest(
        sections=(Section(SectionKind.TOPIC, "Neural PDE solvers", listed),),
        counts=Counts(500, len(papers), len(papers)),
        **changes,
    )


def printed(what: Digest, templates: Templates, links: Links, **changes: Any) -> Rendered:
    given: dict[str, Any] = {
        "max_html_bytes": 95_000,
        "next_on": NEXT_DAY,
        "postal_address": POSTAL_ADDRESS,
        "summaries": SUMMARIES,
    }
    return render_digest(what, links=links.of(what.subscriber.key, what.date), templates=templates, **(given | changes))
