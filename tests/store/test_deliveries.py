"""The journal: one digest for a person and day, never lost, never twice. Every test runs on both databases."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from digest.model import Consent, Delivery, DeliveryEvent, DeliveryState, Frozen, Outcome, Planned, SubscriptionEvent
from digest.store.accounts import still_to_move
from digest.store.engine import is_postgresql
from digest.store.store import Store
from tests.world import NOW, TODAY, paper, papers, subscriber

LEASE = timedelta(minutes=10)
D, E = DeliveryState, DeliveryEvent


def people(store: Store, count: int = 3) -> list[int]:
    """Keys of active subscribers s0@example.org, s1@…"""
    keys = []
    for n in range(count):
        her = subscriber(f"s{n}@example.org")
        store.subscribers.add(her, event=SubscriptionEvent.FILE_APPEARED, consent=Consent("file", NOW), now=NOW - timedelta(days=1))
        enrolled = store.subscribers.get(her.email)
        assert enrolled is not None
        keys.append(enrolled.subscriber.key)
    return keys


def plan(store: Store, keys: Collection[int], day: date = TODAY, **changes: Any) -> int:
    given = {"date": day, "due_at": NOW}
    return store.deliveries.plan(Planned(key, f"s{n}@example.org", **(given | changes)) for n, key in enumerate(keys))


def claim(store: Store, owner: str = "me", limit: int = 100, **changes: Any) -> list[Delivery]:
    return store.deliveries.claim(owner, **({"now": NOW, "lease": LEASE, "limit": limit} | changes))


def freeze(store: Store, claimed: Collection[Delivery], *shown: int, owner: str = "me") -> frozenset[int]:
    batch = [Frozen(each.key, f'{{"mail":{each.key}}}', f"<{each.key}@x>", shown) for each in claimed]
    return store.deliveries.freeze(batch, owner=owner)


def end(store: Store, claimed: Collection[Delivery], event: DeliveryEvent = E.ACCEPTED, owner: str = "me", **changes: Any) -> None:
    store.deliveries.record([Outcome(each.key, event, **({"now": NOW} | changes)) for each in claimed], owner=owner)


def only(store: Store) -> Delivery:
    (found,) = store.deliveries.on(TODAY)
    return found


def known_papers(store: Store, count: int = 3) -> list[int]:
    store.papers.keep(papers(count), now=NOW)
    return [each.key for each in store.papers.since(NOW - timedelta(days=8))]


# --- Plan ---


def test_a_digest_is_planned_once_for_a_person_and_day(store: Store) -> None:
    keys = people(store)
    assert plan(store, keys) == 3
    assert plan(store, keys) == 0
    assert plan(store, keys, due_at=NOW - timedelta(hours=1)) == 0
    assert plan(store, keys, TODAY + timedelta(days=1)) == 3
    assert store.deliveries.tally(TODAY) == {D.DUE: 3}


def test_planning_again_does_not_touch_what_was_sent(store: Store) -> None:
    keys = people(store, 1)
    plan(store, keys)
    end(store, claim(store))
    assert plan(store, keys) == 0
    assert only(store).state is D.SENT
    assert claim(store) == []


def test_planning_nobody_is_nothing(store: Store) -> None:
    assert store.deliveries.plan([]) == 0


def test_any_other_mail_goes_through_the_same_outbox_once(store: Store) -> None:
    journal = store.deliveries
    assert journal.enqueue("confirm", "Eve@Example.org", '{"token":"x"}', once="confirm:eve:1", now=NOW)
    assert not journal.enqueue("confirm", "Eve@Example.org", '{"token":"y"}', once="confirm:eve:1", now=NOW)
    (mail,) = claim(store)
    assert (mail.kind, mail.recipient, mail.frozen) == ("confirm", "Eve@Example.org", '{"token":"x"}')
    assert (mail.subscriber, mail.date, mail.state) == (0, None, D.SENDING)


# --- Claim ---


def test_what_is_due_is_claimed_once_and_the_oldest_first(store: Store) -> None:
    keys = people(store)
    plan(store, keys[:1])
    plan(store, keys[1:2], due_at=NOW - timedelta(hours=1), day=TODAY - timedelta(days=1))
    plan(store, keys[2:], due_at=NOW + timedelta(seconds=1))
    claimed = claim(store)
    assert [each.subscriber for each in claimed] == [keys[1], keys[0]]
    assert all(each.state is D.SENDING and each.lease_until == NOW + LEASE for each in claimed)
    assert claim(store, "other") == []


def test_a_claim_is_as_large_as_asked_for(store: Store) -> None:
    plan(store, people(store, 5))
    assert [len(claim(store, limit=2)) for _ in range(4)] == [2, 2, 1, 0]


def test_some_kinds_can_be_claimed_before_others(store: Store) -> None:
    plan(store, people(store, 1))
    store.deliveries.enqueue("confirm", "eve@example.org", "{}", once="x", now=NOW)
    assert [each.kind for each in claim(store, kinds=["confirm"])] == ["confirm"]
    assert [each.kind for each in claim(store)] == ["digest"]


def test_a_digest_for_somebody_who_left_is_skipped_but_her_goodbye_goes_out(store: Store) -> None:
    plan(store, people(store, 2))
    store.subscribers.change("s0@example.org", SubscriptionEvent.UNSUBSCRIBED, now=NOW)
    store.deliveries.enqueue("goodbye", "S0@example.org", "{}", once="bye", now=NOW)
    claimed = sorted((each.kind, each.recipient) for each in claim(store))
    assert claimed == [("digest", "s1@example.org"), ("goodbye", "S0@example.org")]
    skipped = next(each for each in store.deliveries.on(TODAY) if each.state is D.SKIPPED)
    assert (skipped.recipient, skipped.reason, skipped.lease_until) == ("s0@example.org", "no longer subscribed", None)


def test_a_claim_of_none_but_the_departed_goes_on_to_the_next(store: Store) -> None:
    plan(store, people(store, 2))
    store.subscribers.change("s0@example.org", SubscriptionEvent.UNSUBSCRIBED, now=NOW)
    assert [each.recipient for each in claim(store, limit=1)] == ["s1@example.org"]


def test_many_threads_at_once_claim_every_row_once(store: Store) -> None:
    plan(store, people(store, 40))

    def take(n: int) -> list[int]:
        found = []
        while batch := claim(store, f"worker {n}", limit=3):
            found += [each.key for each in batch]
        return found

    with ThreadPoolExecutor(4) as threads:
        keys = [key for found in threads.map(take, range(4)) for key in found]
    assert len(keys) == len(set(keys)) == 40


def test_two_days_of_one_person_are_never_in_two_hands(store: Store) -> None:
    """Each would be chosen before the other one's papers are in the ledger."""
    keys = people(store, 2)
    plan(store, keys[:1])
    plan(store, keys, TODAY + timedelta(days=1), due_at=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    first = claim(store, "one", limit=1)
    store.deliveries.enqueue("help", "s0@example.org", "{}", once="answer:1", now=later, subscriber=keys[0])

    assert {(each.kind, each.subscriber) for each in claim(store, "two", now=later)} == {("digest", keys[1]), ("help", keys[0])}
    assert claim(store, "two", now=later) == []
    freeze(store, first, owner="one")
    end(store, first, owner="one")
    assert [each.subscriber for each in claim(store, "two", now=later)] == [keys[0]]


def test_one_process_may_have_several_days_of_one_person_in_hand(store: Store) -> None:
    (her,) = people(store, 1)
    for days in range(3):
        plan(store, [her], TODAY + timedelta(days=days))
    assert len(claim(store, limit=1)) == 1
    assert len(claim(store)) == 2


def test_many_threads_at_once_get_all_days_of_one_person_or_none(store: Store) -> None:
    keys = people(store, 12)
    for days in range(4):
        plan(store, keys, TODAY + timedelta(days=days))

    with ThreadPoolExecutor(6) as threads:
        hands = list(threads.map(lambda n: claim(store, f"owner {n}", limit=7), range(6)))

    holders = {(each.subscriber, n) for n, hand in enumerate(hands) for each in hand}
    assert len({her for her, _ in holders}) == len(holders)


# --- Freeze ---


def test_what_is_frozen_is_what_a_retry_gets(store: Store) -> None:
    plan(store, people(store, 1))
    claimed = claim(store)
    assert freeze(store, claimed) == {claimed[0].key}
    end(store, claimed, E.FAILED_FOR_NOW, retry_at=NOW + timedelta(minutes=5))
    (again,) = claim(store, now=NOW + timedelta(minutes=5))
    assert (again.key, again.message_id, again.frozen) == (claimed[0].key, f"<{again.key}@x>", f'{{"mail":{again.key}}}')
    assert (again.attempts, again.retry_at) == (1, None)


def test_only_the_holder_of_a_claim_freezes_it(store: Store) -> None:
    plan(store, people(store, 2))
    (one,), (two,) = claim(store, "me", 1), claim(store, "you", 1)
    assert freeze(store, [one, two], owner="me") == {one.key}
    assert store.deliveries.get(two.key).message_id == ""  # type: ignore[union-attr]


# --- The ledger ---


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (None, True),
        (E.ACCEPTED, True),
        (E.FAILED_FOR_NOW, True),
        (E.LINE_LOST, True),
        (E.REFUSED, False),
        (E.UNSUBSCRIBED, False),
        (E.NOTHING_TO_SAY, False),
    ],
)
def test_papers_count_as_sent_unless_their_digest_came_to_nothing(store: Store, event: DeliveryEvent | None, counts: bool) -> None:
    (her,), known = people(store, 1), known_papers(store)
    plan(store, [her])
    claimed = claim(store)
    assert store.deliveries.sent_papers(her) == set()
    freeze(store, claimed, *known[:2])
    if event is not None:
        end(store, claimed, event, retry_at=NOW)
    assert store.deliveries.sent_papers(her) == (set(known[:2]) if counts else set())


