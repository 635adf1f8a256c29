"""What our mails say, in her language: sentences, dates, numbers, plurals. PURE.

A language is one `Language` in `digest/mail/languages/`, with its sentences for mails and for pages; English is complete, and a
sentence that another language lacks is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from digest.model import Remark

_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")

#: One sentence, or one for each form of the plural (English: one, more).
Sentence = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its sentences in the form of `str.format`, and how it writes dates and numbers."""

    code: str                              #: BCP 47, as in `<html lang>`
    name: str                              #: in the language itself
    sentences: Mapping[str, Sentence]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    weekdays: tuple[str, ...]              #: Monday first
    weekdays_short: tuple[str, ...]
    direction: str = "ltr"                 #: as in `<html dir>`
    long_date: str = "{weekday}, {day} {month} {year}"
    day_date: str = "{weekday}, {day} {month}"
    short_date: str = "{weekday} {day} {month}"
    near_date: str = "{weekday} {day}"      #: of the last days
    day_month: str = "{day} {month}"
    moment: str = "{weekday} {time}"
    clock: str = "{hour:02}:{minute:02}"
    thousands: str = ","
    last_and: str = " and "
    quotes: tuple[str, str] = ("“", "”")
    plural: Callable[[int], int] = field(default=lambda n: int(n != 1), repr=False)
    base: Language | None = field(default=None, repr=False)  #: who is asked for what it lacks

    def say(self, key: str, /, **values: object) -> str:
        """The sentence of that name with its values. `n`, when given, chooses the form of the plural;
        whole numbers are written its way.

        Raises KeyError for a sentence that neither this language nor its base knows.
        """
        sentence = self._find(key)
        if not values and isinstance(sentence, str):
            return sentence
        count = values.get("n")
        if isinstance(sentence, tuple):
            sentence = sentence[self.plural(count) if isinstance(count, int) else -1]
        return sentence.format_map({name: self._written(value) for name, value in values.items()})

    def remark(self, said: str) -> str:
        """A remark in this language, where it is one that we know; any other text as it is."""
        if not isinstance(said, Remark):
            return said
        if said.kind == "silence":
            days = "; ".join(self._silent(reason, days.split()) for reason, days in said.parts)
            return self.say("remark.silence", days=days)
        key = f"remark.{said.kind}"
        return self.say(key, **{name: self._part(value) for name, value in said.parts}) if self.knows(key) else said

    def _silent(self, reason: str, days: Iterable[str]) -> str:
        """Silent days with their reason: `Thu 19, Fri 20: nothing new met your topics`."""
        named = (self._date(self.near_date, date.fromisoformat(day), self.weekdays_short, self.months_short) for day in days)
        key = f"silence.{reason}"
        return f"{', '.join(named)}: {self.say(key) if self.knows(key) else reason.rstrip('.')}"

    def _part(self, value: str) -> str:
        """A value of a remark: a day or a moment in ISO form her way, everything else as it is."""
        if not _ISO.fullmatch(value):
            return value
        moment = datetime.fromisoformat(value)
        if "T" not in value:
            return self.date_of_day(moment.date())
        return self.moment.format(weekday=self.weekdays[moment.weekday()], time=self.time_of_day(moment.time()))

    def knows(self, key: str) -> bool:
        """Whether there is such a sentence, in this language or its base."""
        return key in self.sentences or (self.base is not None and self.base.knows(key))

    def number(self, n: int) -> str:
        """`12345` as 12,345."""
        return f"{n:,}".replace(",", self.thousands)

    def date_in_full(self, day: date) -> str:
        return self._date(self.long_date, day, self.weekdays, self.months)

    def date_of_day(self, day: date) -> str:
        """Weekday, day and month, for days that are near."""
        return self._date(self.day_date, day, self.weekdays, self.months)

    def date_in_short(self, day: date) -> str:
        return self._date(self.short_date, day, self.weekdays_short, self.months_short)

    def day_and_month(self, day: date) -> str:
        return self._date(self.day_month, day, self.weekdays_short, self.months_short)

    def time_of_day(self, at: time) -> str:
        return self.clock.format(hour=at.hour, minute=at.minute)

    def listed(self, words: Iterable[str]) -> str:
        """`a, b and c`."""
        *first, last = words
        return self.last_and.join(filter(None, (", ".join(first), last)))

    def quoted(self, words: str) -> str:
        return f"{self.quotes[0]}{words}{self.quotes[1]}"

    def _find(self, key: str) -> Sentence:
        if key in self.sentences or self.base is None:
            return self.sentences[key]
        return self.base._find(key)  # noqa: SLF001 - the same class

    def _written(self, value: object) -> object:
        return self.number(value) if isinstance(value, int) else value

    def _date(self, form: str, day: date, weekdays: tuple[str, ...], months: tuple[str, ...]) -> str:
        return form.format(weekday=weekdays[day.weekday()], day=day.day, month=months[day.month - 1], year=day.year)


def language(code: str) -> Language:
    """The language of that code (`de`, `de-AT`), English when we do not speak it."""
    from digest.mail.languages import LANGUAGES

    return LANGUAGES.get(code.lower().split("-")[0].split("_")[0], LANGUAGES["en"])
