"""The files of `subscribers/`, taken over into the store.

Who appears in a file is enrolled; whose file (or entry) is gone is stopped, and comes back when it does. A file that did not change
is not looked into again. Nobody is stopped because of a file that has faults, or when so many are gone at once that it looks like
an accident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from digest.model import Consent, Roster, Subscriber, SubscriptionEvent, SubscriptionState, subscription_after
from digest.store.addresses import FORGOTTEN, address_of, forgotten_name, salt
from digest.store.engine import chunks, put, upsert
from digest.store.profile import consent_columns, to_json
from digest.store.tables import roster_files, subscribers, subscriptions

CHUNK = 1000  #: names to a statement

_S, _V = SubscriptionState, SubscriptionEvent


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in numbers of subscribers."""

    added: int = 0
    changed: int = 0                       #: their profiles
    stopped: int = 0
    back: int = 0                          #: stopped once, there again
    unchanged: int = 0
    withheld: str = ""                     #: why nobody was stopped although entries are gone, and how to confirm; "" = nothing was


@dataclass(frozen=True, slots=True)
class _Entry:
    """One subscriber as a file has her."""

    file: str
    subscriber: Subscriber


@dataclass(slots=True)
class _Changes:
    """What is to be written."""

    new: dict[str, _Entry] = field(default_factory=dict)
    profiles: list[dict[str, Any]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    changed: int = 0
    back: int = 0


def sync_roster(connection: Connection, roster: Roster, *, now: datetime, confirm: bool, appeared: SubscriptionEvent) -> SyncReport:
    """Make the store say what the files say; `confirm` stops whoever is gone, however many they are."""
    entries = _entries(roster)
    hashes = dict(connection.execute(select(roster_files.c.name, roster_files.c.hash)).all())
    touched = {file.name for file in roster.files if file.faults or hashes.get(file.name) != file.hash}
    gone = set() if roster.fault else set(hashes) - {file.name for file in roster.files}
    known = _known(connection, touched | gone, [address for address, entry in entries.items() if entry.file in touched])
    changes = _compare(entries, known, touched, appeared, now)
    added = _enrol(connection, changes.new, appeared, now)
    _write(connection, changes)

    leaving = _leaving(roster, entries, known)
    withheld = "" if confirm and not roster.fault else _why_not(connection, roster, len(leaving))
    if not withheld:
        _stop(connection, leaving, now)
        _forget_files(connection, gone)
    unsettled = {row.origin for row in leaving} if withheld else set()
    _remember_files(connection, roster, touched, unsettled)
    unchanged = len(entries) - added - changes.changed - changes.back
    return SyncReport(added, changes.changed, 0 if withheld else len(leaving), changes.back, unchanged, withheld)


def _entries(roster: Roster) -> dict[str, _Entry]:
    """By address; of one who stands in two files, which the roster reports as a fault, the first entry counts."""
    found: dict[str, _Entry] = {}
    for file in roster.files:
        for each in file.subscribers:
            found.setdefault(address_of(each.email), _Entry(file.name, each))
    return found


def _known(connection: Connection, origins: set[str], addresses: list[str]) -> dict[str, Row[Any]]:
    """What the store has of everybody who came, or comes now, from one of these files, by address."""
    found: dict[str, Row[Any]] = {}
    query = select(subscribers, *(subscriptions.c[name] for name in ("state", "email", "since"))).join(subscriptions)
    for column, wanted in ((subscribers.c.origin, origins), (subscribers.c.address, addresses)):
        for some in chunks(wanted, CHUNK):
            found.update((row.address, row) for row in connection.execute(query.where(column.in_(some))))
    return found


def _compare(
    entries: Mapping[str, _Entry], known: Mapping[str, Row[Any]], touched: set[str], appeared: SubscriptionEvent, now: datetime
) -> _Changes:
    changes = _Changes()
    for address, entry in entries.items():
        if row := known.get(address):
            _compare_one(row, entry, changes, appeared, now)
        elif entry.file in touched:
            changes.new[address] = entry
    return changes


def _compare_one(row: Row[Any], entry: _Entry, changes: _Changes, appeared: SubscriptionEvent, now: datetime) -> None:
    """Her own changes hold, except where the file now says something new about the same key."""
    profile = to_json(entry.subscriber)
    said_anew = {name for name, value in profile.items() if value != row.profile.get(name)}
    overlay = {name: value for name, value in row.overlay.items() if name not in said_anew}
    state = subscription_after(row.state, appeared) if row.state in {_S.STOPPED, _S.PENDING} else row.state
    if said_anew or row.origin != entry.file:
        reckoned = row.next_due if not said_anew else None
        values = {"profile": profile, "overlay": overlay, "origin": entry.file, "changed_at": now, "next_due": reckoned}
        changes.profiles.append({"this": row.key} | values)
    if state != row.state or entry.subscriber.email != row.email:
        since = row.since if state == row.state else now
        changes.states.append({"this": row.address, "state": state, "email": entry.subscriber.email, "since": since})
    if row.state == _S.STOPPED:
        changes.back += 1
    elif said_anew or state != row.state:
        changes.changed += 1


def _enrol(connection: Connection, new: Mapping[str, _Entry], appeared: SubscriptionEvent, now: datetime) -> int:
    """Enrol who is new, except those who asked to be forgotten; answers how many."""
    forgotten = set(connection.scalars(select(subscriptions.c.address).where(subscriptions.c.address.startswith(FORGOTTEN))))
    secret = salt(connection)
    welcome = {name: each for name, each in new.items() if not forgotten or forgotten_name(name, secret) not in forgotten}
    if not welcome:
        return 0
    first = {"state": subscription_after(None, appeared), "reason": "", "since": now}
    consents = [
        {"address": address, "email": entry.subscriber.email} | first | consent_columns(Consent("file", now, detail=entry.file))
        for address, entry in welcome.items()
    ]
    profiles = [
        {"address": address, "profile": to_json(entry.subscriber), "overlay": {}, "origin": entry.file, "changed_at": now}
        for address, entry in welcome.items()
    ]
    connection.execute(upsert(connection, subscriptions).on_conflict_do_nothing(), consents)  # a suppressed address stays so
    connection.execute(insert(subscribers), profiles)
    return len(welcome)


def _write(connection: Connection, changes: _Changes) -> None:
    if changes.profiles:
        connection.execute(update(subscribers).where(subscribers.c.key == bindparam("this")), changes.profiles)
    if changes.states:
        connection.execute(update(subscriptions).where(subscriptions.c.address == bindparam("this")), changes.states)


# --- Who is gone ---------------------------------------------------------------------------------------------------------


def _leaving(roster: Roster, entries: Mapping[str, _Entry], known: Mapping[str, Row[Any]]) -> list[Row[Any]]:
    """Who came from a file that no longer has her. A file with faults may have her on the line that cannot be read."""
    faulty = {file.name for file in roster.files if file.faults}
    return [
        row
        for address, row in known.items()
        if address not in entries and row.origin and row.origin not in faulty and row.state in {_S.ACTIVE, _S.PENDING}
    ]


def _why_not(connection: Connection, roster: Roster, leaving: int) -> str:
    """The reason not to stop anybody, "" when there is none."""
    here = select(func.count()).select_from(subscribers).join(subscriptions)
    here = here.where(subscribers.c.origin != "", subscriptions.c.state.in_([_S.ACTIVE, _S.PENDING]))
    everybody = connection.execute(here).scalar_one()
    if roster.fault:
        served = f"the files could not be read, so all {everybody} subscribers of theirs are served as before"
        return f"{served}; `digest subscribers sync --confirm` stops them once the folder is there and empty" if everybody else ""
    if leaving * 2 <= everybody:
        return ""
    lost = f"{leaving} of {everybody} subscribers are gone from the files at once"
    return f"{lost}, so nobody was stopped: if that is meant, run `digest subscribers sync --confirm`"


def _stop(connection: Connection, leaving: list[Row[Any]], now: datetime) -> None:
    """Stop who was active; a request that she never confirmed is gone with its file."""
    for state, event in ((_S.ACTIVE, _V.FILE_REMOVED), (_S.PENDING, _V.TOO_OLD)):
        some = [row for row in leaving if row.state == state]
        after = subscription_after(state, event)
        if some and after:
            values = {"state": after, "reason": "file removed", "since": now}
            rows = [{"this": row.address} | values for row in some]
            connection.execute(update(subscriptions).where(subscriptions.c.address == bindparam("this")), rows)
        elif some:
            for table in (subscribers, subscriptions):
                rows = [{"this": row.address} for row in some]
                connection.execute(delete(table).where(table.c.address == bindparam("this")), rows)


# --- Which files are settled ---------------------------------------------------------------------------------------------


def _remember_files(connection: Connection, roster: Roster, touched: set[str], unsettled: set[str]) -> None:
    """A file that has faults, or entries gone that nobody confirmed, is looked into again next time."""
    rows = [
        {"name": file.name, "hash": "" if file.faults or file.name in unsettled else file.hash}
        for file in roster.files
        if file.name in touched
    ]
    if rows:
        put(connection, roster_files, rows, by="name")


def _forget_files(connection: Connection, gone: Iterable[str]) -> None:
    for some in chunks(gone, CHUNK):
        connection.execute(delete(roster_files).where(roster_files.c.name.in_(some)))
