"""`digest init`: a few questions, and then `.env` with a fresh secret and the file of a first subscriber. Overwrites nothing."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.cli.options import verbose_option

if TYPE_CHECKING:
    from digest.model import Subscriber
    from digest.settings import Settings
    from digest.values import Address

ENV = Path(".env")
#: What `--yes` takes where nothing else is said.
SENDER = "Paper Digest <digest@example.org>"
SMTP = "smtp://127.0.0.1:25"
TOPICS = "diffusion models, language model agents"
LONGEST_TOPIC = 200


@click.command(name="init", epilog='Example: digest init --yes --subscriber alice@example.org --topic "neural operators"')
@click.option("--from", "sender", metavar="ADDRESS", help="Who the mails come from.")
@click.option("--smtp", metavar="URL", help="The mail server that takes them.")
@click.option("--leave", metavar="ADDRESS|URL", help="How people leave: an address for mail commands, or where the pages stand.")
@click.option("--timezone", metavar="ZONE", help="An IANA name like Europe/Berlin.")
@click.option("--subscriber", metavar="ADDRESS", help="The first subscriber.")
@click.option("--topic", "topics", multiple=True, metavar="TEXT", help="What she wants to read about; may be given several times.")
@click.option("--yes", is_flag=True, help="Ask nothing: take what is given here, and the defaults for the rest.")
@verbose_option
def command(
    sender: str | None,
    smtp: str | None,
    leave: str | None,
    timezone: str | None,
    subscriber: str | None,
    topics: tuple[str, ...],
    yes: bool,
) -> int:
    """Ask a few questions, then write .env and the file of a first subscriber. A file that is there already stays as it is."""
    from digest.cli.output import say
    from digest.errors import ConfigError

    ask = Questions(yes)
    try:
        written = [*settings_of(ask, sender, smtp, leave, timezone), *first_subscriber(ask, subscriber, topics)]
    except click.Abort:
        if sys.stdin.isatty():
            raise
        message = "the answers ended before the questions did; `digest init --yes` takes the defaults"
        raise ConfigError(message, where="standard input") from None
    if not written:
        raise ConfigError("both files are there already, so nothing was written; change them in an editor", where=str(ENV))
    hers = next((f" {path}" for path in written if path.suffix == ".yaml"), "")
    say(f"\nNext: `digest check --smtp` looks at everything, `digest preview{hers}` shows a digest, `digest send` sends it.")
    return 0


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks on the terminal, unless the answer was given on the command line, or `--yes` takes the default."""

    yes: bool

    def __call__(self, question: str, given: str | None, default: str, check: Callable[[str], Any], *, key: str) -> str:
        """An answer that `check` takes; a wrong one is asked for again. Raises ConfigError when nobody can be asked."""
        from digest.cli.output import tell
        from digest.errors import ConfigError

        while True:
            asked = given is None and not self.yes
            answer = given if given is not None else click.prompt(question, default=default, err=True) if asked else default
            try:
                check(answer.strip())
            except ValueError as error:
                if not asked:
                    raise ConfigError(str(error), key=key) from error
                tell(f"error: {error}")
            else:
                return answer.strip()

    def agrees(self, question: str) -> bool:
        return self.yes or click.confirm(question, default=False, err=True)


# --- .env ----------------------------------------------------------------------------------------------------------------


def settings_of(ask: Questions, sender: str | None, smtp: str | None, leave: str | None, timezone: str | None) -> list[Path]:
    """Ask for what `.env` needs, and write it; nothing where it stands already."""
    from digest import values
    from digest.cli.output import say, tell
    from digest.settings import Settings, fresh_secret

    if ENV.exists():
        tell(f"{ENV} is there already and stays as it is")
        return []
    said = {"DIGEST_FROM": ask("Who do the mails come from?", sender, SENDER, values.address, key="--from")}
    said["DIGEST_SMTP_URL"] = working_server(ask, smtp)
    ours = values.address(said["DIGEST_FROM"])
    way_out = ask(
        "How can people leave? An address where mail commands arrive, or the URL of the web pages",
        leave,
        f"{ours.local}+commands@{ours.domain}",
        lambda text: values.base_url(text) if _is_url(text) else values.token_address(text),
        key="--leave",
    )
    said["DIGEST_BASE_URL" if _is_url(way_out) else "DIGEST_COMMAND_ADDRESS"] = way_out
    said["DIGEST_TIMEZONE"] = ask("Which time zone?", timezone, own_zone(), values.zone_name, key="--timezone")
    said["DIGEST_SECRET_KEY"] = fresh_secret()
    Settings.load(said, env_file=None)
    create(ENV, filled_in(said), mode=0o600)
    say(f"wrote {ENV}: every setting with a comment, a fresh secret, readable for you only")
    return [ENV]


def working_server(ask: Questions, given: str | None) -> str:
    """The URL of a mail server, tried out where somebody is there to hear how it went."""
    from digest import values

    while True:
        url = ask("Which mail server takes them? smtp://user:password@host:587", given, SMTP, values.smtp, key="--smtp")
        if ask.yes or _answers(url) or given is not None or ask.agrees("Keep it all the same?"):
            return url