def test_papers_of_an_expired_digest_may_come_again(store: Store) -> None:
    (her,), known = people(store, 1), known_papers(store)
    plan(store, [her])
    claimed = claim(store)
    freeze(store, claimed, *known)
    end(store, claimed, E.FAILED_FOR_NOW, retry_at=NOW + timedelta(hours=1))
    assert store.deliveries.expire(NOW + timedelta(seconds=1)) == 1
    assert store.deliveries.sent_papers(her) == set()


def test_the_same_paper_in_a_bounced_and_in_a_sent_digest_was_sent(store: Store) -> None:
    (her,), known = people(store, 1), known_papers(store)
    for day, event in ((TODAY, E.REFUSED), (TODAY + timedelta(days=1), E.ACCEPTED)):
        plan(store, [her], day)
        claimed = claim(store)
        freeze(store, claimed, known[0])
        end(store, claimed, event)
    assert store.deliveries.sent_papers(her) == {known[0]}


def test_a_paper_that_was_sent_is_sent_under_the_key_that_it_was_merged_into_too(store: Store) -> None:
    """Another process read it before it was merged, and freezes it under its old key afterwards."""
    (key,) = people(store, 1)
    first = paper("arxiv:2401.00001", title="One work")
    store.papers.keep([first, paper("doi:10.1000/7", title="One work", aliases=("doi:10.1000/7",))], now=NOW)
    one, other = (found.key for name in ("arxiv:2401.00001", "doi:10.1000/7") if (found := store.papers.find(name)))
    plan(store, [key])
    claimed = claim(store)
    store.papers.keep([replace(first, aliases=("arxiv:2401.00001", "doi:10.1000/7"))], now=NOW)
    freeze(store, claimed, other)
    end(store, claimed)

    assert store.deliveries.sent_papers(key) == {one} != {other}
    assert store.deliveries.sent_papers_of([key], among=[one]) == {key: {one}}
    carried = store.histories.carried(key, one)
    assert carried is not None
    assert carried.key == claimed[0].key


