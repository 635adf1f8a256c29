"""What the text of a setting means: addresses, URLs, lists, numbers. Every parser raises ValueError with what to write instead.

Whatever may hold a password is shown without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from digest import identity, when
from digest.errors import nearest, quoted
from digest.tokens import ADDRESS_TOKEN_MAX

#: What each source wants behind its colon; "" = nothing.
SOURCES: Mapping[str, str] = {
    "arxiv": "categories joined by +, like arxiv:cs.LG+stat.ML",
    "huggingface": "",
    "biorxiv": "subjects joined by +, like biorxiv:neuroscience",
    "medrxiv": "subjects joined by +, like medrxiv:oncology",
    "feed": "the address of an RSS or Atom feed, like feed:https://example.org/rss",
    "file": "the path of a paper file, like file:papers.jsonl",
}
_ON, _OFF = {"on", "true", "yes", "1"}, {"off", "false", "no", "0"}
_NAMED_ADDRESS = re.compile(r'"?(?P<name>[^"<>\x00-\x1f\x7f]*?)"?\s*<(?P<email>[^<>\s]+)>')
_BARE_ADDRESS = re.compile(r"(?P<name>)(?P<email>\S+)")
_OWN_NETWORK = re.compile(r"(?:[a-z0-9-]+\.)*(?:localhost|localdomain|local|internal|lan|test)", re.IGNORECASE)
_CODES = "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40, % as %25"
_LISTEN = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^:\s]*)):(?P<port>\d{1,5})")


class Address(NamedTuple):
    """A mail address with the name that people see beside it, "" = none."""

    email: str
    name: str = ""

    @property
    def local(self) -> str:
        return self.email.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


class Listen(NamedTuple):
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. `required` is STARTTLS or nothing, `implicit` TLS from the first byte; no password over `none`."""

    host: str
    port: int
    tls: Literal["none", "required", "implicit"]
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """Where command mails, replies and bounces wait. Without `tls` only on this machine."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"


# --- Numbers, words, lists -----------------------------------------------------------------------------------------------


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(f"{quoted(text)} does not fit; write a whole number from {low} to {high}")
        return int(text)

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """A parser of numbers from `low` to `high`."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not low <= float(text) <= high:
            raise ValueError(f"{quoted(text)} does not fit; write a number from {low:g} to {high:g}")
        return float(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """A parser of a closed set of words."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"{quoted(text)} is not known; write {' or '.join(words)}{nearest(text.lower(), words)}")
        return text.lower()

    return parse


def switch(text: str) -> bool:
    if text.lower() not in _ON | _OFF:
        raise ValueError(f"{quoted(text)} is neither on nor off; write true or false")
    return text.lower() in _ON


def span(text: str) -> timedelta:
    """A length of time above nothing."""
    if (length := when.duration(text)) <= timedelta(0):
        raise ValueError(f"{quoted(text)} is no time at all; write a span like 30 min or 12h")
    return length


def parts(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated list, without the empty ones."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def sources(text: str) -> tuple[str, ...]:
    return tuple(_source(each) for each in parts(text))


def _source(text: str) -> str:
    kind, _, argument = text.partition(":")
    if kind not in SOURCES:
        raise ValueError(f"{quoted(kind)} is no source; write one of {', '.join(SOURCES)}{nearest(kind, SOURCES)}")
    if not SOURCES[kind] and argument:
        raise ValueError(f"{quoted(text)} takes nothing behind its name; write {kind}")
    named = re.fullmatch(r"[\w.&' -]+(\+[\w.&' -]+)*", argument) if kind.endswith("xiv") else argument
    if SOURCES[kind] and not named:
        raise ValueError(f"{quoted(text)} needs {SOURCES[kind]}")
    if kind == "feed":
        web_address(argument)
    if kind == "arxiv":
        for category in argument.split("+"):
            identity.arxiv_category(category.strip())
    return text


def secret_keys(text: str) -> tuple[str, ...]:
    keys = parts(text)
    if any(len(key) < 8 for key in keys):
        raise ValueError("a key of under 8 characters is soon guessed; write 32 random ones")
    return keys


def language(text: str) -> str:
    """A language tag as in RFC 5646, whether or not the mails are translated into it."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(f"{quoted(text)} is no language; write its code, like en or de")
    return text


def zone_name(text: str) -> str:
    return when.zone(text).key


def path(text: str) -> Path:
    """A path, relative to the working directory; `~` is the home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"{quoted(text)} names a home that does not exist; write the whole path") from None


# --- Mail addresses and names --------------------------------------------------------------------------------------------


def address(text: str) -> Address:
    """An address with or without a name. Domains of one's own network (`localhost`, `mail.internal`) are allowed."""
    from email_validator import EmailNotValidError, validate_email

    found = _NAMED_ADDRESS.fullmatch(text) or _BARE_ADDRESS.fullmatch(text)
    form = "write name@example.org or Some Name <name@example.org>"
    if not found:
        raise ValueError(f"{quoted(text)} is no mail address; {form}")
    local, _, domain = found["email"].rpartition("@")
    ours = _OWN_NETWORK.fullmatch(domain)
    try:
        stands_for = f"{local}@example.org" if ours else found["email"]
        valid = validate_email(stands_for, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(f"{quoted(text)} is no mail address ({str(error).rstrip('.')}); {form}") from None
    return Address(f"{valid.local_part}@{domain.lower()}" if ours else valid.normalized, found["name"].strip())


def token_address(text: str) -> Address:
    """An address behind whose local part `+` and a token must fit: RFC 5321, section 4.5.3.1.1, allows 64 octets."""
    found, room = address(text), 63 - ADDRESS_TOKEN_MAX
    if len(found.local.encode()) > room:
        raise ValueError(f"{quoted(text)} leaves no room for a token; write at most {room} characters before the @")
    return found


def list_id(text: str) -> str:
    """RFC 2919, section 2: a label and a domain, at most 255 octets."""
    bare = text.removeprefix("<").removesuffix(">")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", bare) or len(bare) > 255:
        raise ValueError(f"{quoted(text)} is no list name; write a name under your domain, like digest.example.org")
    return bare


# --- Places on the network -----------------------------------------------------------------------------------------------


def web_address(text: str) -> str:
    """An http or https URL without user, fragment and closing slash."""
    split = _split(text, "http", "https")
    if "@" in split.netloc or split.fragment:
        raise ValueError(f"{hidden(text)} holds more than an address; write it without user and #")
    return text.rstrip("/")


def base_url(text: str) -> str:
    if "?" in text:
        raise ValueError(f"{hidden(text)} has a query; write the address under which the pages stand, like https://digest.example.org")
    return web_address(text)


def listen(text: str) -> Listen:
    found = _LISTEN.fullmatch(text)
    if not found or int(found["port"]) > 65535:
        raise ValueError(f"{quoted(text)} is no place to listen; write host:port, like 127.0.0.1:8025 or [::1]:8025")
    return Listen(found["six"] or found["host"] or "127.0.0.1", int(found["port"]))


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each, strict=False) for each in parts(text))
    except ValueError:
        raise ValueError(f"{quoted(text)} are no networks; write them with commas between, like 127.0.0.1, 10.0.0.0/8") from None


