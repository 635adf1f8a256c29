"""The small world that the tests live in: a Tuesday in spring, a few people, a dozen papers, and builders for more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from digest.model import Paper, Sighting, Subscriber, Topic

NOW = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 24)


def paper(id: str = "arxiv:2603.00001", title: str = "Neural operators for turbulent flow", **changes: Any) -> Paper:  # noqa: A002 - the noun's own word
    """A paper first seen this morning; say only what matters to the test."""
    given: dict[str, Any] = {
        "id": id,
        "title": title,
        "abstract": "We learn a surrogate for the Navier-Stokes equations. It is a hundred times faster than the solver.",
        "authors": ("Ada Lovelace", "Emmy Noether"),
        "categories": ("cs.LG", "math.NA"),
        "published": NOW - timedelta(days=1),
        "announced": TODAY,
        "announce_type": "new",
        "url": "https://arxiv.org/abs/" + id.removeprefix("arxiv:"),
        "aliases": (id,),
        "sources": ("arxiv",),
        "first_seen": NOW - timedelta(hours=3),
    }
    return Paper(**(given | changes))


def papers(count: int, **changes: Any) -> list[Paper]:
    """`count` papers that differ in id, title and abstract."""
    themes = ("neural operators", "diffusion models", "protein folding", "graph matching", "speech synthesis", "robot grasping")
    return [
        paper(
            f"arxiv:2603.{n:05d}",
            f"On {themes[n % len(themes)]}, part {n}",
            **({"abstract": f"Study number {n} of {themes[n % len(themes)]}. It reports result {n * 7}."} | changes),
        )
        for n in range(1, count + 1)
    ]


def topic(name: str = "Neural PDE solvers", **changes: Any) -> Topic:
    return Topic(name=name, **({"keywords": ("neural operator", "physics-informed", "PINN*")} | changes))


def subscriber(email: str = "alice@example.org", **changes: Any) -> Subscriber:
    return Subscriber(**({"email": email, "topics": (topic(),), "name": "Alice Example", "timezone": "Europe/Berlin"} | changes))


def sighting(of: str = "arxiv:2603.00001", upvotes: int | None = 10, **changes: Any) -> Sighting:
    given: dict[str, Any] = {"paper": of, "source": "huggingface", "at": NOW, "listed": TODAY, "upvotes": upvotes, "comments": 1}
    return Sighting(**(given | changes))