def test_the_ledger_answers_for_many_and_for_the_papers_that_matter(store: Store) -> None:
    keys, known = people(store, 3), known_papers(store, 4)
    plan(store, keys[:2])
    one, two = claim(store)
    freeze(store, [one], *known[:3])
    freeze(store, [two], known[3])
    ledger = store.deliveries.sent_papers_of
    assert ledger(keys) == {keys[0]: frozenset(known[:3]), keys[1]: frozenset(known[3:]), keys[2]: frozenset()}
    assert ledger(keys[:1], among={known[0], known[2]}) == {keys[0]: {known[0], known[2]}}
    assert ledger([]) == {}


# --- Record ---


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (E.ACCEPTED, D.SENT),
        (E.REFUSED, D.BOUNCED),
        (E.FAILED_FOR_NOW, D.DEFERRED),
        (E.LINE_LOST, D.UNCERTAIN),
        (E.UNSUBSCRIBED, D.SKIPPED),
        (E.NOTHING_TO_SAY, D.SKIPPED),
    ],
)
def test_an_outcome_closes_the_row_and_frees_the_claim(store: Store, event: DeliveryEvent, state: DeliveryState) -> None:
    plan(store, people(store, 1))
    retry = NOW + timedelta(minutes=5)
    end(store, claim(store), event, reason="because", code=250, retry_at=retry)
    row = only(store)
    assert (row.state, row.reason, row.attempts, row.lease_until) == (state, "because", 1, None)
    assert row.sent_at == (NOW if event is E.ACCEPTED else None)
    assert row.retry_at == (retry if state in {D.DEFERRED, D.UNCERTAIN} else None)


