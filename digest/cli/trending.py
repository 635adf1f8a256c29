"""`digest trending`: what everybody talks about, with every part of the score."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import click

from digest.cli.options import clock, date_option, json_option, now_option, verbose_option


@click.command(name="trending", epilog="Example: digest trending --limit 10")
@date_option
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many papers at most.")
@json_option
@now_option
@verbose_option
def command(day: date | None, limit: int, as_json: bool, now: datetime | None) -> int:
    """The trending papers of the last seven days at that moment, best first, with every part of their score."""
    from digest import reading
    from digest.cli.house import look_into_store, settings
    from digest.cli.output import say_json
    from digest.frozen import trend_json
    from digest.selection.trends import trending, trends

    moment = as_of(day, clock(now)())
    with look_into_store(settings()) as store:
        known = reading.read(store, now=moment)
    scores = trends(known.papers, known.sightings, moment)
    best = trending(known.papers, scores)[:limit]
    if as_json:
        say_json([{"id": paper.id, "title": paper.title, "url": paper.url, **trend_json(scores[paper.id])} for paper in best])
        return 0
    _print([(paper, scores[paper.id]) for paper in best], moment)
    return 0


def as_of(day: date | None, now: datetime) -> datetime:
    """The last moment of a past day that `--now` knows about; `--now` itself for today or without a day."""
    if day is None:
        return now
    return min(now, datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(seconds=1))


def _print(rows: list, moment: datetime) -> None:  # type: ignore[type-arg]
    from digest.cli.output import print_table, say, table

    if not rows:
        say(f"No paper with votes in the seven days before {moment:%Y-%m-%d %H:%M} UTC. `digest fetch` reads the lists again.")
        return
    figures = ("", "score", "▲", "gain", "comments", "★", "age")
    shown = table(*figures, "paper", right=figures, wrap=("paper",))
    for place, (paper, trend) in enumerate(rows, 1):
        shown.add_row(
            str(place),
            f"{trend.score:.2f}",
            _figure(trend.upvotes),
            _figure(trend.gain, "+"),
            _figure(trend.comments),
            _figure(trend.stars),
            f"{trend.age_days:.1f} d",
            f"{paper.title}  {paper.id}",
        )
    print_table(shown)


def _figure(value: int | None, sign: str = "") -> str:
    """A figure; unknown is a dot, not a zero."""
    return "·" if value is None else f"{value:{sign}d}"
