"""One mail that came in: what it is, what it changes, and which answer it gets.

    a report of a mail that came back   has its effect when it shows a token of ours (`digest.returns`)
    what a machine wrote                does nothing, and is not answered; but "unsubscribe" with a token is heeded
    an answer to a question of ours     confirms it, whatever it says, unless it says no
    a mail with a token                 is hers: its commands are carried out (`digest.clerk`)
    a mail without one                  is perhaps from whoever it says: "subscribe" asks the address whether it wants mail, any
                                        other command asks it to approve, "help" is answered

An answer goes to the envelope sender when that equals From, and to nobody else. Each mail is answered once, each address ten
times a day. What is done twice is done once: a mail may be handled again after a crash.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from digest import clerk, notes
from digest.clerk import Clerk
from digest.errors import TokenError
from digest.mail.catalogue import language
from digest.model import Subscriber, SubscriptionEvent, SubscriptionState
from digest.notes import Note, Post
from digest.returns import Judge, Returns
from digest.store.store import Store
from digest.store.subscribers import Enrolled
from digest.subscription import bounces, changes, limits, manners, membership
from digest.subscription.commands import Command, Verb, Wishes, commands
from digest.subscription.letter import Letter, parse
from digest.subscription.manners import OwnAddresses
from digest.subscription.membership import CONFIRM_WITHIN, Answer
from digest.tokens import Purpose, Signer, Verified

_S = SubscriptionState
_ONE_DAY = timedelta(days=1)
_TYPED = re.compile(r"\b[a-z2-7]{29,42}\b", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one mail."""

    what: str                              #: in one phrase, for the log
    answer: str = ""                       #: the kind of mail that was put into the outbox, "" = none
    begins: bool = False                   #: somebody's first digest is due now


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Handles mails, one at a time; everything it needs is handed in."""

    store: Store
    signer: Signer
    ours: OwnAddresses
    newcomer: Callable[[str], Subscriber]  #: somebody new with this address and the defaults of the settings
    message_ids: Callable[[int, date], Iterable[str]]  #: what a subscriber's digest of a date may be called, one for each key
    admin: str = ""

    @property
    def returns(self) -> Returns:
        return Returns(Judge(self.store, self.admin), self.signer)

    @property
    def post(self) -> Post:
        return Post(self.store)

    def handle(self, raw: bytes, *, now: datetime, sender: str | None = None, recipient: str = "") -> Handled:
        """Everything that one mail is to bring about; when this returns, it is durable."""
        letter = parse(raw, sender=sender, recipient=recipient)
        if came_back := self._report(letter, raw, now):
            return came_back
        if why := manners.machine(letter, self.ours):
            return self._machine(letter, why, now)
        if self.store.deliveries.once(_once(letter)):
            return Handled("answered before")
        return self._from_somebody(letter, commands(letter), now)

    def tidy(self, *, now: datetime) -> int:
        """Delete requests that nobody confirmed in time; answers how many."""
        return self.store.subscribers.drop_unconfirmed(now - CONFIRM_WITHIN)

    # --- Machines ---

    def _report(self, letter: Letter, raw: bytes, now: datetime) -> Handled | None:
        """The effect of a report of a mail that came back; None when it is none."""
        tokens = tuple(self.ours.tokens(letter, self.ours.bounce)) if self.ours.bounce else ()
        if not tokens and not manners.machine(letter, self.ours):
            return None
        returned = bounces.read(raw)
        return Handled(self.returns.heed(returned, tokens, now=now)) if returned else None

    def _machine(self, letter: Letter, why: str, now: datetime) -> Handled:
        """Mail programs unsubscribe by a mail of their own making (RFC 2369, 3.2): with a token and just that subject it counts."""
        if letter.subject.strip().lower() == "unsubscribe":
            for found in self._tokens(letter, Purpose.REPLY):
                came = membership.leave(self.store.subscribers, found.subject, now=now)
                return Handled(f"unsubscribed by a machine: {came}")
        return Handled(f"not answered: {why}")

    # --- People ---

    def _from_somebody(self, letter: Letter, wishes: Wishes, now: datetime) -> Handled:
        for found in self._tokens(letter, Purpose.CONFIRM):
            return self._to_question(found, letter, wishes, now)
        for found in self._tokens(letter, Purpose.WISH):
            return self._to_approval(found, letter, wishes, now)
        her, day = self._known_by_token(letter)
        if her and not (Verb.SUBSCRIBE in wishes.verbs and letter.author != her.subscriber.email.lower()):
            return self._hers(her, day, letter, wishes, now)
        return self._anybodys(letter, wishes, now)

    def _to_question(self, found: Verified, letter: Letter, wishes: Wishes, now: datetime) -> Handled:
        """An answer to "do you want mail?": a yes whatever it says, unless it says no."""
        people, key = self.store.subscribers, found.subject
        if wishes.verbs & {Verb.DECLINE, Verb.UNSUBSCRIBE}:
            return Handled(f"declined: {membership.decline(people, key, now=now)}")
        if found.at is None or now - found.at > CONFIRM_WITHIN:
            return self._too_late(key, letter, now)
        came = membership.confirm(people, lambda *_, **__: None, key, asked=found.at, now=now)
        her = people.by_number(key)
        if came is Answer.REFUSED or her is None:
            return Handled("a confirmation of what is over")
        begins = self.post("welcome", her.subscriber, now=now)
        return Handled(f"confirmed: {came}", "welcome" if begins else "", begins)

    def _too_late(self, key: int, letter: Letter, now: datetime) -> Handled:
        her = self.store.subscribers.by_number(key)
        if her is None or letter.answerable != her.subscriber.email.lower():
            return Handled("a confirmation that came too late")
        return self._ask_newcomer(her.subscriber, letter, now)

    def _to_approval(self, found: Verified, letter: Letter, wishes: Wishes, now: datetime) -> Handled:
        """An answer to "was that you?": a yes to the commands that wait in our question."""
        question = self.store.deliveries.get(found.subject)
        if question is None or question.kind != "approve" or found.at is None or now - found.at > CONFIRM_WITHIN:
            return Handled("not approved: too late")
        if Verb.DECLINE in wishes.verbs:
            return Handled("not approved: declined")
        her = self.store.subscribers.by_number(question.subscriber)
        once = f"approved:{question.key}"
        if her is None or self.store.deliveries.once(once):
            return Handled("approved before")
        leaves = Verb.UNSUBSCRIBE in wishes.verbs
        waiting = wishes if leaves else Wishes(clerk.from_json(Note.from_json(question.frozen).wish))
        return self._carry_out(her, None, waiting, letter, now, to=her.subscriber.email, once=once, vouched=True)

    def _hers(self, her: Enrolled, day: date | None, letter: Letter, wishes: Wishes, now: datetime) -> Handled:
        return self._carry_out(her, day, wishes, letter, now, to=letter.answerable, once=_once(letter), vouched=False)

    def _carry_out(
        self, her: Enrolled, day: date | None, wishes: Wishes, letter: Letter, now: datetime, *, to: str, once: str, vouched: bool
    ) -> Handled:
        """Commands that are certainly hers. `vouched` = she answered a question of ours just now."""
        if Verb.UNSUBSCRIBE in wishes.verbs:
            return self._leave(her, letter, to, once, now)
        if her.subscription.state is not _S.ACTIVE:
            return self._of_the_departed(her, day, wishes, letter, now, to=to, once=once, vouched=vouched)
        done = Clerk(self.store).carry_out(her, wishes.commands, day=day, now=now)
        words = language(done.her.language)
        if wishes.left_out:
            done.refused.append(words.say("refused.too_many", n=wishes.left_out))
        if done.again:
            again = f"again:{once}"
            self.store.deliveries.enqueue(
                notes.AGAIN, done.her.email.lower(), done.again.frozen, once=again, now=now, subscriber=done.her.key
            )
        told = clerk.answer(done, words)
        what = f"{len(done.changes)} changed, {len(done.refused)} refused"
        if told is None:
            return Handled("the latest digest again", notes.AGAIN)
        return self._answer(told[0], told[1], done.her, letter, now, to=to, once=once, what=what)

    def _leave(self, her: Enrolled, letter: Letter, to: str, once: str, now: datetime) -> Handled:
        came = membership.leave(self.store.subscribers, her.subscriber.key, now=now)
        values = notes.goodbye(her.subscriber)
        return self._answer("goodbye", values, her.subscriber, letter, now, to=to, once=once, what=f"unsubscribed: {came}")

    def _of_the_departed(
        self, her: Enrolled, day: date | None, wishes: Wishes, letter: Letter, now: datetime, *, to: str, once: str, vouched: bool
    ) -> Handled:
        """She left, or was cut off, and writes again. Back she comes with a token that she got after that, or has approved."""
        since = her.since.date() if her.since else date.min
        fresh = vouched or (day is not None and day >= since and letter.author == her.subscriber.email.lower())
        back = wishes.verbs & {Verb.RESUME, Verb.SUBSCRIBE}
        if not back or not membership.may_return(her.subscription):
            return self._is_gone(her, letter, now, to=to, once=once)
        if not fresh:
            return self._ask_approval(her, wishes.commands, letter, now)
        membership.come_back(self.store.subscribers, her.subscriber.key, now=now)
        self._begin_with_topics(her.subscriber, wishes, now)
        served = self.store.subscribers.by_number(her.subscriber.key)
        begins = served is not None and self.post("welcome", served.subscriber, now=now)
        return Handled("came back", "welcome" if begins else "", begins)

    def _begin_with_topics(self, her: Subscriber, wishes: Wishes, now: datetime) -> None:
        """Mail again: no pause any more, and the topics that she named, if she did."""
        named = " , ".join(each.text for each in wishes.commands if each.verb is Verb.SUBSCRIBE)
        fields: dict[str, Any] = {"paused_until": None}
        try:
            if chosen := changes.topics(named, her.topics):
                fields |= {"topics": chosen, "trending": changes.with_topics(her, chosen).trending}
        except changes.Refused:
            pass                           # as before, then
        self.store.subscribers.overlay(her.email, fields, now)

    def _is_gone(self, her: Enrolled, letter: Letter, now: datetime, *, to: str, once: str) -> Handled:
        """Tell her so; somebody who was cut off by bounces hears of it here."""
        ended = membership.ended_by(her.subscription)
        if ended in {SubscriptionEvent.DECLINED, SubscriptionEvent.COMPLAINED}:
            return Handled("she wants no mail of ours")
        values = notes.goodbye(her.subscriber, bounced=ended is SubscriptionEvent.BOUNCED)
        return self._answer("goodbye", values, her.subscriber, letter, now, to=to, once=once, what="she is not subscribed")

    # --- Nobody knows who it is ---

    def _anybodys(self, letter: Letter, wishes: Wishes, now: datetime) -> Handled:
        """A mail without a token: nothing happens before its address has said yes, and only "help" is answered at once."""
        address = letter.answerable
        if not address:
            return Handled("not answered: its envelope sender is not its author")
        subscription, her = self.store.subscribers.subscription(address), self.store.subscribers.get(address)
        asks = tuple(each for each in wishes.commands if each.verb not in {Verb.HELP, Verb.CONFIRM, Verb.DECLINE})
        if subscription is None or subscription.state is _S.PENDING or her is None:
            return self._of_a_stranger(address, wishes, letter, now)
        if not asks:
            return self._answer("help", {}, her.subscriber, letter, now, to=address, once=_once(letter), what="help")
        if subscription.state is _S.ACTIVE or membership.may_return(subscription):
            gone = subscription.state is not _S.ACTIVE
            bounced = membership.ended_by(subscription) is SubscriptionEvent.BOUNCED
            if gone and (bounced or not wishes.verbs & {Verb.RESUME, Verb.SUBSCRIBE}):
                return self._is_gone(her, letter, now, to=address, once=_once(letter))
            return self._ask_approval(her, asks, letter, now)
        return Handled("she wants no mail of ours")

    def _of_a_stranger(self, address: str, wishes: Wishes, letter: Letter, now: datetime) -> Handled:
        new = self.newcomer(address)
        if Verb.SUBSCRIBE not in wishes.verbs:
            return self._answer("help", {}, new, letter, now, to=address, once=_once(letter), what="help for a stranger")
        named = " , ".join(each.text for each in wishes.commands if each.verb is Verb.SUBSCRIBE)
        try:
            new = changes.with_topics(new, changes.topics(named))
        except changes.Refused as why:
            words = language(new.language)
            said = {"changes": [], "refused": [words.say(why.key, **why.values)], "undo": "", "undo_url": ""}
            return self._answer("changed", said, new, letter, now, to=address, once=_once(letter), what="refused")
        return self._ask_newcomer(new, letter, now)

    def _ask_newcomer(self, new: Subscriber, letter: Letter, now: datetime) -> Handled:
        """Does this address want mail?"""
        if not self._may_ask("confirm", new.email, now):
            return Handled("not asked: the limit of questions to this address is reached")
        asked: list[str] = []

        def post(kind: str, her: Subscriber, *, now: datetime) -> None:
            note = Note({}, her.language, letter.message_id, _thread(letter))
            if self.post.send(kind, her.email, note, once=_once(letter), now=now, subscriber=her.key):
                asked.append(kind)

        membership.sign_up(self.store.subscribers, post, new, how="mail", now=now, detail=letter.message_id)
        return Handled("asked whether she wants mail" if asked else "nobody to ask", "".join(asked))

    def _ask_approval(self, her: Enrolled, asks: tuple[Command, ...], letter: Letter, now: datetime) -> Handled:
        """Did she write that? The question says which commands wait, in our words and not in those of whoever wrote."""
        address = her.subscriber.email.lower()
        if letter.answerable != address:
            return Handled("not asked: it came from another address")
        if not self._may_ask("approve", address, now):
            return Handled("not asked: the limit of questions to this address is reached")
        words = language(her.subscriber.language)
        wishes = [words.say(f"command.{verb}") for verb in dict.fromkeys(each.verb for each in asks)]
        note = Note({"wishes": wishes}, her.subscriber.language, letter.message_id, _thread(letter), clerk.as_json(asks))
        self.post.send("approve", address, note, once=_once(letter), now=now, subscriber=her.subscriber.key)
        return Handled("asked whether it was she", "approve")

    def _may_ask(self, kind: str, address: str, now: datetime) -> bool:
        """Whether one more question of that kind keeps the limits of her mailbox, in all its spellings, and of all together."""
        recent = self.store.deliveries.mailed((kind,), since=now - _ONE_DAY)
        box = limits.mailbox_of(address)
        hers = [at for recipient, at in recent if limits.mailbox_of(recipient) == box]
        everybodys = [at for _, at in recent]
        allowed = limits.allow(limits.CONFIRMATIONS, hers, now) and limits.allow(limits.CONFIRMATIONS_TO_ALL, everybodys, now)
        return allowed and self._may_answer(address, now)

    def _may_answer(self, address: str, now: datetime) -> bool:
        given = self.store.deliveries.mailed(notes.ANSWERS, since=now - _ONE_DAY, recipient=address.lower())
        return limits.allow(limits.ANSWERS, [at for _, at in given], now)

    def _answer(
        self, kind: str, values: dict[str, Any], her: Subscriber, letter: Letter, now: datetime, *, to: str, once: str, what: str
    ) -> Handled:
        """Put an answer into the outbox, as far as there is somebody to get it and she did not get too many."""
        if not to or not self._may_answer(to, now):
            return Handled(f"{what}; not answered, {'the limit is reached' if to else 'nobody knows to whom'}")
        note = Note(values, her.language, letter.message_id, _thread(letter))
        self.post.send(kind, to, note, once=once, now=now, subscriber=her.key)
        return Handled(what, kind)

    # --- Whose it is ---

    def _tokens(self, letter: Letter, purpose: Purpose) -> Iterator[Verified]:
        """Genuine tokens of a purpose in the addresses that a mail was sent to, or in its words."""
        typed = _TYPED.findall(f"{letter.subject} {letter.text[:2000]}")[:20]
        for token in (*self.ours.tokens(letter, self.ours.command), *typed):
            try:
                yield self.signer.verify(purpose, token)
            except TokenError:
                continue

    def _known_by_token(self, letter: Letter) -> tuple[Enrolled | None, date | None]:
        """Whose mail it certainly is, and which digest it answers: by the token in our address, or by the Message-ID it answers."""
        for found in self._tokens(letter, Purpose.REPLY):
            if her := self.store.subscribers.by_number(found.subject):
                return her, found.at.date() if found.at else None
        her = self.store.subscribers.get(letter.answerable) if letter.answerable and letter.answers else None
        return (her, day) if her and (day := self._answered_day(her.subscriber.key, letter)) else (None, None)

    def _answered_day(self, subscriber: int, letter: Letter) -> date | None:
        """The date of her digest that a mail answers. Its Message-ID holds a secret, so only who got it can name it."""
        for name in letter.answers:
            digits = name[1:9]
            try:
                day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
            except ValueError:
                continue
            if any(hmac.compare_digest(ours.encode(), name.encode()) for ours in self.message_ids(subscriber, day)):
                return day
        return None


def _once(letter: Letter) -> str:
    return f"answer:{letter.name}"


def _thread(letter: Letter) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*letter.answers[-2:], letter.message_id])) if letter.message_id else ()

