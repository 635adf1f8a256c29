from __future__ import annotations

from datetime import time, timedelta

from digest.errors import ConfigError
from digest.model import Consent, Roster, RosterFile, Subscriber, SubscriptionEvent, SubscriptionState
from digest.store.store import Store
from digest.store.subscribers import SyncReport
from tests.world import NOW, subscriber

V, S = SubscriptionEvent, SubscriptionState
FAULT = ConfigError("'sendat' is no key", where="a.yaml:3:1", key="sendat")


def file(name: str, *subscribers: Subscriber, version: int = 1, faults: tuple[ConfigError, ...] = ()) -> RosterFile:
    return RosterFile(name, f"{name}-{version}", subscribers, faults)


def people(*names: str) -> tuple[Subscriber, ...]:
    return tuple(subscriber(f"{name}@example.org") for name in names)


def sync(store: Store, *files: RosterFile, confirm: bool = False, ask_first: bool = False, hours: float = 0) -> SyncReport:
    return store.subscribers.sync(Roster(files), now=NOW + timedelta(hours=hours), confirm=confirm, ask_first=ask_first)


def states(store: Store) -> dict[str, str]:
    return {each.subscriber.email.partition("@")[0]: str(each.subscription.state) for each in store.subscribers.all()}


def test_who_appears_in_a_file_is_active_and_the_file_is_her_consent(store: Store) -> None:
    assert sync(store, file("a.yaml", *people("ada", "bob")), file("c.yaml", *people("eve"))) == SyncReport(added=3)
    assert states(store) == {"ada": "active", "bob": "active", "eve": "active"}
    enrolled = store.subscribers.get("eve@example.org")
    assert enrolled is not None
    assert (enrolled.origin, enrolled.subscription.consent) == ("c.yaml", Consent("file", NOW, detail="c.yaml"))


