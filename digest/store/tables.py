"""The tables as queries see them. How they came to be is in `migrations`; a test compares the two."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    text,
)

from digest.model import DeliveryState, SubscriptionState

# Made once: with options given, json.dumps makes a new encoder each time, which is most of its price.
_to_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring  # a string as JSON, in C; five times as fast as an encoder for each short list


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept and given back in UTC. SQLite drops the offset of a DateTime, and with it the instant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} says no time zone: give an aware datetime")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return f"[{','.join(map(_quoted, value))}]" if value else "[]"

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value)) if value else ()


class Document(TypeDecorator[dict[str, Any]]):
    """A JSON object, always spelled the same way, so that equal objects are equal texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else _to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else dict(json.loads(value))


class Origins(Document):
    """Whose word each field of a paper is: {field: (source, version)}. A feed's papers say the same here, so it is spelled once."""

    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str:
        return _spelled(tuple((value or {}).items()))


@lru_cache(maxsize=1024)
def _spelled(origins: tuple[tuple[str, tuple[str, int]], ...]) -> str:
    return _to_json(dict(origins))


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _state(states: type[StrEnum]) -> Enum:
    return Enum(states, native_enum=False, length=20, values_callable=lambda members: [each.value for each in members])


Key = BigInteger().with_variant(Integer, "sqlite")  #: only an INTEGER key counts up by itself in SQLite
metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

# --- What there is to read -----------------------------------------------------------------------------------------------

