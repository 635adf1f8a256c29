"""What the tests of the mail wing share: the shipped templates, a desk with links, and golden files renewed by one switch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from digest.mail.links import Links
from digest.mail.templates import Templates
from digest.tokens import Signer

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-goldens", action="store_true", help="write tests/golden anew from what is rendered now; then read the diff"
    )


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates([ROOT / "templates"])


@pytest.fixture(scope="session")
def web() -> Links:
    return Links(
        Signer([b"test key"]),
        "digest@example.org",
        "digest+commands@example.org",
        "digest+bounce@example.org",
        "https://digest.example.org",
    )


@pytest.fixture(scope="session")
def no_web() -> Links:
    return Links(Signer([b"test key"]), "digest@example.org", "digest+commands@example.org", "digest+bounce@example.org")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares with a golden file, or writes it when `--renew-goldens` is given."""
    renew = request.config.getoption("--renew-goldens", default=False)

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if renew:
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), f"no golden {name} yet: run pytest tests/mail --renew-goldens"
        assert text == path.read_bytes().decode(), f"{name} has changed: if that is meant, run pytest tests/mail --renew-goldens"

    return compare
