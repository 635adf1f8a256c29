"""Makes the pictures of the README: the packaged sample's digest in headless Chromium, light and dark.

Run it after a change of the templates: `.venv/bin/python docs/pictures.py`. It needs Chromium, and nothing from the network.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).with_name("pictures")
WIDTH, HEIGHT = 700, 920                   # pixels; the beginning of the mail
LARGEST = 150_000                          # bytes, so that the README opens at once
SCHEMES = {"light": 1, "dark": 0}          # as Chromium's setting preferredColorScheme counts them
QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-background-networking", "--disable-sync",
)  # fmt: skip


def sample_digest(folder: Path) -> Path:
    """The mail that a newcomer's first command makes."""
    command = [sys.executable, "-m", "digest", "preview", "--sample", "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "digest.html"


def photograph(page: Path, picture: Path, *, scheme: str, profile: Path) -> None:
    """One picture of the page. Raises SystemExit where Chromium is missing or the picture is too large."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium here: install chromium")
    colours = f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"
    size, shot = f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}"
    command = [chromium, "--headless", *QUIET, f"--user-data-dir={profile}", colours, size, shot, page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    if picture.stat().st_size > LARGEST:
        sys.exit(f"{picture.name} has {picture.stat().st_size} bytes; make HEIGHT smaller")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = sample_digest(folder)
        for scheme in SCHEMES:
            picture = PICTURES / f"digest-{scheme}.png"
            photograph(page, picture, scheme=scheme, profile=folder / "profile")
            print(f"{picture.name}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
