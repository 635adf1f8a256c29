"""Mails that came back: what happened, to whom, and how bad it is. The bounce library's only room. PURE.

*Who* is told by the signed token in the address that the bounce was sent to, or in the returned mail itself; whoever shows none
forged it, as far as we know (RFC 3464, section 4.1). *How bad* is told by the status (RFC 3463); where there is none, by the
reply code's words. `Action: failed` alone says little: it is also given when a queue ran out of patience.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import Message
from enum import StrEnum

from flufl.bounce import all_failures

from digest.subscription.letter import content, inside, opened, parts

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs each detector that it tries, and we guard it below

#: This address does not exist, or will never take mail: one such answer is enough (RFC 3463, sections 3.2 and 3.3).
HARD_STATUSES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
#: Soft bounces: on so many different days, within so many, with no digest between them that did not come back.
SOFT_DAYS, SOFT_WINDOW = 5, timedelta(days=30)

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|address|account)\b.{0,60}"
    r"(?:unknown|does(?:n['’]t| not) exist|not (?:found|exist)|invalid|disabled|no longer)"
    r"|(?:unknown|no such|invalid|nonexistent|non-existent|bad destination) (?:user|recipient|mailbox|address|account|person)"
    r"|no mailbox here|not a valid (?:mailbox|user|recipient)|unrouteable address|host or domain name not found",
    re.IGNORECASE | re.DOTALL,
)
_FULL = re.compile(r"(?:mailbox|inbox|quota|storage|account).{0,40}(?:full|exceeded|over)|over ?quota", re.IGNORECASE | re.DOTALL)
_POLICY = re.compile(
    r"\bspam\b|\bblocked\b|block ?list|blacklist|reputation|\bpolicy\b|\bdmarc\b|\bspf\b|\bdkim\b|not authori[sz]ed", re.IGNORECASE
)


class Damage(StrEnum):
    """How bad a returned mail is for its recipient."""

    HARD = "hard"                          #: she can never be reached there
    SOFT = "soft"                          #: not this time
    POLICY = "policy"                      #: it was us who were refused: nothing that she could help
    COMPLAINT = "complaint"                #: she said it was spam (RFC 5965)
    DELAYED = "delayed"                    #: still on its way
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Returned:
    """One report that a mail came back. `evidence` is where our own tokens may stand in it."""

    damage: Damage
    status: str = ""                       #: RFC 3463, "" = it says none
    recipients: tuple[str, ...] = ()       #: as the report names them: a claim, no proof
    said: str = ""                         #: the refusing server's own words
    evidence: str = ""


def read(raw: bytes) -> Returned | None:
    """What a mail reports of another one; None when it is no such report."""
    message = opened(raw)
    everything = list(parts(message))
    blocks = list(_blocks(everything))
    if any(_is(part, "message/feedback-report") for part in everything):
        return _complaint(everything, blocks)
    if told := [block for block in blocks if block.get("Action")]:
        return _reported(told, everything)
    return _guessed(message, everything)


def damage(status: str, words: str = "", *, code: int = 0) -> Damage:
    """How bad an answer is, from its status, or from its reply code and words where the status says nothing (`5.0.0`)."""
    status = telling(status, words)
    if status in HARD_STATUSES:
        return Damage.HARD
    if status.startswith("5.7."):
        return Damage.POLICY
    if status and not status.endswith("0.0"):
        return Damage.SOFT
    code = code or next((int(found) for found in _CODE.findall(words)), 0)
    if code // 100 == 4 or status.startswith("4.") or _FULL.search(words):
        return Damage.SOFT
    if _POLICY.search(words):
        return Damage.POLICY
    return Damage.HARD if _NOBODY.search(words) and (code // 100 == 5 or status.startswith("5.")) else Damage.SOFT


def telling(status: str, words: str) -> str:
    """The most telling status: what the refusing server said itself, where the report only says `5.0.0`."""
    given = _STATUS.search(status)
    said = next((each for each in _STATUS.findall(words) if not each.endswith("0.0") and each[0] != "2"), "")
    if given is None or (given[1].endswith("0.0") and given[1][0] != "2"):
        return said or (given[1] if given else "")
    return given[1]


def lost_for_good(came_back: Collection[date], sent: Iterable[date], *, today: date) -> bool:
    """Whether soft bounces are enough: on SOFT_DAYS days within SOFT_WINDOW, and no digest between them arrived.

    `came_back` are the days of digests that came back, `sent` those of all digests that were handed over.
    """
    recent = sorted((day for day in set(came_back) if today - SOFT_WINDOW < day <= today), reverse=True)
    if len(recent) < SOFT_DAYS:
        return False
    arrived = {day for day in sent if day not in came_back}
    first, last = recent[SOFT_DAYS - 1], recent[0]
    return not any(first < day < last for day in arrived)


# --- Reports of the standard form (RFC 3464) -----------------------------------------------------------------------------


def _reported(blocks: list[Message], everything: list[Message]) -> Returned:
    """The worst that is told of any recipient: our mails have one each."""
    found = [_of_block(block, everything) for block in blocks]
    order = list(Damage)
    return min(found, key=lambda each: order.index(each.damage))


def _of_block(block: Message, everything: list[Message]) -> Returned:
    action = _field(block, "Action").split(" ")[0].strip().lower()
    words = _field(block, "Diagnostic-Code").partition(";")[2].strip() or _field(block, "Diagnostic-Code")
    status = telling(_field(block, "Status"), words)
    kinds = {"delayed": Damage.DELAYED, "delivered": Damage.DELIVERED, "relayed": Damage.DELIVERED, "expanded": Damage.DELIVERED}
    how_bad = kinds.get(action) or damage(status, words)
    whom = (_field(block, name).rpartition(";")[2] for name in ("Original-Recipient", "Final-Recipient"))
    recipients = tuple(dict.fromkeys(found for each in whom if (found := _named(each))))
    return Returned(how_bad, status, recipients, words[:500], _evidence(everything))


def _blocks(everything: list[Message]) -> Iterator[Message]:
    """The groups of fields of all status parts."""
    for part in everything:
        if _is(part, "message/delivery-status", "message/feedback-report", "message/global-delivery-status"):
            yield from inside(part)


# --- Complaints (RFC 5965) -----------------------------------------------------------------------------------------------


def _complaint(everything: list[Message], blocks: list[Message]) -> Returned | None:
    kind = next((_field(block, "Feedback-Type").lower() for block in blocks if block.get("Feedback-Type")), "")
    if kind not in {"abuse", "fraud", "opt-out", "opt-out-list", "other", "virus"}:
        return None                        # "not-spam" and reports of authentication are no complaints
    named = (_named(_field(block, "Original-Rcpt-To")) for block in blocks)
    return Returned(Damage.COMPLAINT, recipients=tuple(filter(None, named)), said=kind, evidence=_evidence(everything))


# --- Anything else -------------------------------------------------------------------------------------------------------


def _guessed(message: Message, everything: list[Message]) -> Returned | None:
    """What the library makes of a report in one of the many other forms."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - its seventeen detectors were written for well-formed mail
        return None
    if not temporary and not permanent:
        return None
    text = "\n".join(content(part) for part in everything if _is(part, "text/plain", "text/html"))[:20_000]
    whom = sorted(filter(None, (_named(each.decode("ascii", "replace")) for each in permanent or temporary)))
    status = telling("" if permanent else "4.0.0", text)
    how_bad = damage(status, text) if permanent else Damage.SOFT
    return Returned(how_bad, status, tuple(whom), text[:500].strip(), _evidence(everything))


def _named(text: str) -> str:
    """An address as a report writes it, "" when it is none; some are cut, which is no reason not to show them."""
    bare = text.strip(" <>").lower()
    return bare if "@" in bare and bare.isascii() and bare.isprintable() and " " not in bare and len(bare) <= 254 else ""


def _evidence(everything: list[Message]) -> str:
    """The returned mail as far as it is there: its head, wherever the report put it, and all text."""
    found: list[str] = []
    for part in everything:
        found += [f"{name}: {value}" for name, value in part.items()]
        if _is(part, "text/plain", "text/rfc822-headers", "text/html"):
            found.append(content(part))
    return "\n".join(found)


def _is(part: Message, *kinds: str) -> bool:
    try:
        return part.get_content_type() in kinds
    except (ValueError, TypeError, AttributeError, LookupError):
        return False


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())
