"""Where mail is handed over, and how hard. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tls = Literal["required", "implicit", "none"]


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