def test_who_is_new_is_asked_first_where_that_is_wished(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada")), ask_first=True)
    assert states(store) == {"ada": "pending"}
    sync(store, file("a.yaml", *people("ada"), version=2), ask_first=True)
    assert states(store) == {"ada": "pending"}
    sync(store, file("a.yaml", *people("ada"), version=3))
    assert states(store) == {"ada": "active"}


def test_an_unchanged_file_is_not_looked_into_again(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob")))
    changed_under_the_same_hash = file("a.yaml", subscriber("ada@example.org", max_papers=3), *people("bob"))
    assert sync(store, changed_under_the_same_hash) == SyncReport(unchanged=2)


def test_an_edited_profile_is_taken_over(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob")))
    edited = file("a.yaml", subscriber("ada@example.org", send_at=time(7)), *people("bob"), version=2)
    assert sync(store, edited) == SyncReport(changed=1, unchanged=1)
    assert [each.send_at for each in store.subscribers.active()] == [time(7), time(8)]


def test_an_address_in_another_spelling_is_the_same_person(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada")))
    assert sync(store, file("a.yaml", *people("Ada"), version=2)) == SyncReport(unchanged=1)
    assert [each.email for each in store.subscribers.active()] == ["Ada@example.org"]


def test_who_is_gone_from_the_files_is_stopped_and_comes_back_with_them(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada")), file("b.yaml", *people("bob", "eve")))
    ada, bob = file("a.yaml", *people("ada")), file("b.yaml", *people("bob"), version=2)
    assert sync(store, ada, bob) == SyncReport(stopped=1, unchanged=2)
    assert states(store) == {"ada": "active", "bob": "active", "eve": "stopped"}
    assert sync(store, bob) == SyncReport(stopped=1, unchanged=1)
    assert sync(store, ada, bob) == SyncReport(back=1, unchanged=1)
    assert states(store) == {"ada": "active", "bob": "active", "eve": "stopped"}


def test_who_moves_to_another_file_is_not_stopped(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob")))
    assert sync(store, file("a.yaml", *people("ada"), version=2), file("b.yaml", *people("bob"))) == SyncReport(unchanged=2)
    assert sync(store, file("c.yaml", *people("ada", "bob"))) == SyncReport(unchanged=2)
    assert states(store) == {"ada": "active", "bob": "active"}
    assert {each.origin for each in store.subscribers.all()} == {"c.yaml"}


def test_nobody_is_stopped_because_of_a_file_with_faults(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob")), file("b.yaml", *people("eve")))
    broken = file("a.yaml", subscriber("ada@example.org", send_at=time(7)), version=2, faults=(FAULT,))
    assert sync(store, broken, file("b.yaml", *people("eve"))) == SyncReport(changed=1, unchanged=1)
    assert states(store) == {"ada": "active", "bob": "active", "eve": "active"}
    mended = file("a.yaml", subscriber("ada@example.org", send_at=time(7)), version=3)
    assert sync(store, mended, file("b.yaml", *people("eve"))) == SyncReport(stopped=1, unchanged=2)


def test_nobody_is_stopped_when_more_than_half_are_gone_until_that_is_confirmed(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob", "eve")))
    for _ in range(2):
        report = sync(store, file("a.yaml", *people("ada"), version=2))
        assert (report.stopped, report.unchanged) == (0, 1)
        assert report.withheld.startswith("2 of 3 subscribers are gone from the files at once")
        assert "sync --confirm" in report.withheld
    assert sync(store, file("a.yaml", *people("ada"), version=2), confirm=True) == SyncReport(stopped=2, unchanged=1)
    assert states(store) == {"ada": "active", "bob": "stopped", "eve": "stopped"}


def test_an_empty_folder_stops_nobody_until_that_is_confirmed(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada")))
    assert sync(store).withheld
    assert sync(store).withheld
    assert states(store) == {"ada": "active"}
    assert sync(store, confirm=True) == SyncReport(stopped=1)


def test_who_is_new_is_added_even_while_stopping_is_withheld(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada", "bob")))
    report = sync(store, file("b.yaml", *people("eve")))
    assert (report.added, report.stopped, bool(report.withheld)) == (1, 0, True)
    assert states(store) == {"ada": "active", "bob": "active", "eve": "active"}


def test_a_folder_that_cannot_be_read_stops_nobody_even_when_confirmed(store: Store) -> None:
    unreadable = Roster(fault=ConfigError("the folder is missing", where="subscribers"))
    assert store.subscribers.sync(unreadable, now=NOW) == SyncReport()
    sync(store, file("a.yaml", *people("ada")))
    report = store.subscribers.sync(unreadable, now=NOW, confirm=True)
    assert report.withheld.startswith("the files could not be read, so all 1 subscribers of theirs are served as before; ")
    assert states(store) == {"ada": "active"}


def test_suppression_outlives_the_file_and_every_sync(store: Store) -> None:
    everybody = people("ada", "bob", "eve")
    sync(store, file("a.yaml", *everybody))
    store.subscribers.change("bob@example.org", V.UNSUBSCRIBED, now=NOW)
    sync(store, file("a.yaml", *everybody, version=2))
    sync(store, file("a.yaml", *people("ada", "eve"), version=3))
    sync(store, file("a.yaml", *everybody, version=4))
    assert states(store) == {"ada": "active", "bob": "suppressed", "eve": "active"}


def test_who_came_by_mail_is_not_stopped_by_files_that_never_had_her(store: Store) -> None:
    consent = Consent("mail", NOW)
    store.subscribers.add(subscriber("zoe@example.org"), event=V.SIGNED_UP, consent=consent, now=NOW)
    store.subscribers.change("zoe@example.org", V.CONFIRMED, now=NOW)
    sync(store, file("a.yaml", *people("ada")))
    assert states(store) == {"ada": "active", "zoe": "active"}
    sync(store, file("a.yaml", *people("ada"), subscriber("zoe@example.org", max_papers=3), version=2))
    zoe = store.subscribers.get("zoe@example.org")
    assert zoe is not None
    assert (zoe.origin, zoe.subscriber.max_papers, zoe.subscription.consent) == ("a.yaml", 3, Consent("mail", NOW, NOW))


def test_a_request_from_a_file_that_is_gone_before_she_confirmed_is_gone_too(store: Store) -> None:
    sync(store, file("a.yaml", *people("ada")), file("b.yaml", *people("bob")), ask_first=True)
    sync(store, file("a.yaml", *people("ada")), ask_first=True)
    assert states(store) == {"ada": "pending"}


def test_somebody_in_two_files_counts_once(store: Store) -> None:
    assert sync(store, file("a.yaml", *people("ada")), file("b.yaml", *people("Ada", "bob"))) == SyncReport(added=2)
    ada = store.subscribers.get("ada@example.org")
    assert ada is not None
    assert (ada.origin, ada.subscriber.email) == ("a.yaml", "ada@example.org")
