"""Digests a second, from selection to message bytes, beside the plain way: Jinja, then MJML, then EmailMessage, for every mail.

    python benchmarks/rendering.py [--digests N] [--rounds N]

Digests of ten papers out of sixty under twenty topics, so that fragments are shared as in a real pass. Both ways make the same
parts from the same templates; CPU time, medians of several rounds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median
from typing import Any

from mjml import mjml2html

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from digest.mail.catalogue import language  # noqa: E402
from digest.mail.fragments import Fragments  # noqa: E402
from digest.mail.links import Links, PersonalLinks  # noqa: E402
from digest.mail.message import Letterhead, build, message_id  # noqa: E402
from digest.mail.render import Rendered, render_digest  # noqa: E402
from digest.mail.templates import Templates, marked  # noqa: E402
from digest.mail.wording import Length, paper_values  # noqa: E402
from digest.model import Counts, Digest, Hit, Item, Paper, Section, SectionKind, Subscriber, Topic, Trend  # noqa: E402
from digest.tokens import Signer  # noqa: E402

DAY, AT = date(2026, 3, 24), datetime(2026, 3, 24, 9, tzinfo=UTC)
TOPICS, PAPERS, PER_DIGEST = 20, 60, 10
SENTENCE = "We train neural operators on a hundred thousand simulated flows, and measure where they drift away from the solver. "
LETTERHEAD = Letterhead("digest@example.org", "Paper Digest", "papers.example.org", b"benchmark")
COMMANDS, BOUNCES = "digest+commands@example.org", "digest+bounce@example.org"
LINKS = Links(Signer([b"benchmark"]), "digest@example.org", COMMANDS, BOUNCES, "https://digest.example.org")


def papers() -> list[Paper]:
    return [
        Paper(
            id=f"arxiv:2603.{n:05d}",
            title=f"Neural operators for turbulent flow, with a longer title as papers have them, part {n}",
            abstract=f"Study number {n}. " + SENTENCE * 9,
            authors=("Ada Lovelace", "Emmy Noether", "Grace Hopper", "Sofia Kovalevskaya", "Zoë Müller"),
            categories=("cs.LG", "math.NA"),
            published=AT,
            url=f"https://arxiv.org/abs/2603.{n:05d}",
            pdf_url=f"https://arxiv.org/pdf/2603.{n:05d}",
            code_url=f"https://github.com/example/flow{n}",
            discussion_url=f"https://huggingface.co/papers/2603.{n:05d}",
            summary=f"One sentence that says in the words of a source what study {n} found and why it matters.",
        )
        for n in range(1, PAPERS + 1)
    ]


def digests(count: int) -> list[Digest]:
    """Every digest different: ten of the papers from some place on, under one of the topics."""
    known = papers()
    topics = [Topic(f"Topic number {n}", ("neural operator",)) for n in range(TOPICS)]
    return [_digest(key, known, topics[key % TOPICS]) for key in range(1, count + 1)]


def _digest(key: int, known: Sequence[Paper], topic: Topic) -> Digest:
    chosen = [known[(key * 7 + place * (1 + key % 5)) % PAPERS] for place in range(PER_DIGEST)]
    why = (Hit("keyword", "neural operator", "title", 3.0), Hit("text", topic.name, "abstract", 0.5))
    trend = Trend(3.0, upvotes=48, gain=12, comments=6, stars=1204, history=(10, 20, 36, 48))
    items = tuple(Item(number, paper, 1.0, why, trend, topic.name) for number, paper in enumerate(chosen, 1))
    person = Subscriber(f"reader{key}@example.org", (topic,), name=f"Reader {key}", key=key)
    return Digest(person, DAY, (Section(SectionKind.TOPIC, topic.name, items),), Counts(312, 40, PER_DIGEST))


# --- Our way -------------------------------------------------------------------------------------------------------------


class Ours:
    """One pass: templates compiled, fragments shared."""

    def __init__(self) -> None:
        self.templates, self.fragments = Templates([ROOT / "templates"]), Fragments()

    def rendered(self, digest: Digest, links: PersonalLinks) -> Rendered:
        return render_digest(
            digest, links=links, templates=self.templates, max_html_bytes=95_000, next_on=DAY, postal_address="1 Example Street",
            summaries={}, fragments=self.fragments,
        )  # fmt: skip

    def __call__(self, digest: Digest) -> bytes:
        links = LINKS.of(digest.subscriber.key, digest.date)
        identifier = message_id(digest.subscriber.key, DAY, b"benchmark", "example.org")
        return build(
            self.rendered(digest, links), letterhead=LETTERHEAD, links=links, recipient=digest.subscriber.email,
            name=digest.subscriber.name, identifier=identifier, at=AT,
        ).data  # fmt: skip


# --- The plain way -------------------------------------------------------------------------------------------------------


class Plain:
    """Jinja writes MJML, MJML becomes HTML, EmailMessage becomes bytes: all of it for every mail."""

    def __init__(self) -> None:
        self.templates = Templates([ROOT / "templates"])
        source = (ROOT / "templates" / "digest.mjml").read_text()
        for name in ("head", "top", "footer"):
            partial = (ROOT / f"templates/partials/{name}.mjml").read_text()
            source = source.replace(f'<mj-include path="partials/{name}.mjml" />', partial)
        self.page = self.templates._html.from_string(source)  # noqa: SLF001 - the same environment, without the compiler

    def __call__(self, digest: Digest) -> bytes:
        links = LINKS.of(digest.subscriber.key, digest.date)
        words = language("en")
        subject = f"Tue 24 Mar: {digest.items[0].paper.title} + 9 more"
        common = {
            "site": "Paper Digest", "lang": "en", "direction": "ltr", "say": words.say, "links": links, "omitted": "",
            "postal_address": "1 Example Street", "silence": "", "notes": [], "because": "You get this mail because …",
            "next": "Your next digest comes on Tuesday, 24 March.", "date": words.date_in_full(digest.date),
            "compact": False, "lead": "10 of 312 new papers", "subject": subject, "preheader": subject,
        }  # fmt: skip
        html, text = ([self.paper(item, links, words, ending) for item in digest.items] for ending in ("html", "txt"))
        section = {"title": digest.sections[0].title, "note": "", "kind": "topic"}
        message = EmailMessage(policy=SMTP.clone(max_line_length=998))
        message["From"], message["To"], message["Subject"] = "Paper Digest <digest@example.org>", digest.subscriber.email, subject
        message["List-Unsubscribe"] = f"<{links.unsubscribe_page}>, <{links.unsubscribe_mail}>"
        message["Reply-To"], message["Message-ID"] = links.reply_to, f"<{digest.subscriber.key}@example.org>"
        plain = self.templates.render("digest.txt", common | {"sections": [section | {"items": text}]})
        message.set_content(plain, cte="quoted-printable")
        mjml = self.page.render(common | {"sections": [section | {"items": html}]})
        message.add_alternative(mjml2html(mjml, disable_comments=True, fonts={}), "html", cte="quoted-printable")
        return message.as_bytes()

    def paper(self, item: Item, links: PersonalLinks, words: Any, ending: str) -> str:
        values = paper_values(item, (item.paper.summary, True), Length.LONG, words)
        values |= {name: marked(str(value)) for name, value in values.items() if name.endswith("_html")}
        values |= {"say": words.say, "compact": False, "by_mail": False, "number": item.number}
        values |= {"more": links.more(item.number), "less": links.less(item.number)}
        return marked(self.templates.render(f"partials/paper.{ending}", values))


def seconds(make: Callable[[Digest], bytes], given: Sequence[Digest]) -> tuple[float, int]:
    """Time for all of them, and the size of the last."""
    start = time.process_time()
    for digest in given:
        size = len(make(digest))
    return time.process_time() - start, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--digests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    everyone = digests(given.digests)
    few = everyone[: max(20, given.digests // 20)]
    ours, plain = [], []
    for _ in range(given.rounds):
        spent, size = seconds(Ours(), everyone)   # every round is a new pass with an empty cache
        ours.append(len(everyone) / spent)
        spent, plain_size = seconds(Plain(), few)
        plain.append(len(few) / spent)
    print(f"plain: Jinja, MJML, EmailMessage   {median(plain):8.0f} digests/s   {plain_size / 1000:.1f} kB each")
    print(f"ours:  fragments, joined           {median(ours):8.0f} digests/s   {size / 1000:.1f} kB each")
    print(f"ratio                              {median(ours) / median(plain):8.1f}")


if __name__ == "__main__":
    main()
