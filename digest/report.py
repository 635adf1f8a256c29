"""What one pass did, for people and for the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from digest.errors import ConfigError, DigestError, RenderError, SourceError
from digest.model import DeliveryState
from digest.store.sync import SyncReport


@dataclass(frozen=True, slots=True)
class Pulled:
    """One line of a fetch's report."""

    source: str
    found: int
    new: int
    updated: int
    seconds: float
    note: str = ""
    error: SourceError | None = None


@dataclass(slots=True)
class RunReport:
    """What one pass did, for people and for the exit code."""

    fetched: tuple[Pulled, ...] = ()
    roster: tuple[DigestError, ...] = ()  #: faults for an admin to mend
    sync: SyncReport | None = None
    due: int = 0
    reasons: Mapping[tuple[DeliveryState, str], int] = field(default_factory=dict)  #: of everybody who was due; "" where sent
    failures: list[DigestError] = field(default_factory=list)
    claimed: int = 0
    sent_now: int = 0
    ended: str = ""  #: why the round ended before its time
    suspicious: bool = False  #: it ended because so many were refused for good

    def note(self, failures: Iterable[DigestError]) -> None:
        """What went wrong, each once: a template that fails does so in every mail."""
        known = {str(each) for each in self.failures}
        for each in failures:
            if str(each) not in known:
                known.add(str(each))
                self.failures.append(each)

    @property
    def tally(self) -> Mapping[DeliveryState, int]:
        """How many of those who were due are in each state."""
        found: Counter[DeliveryState] = Counter()
        for (state, _), count in self.reasons.items():
            found[state] += count
        return dict(found)

    @property
    def in_hand(self) -> int:
        """Digests that another process has in hand."""
        return self.tally.get(DeliveryState.SENDING, 0)

    @property
    def unfinished(self) -> int:
        """Digests that are in somebody's hand, or that nobody has taken yet."""
        return self.in_hand + self.tally.get(DeliveryState.DUE, 0)

    @property
    def exit_code(self) -> int:
        """2 = something for an admin to mend, 1 = something is still open, 0 = all well; 2 comes before 1."""
        to_mend = any(isinstance(each, ConfigError | RenderError) for each in self.failures)
        if self.roster or to_mend or (self.sync and self.sync.withheld):
            return 2
        open_states = (DeliveryState.DEFERRED, DeliveryState.UNCERTAIN, DeliveryState.EXPIRED)
        still_open = any(self.tally.get(state) for state in open_states) or not self.adds_up
        return int(still_open or bool(self.failures) or any(each.error for each in self.fetched))

    @property
    def adds_up(self) -> bool:
        """Nobody who was due is unaccounted for."""
        return self.unfinished == 0 and self.due == sum(self.tally.values())