def test_an_end_without_a_dialogue_is_no_attempt(store: Store) -> None:
    plan(store, people(store, 1))
    end(store, claim(store), E.FAILED_FOR_NOW, attempted=False, retry_at=NOW)
    assert only(store).attempts == 0


def test_a_deferred_mail_is_claimed_when_its_retry_has_come_and_not_before(store: Store) -> None:
    plan(store, people(store, 1))
    end(store, claim(store), E.FAILED_FOR_NOW, retry_at=NOW + timedelta(minutes=5))
    assert claim(store, now=NOW + timedelta(minutes=4, seconds=59)) == []
    assert len(claim(store, now=NOW + timedelta(minutes=5))) == 1


def test_an_uncertain_mail_is_sent_once_more_and_then_left_alone(store: Store) -> None:
    plan(store, people(store, 1))
    for expected in (1, 2):
        end(store, claim(store), E.LINE_LOST, retry_at=NOW)
        assert (only(store).state, only(store).losses) == (D.UNCERTAIN, expected)
    assert claim(store, now=NOW + timedelta(days=1)) == []
    assert only(store).retry_at is None


def test_an_outcome_that_comes_twice_changes_nothing_further(store: Store) -> None:
    plan(store, people(store, 1))
    claimed = claim(store)
    end(store, claimed)
    end(store, claimed, E.REFUSED)
    assert only(store).state is D.SENT


def test_what_another_process_took_over_is_left_to_it_but_accepted_is_accepted(store: Store) -> None:
    plan(store, people(store, 2))
    claimed = claim(store, "slow")
    later = NOW + LEASE
    taken = claim(store, "quick", now=later)
    assert [each.key for each in taken] == [each.key for each in claimed]
    end(store, claimed[:1], E.FAILED_FOR_NOW, owner="slow", retry_at=later)
    end(store, claimed[1:], E.ACCEPTED, owner="slow")
    end(store, taken[1:], E.FAILED_FOR_NOW, owner="quick", retry_at=later)
    assert store.deliveries.tally(TODAY) == {D.SENDING: 1, D.SENT: 1}


# --- Leases ---


def test_a_lease_that_is_renewed_does_not_run_out(store: Store) -> None:
    plan(store, people(store, 1))
    claim(store)
    assert store.deliveries.renew("me", now=NOW + timedelta(minutes=9), lease=LEASE) == 1
    assert claim(store, "other", now=NOW + timedelta(minutes=15)) == []
    assert len(claim(store, "other", now=NOW + timedelta(minutes=19))) == 1
    assert store.deliveries.renew("me", now=NOW, lease=LEASE) == 0


def test_what_a_stopped_pass_gives_back_waits_for_the_next_one(store: Store) -> None:
    plan(store, people(store, 3))
    first, *others = claim(store)
    end(store, [first])
    assert store.deliveries.release("me", now=NOW, reason="stopped", retry_at=NOW) == 2
    assert store.deliveries.tally(TODAY) == {D.SENT: 1, D.DEFERRED: 2}
    assert [(each.key, each.crashes, each.attempts) for each in claim(store, "next")] == [(each.key, 0, 0) for each in others]


def test_a_dead_process_is_noticed_at_once_on_its_own_machine(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(store, people(store, 2))
    claim(store, "killed")
    assert claim(store, "next") == []
    monkeypatch.setattr("digest.store.leases.is_dead", lambda owner: owner == "killed")
    assert [each.crashes for each in claim(store, "next")] == [1, 1]


def test_what_a_dead_process_left_comes_last_in_small_groups_and_with_nothing_else_in_hand(store: Store) -> None:
    plan(store, people(store, 30))
    claim(store, "killed", 25)
    later, sizes = NOW + LEASE, []
    while batch := claim(store, now=later):
        assert claim(store, now=later) == []
        end(store, batch)
        sizes.append(len(batch))
    assert sizes == [5, 20, 5]             # the first of them were never claimed before


def test_who_has_something_in_hand_finishes_that_before_taking_over(store: Store) -> None:
    plan(store, people(store, 4))
    claim(store, "killed", 2)
    mine = claim(store)
    store.deliveries.renew("me", now=NOW + LEASE, lease=LEASE)
    assert claim(store, now=NOW + LEASE) == []
    end(store, mine)
    assert len(claim(store, now=NOW + LEASE)) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("mails", "deaths"), [(15, 3), (30, 4)])
