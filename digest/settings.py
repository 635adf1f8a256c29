"""Environment and `.env` -> frozen Settings, checked once, all faults at a time. Besides cli/ the only reader of the environment.

`DIGEST_SEND_AT` fills the field `send_at`, `DIGEST_FROM` the field `from_`. The environment comes before `.env`; an empty value
means the default. `.env.example` lists every setting. Credentials stay out of `repr` and out of error messages.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from digest import values, when
from digest.errors import ConfigError, ConfigErrors, nearest, quoted
from digest.values import Address, ImapMailbox, Listen, SmtpServer

if TYPE_CHECKING:
    from digest.subscription.schema import Defaults

PREFIX = "DIGEST_"
ARXIV_HOSTS = frozenset({"rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"})


def _by(parse: Callable[[str], Any]) -> BeforeValidator:
    """Applies a parser to text; what is no text is a value already."""
    return BeforeValidator(lambda given: parse(given) if isinstance(given, str) else given)


_Url = Annotated[str, _by(values.web_address)]
_Path = Annotated[Path, _by(values.path)]
_Switch = Annotated[bool, _by(values.switch)]


# --- The settings --------------------------------------------------------------------------------------------------------


class Settings(BaseSettings):
    """Every setting, parsed. Build it with `load`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, validate_default=False, hide_input_in_errors=True
    )  # fmt: skip

    database_url: Annotated[str, _by(values.database_url)] = Field("sqlite:///digest.sqlite3", repr=False)
    subscribers: _Path = Path("subscribers")
    templates: _Path = Path("templates")
    sources: Annotated[tuple[str, ...], _by(values.sources)] = ("arxiv:cs.LG+cs.CL+cs.CV+cs.AI+stat.ML", "huggingface")
    arxiv_feed_url: _Url = "https://rss.arxiv.org"
    arxiv_api_url: _Url = "https://export.arxiv.org/api/query"
    arxiv_oai_url: _Url = "https://oaipmh.arxiv.org/oai"
    arxiv_delay: Annotated[float, _by(values.number(0, 3600))] = 3.0             #: seconds between two requests to arXiv
    huggingface_url: _Url = "https://huggingface.co"
    biorxiv_url: _Url = "https://api.biorxiv.org"
    enrich: _Switch = False
    semantic: _Switch = False
    from_: Annotated[Address, _by(values.address)] = Address("digest@example.org", "Paper Digest")
    smtp_url: Annotated[str, _by(values.checked(values.smtp))] = Field("smtp://127.0.0.1:25", repr=False)
    smtp_connections: Annotated[int, _by(values.whole(1, 1000))] = 4
    smtp_per_connection: Annotated[int, _by(values.whole(1, 1_000_000))] = 100   #: messages
    smtp_per_domain: Annotated[int, _by(values.whole(0, 1000))] = 0              #: connections, 0 = no limit
    smtp_rate: Annotated[float, _by(values.number(0, 100_000))] = 0.0            #: messages a second, 0 = no limit
    secret_key: Annotated[tuple[str, ...], _by(values.secret_keys)] = Field((), repr=False)  #: the first signs, all verify
    base_url: Annotated[str, _by(values.base_url)] = ""                 #: "" = no web, everything by mail
    web_listen: Annotated[Listen, _by(values.listen)] = Listen("127.0.0.1", 8025)
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], _by(values.networks)] = ()
    list_id: Annotated[str, _by(values.list_id)] = ""                   #: see `list_name`
    postal_address: str = ""
    admin: Annotated[Address | None, _by(values.address)] = None
    command_address: Annotated[Address | None, _by(values.token_address)] = None
    bounce_address: Annotated[Address | None, _by(values.token_address)] = None
    imap_url: Annotated[str, _by(values.checked(values.imap))] = Field("", repr=False)
    timezone: Annotated[str, _by(values.zone_name)] = "UTC"
    language: Annotated[str, _by(values.language)] = "en"
    send_at: Annotated[time, _by(when.clock_time)] = time(8)
    catch_up: Annotated[timedelta, _by(values.span)] = timedelta(hours=12)
    fetch_every: Annotated[timedelta, _by(values.span)] = timedelta(hours=2)
    keep_days: Annotated[int, _by(values.whole(15, 100_000))] = 400              #: a weekly digest looks back 14 days
    confirm_yaml: _Switch = False
    dkim_key: _Path | None = None                                     #: a PEM file
    dkim_selector: str = ""
    max_html_bytes: Annotated[int, _by(values.whole(5_000, 10_000_000))] = 95_000
    log_format: Annotated[Literal["text", "json"], _by(values.one_of("text", "json"))] = "text"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
        """The settings of `environ` (default: the process's) and, behind it, of `env_file` where that file exists.

        Raises ConfigErrors with every fault: unknown names, values that do not parse, settings that contradict each other.
        """
        faults: list[ConfigError] = []
        given = _from_file(env_file, faults) if env_file else {}
        given |= _from_environment(os.environ if environ is None else environ)
        known = {name: value for name, value in given.items() if _is_known(name, value, faults)}
        settings = cls._validated(known, faults)
        if faults or settings is None:
            raise ConfigErrors(faults)
        return settings

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All names as they stand in the environment."""
        return tuple(PREFIX + name.rstrip("_").upper() for name in cls.model_fields)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What `load` read is all there is: it knows the line of each value, and which names nobody knows."""
        return (init_settings,)

    @classmethod
    def _validated(cls, given: Mapping[str, _Given], faults: list[ConfigError]) -> Settings | None:
        fields = dict(zip(cls.names(), cls.model_fields, strict=True))
        try:
            settings = cls.model_validate({fields[name]: each.value for name, each in given.items() if each.value})
        except ValidationError as errors:
            for each in errors.errors(include_url=False, include_input=False):
                name = PREFIX + str(each["loc"][0]).rstrip("_").upper()
                faults.append(ConfigError(str(each.get("ctx", {}).get("error", each["msg"])), where=given[name].where, key=name))
            return None
        if bool(settings.dkim_key) != bool(settings.dkim_selector):
            name = PREFIX + ("DKIM_KEY" if settings.dkim_key else "DKIM_SELECTOR")
            message = "a DKIM signature needs both; set DIGEST_DKIM_KEY and DIGEST_DKIM_SELECTOR, or neither"
            faults.append(ConfigError(message, where=given[name].where, key=name))
        return settings

    # What several rooms derive from them.

    @property
    def smtp(self) -> SmtpServer:
        return values.smtp(self.smtp_url)

    @property
    def imap(self) -> ImapMailbox | None:
        return values.imap(self.imap_url) if self.imap_url else None

    @property
    def defaults(self) -> Defaults:
        """What stands in for the keys that a subscriber file leaves out."""
        from digest.subscription.schema import Defaults

        return Defaults(self.timezone, self.send_at, self.language)

    @property
    def from_address(self) -> Address:
        return self.from_

    @property
    def list_name(self) -> str:
        """The List-Id without its brackets: as set, else `digest.` and the domain of the sender."""
        return self.list_id or f"digest.{self.from_.domain}"

    @property
    def command_to(self) -> Address:
        """Where mail commands are to be written: the command address, else the sender's own."""
        return self.command_address or self.from_

    @property
    def reachable(self) -> bool:
        """Whether a subscriber can leave: by page, or by a mail that somebody reads."""
        return bool(self.base_url or self.imap_url or self.command_address)

    def require_secret_key(self) -> None:
        """Raises ConfigError, with a fresh key to paste, when there is none to sign with."""
        if not self.secret_key:
            name = f"{PREFIX}SECRET_KEY"
            raise ConfigError(f"nothing can be signed without one; put this fresh one into .env: {name}={fresh_secret()}", key=name)

    def require_reachable(self) -> None:
        """Raises ConfigError when nobody could unsubscribe."""
        if not self.reachable:
            message = f"nobody is written to who cannot leave; set {PREFIX}BASE_URL, {PREFIX}IMAP_URL or {PREFIX}COMMAND_ADDRESS"
            raise ConfigError(message, key=f"{PREFIX}COMMAND_ADDRESS")


    def advice(self) -> tuple[ConfigError, ...]:
        """What works, and should be changed all the same."""
        arxiv = any(urlsplit(url).hostname in ARXIV_HOSTS for url in (self.arxiv_feed_url, self.arxiv_api_url, self.arxiv_oai_url))
        plain = self.base_url.startswith("http:") and not values.is_loopback(urlsplit(self.base_url).hostname or "")
        doubts = {
            "FROM": self.from_.domain == "example.org" and "is still the example's; write an address of your own domain",
            "SECRET_KEY": any(len(key) < 24 for key in self.secret_key) and "is short; put a fresh one in front of it",
            "BASE_URL": plain and "is not https; mail programs offer one-click unsubscription with https only (RFC 8058)",
            "DKIM_KEY": not self.dkim_key
            and self.base_url.startswith("https:")
            and "is not set; see that your relay's DKIM signature covers List-Unsubscribe and List-Unsubscribe-Post, or one-click "
            "does not count (RFC 8058)",
            "ARXIV_DELAY": arxiv and self.arxiv_delay < 3 and "is below the three seconds that arXiv's terms ask for",
            "ADMIN": not self.admin and "is not set; nobody is told when something goes wrong",
        }
        return tuple(ConfigError(message, key=PREFIX + name) for name, message in doubts.items() if message)


