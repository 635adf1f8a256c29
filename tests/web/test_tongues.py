"""Pages in her language: that of her subscription, else that which her browser asks for."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from digest.mail.languages import LANGUAGES
from digest.mail.languages.en import ENGLISH
from digest.mail.languages.pages_de import PAGES as GERMAN_PAGES
from digest.mail.languages.pages_en import PAGES
from digest.tokens import Purpose
from digest.web.app import PROBLEMS
from digest.web.site import understood
from tests.web.test_chromium import DAY, MIDNIGHT
from tests.web.visitor import Neighbourhood, Page

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "templates" / "pages").glob("*.html")))
CODE = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "digest" / "web").glob("*.py")))
#: What a template puts together from a word.
VARIED = {"vote.": ("more", "less"), "vote.ask_": ("more", "less"), "vote.noted_": ("more", "less"), "vote.text_": ("more", "less"),
          "vote.turn_": ("more", "less")}  # fmt: skip
#: Sentences of some length that hold no gap, so that they can be looked for.
TELLING = {key: said for key, said in PAGES.items() if isinstance(said, str) and "{" not in said and len(said) > 14}


def german(town: Neighbourhood, path: str, status: int = 200) -> Page:
    answer = town.client.get(path, headers={"Accept-Language": "de-AT, en;q=0.5"})
    assert answer.status_code == status
    return Page(answer.text)


def no_english(page: Page) -> None:
    assert '<html lang="de">' in page.html
    found = [key for key, said in TELLING.items() if said in page.html and said != GERMAN_PAGES[key]]
    assert not found


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr, de;q=0.3, en;q=0.2", "de"),
        ("de;q=0, en", "en"),
        ("fr, ja", "en"),
        ("*", "en"),
        (";;q=,,=;q=x," * 500, "en"),
        ("de;q=nan", "de"),
    ],
)
def test_the_best_of_what_a_browser_asks_for_is_spoken(asked: str, spoken: str) -> None:
    assert understood(asked, ("en", "de")) == spoken


def test_where_none_of_hers_is_spoken_it_is_that_of_the_site() -> None:
    assert understood("fr", ("de", "en")) == "de"


@pytest.mark.parametrize("path", ["/", "/trending", "/about"])
def test_pages_for_everybody_are_german_for_who_asks_for_german(path: str, town: Neighbourhood) -> None:
    no_english(german(town, path))
    assert '<html lang="en">' in town.get(path).html


@pytest.mark.parametrize("path", ["/trending", "/about"])
def test_a_cache_knows_that_there_is_one_for_each_language(path: str, town: Neighbourhood) -> None:
    assert "Accept-Language" in town.client.get(path).headers["Vary"]


def test_what_went_wrong_is_said_in_german(town: Neighbourhood) -> None:
    page = german(town, "/nowhere", 404)

    no_english(page)
    assert "Diese Seite gibt es nicht" in page.text


def test_her_own_pages_are_in_the_language_of_her_subscription_whatever_the_browser(town: Neighbourhood) -> None:
    key = town.joins(language="de", name="")
    town.gets_digest(key, DAY)
    now, token = town.clock(), town.token
    manage = f"/preferences/{token(Purpose.MANAGE, key, now)}"
    stale = f"/preferences/{token(Purpose.MANAGE, key, now - timedelta(days=99))}"
    feedback = f"/feedback/{token(Purpose.FEEDBACK, key, MIDNIGHT)}/more/2"
    leave = f"/unsubscribe/{token(Purpose.UNSUBSCRIBE, key)}"

    page = town.get(manage)
    saved = town.press(page, "Speichern", manage)
    paused = town.press(saved, "2 Wochen", manage)
    noted = town.press(town.get(feedback), "Mehr davon", feedback)
    goodbye = town.press(town.get(leave), "Abmelden", leave)
    left = town.get(leave)

    digest = town.get(f"/digest/{token(Purpose.VIEW, key, MIDNIGHT)}")

    for each in (page, saved, paused, noted, goodbye, left, digest, town.get(stale, 410)):
        no_english(each)
    assert "Gespeichert." in saved.text
    assert "Pause. Die nächste Mail kommt am" in paused.text
    assert "bekommt Arbeiten Montag bis Freitag um 08:00" in page.text
    assert "Sie sind abgemeldet" in goodbye.text


def test_who_signs_up_on_a_german_page_gets_german_mail(town: Neighbourhood) -> None:
    page = german(town, "/")
    town.press(page, "Anmelden", "/", email="gerda@example.org", topics="graph matching")

    assert town.served("gerda@example.org").language == "de"
    key, now = town.key("gerda@example.org"), town.clock()
    confirm = f"/confirm/{town.token(Purpose.CONFIRM, key, now)}"
    asked = town.get(confirm)
    welcome = town.press(asked, "Ja, Anmeldung bestätigen", confirm)
    for each in (asked, welcome):
        no_english(each)
    assert "Willkommen" in welcome.text


def test_a_language_that_is_none_is_named(town: Neighbourhood) -> None:
    page = town.get("/")

    assert page.html.count('name="language" value="en"') == 1
    town.press(page, "Sign up", "/", status=422, email="x@example.org", topics="graph matching", language="<none>")
    assert town.state("x@example.org") == "unknown"


# --- The catalogue and the pages agree -----------------------------------------------------------------------------------


def said_by_pages() -> set[str]:
    fixed = set(re.findall(r"say\(\s*\"([a-z_.]+)\"[,)]", TEMPLATES + CODE))
    either = {key for pair in re.findall(r"say\(\"([a-z_.]+)\" if \w+ else \"([a-z_.]+)\"", TEMPLATES) for key in pair}
    varied = {start + word for start, words in VARIED.items() for word in words}
    problems = {f"problem.{kind}{part}" for kind in (*PROBLEMS, "other") for part in ("", ".text")}
    return fixed | either | varied | problems


def test_every_sentence_that_a_page_says_is_known() -> None:
    assert [key for key in sorted(said_by_pages()) if not ENGLISH.knows(key)] == []


def test_no_sentence_is_kept_that_no_page_says() -> None:
    assert sorted(set(PAGES) - said_by_pages()) == []


def test_every_varied_sentence_is_in_the_templates() -> None:
    assert set(re.findall(r"say\(\"([a-z_.]+)\" ~", TEMPLATES)) == set(VARIED)


def test_all_languages_that_mails_speak_are_spoken_by_pages(town: Neighbourhood) -> None:
    assert list(town.site.tongues) == list(LANGUAGES)