def test_a_mail_that_kills_is_found_and_set_aside_and_the_others_go_out(store: Store, mails: int, deaths: int) -> None:
    """The mail to s7 kills every process that takes it in hand. Of thirty at once nobody is suspect, so it takes one more."""
    plan(store, people(store, mails))
    died = 0
    while died < 10:
        owner, now = f"process {died}", NOW + died * LEASE
        while batch := claim(store, owner, now=now):
            if "s7@example.org" in [each.recipient for each in batch]:
                died += 1
                break
            end(store, batch, owner=owner)
        else:
            break
    assert died == deaths
    (aside,) = [each for each in store.deliveries.on(TODAY) if each.state is not D.SENT]
    assert (aside.recipient, aside.state, aside.crashes, aside.retry_at) == ("s7@example.org", D.DEFERRED, 3, None)
    assert "set aside" in aside.reason
    assert store.deliveries.add_up([TODAY], now=NOW).adds_up


@pytest.mark.slow
def test_three_kills_in_a_row_right_after_the_claim_cost_no_mail(store: Store) -> None:
    plan(store, people(store, 60))
    for n in range(3):
        claim(store, f"killed {n}", now=NOW + n * LEASE)
    sent = 0
    while batch := claim(store, "survivor", now=NOW + 3 * LEASE):
        end(store, batch, owner="survivor")
        sent += len(batch)
    assert sent == 60


def test_a_clock_that_is_set_back_an_hour_sends_nothing_twice(store: Store) -> None:
    keys = people(store)
    plan(store, keys)
    end(store, claim(store))
    earlier = NOW - timedelta(hours=1)
    assert plan(store, keys, due_at=earlier) == 0
    assert claim(store, now=earlier) == []
    assert claim(store, now=NOW) == []


# --- Too late ---


def test_what_was_due_too_long_ago_expires_unless_it_is_on_its_way(store: Store) -> None:
    keys = people(store, 4)
    plan(store, keys)
    sent, failed, sending = claim(store, limit=3)
    end(store, [sent])
    end(store, [failed], E.FAILED_FOR_NOW, reason="4xx", retry_at=NOW + timedelta(hours=1))
    assert store.deliveries.expire(NOW) == 0
    assert store.deliveries.expire(NOW + timedelta(seconds=1)) == 2
    found = {each.key: (each.state, each.reason) for each in store.deliveries.on(TODAY)}
    assert found[failed.key] == (D.EXPIRED, "too late: 4xx")
    assert (D.EXPIRED, "too late") in found.values()
    assert (found[sent.key][0], found[sending.key][0]) == (D.SENT, D.SENDING)
    assert claim(store, now=NOW + timedelta(minutes=1)) == []


def test_only_some_kinds_expire_when_asked(store: Store) -> None:
    plan(store, people(store, 1))
    store.deliveries.enqueue("confirm", "eve@example.org", "{}", once="x", now=NOW)
    assert store.deliveries.expire(NOW + timedelta(days=1), kinds=["digest"]) == 1
    assert len(claim(store)) == 1


# --- Reading ---


def test_the_account_adds_up_only_when_everybody_has_an_end(store: Store) -> None:
    plan(store, people(store, 8))
    claimed = claim(store, limit=7)
    events = (E.ACCEPTED, E.ACCEPTED, E.NOTHING_TO_SAY, E.REFUSED, E.FAILED_FOR_NOW, E.LINE_LOST)
    for each, event in zip(claimed, events, strict=False):
        end(store, [each], event, retry_at=NOW + timedelta(minutes=5))
    account = store.deliveries.add_up([TODAY], now=NOW)
    assert account.due == 8
    assert account.states == {D.SENT: 2, D.SKIPPED: 1, D.BOUNCED: 1, D.DEFERRED: 1, D.UNCERTAIN: 1, D.SENDING: 1, D.DUE: 1}
    assert not account.adds_up
    end(store, claimed[6:])
    assert not store.deliveries.add_up([TODAY], now=NOW).adds_up
    end(store, claim(store))
    assert store.deliveries.add_up([TODAY], now=NOW).adds_up


