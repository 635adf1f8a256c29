"""The mailbox emptied: what was handled is taken away, what fails stays, what fails for good is set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digest.correspondence import Handled
from digest.errors import ConfigError
from digest.mailroom import TRIES, Mailroom
from digest.subscription.mailbox import ASIDE, Maildir
from tests.fakes import World
from tests.postbox import correspondence, letter


@dataclass
class Office:
    """Handles mails as it was told."""

    world: World
    fails_at: bytes = b"poison"
    with_error: Exception = field(default_factory=lambda: RuntimeError("a bug"))

    def __post_init__(self) -> None:
        made = correspondence(self.world)
        self.store, self.returns, self.tidy = made.store, made.returns, made.tidy
        self.seen: list[bytes] = []

    def handle(self, raw: bytes, **_: object) -> Handled:
        self.seen.append(raw)
        if self.fails_at in raw:
            raise self.with_error
        return Handled("done")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    return tmp_path / "mail"


def put(maildir: Path, name: str, text: str = "") -> None:
    (maildir / "new" / name).write_bytes(letter(text))


def files(maildir: Path) -> list[str]:
    return sorted(path.relative_to(maildir).as_posix() for path in maildir.rglob("*") if path.is_file())


def room(office: Office) -> Mailroom:
    return Mailroom(office, office.world.clock)  # type: ignore[arg-type]


async def test_what_was_handled_is_marked_as_seen_and_not_taken_again(world: World, maildir: Path) -> None:
    put(maildir, "1.a")
    put(maildir, "2.b")
    (maildir / "cur" / "3.c:2,F").write_bytes(letter())
    (maildir / "cur" / "4.d:2,S").write_bytes(letter())
    office = Office(world)
    assert len(room(office).empty(Maildir(maildir)).handled) == 3
    assert len(room(office).empty(Maildir(maildir)).handled) == 0
    assert files(maildir) == ["cur/1.a:2,S", "cur/2.b:2,S", "cur/3.c:2,FS", "cur/4.d:2,S"]


async def test_a_mail_that_always_fails_is_set_aside_and_holds_up_no_other(world: World, maildir: Path) -> None:
    put(maildir, "1.poison", "poison")
    put(maildir, "2.good")
    office = Office(world)
    rounds = [room(office).empty(Maildir(maildir)) for _ in range(TRIES + 2)]
    assert [each.failed for each in rounds] == [1] * TRIES + [0, 0]
    assert [each.aside for each in rounds] == [0] * TRIES + [1, 0]
    assert len(rounds[0].handled) == 1
    assert files(maildir) == [f".{ASIDE}/maildirfolder", f".{ASIDE}/new/1.poison", "cur/2.good:2,S"]


async def test_a_mail_that_kills_the_process_is_set_aside_too(world: World, maildir: Path) -> None:
    """KeyboardInterrupt stands for the kill: nothing behind it runs."""
    put(maildir, "1.poison", "poison")
    for _ in range(TRIES):
        with pytest.raises(KeyboardInterrupt):
            room(Office(world, with_error=KeyboardInterrupt())).empty(Maildir(maildir))  # type: ignore[arg-type]
    assert room(Office(world)).empty(Maildir(maildir)).aside == 1


async def test_a_database_that_fails_is_not_the_mails_fault(world: World, maildir: Path) -> None:
    put(maildir, "1.poison", "poison")
    for _ in range(TRIES + 2):
        with pytest.raises(ConfigError):
            room(Office(world, with_error=ConfigError("the disk is full"))).empty(Maildir(maildir))
    assert files(maildir) == ["new/1.poison"]


async def test_it_stops_between_two_mails_when_it_is_told_to(world: World, maildir: Path) -> None:
    for number in range(5):
        put(maildir, f"{number}.x")
    office = Office(world)
    done = room(office).empty(Maildir(maildir), stop=lambda: len(office.seen) == 2)
    assert len(done.handled) == 2


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no Maildir"):
        Maildir(tmp_path)
