"""A PostgreSQL for tests: thrown away afterwards, reached through a socket in its own folder, and in no hurry to be durable."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from tests.needs import missing, needs_program

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")
_numbers = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server's maintenance database: PAPER_DIGEST_TEST_POSTGRES if that is set, else one that we start."""
    if given := os.environ.get("PAPER_DIGEST_TEST_POSTGRES"):
        yield given
        return
    with own_server() as url:
        yield url


@contextmanager
def own_server(*, namespace: str = "", network: str = "") -> Iterator[str]:
    """One that we start, in a network namespace if one is named; then it trusts whoever asks from that network."""
    initdb = needs_program("initdb", *_DEBIAN, package="postgresql")
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    try:
        as_user = _unprivileged(folder)
        made = [initdb, "-D", folder / "data", "-U", "digest", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
        if network:
            with (folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as trusted:
                trusted.write(f"host all all {network} trust\n")
        with _running(initdb.with_name("postgres"), folder, as_user, namespace):
            yield f"postgresql://digest@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """The URL of a new, empty database; it is dropped afterwards."""
    name = f"digest_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            address, question, options = server_url.partition("?")
            yield address.rpartition("/")[0] + f"/{name}" + question + options
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def from_afar(url: str, host: str) -> str:
    """The same database as another machine reaches it."""
    return url.partition("?")[0].replace("@/", f"@{host}/")


@contextmanager
def _running(postgres: Path, folder: Path, as_user: dict[str, Any], namespace: str = "") -> Iterator[None]:
    settings = [word for each in _HASTE for word in ("-c", each)]
    with (folder / "log").open("wb") as log:
        command = [postgres, "-D", folder / "data", "-k", folder, "-h", "*" if namespace else "", *settings]
        if namespace:                      # whoever enters it has to be root, and becomes that user afterwards
            changed = ["setpriv", f"--reuid={as_user['user']}", f"--regid={as_user['group']}", "--clear-groups"]
            command, as_user = ["ip", "netns", "exec", namespace, *changed, *command], {}
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
    try:
        _wait_for(f"postgresql://digest@/postgres?host={folder}", process, folder / "log")
        yield
    finally:
        process.send_signal(signal.SIGINT)  # "fast": ends open sessions
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    missing(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.getuid() != 0:
        return {}
    known = {each.pw_name: each for each in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
