from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Layout, Topic
from digest.subscription import forms
from digest.subscription.schema import Defaults
from tests.world import subscriber, topic

TODAY = date(2026, 3, 24)
DEFAULTS = Defaults("UTC", time(8), "en")
HER = replace(
    subscriber(), topics=(topic(weight=2.0, like=("arxiv:2010.08895",)), Topic("Graph matching")), days=(0, 1, 2, 3, 4)
)


def signed(**typed: str) -> tuple[Any, Any]:
    return forms.sign_up({name: [value] for name, value in typed.items()}, DEFAULTS)


def page(**changes: Any) -> dict[str, list[str]]:
    """The form of her preferences as her page shows it, and what she changed."""
    shown: dict[str, Any] = {
        "timezone": "Europe/Berlin", "send_at": "08:00", "days": ["mon", "tue", "wed", "thu", "fri"], "max_papers": "12",
        "trending": "3", "layout": "full", "when_empty": "skip", "language": "en", "paused_until": "", "new-topics": "",
        "topic-0-name": "Neural PDE solvers", "topic-0-keywords": "neural operator, physics-informed, PINN*", "topic-0-text": "",
        "topic-0-exclude": "", "topic-0-authors": "", "topic-0-categories": "",
        "topic-1-name": "Graph matching", "topic-1-keywords": "", "topic-1-text": "", "topic-1-exclude": "", "topic-1-authors": "",
        "topic-1-categories": "",
    }  # fmt: skip
    return {name: value if isinstance(value, list) else [value] for name, value in (shown | changes).items() if value is not None}


def changed(**changes: Any) -> Any:
    values, faults = forms.preferences(page(**changes), HER, TODAY)
    assert faults == {}
    return values


def faults(**changes: Any) -> Any:
    values, found = forms.preferences(page(**changes), HER, TODAY)
    assert values == {} or not found
    return found


def test_an_address_and_topics_are_enough_to_sign_up() -> None:
    wish, found = signed(email=" alice@example.org ", topics="neural operators, PINN\n\n neural operators ;diffusion", timezone="")
    assert found == {}
    assert (wish.email, [each.name for each in wish.topics]) == ("alice@example.org", ["neural operators", "PINN", "diffusion"])


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"email": "", "topics": "x"}, "email", "name@example.org"),
        ({"email": "alice", "topics": "x"}, "email", "no mail address"),
        ({"email": "a" * 300 + "@example.org", "topics": "x"}, "email", "too long"),
        ({"email": "alice@example.org", "topics": " , \n"}, "topics", "at least one topic"),
        ({"email": "alice@example.org", "topics": ",".join(f"t{n}" for n in range(11))}, "topics", "at most 10"),
        ({"email": "alice@example.org", "topics": "x", "timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
    ],
)
def test_a_sign_up_that_cannot_be_taken_says_what_to_write(typed: dict[str, str], field: str, words: str) -> None:
    wish, found = signed(**typed)
    assert wish is None
    assert words in found[field]


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing() -> None:
    assert changed() == {}


def test_each_field_changes_what_it_says() -> None:
    values = changed(timezone="Asia/Tokyo", send_at="17:30", days=["sun", "mon"], max_papers="5", trending="9", layout="compact")
    assert values == {
        "timezone": "Asia/Tokyo", "send_at": time(17, 30), "days": (0, 6), "max_papers": 5, "trending": 5, "layout": Layout.COMPACT,
    }  # fmt: skip


def test_a_topic_keeps_what_the_page_does_not_show_of_it() -> None:
    (first, second) = changed(**{"topic-0-keywords": "FNO\nDeepONet", "topic-0-exclude": "survey"})["topics"]
    assert first == topic(weight=2.0, like=("arxiv:2010.08895",), keywords=("FNO", "DeepONet"), exclude=("survey",))
    assert second == Topic("Graph matching")


def test_topics_are_dropped_and_added() -> None:
    names = [each.name for each in changed(**{"topic-0-drop": "yes", "new-topics": "Diffusion models\ngraph MATCHING"})["topics"]]
    assert names == ["Graph matching", "Diffusion models"]


def test_the_last_topic_stays() -> None:
    assert "has to stay" in faults(**{"topic-0-drop": "yes", "topic-1-drop": "yes"})["new-topics"]


def test_every_fault_is_named_at_its_field_and_nothing_is_taken_over() -> None:
    found = faults(timezone="Mars", send_at="25:00", days=[], max_papers="x", **{"topic-0-keywords": "*"})
    assert set(found) == {"timezone", "send_at", "days", "max_papers", "topic-0-keywords"}
    assert all(each.endswith((".", "?")) for each in found.values())


def test_a_pause_ends_by_itself() -> None:
    assert changed(paused_until="2026-04-01") == {"paused_until": date(2026, 4, 1)}
    assert changed(paused_until="2026-03-24") == {}


@given(st.dictionaries(st.sampled_from(sorted(page())), st.lists(st.text(max_size=40), max_size=2), max_size=6))
def test_whatever_is_typed_is_taken_or_explained(typed: dict[str, list[str]]) -> None:
    values, found = forms.preferences(page() | typed, HER, TODAY)
    assert not (values and found)
    assert replace(HER, **values)
