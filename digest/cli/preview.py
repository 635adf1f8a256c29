"""`digest preview`: the digest that somebody would get, as files to look at. Changes nothing, sends nothing, needs no settings."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import clock, date_option, now_option, verbose_option

if TYPE_CHECKING:
    from digest.cli.press import Printer
    from digest.cli.scene import Stock
    from digest.model import Digest
    from digest.reading import Past

FORMATS = ("html", "text", "eml", "json")


@click.command(
    name="preview",
    epilog="Examples: digest preview · digest preview alice@example.org · digest preview --topic 'graph neural networks'",
)
@click.argument("who", required=False)
@click.option("--topic", "topics", multiple=True, metavar="TEXT", help="A topic in place of WHO; may be given several times.")
@click.option("--papers", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A paper file instead of the store.")
@click.option("--sample", is_flag=True, help="The packaged sample papers (also used while the store is empty).")
@click.option("--fetch", "ask", is_flag=True, help="Ask the sources now, and keep nothing.")
@click.option("--days", type=click.IntRange(1, 60), help="What the last N days would have brought: counts a day and topic.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("preview"),
    show_default=True,
    help="Folder for the files.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Print that one to stdout and write no file.")
@click.option(
    "--serve",
    "port",
    type=click.IntRange(1, 65535),
    is_flag=False,
    flag_value=8026,
    metavar="[PORT]",
    help="Live preview on this machine (port 8026): shows every change of a template or YAML at once.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the page in a browser.")
@date_option
@now_option
@verbose_option
def command(
    who: str | None,
    topics: tuple[str, ...],
    papers: Path | None,
    sample: bool,
    ask: bool,
    days: int | None,
    out: Path,
    form: str | None,
    port: int | None,
    open_it: bool,
    day: date | None,
    now: datetime | None,
) -> int:
    """The digest that WHO would get: an address, or the path of a subscriber YAML; without WHO, the example."""
    from digest import reading, when
    from digest.cli import house, scene

    if who and topics:
        raise click.UsageError("give WHO or --topic, not both")
    if port and (days or form):
        raise click.UsageError("--serve shows whole digests in a browser; leave out --days and --format")
    if port and topics:
        raise click.UsageError("--serve shows people; give WHO, the path of a subscriber YAML for example")
    given = house.settings()
    if ask and not papers:                 # nobody is in a store that is forgotten afterwards
        asked_for = scene.find_subscriber(given, who, topics, None)[0].topics
        stock = scene.ask_sources(given, clock(now)(), asked_for)
    else:
        stock = scene.find_stock(given, now=clock(now)(), fixed=now is not None, papers=papers, sample=sample)
    with closing(stock):
        if port:
            from digest.cli.serve import run

            return run(given, stock, who, port=port, day=day, opened=open_it)
        subscriber, code = scene.find_subscriber(given, who, topics, stock.store)
        code = max(code, stock.code)
        if days:
            from digest.cli.lookback import show

            show(subscriber, stock, days, house.embedder(given))
            return code
        day = day or when.local_date(stock.now, subscriber.timezone)
        past = past_of(stock, subscriber.key, day)
        scored = reading.score(with_liked(stock, subscriber), subscriber.topics, house.embedder(given))
        chosen = reading.choose(subscriber, day, scored, past)
    files = _files(chosen, house.press(given, checked=True), stock)
    if form:
        click.echo(files[form], nl=False)
        return code
    _write(out, files)
    _summary(chosen, stock, out, files)
    if open_it:
        click.launch(str((out / "digest.html").resolve()))
    return code


def past_of(stock: Stock, subscriber: int, day: date) -> Past:
    """What she had had before `day`, so that a day whose digest is out already is shown as it was; nothing for strangers."""
    from digest.reading import Past, past_of

    if stock.store is None or not subscriber:
        return Past()
    return past_of(stock.store, [subscriber], before=day, rewind=True)[subscriber]


def with_liked(stock: Stock, subscriber: Any) -> Any:
    """The reading with the papers that her topics are to resemble, as far as they are known."""
    from dataclasses import replace

    if stock.store is None:
        return stock.reading
    names = sorted({name for topic in subscriber.topics for name in topic.like})
    return replace(stock.reading, liked={name: found for name in names if (found := stock.store.papers.find(name))})


def _files(digest: Digest, printer: Printer, stock: Stock) -> dict[str, str]:
    """The four forms, by the name that `--format` gives them."""
    import json

    from digest.frozen import public

    rendered = printer.render(digest)
    message = printer.build(digest, rendered, at=stock.now)
    summaries = {name: line for name, (line, _) in printer.summaries(item.paper for item in digest.items).items()}
    as_json = json.dumps(public(digest, subject=rendered.subject, summaries=summaries), ensure_ascii=False, indent=1) + "\n"
    return {"html": rendered.html, "text": rendered.text, "eml": message.data.decode("ascii"), "json": as_json}


def _write(out: Path, files: dict[str, str]) -> None:
    """The four files. Raises ConfigError where they cannot be written."""
    from digest.errors import ConfigError

    try:
        out.mkdir(parents=True, exist_ok=True)
        for form, content in files.items():
            ending = "txt" if form == "text" else form
            (out / f"digest.{ending}").write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        message = f"nothing can be written there ({error.strerror}); name another folder"
        raise ConfigError(message, where=str(out), key="--out") from None


def _summary(digest: Digest, stock: Stock, out: Path, files: dict[str, str]) -> None:
    from digest.cli.output import say
    from digest.silence import in_full

    say(f"{digest.subscriber.email}, {digest.date:%A} {digest.date}, from {stock.origin}")
    if digest.empty and not digest.items:
        say(f"  nothing to send: {in_full(digest.empty)}")
    for section in digest.sections:
        say(f"\n  {section.title or {'author': 'Authors you follow', 'trending': 'Trending'}[section.kind]}")
        for item in section.items:
            votes = f"  ▲ {item.trend.upvotes}" if item.trend and item.trend.upvotes is not None else ""
            say(f"  {item.number:3d}  {item.paper.title}{votes}")
    counts, size = digest.counts, len(files["html"].encode())
    say(f"\n  {counts.shown} shown, {counts.matched} matched, {counts.new} new; HTML {size / 1000:.1f} kB")
    say(f"  written: {', '.join(str(out / name) for name in ('digest.html', 'digest.txt', 'digest.eml', 'digest.json'))}")
