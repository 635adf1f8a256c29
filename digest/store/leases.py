"""Who holds a claim, and whether that process is still there.

A claim is held under a lease, which runs out by itself. Where the holder ran on this very machine, nobody needs to wait for that:
the kernel knows whether the process lives. A process is named by the machine's boot, its namespace, its id and its start, so that
neither a process id used again nor another machine of the same name is ever mistaken for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

_PROC = Path("/proc")


def new_owner() -> str:
    """A name for one pass of this process, never given before."""
    return f"{_place()}/{os.getpid()}.{_started(os.getpid())}/{uuid4().hex}"


def is_dead(owner: str) -> bool:
    """True when the process of that name certainly no longer runs; False when it does, or when this machine cannot tell."""
    place, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")[0].partition(".")
    if not place or place != _place() or not pid.isdigit() or not started:
        return False
    return _started(int(pid)) != started


def _place() -> str:
    """This boot of this machine, and the namespace that process ids count in; "" where the system does not tell."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot (proc(5), field 22 of stat); "" = there is none, or it is a zombie."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
