"""Where mail is handed over, and how hard: the settings of the line, and `DIGEST_SMTP_URL` read into them. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from digest.errors import ConfigError

Tls = Literal["required", "implicit", "none"]

_CODES = "in a password write / as %2F, ? as %3F, # as %23, @ as %40, % as %25"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail is handed over, and how hard. `required` is STARTTLS or nothing, `implicit` TLS from the first byte."""

    host: str
    port: int = 25
    tls: Tls = "required"
    user: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    per_connection: int = 100              #: messages, then it is closed and opened anew
    per_domain: int = 0                    #: connections that may speak of one recipient domain at once, 0 = no limit
    rate: float = 0.0                      #: messages a second over all connections and processes, 0 = unlimited
    hello: str = ""                        #: our name for EHLO, "" = this machine's


def parse_url(
    url: str, *, connections: int = 4, per_connection: int = 100, per_domain: int = 0, rate: float = 0.0, hello: str = ""
) -> SmtpSettings:
    """`DIGEST_SMTP_URL` as settings. Raises ConfigError, which never repeats the url, since it may hold a password.

    `smtp://` means STARTTLS is required, except to this machine without a user; `smtps://` is TLS from the first byte;
    `?tls=none` sends in clear, and never with a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        user, password = (unquote(each or "", errors="strict") for each in (parts.username, parts.password))
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError:                     # a port that is no number, a bracket left open, percent signs that are no UTF-8
        raise _wrong(f"is no url; write smtp://user:password@host:587, and {_CODES}") from None
    if parts.scheme not in {"smtp", "smtps"} or not host:
        raise _wrong("needs the form smtp://host:25, smtp://user:password@host:587 or smtps://user:password@host")
    if parts.path.strip("/") or parts.fragment:
        raise _wrong(f"has something behind host and port; {_CODES}")
    if bool(user) != bool(password):
        raise _wrong("has a user without a password, or a password without a user; write smtp://user:password@host:587")
    if not (user + password).isprintable():
        raise _wrong("has a control character in user or password")
    tls = _wanted_tls(parts.scheme, parts.query, host, bool(user))
    usual = {"implicit": 465, "none": 25, "required": 587 if user else 25}[tls]
    return SmtpSettings(host, port or usual, tls, user, password, connections, per_connection, per_domain, rate, hello)


def _wanted_tls(scheme: str, query: str, host: str, login: bool) -> Tls:
    options = dict(parse_qsl(query, keep_blank_values=True))
    wish = options.pop("tls", None)
    if options or wish not in {None, "none", "required"} or (wish and scheme == "smtps"):
        raise _wrong("knows one option, ?tls=none or ?tls=required, and only with smtp://")
    if wish == "none" and login:
        raise _wrong("would send the password in clear; leave out ?tls=none, or the user and password")
    if scheme == "smtps":
        return "implicit"
    return "none" if wish == "none" or (wish is None and not login and _loopback(host)) else "required"


def _wrong(message: str) -> ConfigError:
    return ConfigError(message, key="DIGEST_SMTP_URL")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
