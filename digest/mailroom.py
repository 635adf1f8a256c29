"""The mailbox emptied: each waiting mail is handled, and taken from the waiting ones once its effect is durable.

A mail that fails is left where it is and tried again by the next round; at its fourth it is set aside. What counts the tries
outlives the process, since the mail may be what killed it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from digest.correspondence import Correspondence, Handled
from digest.errors import DigestError
from digest.subscription.mailbox import Mailbox, Waiting

log = logging.getLogger(__name__)

TRIES = 3
_TRIES = "inbox_tries"                     # in the store's small things


@dataclass(slots=True)
class Round:
    """What one round through a mailbox did."""

    handled: list[Handled] = field(default_factory=list)
    failed: int = 0                        #: mails that are left for another try
    aside: int = 0                         #: mails that were set aside
    refused: int = 0                       #: digests whose refusal by a server had its effect

    @property
    def answers(self) -> int:
        return sum(bool(each.answer) for each in self.handled)

    @property
    def begins(self) -> bool:
        """Whether somebody's first digest is due now."""
        return any(each.begins for each in self.handled)


@dataclass(slots=True)
class Mailroom:
    correspondence: Correspondence
    clock: Callable[[], datetime]
    watch: Callable[[Waiting, Handled], None] = lambda *_: None
    _tries: dict[str, int] = field(default_factory=dict)
    _saved: dict[str, int] = field(default_factory=dict)

    def empty(self, mailbox: Mailbox, *, stop: Callable[[], bool] = lambda: False) -> Round:
        """Handle all that waits. Raises DigestError when mailbox or store fail; what was handled until then stays handled."""
        done = Round()
        self._saved = self.correspondence.store.meta.get(_TRIES) or {}
        self._tries = dict(self._saved)
        try:
            for mail in mailbox.waiting():
                if stop():
                    break
                self._take(mail, mailbox, done)
        finally:
            self._save()
        self.correspondence.tidy(now=self.clock())
        done.refused = self.correspondence.returns.judge.heed_refusals(now=self.clock())
        return done

    def _save(self) -> None:
        if self._tries != self._saved:
            self.correspondence.store.meta.set(_TRIES, self._tries)
            self._saved = dict(self._tries)

    def _take(self, mail: Waiting, mailbox: Mailbox, done: Round) -> None:
        name = hashlib.sha256(mail.raw).hexdigest()[:32]
        tries = self._tries.get(name, 0) + 1
        if tries > TRIES:
            log.warning("set aside mail=%s tries=%d", mail.name, TRIES)
            mailbox.set_aside(mail)
            del self._tries[name]
            done.aside += 1
            return
        self._tries[name] = tries
        self._save()
        try:
            handled = self.correspondence.handle(mail.raw, now=self.clock())
        except DigestError:
            self._tries[name] = tries - 1  # not the mail's fault
            raise
        except Exception:
            log.exception("failed mail=%s try=%d", mail.name, tries)
            done.failed += 1
            return
        mailbox.done(mail)
        del self._tries[name]
        done.handled.append(handled)
        self.watch(mail, handled)
