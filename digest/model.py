"""The nouns of the house, and its two state machines as transition tables.

Every noun is frozen: a change is a new value. Sequences are tuples, instants are aware UTC datetimes, days are dates. Nothing
here reads a clock, a file or a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from digest.errors import ConfigError, SourceError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


# --- What there is to read -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """One work, its newest version, one identity across sources. All text is clean (`digest.text`), never markup."""

    id: str                                #: the shown name: `arxiv:…`, `doi:…` or `SOURCE:…` (see `digest.identity`)
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()       #: as the source names them, the primary one first
    published: datetime | None = None      #: when its first version appeared
    announced: date | None = None          #: the day on which a source announced or listed it, by that source's own calendar
    announce_type: str = ""                #: arXiv's: new, cross, replace, replace-cross; "" where a source has no such thing
    url: str = ""                          #: of the page that people should open
    pdf_url: str = ""
    code_url: str = ""
    project_url: str = ""
    discussion_url: str = ""
    doi: str = ""                          #: lower case, bare
    comment: str = ""                      #: the authors' own remark ("12 pages, accepted at …")
    summary: str = ""                      #: one line in the source's own words, "" where it has none
    keywords: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()          #: every name it is known under, `id` among them
    sources: tuple[str, ...] = ()          #: who told us: arxiv, huggingface, …
    version: int = 1
    withdrawn: bool = False
    key: int = 0                           #: the store's surrogate key; 0 = not from the store
    first_seen: datetime | None = None     #: when we first saw it announced; None = known (replaced, liked) but never news


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a source said of a paper's popularity at a moment. None is unknown, which is not zero."""

    paper: str                             #: the paper's name
    source: str
    at: datetime
    listed: date | None = None             #: the day whose list it stood on: its votes age from here
    upvotes: int | None = None
    comments: int | None = None
    stars: int | None = None               #: of the linked repository


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server gave us to ask "anything new?" with (RFC 9110, sections 8.8.2 and 8.8.3)."""

    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one pull of one source brought, or why it brought nothing."""

    source: str
    at: datetime
    papers: tuple[Paper, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    validators: tuple[Validator, ...] = ()
    error: SourceError | None = None       #: papers that arrived before the failure are kept all the same
    note: str = ""                         #: what a reader of `status` should know: "Saturday: nothing is announced"
    seconds: float = 0.0


# --- Who reads it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Topic:
    """One interest of one person; equal topics of different people are the same topic, and scored once."""

    name: str
    keywords: tuple[str, ...] = ()         #: words, "some phrases", prefix*
    text: str = ""
    exclude: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    like: tuple[str, ...] = ()             #: names of papers to resemble
    weight: float = 1.0

    @property
    def query(self) -> str:
        """The free text to search for: the name serves only where nothing else was given."""
        return self.text or ("" if self.keywords or self.like else self.name)


class Layout(StrEnum):
    FULL = "full"
    COMPACT = "compact"


class WhenEmpty(StrEnum):
    SKIP = "skip"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's address, clock, limits and interests. `subscriber.topics` is her topic profile."""

    email: str
    topics: tuple[Topic, ...]
    name: str = ""
    timezone: str = "UTC"                  #: an IANA name
    send_at: time = time(8)                #: local
    days: tuple[int, ...] = (0, 1, 2, 3, 4)  #: weekdays she wants mail on, Monday 0 to Sunday 6
    max_papers: int = 12                   #: of a whole mail
    trending: int = 3                      #: of them, papers outside her topics
    layout: Layout = Layout.FULL
    language: str = "en"
    when_empty: WhenEmpty = WhenEmpty.SKIP
    paused_until: date | None = None       #: the first local day on which she gets mail again
    key: int = 0                           #: the store's surrogate key; 0 = not from the store

    @property
    def weekly(self) -> bool:
        """One mail a week looks back two weeks instead of one."""
        return len(self.days) == 1


@dataclass(frozen=True, slots=True)
class RosterFile:
    """One file of `subscribers/` as it was read: who is in it, and what is wrong with it.

    While a file has faults, nobody whom it once held is stopped: she is served by her last good profile.
    """

    name: str                              #: relative to the folder
    hash: str                              #: of its bytes and the defaults, so that an unchanged file is skipped; "" = unread
    subscribers: tuple[Subscriber, ...] = ()
    faults: tuple[ConfigError, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """All files of `subscribers/`, or the reason why the folder could not be read (then nobody is stopped)."""

    files: tuple[RosterFile, ...] = ()
    fault: ConfigError | None = None

    @property
    def subscribers(self) -> tuple[Subscriber, ...]:
        return tuple(each for file in self.files for each in file.subscribers)

    @property
    def faults(self) -> tuple[ConfigError, ...]:
        return ((self.fault,) if self.fault else ()) + tuple(each for file in self.files for each in file.faults)


# --- What was chosen, and why --------------------------------------------------------------------------------------------

HIT_KINDS = ("keyword", "text", "related", "author", "category", "like", "learned", "trending", "rest")


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason: a term of the topic met the paper in a field and added `contribution` to its score."""

    kind: str                              #: one of HIT_KINDS
    term: str
    field: str = ""                        #: title, abstract, authors, categories or ""
    contribution: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """A paper met a topic. The contributions of its hits sum to its relevance."""

    paper: Paper
    topic: Topic
    relevance: float
    hits: tuple[Hit, ...] = ()
    followed: str = ""                     #: the followed author who is on it, "" = none


@dataclass(frozen=True, slots=True)
class Trend:
    """How much a paper is talked about, with every part of the score. None is unknown, which is not zero."""

    score: float
    upvotes: int | None = None
    gain: int | None = None                #: upvotes since about a day ago
    comments: int | None = None
    stars: int | None = None
    stars_gain: int | None = None
    age_days: float = 0.0
    parts: tuple[tuple[str, float], ...] = ()  #: name and value of each part, in the order in which they are combined
    history: tuple[int, ...] = ()          #: upvotes at successive sightings, oldest first, for the sparkline


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a digest with its reasons."""

    number: int                            #: from 1, through all sections
    paper: Paper
    score: float
    why: tuple[Hit, ...] = ()
    trend: Trend | None = None
    topic: str = ""                        #: the name of the topic it stands for, "" in the trending section
    folded: tuple[str, ...] = ()           #: names of near-duplicates that this item stands for


class SectionKind(StrEnum):
    AUTHOR = "author"
    TOPIC = "topic"
    TRENDING = "trending"


@dataclass(frozen=True, slots=True)
class Section:
    """Items under one heading; `title` is the topic's name, or "" where the kind says it all."""

    kind: SectionKind
    title: str
    items: tuple[Item, ...]


class EmptyReason(StrEnum):
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SOURCE_DOWN = "source_down"
    NOTHING_NEW = "nothing_new"
    NOTHING_MATCHED = "nothing_matched"


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing to say, in one honest sentence, with the best paper that fell short of the threshold if there is one."""

    reason: EmptyReason
    text: str
    near_miss: Item | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one digest: papers that were candidates, that met a topic, that are shown."""

    new: int = 0
    matched: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """One subscriber's selection for one local date, or the honest reason why it is empty."""

    subscriber: Subscriber
    date: date
    sections: tuple[Section, ...] = ()
    counts: Counts = field(default_factory=Counts)
    empty: Empty | None = None
    silence: str = ""                      #: one line on the days since the last digest that were silent, "" = none were
    notes: tuple[str, ...] = ()            #: what else she should know: "No popularity signal for your field."

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)


# --- Delivery ------------------------------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """Postfix's words where it has them; an administrator knows them."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"
    BOUNCED = "bounced"
    EXPIRED = "expired"


class DeliveryEvent(StrEnum):
    CLAIMED = "claimed"                    #: a process took it, under a lease; a deferred or uncertain one when its retry is due
    ACCEPTED = "accepted"                  #: 250 after the final dot
    NOTHING_TO_SAY = "nothing_to_say"
    UNSUBSCRIBED = "unsubscribed"          #: between claim and hand-over
    FAILED_FOR_NOW = "failed_for_now"      #: 4xx, no line, or a fault of our own
    REFUSED = "refused"                    #: 5xx
    LINE_LOST = "line_lost"                #: after the final dot and before its answer
    LEASE_RAN_OUT = "lease_ran_out"        #: its process died; another one takes over
    SET_ASIDE = "set_aside"                #: three processes died on it
    TOO_LATE = "too_late"                  #: the time to catch up is over


_D, _E = DeliveryState, DeliveryEvent

#: A pair that is not here is a fault of the program. `uncertain` is claimed at most once more: a second loss is final.
DELIVERY: Mapping[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (_D.DUE, _E.CLAIMED): _D.SENDING,
    (_D.DUE, _E.TOO_LATE): _D.EXPIRED,
    (_D.SENDING, _E.ACCEPTED): _D.SENT,
    (_D.SENDING, _E.NOTHING_TO_SAY): _D.SKIPPED,
    (_D.SENDING, _E.UNSUBSCRIBED): _D.SKIPPED,
    (_D.SENDING, _E.FAILED_FOR_NOW): _D.DEFERRED,
    (_D.SENDING, _E.REFUSED): _D.BOUNCED,
    (_D.SENDING, _E.LINE_LOST): _D.UNCERTAIN,
    (_D.SENDING, _E.LEASE_RAN_OUT): _D.SENDING,
    (_D.SENDING, _E.SET_ASIDE): _D.DEFERRED,
    (_D.DEFERRED, _E.CLAIMED): _D.SENDING,
    (_D.DEFERRED, _E.TOO_LATE): _D.EXPIRED,
    (_D.UNCERTAIN, _E.CLAIMED): _D.SENDING,
}

#: States in which nothing more will happen by itself.
FINAL = frozenset({_D.SENT, _D.SKIPPED, _D.BOUNCED, _D.EXPIRED})


def delivery_after(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """The state that follows. Raises ValueError on a pair that cannot happen."""
    try:
        return DELIVERY[state, event]
    except KeyError:
        raise ValueError(f"a delivery that is {state} cannot be {event}") from None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The record of sending one mail: a subscriber's digest for one local date, or any other mail."""

    key: int
    kind: str                              #: "digest", or the name of another mail
    recipient: str                         #: the address
    state: DeliveryState
    subscriber: int = 0                    #: her surrogate key; 0 = a mail that belongs to nobody in the store
    date: date | None = None               #: the local date of a digest
    message_id: str = ""                   #: set when it is frozen, the same on every attempt
    frozen: str = ""                       #: JSON: what it says, in order, with reasons; enough to build the same message again
    reason: str = ""                       #: why it is skipped, deferred, bounced, …
    attempts: int = 0
    crashes: int = 0
    losses: int = 0                        #: times the line was lost after the final dot
    retry_at: datetime | None = None
    lease_until: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A digest that will be due: one for each subscriber and local date, which the database enforces."""

    subscriber: int
    recipient: str
    date: date
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a claimed delivery is going to say, written down before its first byte leaves."""

    key: int
    frozen: str
    message_id: str
    papers: tuple[int, ...] = ()           #: keys of the papers it shows: they count as sent from now on


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claimed delivery, and when it may be tried again."""

    key: int
    event: DeliveryEvent
    now: datetime
    reason: str = ""
    code: int = 0                          #: the SMTP reply code, 0 = there was none
    retry_at: datetime | None = None
    attempted: bool = True                 #: False where its own dialogue never began: such an end counts as no attempt


# --- Subscription --------------------------------------------------------------------------------------------------------


class SubscriptionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    STOPPED = "stopped"                    #: her file is gone
    SUPPRESSED = "suppressed"              #: never write, whatever a file says


class SubscriptionEvent(StrEnum):
    SIGNED_UP = "signed_up"                #: by mail or form
    FILE_APPEARED = "file_appeared"
    FILE_APPEARED_UNCONFIRMED = "file_appeared_unconfirmed"  #: where YAML subscribers are asked as well
    CONFIRMED = "confirmed"
    FILE_REMOVED = "file_removed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DECLINED = "declined"                  #: "this was not me"
    TOO_OLD = "too_old"                    #: never confirmed
    REVIVED = "revived"                    #: by herself, confirmed, or by an admin


_S, _V = SubscriptionState, SubscriptionEvent

#: None is "no row": before the first event, and after an unconfirmed request grew too old.
SUBSCRIPTION: Mapping[tuple[SubscriptionState | None, SubscriptionEvent], SubscriptionState | None] = {
    (None, _V.SIGNED_UP): _S.PENDING,
    (None, _V.FILE_APPEARED): _S.ACTIVE,
    (None, _V.FILE_APPEARED_UNCONFIRMED): _S.PENDING,
    (_S.PENDING, _V.SIGNED_UP): _S.PENDING,
    (_S.PENDING, _V.FILE_APPEARED): _S.ACTIVE,
    (_S.PENDING, _V.FILE_APPEARED_UNCONFIRMED): _S.PENDING,
    (_S.PENDING, _V.CONFIRMED): _S.ACTIVE,
    (_S.PENDING, _V.DECLINED): _S.SUPPRESSED,
    (_S.PENDING, _V.TOO_OLD): None,
    (_S.ACTIVE, _V.FILE_REMOVED): _S.STOPPED,
    (_S.ACTIVE, _V.UNSUBSCRIBED): _S.SUPPRESSED,
    (_S.ACTIVE, _V.BOUNCED): _S.SUPPRESSED,
    (_S.ACTIVE, _V.COMPLAINED): _S.SUPPRESSED,
    (_S.STOPPED, _V.FILE_APPEARED): _S.ACTIVE,
    (_S.STOPPED, _V.FILE_APPEARED_UNCONFIRMED): _S.ACTIVE,
    (_S.STOPPED, _V.UNSUBSCRIBED): _S.SUPPRESSED,
    (_S.STOPPED, _V.BOUNCED): _S.SUPPRESSED,
    (_S.STOPPED, _V.COMPLAINED): _S.SUPPRESSED,
    (_S.SUPPRESSED, _V.REVIVED): _S.ACTIVE,
}


def subscription_after(state: SubscriptionState | None, event: SubscriptionEvent) -> SubscriptionState | None:
    """The state that follows. Raises ValueError on a pair that cannot happen."""
    try:
        return SUBSCRIPTION[state, event]
    except KeyError:
        raise ValueError(f"a subscription that is {state or 'unknown'} cannot be {event}") from None


@dataclass(frozen=True, slots=True)
class Consent:
    """Proof that she asked for it (GDPR, article 7): how, when, and when she confirmed."""

    how: str                               #: "mail", "form", "file", "admin"
    at: datetime
    confirmed: datetime | None = None
    detail: str = ""                       #: the file's name, the Message-ID of the request, …


@dataclass(frozen=True, slots=True)
class Subscription:
    """May we write to this address?"""

    email: str
    state: SubscriptionState
    reason: str = ""
    since: datetime | None = None
    consent: Consent | None = None