def fresh_secret() -> str:
    """A new key of 256 bits, to paste into `.env`."""
    return secrets.token_urlsafe(32)


# --- Reading -------------------------------------------------------------------------------------------------------------


class _Given(NamedTuple):
    value: str
    where: str


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    return {name: _Given(value.strip(), "environment") for name, value in environ.items() if name.upper().startswith(PREFIX)}


def _from_file(path: Path, faults: list[ConfigError]) -> dict[str, _Given]:
    """The settings of an env file: `NAME=value`, `export`, quotes and `# comments` as usual; `$NAME` is not expanded."""
    from dotenv.parser import parse_stream

    given: dict[str, _Given] = {}
    for binding in parse_stream(io.StringIO(_text(path, faults))):
        name, where = binding.key or "", f"{path}:{_line(binding.original.line, binding.original.string)}"
        if binding.error or (name and binding.value is None):
            faults.append(ConfigError("this line is no setting; write NAME=value, or # before a comment", where=where))
        elif name in given:
            first = given[name].where.rpartition(":")[2]
            faults.append(ConfigError(f"it stands in line {first} already; keep one of them", where=where, key=name))
        elif name.upper().startswith(PREFIX):
            given[name] = _Given((binding.value or "").strip(), where)
    return given


def _line(first: int, text: str) -> int:
    """The parser counts the blank lines before a setting as its own."""
    return first + text[: len(text) - len(text.lstrip())].count("\n")


def _text(path: Path, faults: list[ConfigError]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        faults.append(ConfigError(f"cannot be read ({error.__class__.__name__}); make it a readable UTF-8 file", where=str(path)))
        return ""


def _is_known(name: str, given: _Given, faults: list[ConfigError]) -> bool:
    if name in Settings.names():
        return True
    hint = nearest(name.upper(), Settings.names()) or "; .env.example lists all of them"
    faults.append(ConfigError(f"no such setting{hint}", where=given.where, key=quoted(name)[1:-1]))
    return False
