"""How often we write to an address that asked for it, or is said to have asked. PURE.

Sign-up forms are abused to flood the mailboxes of others (subscription bombing): an address gets few confirmation mails, however
many ask for them. The figures are those of PyPI (three verification mails in six hours) and Mailman (ten automatic answers a day).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

#: At most so many in so long a time; all rules of a set hold together.
Rules = Sequence[tuple[timedelta, int]]

#: Mails to an address that did not confirm anything yet.
CONFIRMATIONS: Rules = ((timedelta(minutes=10), 1), (timedelta(hours=6), 3), (timedelta(days=1), 5))
#: Confirmations to all addresses together: more is no sign of success, but of abuse.
CONFIRMATIONS_TO_ALL: Rules = ((timedelta(hours=1), 600),)
#: Automatic answers to one address.
ANSWERS: Rules = ((timedelta(days=1), 10),)


def longest(rules: Rules) -> timedelta:
    """How far back a set of rules looks."""
    return max(span for span, _ in rules)


def allow(rules: Rules, moments: Iterable[datetime], now: datetime) -> bool:
    """Whether one more at `now` keeps all rules, after those at `moments`."""
    ages = [now - moment for moment in moments]
    return all(sum(age < span for age in ages) < most for span, most in rules)


def mailbox_of(address: str) -> str:
    """What all the spellings of an address have in common that end in one mailbox: lower case, nothing behind a `+`."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


class Ledger:
    """Counts in memory what names did lately, of the `most_names` that did something last: its size is bounded under any flood.

    Whoever is pushed out by so many others starts afresh; what must hold in any case is counted in the store as well.
    """

    def __init__(self, rules: Rules, *, most_names: int = 10_000) -> None:
        self._rules, self._most_names = rules, most_names
        self._most = max(most for _, most in rules)
        self._moments: OrderedDict[str, deque[datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._moments)

    def take(self, name: str, now: datetime) -> bool:
        """Notes that it happens once more and answers True, unless that would break a rule."""
        moments = self._moments.setdefault(name, deque(maxlen=self._most))
        self._moments.move_to_end(name)
        if len(self._moments) > self._most_names:
            self._moments.popitem(last=False)
        if any(len(moments) >= most and now - moments[-most] < span for span, most in self._rules):
            return False
        moments.append(now)
        return True
