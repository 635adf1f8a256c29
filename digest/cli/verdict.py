"""Why a paper is, or is not, in somebody's digest: the very selection of her digest is run again, and asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest import reading, when
from digest.frozen import trend_json
from digest.model import Delivery, DeliveryState, Digest, Item, Paper, SectionKind, Subscriber, Trend
from digest.reading import Past, Scored
from digest.selection.match import Explanation, explain
from digest.selection.trends import trending
from digest.windows import announced_on

#: What a digest that carried the paper means for it, by the state of that digest.
CARRIED = {
    DeliveryState.SENT: "it was sent to her in the digest of {date}",
    DeliveryState.UNCERTAIN: "it is in her digest of {date}, which may or may not have arrived",
    DeliveryState.BOUNCED: "it was in her digest of {date}, which bounced: that does not count as sent",
    DeliveryState.EXPIRED: "it was in her digest of {date}, which came to nothing: that does not count as sent",
    DeliveryState.SKIPPED: "it was in her digest of {date}, which came to nothing: that does not count as sent",
}
ON_ITS_WAY = "it is in her digest of {date}, which is on its way ({state})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say about one paper and one person."""

    subscriber: Subscriber
    paper: Paper
    day: date
    place: str  #: where it stands in the digest, "" = nowhere
    rules: tuple[str, ...]  #: what kept it out, or what there is to know
    explanations: tuple[Explanation, ...]  #: one a topic, the best first
    trend: Trend | None

    def as_row(self) -> dict[str, Any]:
        return {
            "subscriber": self.subscriber.email,
            "paper": self.paper.id,
            "title": self.paper.title,
            "date": self.day.isoformat(),
            "place": self.place or None,
            "rules": list(self.rules),
            "trend": self.trend and trend_json(self.trend),
            "topics": [_topic_row(each) for each in self.explanations],
        }


def judge(subscriber: Subscriber, paper: Paper, day: date, scored: Scored, past: Past, carried: Delivery | None = None) -> Verdict:
    """Where the paper ends in her digest of that day, or what stops it. `carried` is a digest of hers that held it already."""
    case = _Case(subscriber, paper, day, scored, past)
    rules = [CARRIED.get(carried.state, ON_ITS_WAY).format(date=carried.date, state=carried.state)] if carried else []
    if not case.place:
        rules += case.why_not(known_as_sent=bool(rules))
    return Verdict(subscriber, paper, day, case.place, tuple(rules), case.explanations, scored.trends.get(paper.id))


