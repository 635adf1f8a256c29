"""What mails that come back do to a subscription: who is cut off, who is spared, and when the administrator must look.

Both roads end here: the report that arrives by mail hours later, and the server's refusal in the dialogue itself. One digest that
came back is one bounce, however often it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import TokenError
from digest.model import OutOfTurnError, SubscriptionEvent, SubscriptionState
from digest.notes import Post
from digest.store.bounces import Bounce
from digest.store.store import Store
from digest.store.subscribers import Enrolled
from digest.subscription import bounces
from digest.subscription.bounces import SOFT_WINDOW, Damage, Returned
from digest.subscription.membership import reason_of
from digest.tokens import Purpose, Signer, Verified

#: Refusals in the dialogue are looked for so far back: a pass may have died before it could tell.
LOOK_BACK = timedelta(days=14)
_TOKEN = re.compile(r"\+([a-z2-7]{29,42})@", re.IGNORECASE | re.ASCII)
_PAGE = re.compile(r"/(?:unsubscribe|preferences|digest)/([A-Za-z0-9_-]{24,60})")
_CODE = re.compile(r"\b([45]\d\d) ")


@dataclass(frozen=True, slots=True)
class Returns:
    """Reports that come by mail."""

    judge: Judge
    signer: Signer

    @property
    def store(self) -> Store:
        return self.judge.store

    def heed(self, returned: Returned, tokens: tuple[str, ...], *, now: datetime) -> str:
        """Let a report have its effect; answers in one phrase what that was. `tokens` are those it was sent to."""
        whose = self._whose(tokens, returned)
        if whose is None:
            return f"a report ({returned.damage}) that shows no token of ours, so it may be forged; nothing was changed"
        her = self.store.subscribers.by_number(whose.subject)
        if her is None:
            return "a report about somebody who is gone"
        if returned.damage in {Damage.DELAYED, Damage.DELIVERED}:
            return f"a report that a mail is {returned.damage}"
        if returned.damage is Damage.COMPLAINT:
            return self.judge.cut_off(her, SubscriptionEvent.COMPLAINED, returned.said, now)
        day = whose.at.date() if whose.at else now.date()
        bounce = Bounce(her.subscriber.key, day, returned.damage, returned.status, returned.said, now)
        return self.judge.decide(her, bounce, now=now)

    def _whose(self, tokens: tuple[str, ...], returned: Returned) -> Verified | None:
        """Whom the report is about, by a token that only we and the servers on the way know."""
        for token in (*tokens, *_tokens_in(returned.evidence)):
            for purpose in (Purpose.BOUNCE, Purpose.REPLY, Purpose.UNSUBSCRIBE, Purpose.MANAGE, Purpose.VIEW):
                try:
                    return self.signer.verify(purpose, token)
                except TokenError:
                    continue
        return None


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides what a bounce means for a subscription."""

    store: Store
    admin: str = ""                        #: who is told when it is us who are refused, "" = nobody

    def heed_refusals(self, *, now: datetime) -> int:
        """Let digests that were refused in the dialogue, and not looked at yet, have their effect; answers how many they are."""
        count = 0
        for refused in self.store.bounces.unheard(since=now.date() - LOOK_BACK):
            her = self.store.subscribers.by_number(refused.subscriber)
            if her and refused.date:
                code = next((int(found) for found in _CODE.findall(refused.reason)), 0)
                how_bad = bounces.damage("", refused.reason, code=code)
                status = bounces.telling("", refused.reason)
                self.decide(her, Bounce(refused.subscriber, refused.date, how_bad, status, refused.reason[:500], now), now=now)
                count += 1
        return count

    def decide(self, her: Enrolled, bounce: Bounce, *, now: datetime) -> str:
        """Note a bounce, and cut her off where that is one too many; answers in one phrase what came of it."""
        new = self.store.bounces.record(bounce)
        if her.subscription.state is SubscriptionState.SUPPRESSED:
            return "a bounce of somebody who gets no more mail"
        if bounce.damage == Damage.HARD:
            return self.cut_off(her, SubscriptionEvent.BOUNCED, f"{bounce.status} {bounce.said}".strip(), now)
        if not new:
            return "a bounce that was known already"
        if bounce.damage == Damage.POLICY:
            self._alarm(bounce, now)
            return f"our mail was refused by policy ({bounce.status}); she stays, the administrator is told"
        if self._lost_for_good(her, now):
            return self.cut_off(her, SubscriptionEvent.BOUNCED, f"again and again, the last with {bounce.status}", now)
        return f"a soft bounce ({bounce.status or 'no status'})"

    def _lost_for_good(self, her: Enrolled, now: datetime) -> bool:
        """Bounces from before she (last) began count no more."""
        known = self.store.bounces.of(her.subscriber.key)
        soft = [each.day for each in known if each.damage == Damage.SOFT and (her.since is None or each.at >= her.since)]
        sent = self.store.bounces.sent_days(her.subscriber.key, since=now.date() - SOFT_WINDOW)
        return bounces.lost_for_good(soft, [day for day in sent if day not in {each.day for each in known}], today=now.date())

    def cut_off(self, her: Enrolled, event: SubscriptionEvent, said: str, now: datetime) -> str:
        """No more mail to her, for that reason; the first one stands, also where another process was quicker."""
        try:
            self.store.subscribers.change(her.subscriber.email, event, reason=reason_of(event, said[:300]), now=now)
        except OutOfTurnError:
            return f"{event}, and she gets no more mail already"
        return f"{event}: no more mail to this address ({said[:80]})"

    def _alarm(self, bounce: Bounce, now: datetime) -> None:
        Post(self.store).alarm(
            self.admin,
            "Our mail is refused by policy",
            lines=[f"A server refused a digest with {bounce.status}: {bounce.said[:300]}", "Nobody was cut off because of it."],
            steps=[
                "Look whether SPF, DKIM and DMARC of the sender's domain are right, and whether its address is on a block list.",
                "`digest status --failed` lists the digests that were refused.",
            ],
            once=f"policy:{now.date().isoformat()}",
            now=now,
        )


def _tokens_in(evidence: str) -> Iterator[str]:
    """At most a few of each kind: verifying costs a little, and a report may be stuffed."""
    found = [*_TOKEN.findall(evidence)[:20], *_PAGE.findall(evidence)[:20]]
    yield from dict.fromkeys(found)