def _answers(url: str) -> bool:
    import asyncio

    from digest import values
    from digest.cli.house import line_to
    from digest.cli.output import tell
    from digest.errors import DigestError
    from digest.mail.smtp import Timeouts, verify

    try:
        tell(f"ok: {asyncio.run(verify(line_to(values.smtp(url)), timeouts=Timeouts(connect=10, command=10)))}")
    except DigestError as error:
        tell(f"it does not work yet: {error}")
        return False
    return True


def filled_in(said: dict[str, str]) -> str:
    """`.env.example` with these values in place of its own."""
    from digest.cli.files import packaged

    example = next(path for name in ("env.example", ".env.example") if (path := packaged(name)).exists())
    lines = example.read_text(encoding="utf-8").splitlines()
    named = ((line.partition("=")[0], line) for line in lines)
    return "\n".join(f"{name}={quoted_value(said[name])}" if name in said else line for name, line in named) + "\n"


def quoted_value(value: str) -> str:
    """As an env file takes it: bare where that is safe."""
    if re.fullmatch(r"[\w@%+=:,./?&-]*", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def own_zone() -> str:
    """The time zone of this machine, as far as it says so; else UTC."""
    from digest.when import zone

    named = Path("/etc/timezone")
    linked = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]
    written = named.read_text(encoding="utf-8").strip() if named.is_file() else ""
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked, written):
        try:
            return zone(name).key
        except ValueError:
            continue
    return "UTC"


def _is_url(text: str) -> bool:
    return text.startswith(("http:", "https:"))


# --- The first subscriber ------------------------------------------------------------------------------------------------


def first_subscriber(ask: Questions, address: str | None, topics: tuple[str, ...]) -> list[Path]:
    """Ask for her address and topics, and write her file; nothing where a file of that name stands already."""
    from digest.cli.output import say, tell
    from digest.settings import Settings
    from digest.subscription.roster import dump

    given = Settings.load()  # with the `.env` of a moment ago
    email = ask("Who is the first subscriber?", address, given.from_address.email, reader, key="--subscriber")
    path = given.subscribers / f"{file_name(email)}.yaml"
    if path.exists():
        tell(f"{path} is there already and stays as it is")
        return []
    question = "What does she want to read about? Topics, with commas between"
    listed = ask(question, ", ".join(topics) or None, TOPICS, topics_in, key="--topic")
    her = subscriber_of(email, topics_in(listed), given)
    make_folder(path.parent)
    copy_schema(path.parent)
    create(path, "# yaml-language-server: $schema=./subscriber.schema.json\n" + dump(her), mode=0o644)
    say(f"wrote {path}: subscribers/README.md explains every key, `digest check` every mistake")
    return [path]


def subscriber_of(email: str, topics: tuple[str, ...], given: Settings) -> Subscriber:
    """Her profile with all that is usual, so that her file shows what there is to change."""
    from digest.model import Subscriber, Topic

    usual, address = given.defaults, reader(email)
    made = tuple(map(Topic, topics))
    return Subscriber(
        address.email, made, name=address.name, timezone=usual.timezone, send_at=usual.send_at, language=usual.language
    )


def reader(text: str) -> Address:
    """An address to which a digest may go, with or without a name. Raises ValueError with what to write."""
    from digest import values
    from digest.subscription.words import address

    named = values.address(text)
    return values.Address(address(named.email), named.name)


def topics_in(text: str) -> tuple[str, ...]:
    """Topics with commas between, each once. Raises ValueError where there is none."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found or any(len(each) > LONGEST_TOPIC for each in found):
        raise ValueError(f"this is no list of topics; write one or more, of at most {LONGEST_TOPIC} characters, like {TOPICS}")
    return found


def file_name(email: str) -> str:
    """Her file is called after what stands before the @, as far as every file system takes it."""
    local = email.rpartition("<")[2].partition("@")[0]
    return re.sub(r"[^\w.-]+", "-", local.lower()).strip("-.") or "subscriber"


def copy_schema(folder: Path) -> None:
    """The page on the keys, the example and what editors complete from, where they are not there yet."""
    from digest.cli.files import packaged

    for name in ("README.md", "example.yaml", "subscriber.schema.json"):
        if not (folder / name).exists():
            create(folder / name, (packaged("subscribers") / name).read_text(encoding="utf-8"), mode=0o644)


# --- Files ---------------------------------------------------------------------------------------------------------------


def make_folder(path: Path) -> None:
    """A folder, with those above it. Raises ConfigError when it cannot be made."""
    from digest.errors import ConfigError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot be made ({error.strerror}); run this in a folder of your own", where=str(path)) from error


def create(path: Path, text: str, *, mode: int) -> None:
    """A new file; never one that is there. Raises ConfigError when it cannot be made."""
    from digest.errors import ConfigError

    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        message = f"cannot be written ({error.strerror}); run this in a folder of your own that has room"
        raise ConfigError(message, where=str(path)) from error