class _Case:
    """One paper before one person's digest."""

    def __init__(self, subscriber: Subscriber, paper: Paper, day: date, scored: Scored, past: Past) -> None:
        self.subscriber, self.paper, self.day, self.scored, self.past = subscriber, paper, day, scored, past
        self.digest: Digest = reading.choose(subscriber, day, scored, past)
        self.candidates = reading.candidates_for(subscriber, day, scored.reading, past)
        self.explanations = tuple(sorted(self._explain(), key=lambda each: -each.score))

    @property
    def place(self) -> str:
        """Its number and heading, "" when it is not shown."""
        for section in self.digest.sections:
            for item in section.items:
                if item.paper.id == self.paper.id:
                    return f"number {item.number}, under {section.title or HEADINGS[section.kind]}"
        return ""

    def why_not(self, *, known_as_sent: bool) -> Iterator[str]:
        """The rules that kept it out, the first that applies first."""
        if self.paper.withdrawn:
            yield "it was withdrawn"
        elif self.paper.first_seen is None:
            yield "it was never announced as new: known as a replacement, or fetched by its id"
        elif self.paper.key in self.past.sent:
            yield from () if known_as_sent else ("it was sent to her before",)
        elif self.paper.id not in self.candidates:
            yield self._outside_the_window()
        else:
            yield self._topics_said()
            yield self._trending_said()

    def _explain(self) -> Iterator[Explanation]:
        liked, learned = self.scored.reading.liked, reading.learned_from(self.subscriber, self.scored)
        for topic in self.subscriber.topics:
            seeds = [liked[name] for name in topic.like if name in liked]
            yield explain(topic, self.paper, self.scored.corpus, liked=seeds, learned=learned)

    def _outside_the_window(self) -> str:
        seen = f"it was first seen on {self.paper.first_seen:%Y-%m-%d at %H:%M} UTC"
        days = when.candidate_window(self.subscriber).days
        if self.past.last is None and self.scored.reading.announced:
            since = self.scored.reading.announced[-1]
            held = f"a first digest holds the last two announcements of the last {days} days, those since {since}"
            return f"{seen} and announced on {announced_on(self.paper)}; {held}"
        return f"{seen}; her digest of {self.day} holds what was first seen in the {days} days before it"

    def _topics_said(self) -> str:
        if twin := self._twin():
            return f"number {twin.number} stands for it: {twin.paper.title} ({twin.paper.id}) says nearly the same"
        met = next((each for each in self.explanations if not each.stopped_by), None)
        if met:
            full = f"{self._instead_of(met)} (max_papers: {self.subscriber.max_papers})"
            return f"it met {met.topic.name} with {met.score:.2f}, but {full}; it keeps its chance while it is in the window"
        nearest = self.explanations[0]
        if nearest.stopped_by in ("excluded term", "category") and nearest.score >= nearest.threshold:
            return f"no topic took it; {nearest.topic.name} would have, but for {ruled_out(nearest)}"
        return f"no topic took it; {nearest.topic.name} came nearest: {ruled_out(nearest)}"

    def _instead_of(self, met: Explanation) -> str:
        """What had the places: better papers, or else others, so that no group, theme or topic fills a mail."""
        kind, title = (SectionKind.AUTHOR, "") if met.followed else (SectionKind.TOPIC, met.topic.name)
        sections = [section for section in self.digest.sections if (section.kind, section.title) == (kind, title)]
        scores = [item.score for section in sections for item in section.items]
        if not scores:
            return "others had all the places"
        if met.score > min(scores):
            return "its group or theme stands there already as often as it may while others wait"
        return f"of its topic the best {len(scores)} had room, the last of them with {min(scores):.2f}"

    def _twin(self) -> Item | None:
        return next((item for item in self.digest.items if self.paper.id in item.folded), None)

    def _trending_said(self) -> str:
        trend = self.scored.trends.get(self.paper.id)
        if not self.subscriber.trending:
            return "it is not among the trending: she takes none (trending: 0)"
        if trend is None:
            return "it is not among the trending: no votes are known of it this week, which is not the same as none"
        if trend.score <= 0:
            return "it is not among the trending: it has no votes yet"
        names = [each.id for each in trending(self._outside_her_topics(), self.scored.trends)]
        if self.paper.id not in names:
            return "it is not among the trending: the paper that stands for it is shown already"
        shown = sum(len(section.items) for section in self.digest.sections if section.kind == SectionKind.TRENDING)
        place = f"it is number {names.index(self.paper.id) + 1} of {len(names)} trending papers that she has not had"
        return f"{place}, and her mail had room for {shown} (trending: {self.subscriber.trending})"

    def _outside_her_topics(self) -> list[Paper]:
        """Candidates that stand nowhere else in the mail, nor behind one that does."""
        sections = [section for section in self.digest.sections if section.kind != SectionKind.TRENDING]
        taken = {name for section in sections for item in section.items for name in (item.paper.id, *item.folded)}
        return [each for each in self.candidates if each.id not in taken]


HEADINGS = {SectionKind.AUTHOR: "authors she follows", SectionKind.TRENDING: "trending"}


def ruled_out(explanation: Explanation) -> str:
    """What stopped a paper from a topic, in words."""
    rule, detail = explanation.stopped_by, explanation.detail
    words = {"excluded term": f"its excluded term {detail!r}", "category": f"its categories (the paper is in {detail})"}
    return words.get(rule) or detail or rule


def _topic_row(explanation: Explanation) -> dict[str, Any]:
    return {
        "topic": explanation.topic.name,
        "score": explanation.score,
        "threshold": explanation.threshold,
        "followed": explanation.followed or None,
        "stopped_by": explanation.stopped_by or None,
        "detail": explanation.detail,
        "why": [
            {"kind": hit.kind, "term": hit.term, "field": hit.field, "contribution": hit.contribution} for hit in explanation.hits
        ],
    }
