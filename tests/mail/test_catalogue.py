from __future__ import annotations

import string
from datetime import date, time

import pytest

from digest.mail.catalogue import Language, Sentence, language
from digest.mail.languages import LANGUAGES
from digest.mail.languages.en import ENGLISH
from digest.mail.letters import schedule
from digest.model import EmptyReason, SectionKind
from tests.world import subscriber

OTHERS = [each for each in LANGUAGES.values() if each is not ENGLISH]


def gaps(sentence: Sentence) -> set[str]:
    forms = (sentence,) if isinstance(sentence, str) else sentence
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("other", OTHERS, ids=lambda each: each.code)
def test_a_language_has_every_sentence_with_the_same_gaps(other: Language) -> None:
    assert set(other.sentences) == set(ENGLISH.sentences)
    for key, sentence in ENGLISH.sentences.items():
        assert gaps(other.sentences[key]) == gaps(sentence), key


@pytest.mark.parametrize("each", LANGUAGES.values(), ids=lambda each: each.code)
def test_a_language_knows_its_months_and_days(each: Language) -> None:
    assert len(set(each.months)) == len(set(each.months_short)) == 12
    assert len(set(each.weekdays)) == len(set(each.weekdays_short)) == 7


def test_every_reason_and_heading_has_its_sentence() -> None:
    assert all(ENGLISH.knows(f"empty.{reason}") for reason in EmptyReason)
    assert all(ENGLISH.knows(f"section.{kind}") for kind in SectionKind)


def test_dates_and_numbers_are_hers() -> None:
    day, german = date(2026, 3, 4), language("de")
    assert ENGLISH.date_in_full(day) == "Wednesday, 4 March 2026"
    assert german.date_in_full(day) == "Mittwoch, 4. März 2026"
    assert ENGLISH.date_in_short(day) == "Wed 4 Mar"
    assert (ENGLISH.number(12345), german.number(12345)) == ("12,345", "12.345")


def test_one_is_not_many() -> None:
    assert ENGLISH.say("paper.upvotes", n=1) == "1 upvote"
    assert ENGLISH.say("paper.upvotes", n=1204) == "1,204 upvotes"
    assert language("de").say("paper.upvotes", n=1) == "1 Stimme"


def test_a_missing_sentence_is_said_in_english() -> None:
    scots = Language(
        "sco", "Scots", {}, ENGLISH.months, ENGLISH.months_short, ENGLISH.weekdays, ENGLISH.weekdays_short, base=ENGLISH
    )
    assert scots.say("link.help") == "Help"
    with pytest.raises(KeyError):
        scots.say("no.such.sentence")


@pytest.mark.parametrize(("code", "found"), [("de", "de"), ("de-AT", "de"), ("DE_de", "de"), ("tlh", "en"), ("", "en")])
def test_a_code_finds_its_language(code: str, found: str) -> None:
    assert language(code).code == found


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((0, 1, 2, 3, 4, 5, 6), "every day at 08:00"),
        ((0, 1, 2, 3, 4), "Monday to Friday at 08:00"),
        ((2,), "every Wednesday at 08:00"),
        ((0, 3), "on Monday and Thursday at 08:00"),
    ],
)
def test_a_schedule_in_words(days: tuple[int, ...], said: str) -> None:
    assert schedule(subscriber(days=days, send_at=time(8)), ENGLISH) == said