def test_what_is_due_later_does_not_count_yet(store: Store) -> None:
    plan(store, people(store, 1), due_at=NOW + timedelta(hours=3))
    assert store.deliveries.add_up([TODAY], now=NOW).due == 0
    assert store.deliveries.pending() == {D.DUE: 1}


def test_pending_is_what_will_still_move(store: Store) -> None:
    plan(store, people(store, 5))
    sent, deferred, lost, _ = claim(store, limit=4)
    end(store, [sent])
    end(store, [deferred], E.FAILED_FOR_NOW, retry_at=NOW)
    end(store, [lost], E.LINE_LOST, retry_at=NOW)
    assert store.deliveries.pending() == {D.DUE: 1, D.SENDING: 1, D.DEFERRED: 1, D.UNCERTAIN: 1}


def test_what_is_pending_is_counted_without_looking_through_the_journal(store: Store) -> None:
    words = still_to_move().compile(store.engine, compile_kwargs={"render_postcompile": True})
    with store.engine.connect() as connection:
        if is_postgresql(store.engine):    # of a few rows it would rather read all
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        how = "EXPLAIN" if is_postgresql(store.engine) else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(row) for row in connection.execute(text(f"{how} {words}")))

    assert all(index in plan for index in ("deliveries_due", "deliveries_by_lease", "deliveries_by_retry")), plan


def test_the_last_digest_that_was_sent_is_found_with_what_it_said(store: Store) -> None:
    (her,) = people(store, 1)
    assert store.deliveries.last_sent(her) is None
    for n, event in enumerate((E.ACCEPTED, E.ACCEPTED, E.REFUSED)):
        plan(store, [her], TODAY + timedelta(days=n))
        claimed = claim(store)
        freeze(store, claimed)
        end(store, claimed, event)
    last = store.deliveries.last_sent(her)
    assert last is not None
    assert last.date == TODAY + timedelta(days=1)
    assert last.frozen


def test_a_tally_is_of_a_day_or_since_a_moment_or_of_all(store: Store) -> None:
    keys = people(store, 2)
    plan(store, keys)
    plan(store, keys, TODAY + timedelta(days=1), due_at=NOW + timedelta(days=1))
    assert store.deliveries.tally(TODAY) == {D.DUE: 2}
    assert store.deliveries.tally(since=NOW + timedelta(hours=1)) == {D.DUE: 2}
    assert store.deliveries.tally() == {D.DUE: 4}


def test_who_left_since_a_moment_is_known(store: Store) -> None:
    people(store, 2)
    store.subscribers.change("s1@example.org", SubscriptionEvent.UNSUBSCRIBED, now=NOW)
    assert store.deliveries.unsubscribed_since(NOW) == {"s1@example.org"}
    assert store.deliveries.unsubscribed_since(NOW + timedelta(seconds=1)) == set()


# --- Pace ---


def test_turns_follow_each_other_at_the_rate_whoever_asks(store: Store) -> None:
    take = store.deliveries.take_turns
    assert take(10, rate=50, now=NOW) == 0
    assert take(10, rate=50, now=NOW) == pytest.approx(0.2, abs=1e-5)
    assert take(10, rate=50, now=NOW + timedelta(seconds=0.1)) == pytest.approx(0.3, abs=1e-5)
    assert Store(store.engine).deliveries.take_turns(10, rate=50, now=NOW + timedelta(seconds=0.5)) == pytest.approx(0.1, abs=1e-5)


def test_turns_that_nobody_took_are_not_saved_up(store: Store) -> None:
    take = store.deliveries.take_turns
    take(10, rate=50, now=NOW)
    assert take(10, rate=50, now=NOW + timedelta(hours=1)) == 0
    assert take(10, rate=50, now=NOW + timedelta(hours=1)) == pytest.approx(0.2, abs=1e-5)


def test_who_asks_a_little_late_loses_no_turns(store: Store) -> None:
    take = store.deliveries.take_turns
    take(10, rate=50, now=NOW)
    assert take(10, rate=50, now=NOW + timedelta(seconds=0.35)) == pytest.approx(-0.15, abs=1e-5)
    assert take(10, rate=50, now=NOW + timedelta(seconds=0.35)) == pytest.approx(0.05, abs=1e-5)


def test_a_clock_that_was_wrong_does_not_stop_the_mail(store: Store) -> None:
    take = store.deliveries.take_turns
    take(10, rate=50, now=NOW + timedelta(days=30))
    assert take(10, rate=50, now=NOW) == 0
