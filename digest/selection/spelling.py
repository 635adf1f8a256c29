"""Papers spelled with one character a word, in which phrases are found at the speed of `str.count`. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.selection.terms import singular, words


@dataclass(slots=True)
class Spelling:
    """Titles and abstracts in which a character stands for a word, singular or plural; make it grow with `add`."""

    titles: list[str] = field(default_factory=list)
    abstracts: list[str] = field(default_factory=list)
    _letters: dict[str, str] = field(default_factory=dict)  #: the character that stands for a singular
    _terms: dict[str, list[str]] = field(default_factory=dict)  #: the characters of terms that were asked for

    def add(self, title: Iterable[str], abstract: Iterable[str]) -> None:
        self.titles.append(self._spelled(title))
        self.abstracts.append(self._spelled(abstract))

    def letters(self, found: Iterable[str]) -> list[str]:
        """The characters of words, those left out that no paper has."""
        return [letter for word in found if (letter := self._letters.get(singular(word)))]

    def in_title(self, term: str, document: int) -> bool:
        """Whether any word of a term stands in a paper's title."""
        if (letters := self._terms.get(term)) is None:
            letters = self._terms[term] = self.letters(words(term))
        title = self.titles[document]
        return any(letter in title for letter in letters)

    def counted(self, forms: Sequence[str], documents: Iterable[int], *, open_end: bool = False) -> list[tuple[int, int, int]]:
        """Those of the papers that have words side by side, the last of them only begun when the end is open: with how often in
        the title and how often in the abstract."""
        *first, last = forms
        beginning = "".join(self.letters(first))
        endings = [letter for form, letter in self._letters.items() if form.startswith(last)] if open_end else self.letters([last])
        if not endings or len(beginning) < len(first):
            return []
        if len(endings) == 1:
            return self._with(beginning + endings[0], documents)
        return self._matching(re.compile(f"{re.escape(beginning)}[{''.join(map(re.escape, endings))}]"), documents)

    def _with(self, sequence: str, documents: Iterable[int]) -> list[tuple[int, int, int]]:
        titles, abstracts = self.titles, self.abstracts
        counts = [(each, titles[each].count(sequence), abstracts[each].count(sequence)) for each in documents]
        return [each for each in counts if each[1] or each[2]]

    def _matching(self, pattern: re.Pattern[str], documents: Iterable[int]) -> list[tuple[int, int, int]]:
        titles, abstracts = self.titles, self.abstracts
        counts = [(each, len(pattern.findall(titles[each])), len(pattern.findall(abstracts[each]))) for each in documents]
        return [each for each in counts if each[1] or each[2]]

    def _spelled(self, found: Iterable[str]) -> str:
        letters = self._letters
        return "".join([letters.setdefault(singular(word), _letter(len(letters))) for word in found])


def _letter(number: int) -> str:
    """A character for every number: Unicode's, without the surrogates, which are none."""
    return chr(number + 1 if number < 0xD7FF else number + 0x801)
