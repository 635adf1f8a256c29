"""Postfix's own test programs: a sink that takes mail as fast as it comes, and the source that is the yardstick of benchmarks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.mta import free_ports, listens, wait
from tests.needs import needs_program

FOLDERS = (Path("/usr/sbin"), Path("/usr/lib/postfix/sbin"))


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """The port of a smtp-sink of our own."""
    program = needs_program("smtp-sink", *FOLDERS, package="postfix")
    (port,) = free_ports(1)
    as_user = ["-u", "nobody"] if os.getuid() == 0 else []
    with subprocess.Popen([program, *as_user, *options, f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL) as running:
        try:
            wait(lambda: listens(port), "smtp-sink")
            yield port
        finally:
            running.terminate()


def yardstick(port: int, *, count: int, size: int, connections: int) -> float:
    """Messages a second of smtp-source: one message of `size` octets for all, each session used again."""
    program = needs_program("smtp-source", *FOLDERS, package="postfix")
    began = time.monotonic()
    command = [program, "-s", str(connections), "-d", "-m", str(count), "-l", str(size), f"127.0.0.1:{port}"]
    subprocess.run(command, check=True)
    return count / (time.monotonic() - began)
