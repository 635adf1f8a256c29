"""How long until the first answer: `digest --help` and `digest preview --sample`, beside `python -c pass`.

    python benchmarks/startup.py [--runs N]

Each command runs N times (default 9) in turn with the others, so that a noisy moment hits all alike; medians in seconds, and the
ratio to the bare interpreter. To reach: --help under 0.3 s, preview --sample under 1.5 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What is run, and the seconds that it may take (None: the reference).
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "digest --help": ([sys.executable, "-m", "digest", "--help"], 0.3),
    "digest preview --sample": ([sys.executable, "-m", "digest", "preview", "--sample", "--out", "out"], 1.5),
}


def seconds(command: list[str], folder: str) -> float:
    """How long one run takes, from start to end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")} | {"PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=clean, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(runs: int) -> dict[str, float]:
    """The median of each command, after one run of each that warms the caches."""
    with tempfile.TemporaryDirectory() as folder:
        taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for number in range(runs + 1):
            for name, (command, _) in COMMANDS.items():
                each = seconds(command, folder)
                if number:
                    taken[name].append(each)
    return {name: statistics.median(each) for name, each in taken.items()}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=9)
    medians = measure(asked.parse_args().runs)
    reference = medians["python -c pass"]
    missed = 0
    for name, (_, limit) in COMMANDS.items():
        verdict = "reference" if limit is None else f"to reach {limit} s: " + ("yes" if medians[name] < limit else "no")
        missed += limit is not None and medians[name] >= limit
        print(f"{name:26s} {medians[name]:6.3f} s   {medians[name] / reference:5.1f}×   {verdict}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
