"""Whether the holder of a claim is still there."""

from __future__ import annotations

import subprocess
import sys

from digest.store.leases import is_dead, new_owner


def test_every_pass_has_a_name_of_its_own() -> None:
    assert new_owner() != new_owner()


def test_a_process_that_runs_is_not_dead() -> None:
    assert not is_dead(new_owner())


def test_a_process_that_ended_is_dead() -> None:
    code = "from digest.store.leases import new_owner; print(new_owner())"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    assert is_dead(ended)


def test_a_process_id_that_is_used_again_is_another_process() -> None:
    place, _, rest = new_owner().partition("/")
    pid = rest.partition(".")[0]
    assert is_dead(f"{place}/{pid}.1/x")


def test_of_another_machine_or_another_boot_nothing_is_known() -> None:
    place, _, rest = new_owner().partition("/")
    assert not is_dead(f"another-{place}/1.1/x")
    assert not is_dead(f"/{rest}")
    assert not is_dead("some words")
    assert not is_dead("")
