"""`digest explain`: why a paper is, or is not, in somebody's digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, date_option, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.model import Paper, Subscriber
    from digest.reading import Past, Scored
    from digest.selection.match import Explanation


@click.command(name="explain", epilog="Example: digest explain alice@example.org 2603.22288")
@click.argument("address")
@click.argument("paper", metavar="PAPER")
@date_option
@json_option
@now_option
@verbose_option
def command(address: str, paper: str, day: date | None, as_json: bool, now: datetime | None) -> int:
    """Why PAPER (an id, a DOI or a link) is, or is not, in that person's digest: every contribution, the threshold, the rule."""
    from digest import reading, when
    from digest.cli import house, scene
    from digest.cli.output import say_json
    from digest.errors import ConfigError

    given = house.settings()
    moment = clock(now)()
    with house.open_store(given) as store:
        subscriber = scene.find_subscriber(given, address, (), store)
        found = store.papers.find(_name(paper))
        if found is None:
            raise ConfigError(f"no paper {paper!r} in the store; `digest fetch --since DATE` reads further back", key="PAPER")
        day = day or when.local_date(moment, subscriber.timezone)
        known = reading.read(store, now=moment, topics=subscriber.topics)
        past = reading.past_of(store, [subscriber.key], before=day).get(subscriber.key, reading.Past())
        mail = store.histories.carried(subscriber.key, found.key) if subscriber.key else None
    verdict = judge(subscriber, found, day, reading.score(known, subscriber.topics), past)
    if mail:
        verdict.rules.insert(0, f"sent to her in the digest of {mail.date} ({mail.state})")
    if as_json:
        say_json(verdict.as_row())
    else:
        _print(verdict)
    return 0


def _name(paper: str) -> str:
    from digest import identity

    return identity.name(paper) or paper


@dataclass(slots=True)
class Verdict:
    """What there is to say about one paper and one person."""

    subscriber: Subscriber
    paper: Paper
    day: date
    place: str  #: where it stands in the digest, "" = nowhere
    rules: list[str]  #: what kept it out, or what there is to know
    explanations: list[Explanation]
    trend: Any

    def as_row(self) -> dict[str, Any]:
        from digest.frozen import trend_json

        return {
            "subscriber": self.subscriber.email,
            "paper": self.paper.id,
            "title": self.paper.title,
            "date": self.day.isoformat(),
            "place": self.place or None,
            "rules": self.rules,
            "trend": self.trend and trend_json(self.trend),
            "topics": [
                {
                    "topic": each.topic.name,
                    "score": each.score,
                    "threshold": each.threshold,
                    "followed": each.followed or None,
                    "stopped_by": each.stopped_by or None,
                    "detail": each.detail,
                    "why": [
                        {"kind": hit.kind, "term": hit.term, "field": hit.field, "contribution": hit.contribution}
                        for hit in each.hits
                    ],
                }
                for each in self.explanations
            ],
        }


def judge(subscriber: Subscriber, paper: Paper, day: date, scored: Scored, past: Past) -> Verdict:
    """Run the very selection of her digest, and say where the paper ended or what stopped it."""
    from digest import reading
    from digest.selection.match import explain

    digest = reading.choose(subscriber, day, scored, past)
    candidate = any(each.key == paper.key for each in reading.candidates_for(subscriber, day, scored.reading, past))
    placed = [(section, item) for section in digest.sections for item in section.items if item.paper.key == paper.key]
    liked = {
        topic: [scored.reading.liked[name] for name in topic.like if name in scored.reading.liked] for topic in subscriber.topics
    }
    explanations = [explain(topic, paper, scored.corpus, liked=liked[topic]) for topic in subscriber.topics]
    return Verdict(
        subscriber,
        paper,
        day,
        place=" ".join(f"number {item.number}, under {section.title or section.kind}" for section, item in placed),
        rules=[] if placed else list(_rules(paper, candidate, past, explanations, subscriber)),
        explanations=sorted(explanations, key=lambda each: -each.score),
        trend=scored.trends.get(paper.id),
    )


def _rules(paper: Paper, candidate: bool, past: Past, explanations: list[Explanation], subscriber: Subscriber) -> Any:
    """The rules that kept it out, the first that applies first."""
    if paper.withdrawn:
        yield "it was withdrawn"
    if paper.first_seen is None:
        yield "it was never announced as new: known as a replacement, or fetched by its id"
    elif paper.key in past.sent:
        yield "it was sent to her before"
    elif not candidate:
        yield f"first seen {paper.first_seen:%Y-%m-%d %H:%M} UTC, which is outside her window"
    if any(not each.stopped_by for each in explanations):
        yield f"it met a topic, but better ones filled her max_papers: {subscriber.max_papers}; it keeps its chance tomorrow"


def _print(verdict: Verdict) -> None:
    from digest.cli.output import say

    say(f"{verdict.paper.title}  ({verdict.paper.id})")
    say(f"{verdict.subscriber.email}, {verdict.day}: {verdict.place or 'not shown'}")
    for rule in verdict.rules:
        say(f"  {rule}")
    if verdict.trend:
        parts = ", ".join(f"{name} {value:g}" for name, value in verdict.trend.parts)
        say(f"  trending score {verdict.trend.score:.3f} ({parts})")
    else:
        say("  no popularity signal")
    for each in verdict.explanations:
        say(
            f"\n{each.topic.name}: {each.score:.3f}, needs {each.threshold:.3f}"
            + (f"; follows {each.followed}" if each.followed else "")
        )
        if each.stopped_by:
            say(f"  stopped by {each.stopped_by}" + (f": {each.detail}" if each.detail else ""))
        for hit in each.hits:
            say(f"  {hit.contribution:+8.3f}  {hit.kind:8} {hit.term}" + (f"  ({hit.field})" if hit.field else ""))
