"""When so many mails are refused for good that the fault is probably ours: the pass pauses, and the administrator is told."""

from __future__ import annotations

from datetime import datetime

from digest.mail.outbox import THINK
from digest.notes import Post
from digest.store.store import Store

_PAUSED = "paused"                         # in the store's small things
_STEPS = (
    "`digest status --failed` lists who was refused, and with which words.",
    "Look whether SPF, DKIM and DMARC of the sender's domain are right, and whether its address is on a block list.",
    "If many readers are really gone, there is nothing to mend: the pass goes on by itself.",
)


def pause(store: Store, why: str, *, now: datetime, admin: str) -> None:
    """No digest leaves for an hour, from any process on this store; `admin` gets one mail a day about it, "" = nobody is told."""
    until = now + THINK
    store.meta.set(_PAUSED, {"until": until.isoformat(), "why": why})
    lines = [f"{why[:1].upper()}{why[1:]}.", f"Nobody else is written to before {until:%Y-%m-%d %H:%M} UTC; no digest is lost."]
    Post(store).alarm(admin, "Too many digests are refused", lines=lines, steps=_STEPS, once=f"refused:{now.date()}", now=now)


def paused(store: Store, *, now: datetime) -> tuple[str, datetime]:
    """Why no digest leaves now, "" = nothing stands in the way; and until when."""
    said = store.meta.get(_PAUSED) or {}
    until = datetime.fromisoformat(said["until"]) if said else now
    # What lies further ahead than any pause was noted by a clock that was wrong.
    return (f"paused: {said['why']}", until) if now < until <= now + THINK else ("", now)