def database_url(text: str) -> str:
    scheme = text.partition(":")[0].partition("+")[0]
    if "://" not in text or scheme not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError(f"{hidden(text)} is no database; write sqlite:///digest.sqlite3 or postgresql://user:password@host/name")
    return text.replace("postgres://", "postgresql://", 1) if scheme == "postgres" else text


def smtp(text: str) -> SmtpServer:
    """`smtp://` means STARTTLS is required, except to this machine without a user; `smtps://` is TLS from the first byte;
    `?tls=none` sends in clear, and never with a password. What is wrong with it never repeats the url."""
    try:
        split = urlsplit(text.strip())
        host, port = split.hostname or "", split.port
        user, password = (unquote(each or "", errors="strict") for each in (split.username, split.password))
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError:                     # a port that is no number, a bracket left open, percent signs that are no UTF-8
        raise ValueError(f"this is no url; write smtp://user:password@host:587, and {_CODES}") from None
    if split.scheme not in {"smtp", "smtps"} or not host or re.search(r"\s", split.netloc):
        raise ValueError("it needs the form smtp://host:25, smtp://user:password@host:587 or smtps://user:password@host")
    if split.path.strip("/") or split.fragment:
        raise ValueError(f"it has something behind host and port; {_CODES}")
    if bool(user) != bool(password):
        raise ValueError("it has a user without a password, or a password without a user; write smtp://user:password@host:587")
    if not (user + password).isprintable():
        raise ValueError("it has a control character in user or password")
    tls = _smtp_tls(split, host, login=bool(user))
    usual = {"implicit": 465, "none": 25, "required": 587 if user else 25}[tls]
    return SmtpServer(host, port or usual, tls, user, password)


def _smtp_tls(split: SplitResult, host: str, *, login: bool) -> Literal["none", "required", "implicit"]:
    options = dict(parse_qsl(split.query, keep_blank_values=True))
    wish = options.pop("tls", None)
    if options or wish not in {None, "none", "required"} or (wish and split.scheme == "smtps"):
        raise ValueError("it knows one option, ?tls=none or ?tls=required, and only with smtp://")
    if wish == "none" and login:
        raise ValueError("it would send the password in clear; leave out ?tls=none, or the user and password")
    if split.scheme == "smtps":
        return "implicit"
    return "none" if wish == "none" or (wish is None and not login and is_loopback(host)) else "required"


def imap(text: str) -> ImapMailbox:
    """`imaps://user:password@host/FOLDER`; `imap://` only to this machine."""
    split = _split(text, "imap", "imaps")
    if not split.username or not split.password:
        raise ValueError(f"{hidden(text)} lacks user and password; write imaps://user:password@host/INBOX")
    if split.scheme == "imap" and not is_loopback(split.hostname or ""):
        raise ValueError(f"{hidden(text)} would send the password in clear; write imaps://…")
    tls = split.scheme == "imaps"
    port, folder = split.port or (993 if tls else 143), unquote(split.path.strip("/")) or "INBOX"
    return ImapMailbox(split.hostname or "", port, tls, unquote(split.username), unquote(split.password), folder)


def checked(check: Callable[[str], object]) -> Callable[[str], str]:
    """A parser that keeps the text as it is once `check` has parsed it."""

    def keep(text: str) -> str:
        check(text)
        return text

    return keep


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host.lower().rstrip(".") == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def hidden(text: str) -> str:
    """The value as a message may show it: without user and password."""
    return quoted(re.sub(r"^([a-z+]*://)?.*@", r"\1…@", text, flags=re.IGNORECASE | re.DOTALL))


def _split(text: str, *schemes: str) -> SplitResult:
    wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
    try:
        split = urlsplit(text)
        _ = split.port
    except ValueError:
        split = SplitResult("", "", "", "", "")
    if split.scheme not in schemes or not split.hostname or re.search(r"\s", text):
        escapes = "; in a user or password write %2F for /, %3F for ?, %23 for # and %40 for @" if "@" in text else ""
        raise ValueError(f"{hidden(text)} is no such address; write {wanted}{escapes}")
    return split
