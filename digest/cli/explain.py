"""`digest explain`: why a paper is, or is not, in somebody's digest."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from digest.cli.options import clock, date_option, json_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.cli.verdict import Verdict
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
    from digest import identity, reading, when
    from digest.cli import house, scene
    from digest.cli.output import say_json
    from digest.cli.verdict import judge
    from digest.errors import ConfigError, quoted

    given = house.settings()
    moment = clock(now)()
    with house.look_into_store(given) as store:
        subscriber, code = scene.find_subscriber(given, address, (), store)
        found = store.papers.find(identity.name(paper) or paper)
        if found is None:
            advice = "write an arXiv id, a DOI or a link, or read further back with `digest fetch --since DATE`"
            raise ConfigError(f"no paper {quoted(paper)} in the store; {advice}", key="PAPER")
        day = day or when.local_date(moment, subscriber.timezone)
        known = reading.read(store, now=moment, topics=subscriber.topics)
        past = reading.past_of(store, [subscriber.key], before=day, rewind=True)[subscriber.key]
        carried = store.histories.carried(subscriber.key, found.key) if subscriber.key else None
    verdict = judge(subscriber, found, day, reading.score(known, subscriber.topics, house.embedder(given)), past, carried)
    if as_json:
        say_json(verdict.as_row())
    else:
        _print(verdict)
    return code


def _print(verdict: Verdict) -> None:
    from digest.cli.output import say

    say(f"{verdict.paper.title}  ({verdict.paper.id})")
    say(f"{verdict.subscriber.email}, {verdict.day}: {verdict.place or 'not shown'}")
    for rule in verdict.rules:
        say(f"  {rule}")
    if verdict.trend:
        parts = ", ".join(f"{name} {value:.3g}" for name, value in verdict.trend.parts)
        say(f"  trending score {verdict.trend.score:.2f} ({parts})")
    else:
        say("  no popularity signal")
    for each in verdict.explanations:
        _print_topic(each)


def _print_topic(explanation: Explanation) -> None:
    """One topic: its score as the sum of what is shown, the largest first."""
    from digest.cli.output import say
    from digest.cli.verdict import ruled_out

    followed = f"; follows {explanation.followed}" if explanation.followed else ""
    say(f"\n{explanation.topic.name}: {explanation.score:.3f}, needs {explanation.threshold:.3f}{followed}")
    if explanation.stopped_by:
        say(f"  stopped by {explanation.stopped_by}: {ruled_out(explanation)}")
    for hit in explanation.hits:
        where = f"  ({hit.field})" if hit.field else ""
        say(f"  {hit.contribution:+8.3f}  {hit.kind:8} {hit.term}{where}".rstrip())
