"""A digest as subject, text and HTML.

Both parts list the same papers in the same order. The HTML never grows above its budget: first abstracts shorten, then papers stand
back behind "and N more", the last ones first; the footer always survives. Nothing is random: the same digest is the same mail, byte
for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from typing import Any

from digest.errors import RenderError
from digest.mail import frames, quoted_printable
from digest.mail.catalogue import Language, language
from digest.mail.fragments import NUMBER, VOTE, Fragments, Part, Printed, Sheet, clear, octets
from digest.mail.links import PersonalLinks
from digest.mail.templates import Templates, marked
from digest.mail.wording import Length, paper_values
from digest.model import Digest, Item, Layout, Remark, Section, SectionKind
from digest.text import one_line, shorten

TITLE_IN_SUBJECT = 80                      #: characters; phones show about 40, desktops about 80
PREHEADER = 130                            #: characters that mail programs show behind the subject; less lets the body leak in

#: Values that many mails have in common, and that templates may ask more of than to be printed.
_SHARED = frozenset({"site", "lang", "direction", "say", "postal_address", "compact"})
#: What our subjects are made of; one that is made of more is rendered in full.
_OF_SUBJECTS = ("lang", "day", "top_title", "more_count")
_PLACE = re.compile("\x00item(\\d+)\x00")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail, ready for its headers: its parts are encoded for the line, and in clear for whoever asks."""

    subject: str
    text_part: Part = field(repr=False)
    html_part: Part = field(repr=False)
    preheader: str = ""
    shown: tuple[str, ...] = ()            #: names of the papers in it, in order
    failed: tuple[RenderError, ...] = ()   #: papers that could not be printed and were left out, with the reason

    @property
    def text(self) -> str:
        return clear(self.text_part)

    @property
    def html(self) -> str:
        return clear(self.html_part)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How much of a digest is shown: so many papers, with so much of their abstracts."""

    items: tuple[Item, ...]
    length: Length
    omitted: int = 0                       #: papers that found no room


def render_digest(
    digest: Digest,
    *,
    links: PersonalLinks,
    templates: Templates,
    max_html_bytes: int,
    next_on: date | None,
    postal_address: str,
    summaries: Mapping[str, tuple[str, bool]],
    fragments: Fragments | None = None,
    site: str = "Paper Digest",
) -> Rendered:
    """The mail of one digest, empty ones included.

    `summaries` gives for the name of a paper its one line, and whether it is the source's own. `fragments` is shared by all mails
    of a pass. Raises RenderError when a template fails.
    """
    words, vote = language(digest.subscriber.language), quoted_printable.encode(links.vote)
    desk = _Desk(digest, links, templates, summaries, fragments or Fragments(), words, vote)
    common = desk.common(site=site, next_on=next_on, postal_address=postal_address)
    return desk.digest(common, max_html_bytes) if digest.items or not digest.empty else desk.empty(common)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything at hand for one mail."""

    to: Digest
    links: PersonalLinks
    templates: Templates
    summaries: Mapping[str, tuple[str, bool]]
    fragments: Fragments
    words: Language
    vote: bytes                            #: what all her votes begin with, encoded
    looked_up: dict[tuple[int, Length], tuple[Printed, Printed]] = field(default_factory=dict)

    def digest(self, common: dict[str, Any], max_html_bytes: int) -> Rendered:
        items, failed = self._printable()
        plan = _Plan(items, self._longest)
        while True:
            values = self._with_subject("digest", common | self._digest_values(plan))
            told = _told(values)
            html = self._sheet("digest.mjml", told, plan, part=0)
            over = 0 if html.fits(max_html_bytes) else len(html.text().encode()) - max_html_bytes
            smaller = self._smaller(plan, over) if over > 0 else None
            if smaller is None:
                return self._rendered("digest", told, plan, html, failed)
            plan = smaller

    def _printable(self) -> tuple[tuple[Item, ...], tuple[RenderError, ...]]:
        """All papers that can be printed: one bad paper never loses the mail. When none can, it is the template: RenderError."""
        items, failed = [], []
        for item in self.to.items:
            try:
                self._printed(item, self._longest)
                items.append(item)
            except RenderError as error:
                failed.append(RenderError(error.template, f"{item.paper.id}: {error.message}", line=error.line))
        if failed and not items:
            raise failed[0]
        return tuple(items), tuple(failed)

    @property
    def _longest(self) -> Length:
        return Length.NONE if self.to.subscriber.layout == Layout.COMPACT else Length.LONG

    def empty(self, common: dict[str, Any]) -> Rendered:
        empty = self.to.empty
        assert empty  # noqa: S101 - the caller asked
        plan = _Plan((empty.near_miss,) if empty.near_miss else (), Length.SHORT)
        known = isinstance(empty.text, Remark) or (self.words.code == "en" and empty.text)
        reason = one_line(self.words.remark(empty.text)) if known else self.words.say(f"empty.{empty.reason}")
        near_miss = _place(empty.near_miss) if empty.near_miss else ""
        own = {"reason": reason, "near_miss": near_miss, "preheader": shorten(reason, PREHEADER)}
        values = self._with_subject("empty", common | own)
        told = _told(values)
        return self._rendered("empty", told, plan, self._sheet("empty.mjml", told, plan, part=0))

    def common(self, *, site: str, next_on: date | None, postal_address: str) -> dict[str, Any]:
        """What every mail to her has: words, links, footer."""
        her = self.to.subscriber
        return {
            "site": one_line(site),
            "lang": self.words.code,
            "direction": self.words.direction,
            "say": self.words.say,
            "links": self.links,
            "postal_address": one_line(postal_address),
            "date": self.words.date_in_full(self.to.date),
            "silence": one_line(self.words.remark(self.to.silence)),
            "notes": [one_line(self.words.remark(note)) for note in self.to.notes],
            "because": self._because(),
            "next": self.words.say("footer.next", date=self.words.date_of_day(next_on)) if next_on else "",
            "compact": her.layout == Layout.COMPACT,
            "day": self.words.date_in_short(self.to.date),
        }

    def _because(self) -> str:
        names = [one_line(topic.name) for topic in self.to.subscriber.topics]
        topics = [self.words.quoted(name) for name in names if name]
        if not topics:
            return self.words.say("footer.why_plain", email=self.to.subscriber.email)
        return self.words.say("footer.why", email=self.to.subscriber.email, topics=self.words.listed(topics))

    def _digest_values(self, plan: _Plan) -> dict[str, Any]:
        lead = self._lead(plan)
        titles = "; ".join(one_line(item.paper.title) for item in plan.items[1:4])
        return {
            "lead": lead,
            "top_title": shorten(one_line(plan.items[0].paper.title), TITLE_IN_SUBJECT) if plan.items else "",
            "more_count": len(plan.items) - 1,
            "preheader": shorten(self.words.say("digest.preheader", lead=lead, titles=titles).strip(), PREHEADER),
            "sections": list(self._sections(plan)),
            "omitted": self.words.say("digest.omitted", n=plan.omitted) if plan.omitted else "",
        }

    def _lead(self, plan: _Plan) -> str:
        """`7 of 312 new papers, 2 trending`."""
        shown, new = len(plan.items), self.to.counts.new
        first = self.words.say("digest.lead", shown=shown, n=new) if new >= shown else self.words.say("digest.lead_bare", n=shown)
        kept = {item.number for item in plan.items}
        talked_about = [section for section in self.to.sections if section.kind == SectionKind.TRENDING]
        trending = sum(item.number in kept for section in talked_about for item in section.items)
        return f"{first}, {self.words.say('digest.lead_trending', n=trending)}" if trending else first

    def _sections(self, plan: _Plan) -> Iterator[dict[str, Any]]:
        kept = {item.number for item in plan.items}
        for section in self.to.sections:
            items = [_place(item) for item in section.items if item.number in kept]
            if items:
                yield {"kind": section.kind, "title": self._heading(section), "note": self._note(section), "items": items}

    def _heading(self, section: Section) -> str:
        return one_line(section.title) or self.words.say(f"section.{section.kind}")

    def _note(self, section: Section) -> str:
        return self.words.say("section.trending_note") if section.kind == SectionKind.TRENDING else ""

    def _smaller(self, plan: _Plan, over: int) -> _Plan | None:
        """The next smaller plan when this one is `over` so many bytes, None when nothing is left to take away."""
        shorter = [length for length in Length if length < plan.length]
        if shorter:
            return _Plan(plan.items, max(shorter))
        keep = list(plan.items)
        while keep and over > 0:
            over -= octets(self._printed(keep.pop(), plan.length)[0])
        dropped = len(plan.items) - len(keep)
        return _Plan(tuple(keep), plan.length, plan.omitted + dropped) if dropped else None

    # --- From templates to parts -----------------------------------------------------------------------------------------

    def _rendered(
        self, name: str, told: frames.Told, plan: _Plan, html: Sheet, failed: tuple[RenderError, ...] = ()
    ) -> Rendered:
        text = self._sheet(f"{name}.txt", told, plan, part=1)
        sent = {item.paper.id for item in self.to.items}   # a near miss is not
        return Rendered(
            subject=told.own["subject"],
            text_part=text.part(),
            html_part=html.part(),
            preheader=told.own["preheader"],
            shown=tuple(item.paper.id for item in plan.items if item.paper.id in sent),
            failed=failed,
        )

    def _with_subject(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        few = {place: values[place] for place in _OF_SUBJECTS if place in values}
        subject = self.fragments.subject((name, *few.values()), lambda: self._subject_of(name, few))
        return values | {"subject": subject or self._subject(name, values)}

    def _subject_of(self, name: str, few: dict[str, Any]) -> str:
        """The subject that many mails have in common, "" for a template that asks for more."""
        try:
            return self._subject(name, few)
        except RenderError:
            return ""

    def _subject(self, name: str, values: dict[str, Any]) -> str:
        return one_line(self.templates.render(f"{name}.subject.txt", values | {"say": self.words.say}))

    def _sheet(self, name: str, told: frames.Told, plan: _Plan, *, part: int) -> Sheet:
        """A template with its papers in their places; `part` is 0 for HTML, 1 for text."""
        sheet, items = Sheet(self.fragments), {item.number: item for item in plan.items}

        def put(number: int) -> None:
            sheet.add_paper(self._printed(items[number], plan.length)[part], _numeral(number), self.vote)

        if not frames.fill(sheet, self.templates, name, told, put):
            self._in_full(name, told.values, sheet, put)
        return sheet

    def _in_full(self, name: str, values: dict[str, Any], sheet: Sheet, put: Callable[[int], None]) -> None:
        """The same without a frame."""
        for place, piece in enumerate(_PLACE.split(self.templates.render(name, values))):
            if place % 2:
                put(int(piece))
            elif piece:
                sheet.add(piece)

    def _printed(self, item: Item, length: Length) -> tuple[Printed, Printed]:
        """HTML and text of a paper, looked up once in a mail."""
        place = item.number, length
        if place not in self.looked_up:
            self.looked_up[place] = self._shared(item, length)
        return self.looked_up[place]

    def _shared(self, item: Item, length: Length) -> tuple[Printed, Printed]:
        paper = item.paper
        summary = self.summaries.get(paper.id, (paper.summary, True))
        layout = self.to.subscriber.layout
        wording = (summary, length, layout, self.words.code, self.links.by_mail)
        key = (paper.id, paper.title, paper.version, item.why, item.trend, item.folded, wording)
        return self.fragments.printed(key, partial(self._made, item, summary, length, layout))

    def _made(self, item: Item, summary: tuple[str, bool], length: Length, layout: Layout) -> tuple[str, str]:
        try:
            values = paper_values(item, summary, length, self.words)
        except Exception as error:
            raise RenderError("partials/paper.html", f"{type(error).__name__}: {error}") from error
        values |= {"say": self.words.say, "compact": layout == Layout.COMPACT, "by_mail": self.links.by_mail}
        gaps = {"number": NUMBER} | {word: f"{VOTE}{self.links.vote_word(word)}{NUMBER}" for word in ("more", "less")}
        trusted = {name: marked(str(value)) for name, value in values.items() if name.endswith("_html")}
        html = self.templates.render("partials/paper.html", values | trusted | {name: marked(gap) for name, gap in gaps.items()})
        return html, self.templates.render("partials/paper.txt", values | gaps)


def _told(values: Mapping[str, Any]) -> frames.Told:
    shared = {place: value for place, value in values.items() if place in _SHARED}
    return frames.Told(shared, {place: value for place, value in values.items() if place not in _SHARED})


def _place(item: Item) -> Any:
    """What stands in the page until the paper is put there."""
    return marked(f"\x00item{item.number}\x00")


@lru_cache(maxsize=1000)
def _numeral(number: int) -> bytes:
    return str(number).encode()