papers = Table(
    "papers",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Text, nullable=False),  # the shown name
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", Words, nullable=False),
    Column("categories", Words, nullable=False),
    Column("published", Instant),
    Column("announced", Date),
    Column("announce_type", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("pdf_url", Text, nullable=False),
    Column("code_url", Text, nullable=False),
    Column("project_url", Text, nullable=False),
    Column("discussion_url", Text, nullable=False),
    Column("doi", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("keywords", Words, nullable=False),
    Column("aliases", Words, nullable=False),  # all of them once more, so that reading a paper is reading one row
    Column("sources", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("first_seen", Instant),
    Column("kept_at", Instant, nullable=False),  # when the row was made
    Column("origins", Origins, nullable=False),  # whose word each field is: {field: [source, version]}
    Index("papers_by_first_seen", "first_seen"),
    Index("papers_by_announced", "announced"),
    sqlite_autoincrement=True,  # a key is never given twice: old mails speak of it
)

aliases = Table(
    "aliases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paper", Key, ForeignKey("papers.key", ondelete="CASCADE"), nullable=False),
    Index("aliases_by_paper", "paper"),
)

#: A paper that turned out to be another one: its old key still stands in links and frozen digests.
merged_papers = Table(
    "merged_papers",
    metadata,
    Column("old", Key, primary_key=True, autoincrement=False),
    Column("paper", Key, ForeignKey("papers.key", ondelete="CASCADE"), nullable=False),
    Index("merged_papers_by_paper", "paper"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("key", Key, primary_key=True),
    Column("paper", Key, ForeignKey("papers.key", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("listed", Date),
    Column("upvotes", Integer),
    Column("comments", Integer),
    Column("stars", Integer),
    Index("sightings_by_paper", "paper", "source", "at"),
    Index("sightings_by_at", "at"),
)

fetches = Table(
    "fetches",
    metadata,
    Column("key", Key, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("found", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("error", Text, nullable=False),  # "" = all well
    Column("note", Text, nullable=False),
    Index("fetches_by_source", "source", "at"),
)

validators = Table(
    "validators",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("at", Instant),                 # of the answer that gave it; addresses with a date in them are not asked for long
)

# --- Who reads it --------------------------------------------------------------------------------------------------------

#: `address` is the e-mail address in lower case, or `forgotten:` and a keyed hash of it once she asked to be forgotten.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("address", Text, primary_key=True),
    Column("email", Text, nullable=False),  # as she writes it, "" once forgotten
    Column("state", _state(SubscriptionState), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("consent_how", Text, nullable=False),
    Column("consent_at", Instant),
    Column("consent_confirmed", Instant),
    Column("consent_detail", Text, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("key", Key, primary_key=True),
    Column("address", Text, ForeignKey("subscriptions.address"), nullable=False, unique=True),
    Column("profile", Document, nullable=False),  # as her file, or she herself, first said it
    Column("overlay", Document, nullable=False),  # what she changed since in a profile that comes from a file
    Column("origin", Text, nullable=False),  # the file's name, "" = she came by mail or form
    Column("changed_at", Instant, nullable=False),  # the profile or the overlay
    Column("next_due", Instant),  # NULL = to be reckoned: she is new, or changed something
    Index("subscribers_by_next_due", "next_due"),
    Index("subscribers_by_origin", "origin"),
    sqlite_autoincrement=True,
)

#: The files of `subscribers/` as they were last taken over, so that an unchanged one is skipped; hash "" while one has faults.
roster_files = Table("roster_files", metadata, Column("name", Text, primary_key=True), Column("hash", Text, nullable=False))

votes = Table(
    "votes",
    metadata,
    Column("subscriber", Key, ForeignKey("subscribers.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("paper", Key, ForeignKey("papers.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),  # more | less
    Column("at", Instant, nullable=False),
    Index("votes_by_paper", "paper"),
    sqlite_with_rowid=False,
)

#: Digests that came back, or were refused at once: one row for each, whatever is reported how often.
bounces = Table(
    "bounces",
    metadata,
    Column("subscriber", Key, ForeignKey("subscribers.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),  # the digest's local date
    Column("damage", Text, nullable=False),  # hard | soft | policy
    Column("status", Text, nullable=False),  # RFC 3463, "" = none was given
    Column("said", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# --- Delivery ------------------------------------------------------------------------------------------------------------


#: The journal. `once` is what makes a mail unique, whatever its kind: "digest:SUBSCRIBER:DATE", "answer:MESSAGE-ID", …
deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Key, primary_key=True),
    Column("once", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subscriber", Key, ForeignKey("subscribers.key", ondelete="SET NULL")),
    Column("date", Date),
    Column("state", _state(DeliveryState), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("code", Integer, nullable=False, server_default="0"),  # the SMTP reply code, 0 = none
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text, nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("retry_at", Instant),
    Column("due_at", Instant),
    Column("sent_at", Instant),
    Column("message_id", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
# Only what is still to be done stands in the indexes that claims use, however long the journal grows. So `retry_at` is set only
# while a retry is to come, `lease_until` only while a process holds it; `retry_at <= now` is enough to be served by the index.
Index("deliveries_by_retry", deliveries.c.retry_at, deliveries.c.key, **_where("retry_at IS NOT NULL"))
Index("deliveries_by_lease", deliveries.c.lease_until, deliveries.c.key, **_where("lease_until IS NOT NULL"))
Index("deliveries_due", deliveries.c.due_at, deliveries.c.key, **_where("state = 'due'"))  # ask with `is_due`, below
Index("deliveries_by_date", deliveries.c.date)
Index("deliveries_refused", deliveries.c.date, deliveries.c.key, **_where("state = 'bounced'"))  # ask with `is_refused`
Index("deliveries_other", deliveries.c.kind, deliveries.c.due_at, **_where("kind <> 'digest'"))  # ask with `is_other`
Index("deliveries_by_subscriber", deliveries.c.subscriber, deliveries.c.date)
Index("deliveries_by_recipient", deliveries.c.recipient, deliveries.c.kind, deliveries.c.due_at)


def is_due() -> ColumnElement[bool]:
    """The state, written out in the statement: with a parameter in its place SQLite cannot see that the index serves."""
    return deliveries.c.state == bindparam("due", DeliveryState.DUE, literal_execute=True)


def is_refused() -> ColumnElement[bool]:
    """The same for digests that a server refused for good."""
    return deliveries.c.state == bindparam("bounced", DeliveryState.BOUNCED, literal_execute=True)


def is_other() -> ColumnElement[bool]:
    """Any mail but a digest, likewise."""
    return deliveries.c.kind != bindparam("digest", "digest", literal_execute=True)


#: What a frozen mail says (JSON), beside its row: recording an outcome then writes a hundred bytes and not ten thousand.
frozen = Table(
    "frozen",
    metadata,
    Column("delivery", Key, ForeignKey("deliveries.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)

#: The ledger: which papers a frozen digest shows. A paper was sent, or is on its way, unless its delivery bounced, expired or
#: was skipped. Two papers may become one and two digests may show the same paper (the first one bounced), so only the three
#: together are unique. Plain numbers and no foreign keys, for three reasons: the ledger outlives the journal, whose old rows are
#: deleted; a digest may be frozen a moment after its subscriber was forgotten or a paper of it merged, and neither may stop the
#: batch; and it is the longest table. Where a key may be that old, read it through `merged_papers`.
sent_papers = Table(
    "sent_papers",
    metadata,
    Column("subscriber", Key, primary_key=True, autoincrement=False),
    Column("paper", Key, primary_key=True, autoincrement=False),
    Column("delivery", Key, primary_key=True, autoincrement=False),
    Index("sent_papers_by_paper", "paper"),
    sqlite_with_rowid=False,
)

#: Small things that must survive a restart: the token bucket, the last pass, the salt of forgotten addresses.
meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
