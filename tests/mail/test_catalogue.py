from __future__ import annotations

import string
from datetime import UTC, date, datetime, time

import pytest

from digest.mail.catalogue import Language, Sentence, language
from digest.mail.languages import LANGUAGES
from digest.mail.languages.de import GERMAN
from digest.mail.languages.en import ENGLISH
from digest.mail.letters import schedule
from digest.model import Empty, EmptyReason, Item, Remark, SectionKind
from digest.selection.compose import NO_MATCH, NO_SIGNAL
from digest.silence import line, no_match, nothing_new
from digest.store.fetches import SourceHealth
from tests.world import paper, subscriber

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


REMARKS = {
    "weekend": "arXiv kündigt freitags und samstags abends nichts an, darum bringen Wochenenden keine Arbeiten. "
    "Die nächsten kommen am Montag, 23. März.",
    "holiday": "arXiv hat am Montag, 19. Januar Feiertag und für heute nichts angekündigt. "
    "Die nächsten Arbeiten kommen am Mittwoch, 21. Januar.",
    "nothing_matched": "Nichts Neues passt zu Ihren Themen.",
    "near_miss": "Nichts Neues passt zu Ihren Themen; die ähnlichste Arbeit kam auf 74\u00a0% des Nötigen.",
    "no_signal": "Für diese Arbeiten gibt es keine Stimmen: Sie sind nach Bezug und Datum geordnet.",
    "nothing_new": "Die Quellen haben seit Ihrer letzten Mail nichts Neues angekündigt.",
    "down": "arXiv antwortet seit Dienstag um 07:00 nicht; die Arbeiten kommen, sobald es wieder antwortet.",
    "silence": "Keine Mail am Do. 19., Fr. 20.: nichts Neues zu Ihren Themen; Sa. 21.: am Wochenende wird nichts angekündigt; "
    "Mo. 23.: A holiday.",
}


def remarks() -> dict[str, Remark]:
    """Every remark as the pure middle of a pass makes it."""
    down = SourceHealth("arxiv", datetime(2026, 3, 24, 6, tzinfo=UTC), failures=3)
    nearly = Empty(EmptyReason.NOTHING_MATCHED, NO_MATCH, Item(0, paper(), 0.748))
    silent = tuple((date(2026, 3, day), told) for day, told in SILENT.items())
    made = [
        nothing_new(subscriber(), date(2026, 3, 21), now=datetime(2026, 3, 21, 9, tzinfo=UTC), health=()).text,
        nothing_new(subscriber(), date(2026, 1, 20), now=datetime(2026, 1, 20, 9, tzinfo=UTC), health=()).text,
        nothing_new(subscriber(), date(2026, 3, 25), now=NEXT_DAY, health=(down,)).text,
        nothing_new(subscriber(), date(2026, 3, 25), now=NEXT_DAY, health=()).text,
        NO_MATCH,
        no_match(nearly, now=NEXT_DAY, health=(), zone="UTC").text,
        NO_SIGNAL,
        line(silent),
    ]
    assert all(isinstance(each, Remark) for each in made)
    return {each.kind: each for each in made if isinstance(each, Remark)}


NEXT_DAY = datetime(2026, 3, 25, 6, tzinfo=UTC)
SILENT = {19: NO_MATCH, 20: str(NO_MATCH), 21: "arXiv announces nothing on Friday …", 23: "A holiday."}


@pytest.mark.parametrize("kind", REMARKS)
def test_a_remark_is_said_in_her_language(kind: str) -> None:
    found = remarks()[kind]
    assert GERMAN.remark(found) == REMARKS[kind]
    assert ENGLISH.remark(found) == found


def test_words_that_are_no_remark_stay_as_they_are() -> None:
    assert GERMAN.remark("Hello.") == "Hello."
    assert GERMAN.remark(Remark("Hello.", kind="of a later version")) == "Hello."
