"""The nouns of the house, and its two state machines as transition tables.

Every noun is frozen: a change is a new value. Sequences are tuples, instants are aware UTC datetimes, days are dates. Nothing
here reads a clock, a file or a network.
"""

from digest.model.choice import (
    HIT_KINDS,
    Counts,
    Digest,
    Empty,
    EmptyReason,
    Hit,
    Item,
    Match,
    Reasons,
    Remark,
    Section,
    SectionKind,
    Trend,
)
from digest.model.delivery import (
    DELIVERY,
    FINAL,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Frozen,
    Outcome,
    Planned,
    delivery_after,
)
from digest.model.papers import (
    Fetch,
    Paper,
    Sighting,
    Validator,
)
from digest.model.people import (
    WEEKDAYS,
    Layout,
    Roster,
    RosterFile,
    Subscriber,
    Topic,
    WhenEmpty,
)
from digest.model.subscription import (
    SUBSCRIPTION,
    Consent,
    OutOfTurnError,
    Subscription,
    SubscriptionEvent,
    SubscriptionState,
    subscription_after,
)

__all__ = [
    "DELIVERY",
    "FINAL",
    "HIT_KINDS",
    "SUBSCRIPTION",
    "WEEKDAYS",
    "Consent",
    "Counts",
    "Delivery",
    "DeliveryEvent",
    "DeliveryState",
    "Digest",
    "Empty",
    "EmptyReason",
    "Fetch",
    "Frozen",
    "Hit",
    "Item",
    "Layout",
    "Match",
    "OutOfTurnError",
    "Outcome",
    "Paper",
    "Planned",
    "Reasons",
    "Remark",
    "Roster",
    "RosterFile",
    "Section",
    "SectionKind",
    "Sighting",
    "Subscriber",
    "Subscription",
    "SubscriptionEvent",
    "SubscriptionState",
    "Topic",
    "Trend",
    "Validator",
    "WhenEmpty",
    "delivery_after",
    "subscription_after",
]
