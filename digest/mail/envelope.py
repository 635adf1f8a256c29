"""A mail with its envelope, as it is handed from the writer to the line."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one recipient. `data` is complete: header, blank line and body, every line ended by CR LF (RFC 5321, 2.3.8)."""

    sender: str                            #: the envelope sender, where bounces go; "" = the null sender of RFC 5321, 4.5.5
    recipient: str                         #: one bare address
    message_id: str                        #: with its angle brackets, as in the header
    data: bytes = field(repr=False)
    wired: bool = False                    #: no line begins with a dot, so that it is said as it is (`digest.mail.wire`)
