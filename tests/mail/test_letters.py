from __future__ import annotations

from typing import Any

import pytest

from digest.mail.languages import LANGUAGES
from digest.mail.letters import VALUES, render_mail
from digest.mail.links import Links
from digest.mail.templates import Templates
from tests.mail.edition import DAY, POSTAL_ADDRESS

GIVEN: dict[str, dict[str, Any]] = {
    "confirm": {"confirm_url": "https://digest.example.org/confirm/t",
                "decline_url": "https://digest.example.org/decline/t", "days": 3},
    "welcome": {"schedule": "Monday to Friday at 08:00", "topics": ["Neural PDE solvers", "Graph matching"]},
    "changed": {"changes": ["Your digest comes every Monday at 07:30 (Europe/Paris)."],
                "refused": ["“weakly” is no command, did you mean “weekly”?"],
                "undo": "weekdays", "undo_url": ""},
    "goodbye": {"bounced": False, "return_url": "https://digest.example.org/return/t"},
    "approve": {"wishes": ["add a topic", "no mail for a while"]},
    "topics": {"topics": ["Neural PDE solvers", "Graph matching"], "schedule": "Monday to Friday at 08:00",
               "paused": "No digest until Sunday, 5 April."},
    "help": {},
    "alarm": {"what": "612 of 2,000 digests bounced", "lines": ["The pass is paused: 612 refusals, most of them 550 5.7.1."],
              "steps": ["Look at the rows of `digest status --failed`.", "When the fault is mended, run `digest send`."]},
}  # fmt: skip


def mail(name: str, templates: Templates, links: Links, lang: str = "en", **changes: Any) -> Any:
    return render_mail(name, GIVEN[name] | changes, to="alice@example.org", links=links.of(7, DAY), templates=templates,
                       postal_address=POSTAL_ADDRESS, lang=lang)  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_mail_can_be_printed_in_every_language(name: str, lang: str, templates: Templates, web: Links, no_web: Links) -> None:
    for links in (web, no_web):
        printed = mail(name, templates, links, lang)
        assert printed.subject
        assert f'lang="{lang}"' in printed.html
        assert printed.html.count("<h1") == 1
        assert POSTAL_ADDRESS in printed.text
        assert len(printed.html) < 20_000


@pytest.mark.parametrize("name", VALUES)
def test_text_and_html_say_the_same(name: str, templates: Templates, web: Links) -> None:
    from tests.mail.test_render import Page

    printed = mail(name, templates, web)
    text, page = " ".join(printed.text.split()), Page(printed.html)
    for value in GIVEN[name].values():
        for sentence in value if isinstance(value, list) else [value]:
            if isinstance(sentence, str) and sentence:
                assert sentence in text
                assert sentence in page.text or sentence in page.links


def test_a_confirmation_repeats_nothing_that_a_stranger_wrote(templates: Templates, web: Links) -> None:
    assert "topics" not in VALUES["confirm"]
    with pytest.raises(ValueError, match="confirm needs exactly"):
        mail("confirm", templates, web, greeting="Buy now at https://spam.example")


def test_a_missing_value_is_named(templates: Templates, web: Links) -> None:
    with pytest.raises(ValueError, match="welcome needs exactly schedule, topics, not nothing"):
        render_mail("welcome", {}, to="a@example.org", links=web.of(7, DAY), templates=templates)


def test_values_cannot_break_out_of_their_line(templates: Templates, web: Links) -> None:
    printed = mail("changed", templates, web, changes=["a\r\nBcc: x\u2028<script>\u202e"])
    assert "a Bcc: x <script>" in printed.text
    assert "<script" not in printed.html


def test_a_change_that_was_not_understood_says_so(templates: Templates, web: Links) -> None:
    assert mail("changed", templates, web, changes=[]).text.startswith("Not understood")


def test_goodbye_says_when_bounces_were_the_reason(templates: Templates, web: Links) -> None:
    assert "came back" in mail("goodbye", templates, web, bounced=True).text
    assert "came back" not in mail("goodbye", templates, web).text
