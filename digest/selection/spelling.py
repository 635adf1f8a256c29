"""Papers spelled with one character a word, in which phrases are found at the speed of `str.count`. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from digest.selection.terms import singular


@dataclass(slots=True)
class Spelling:
    """Titles and abstracts in which a character stands for a word, singular or plural; make it grow with `add`."""

    titles: list[str] = field(default_factory=list)
    abstracts: list[str] = field(default_factory=list)
    _letters: dict[str, str] = field(default_factory=dict)  #: the character that stands for a singular

    def add(self, title: Iterable[str], abstract: Iterable[str]) -> None:
        self.titles.append(self._spelled(title))
        self.abstracts.append(self._spelled(abstract))

    def letters(self, found: Iterable[str]) -> list[str]:
        """The characters of words, those left out that no paper has."""
        return [letter for word in found if (letter := self._letters.get(singular(word)))]

    def in_title(self, found: Iterable[str], document: int) -> bool:
        """Whether any of the words stands in a paper's title."""
        return any(letter in self.titles[document] for letter in self.letters(found))

    def counter(self, forms: Sequence[str], *, open_end: bool = False) -> Callable[[str], int] | None:
        """What counts words side by side in a spelled text, the last of them only begun when the end is open; None when no paper
        can have them."""
        *first, last = forms
        beginning = "".join(self.letters(first))
        endings = [letter for form, letter in self._letters.items() if form.startswith(last)] if open_end else self.letters([last])
        if not endings or len(beginning) < len(first):
            return None
        if len(endings) == 1:
            whole = beginning + endings[0]
            return lambda text: text.count(whole)
        pattern = re.compile(f"{re.escape(beginning)}[{''.join(map(re.escape, endings))}]")
        return lambda text: len(pattern.findall(text))

    def _spelled(self, found: Iterable[str]) -> str:
        letters = self._letters
        return "".join([letters.setdefault(singular(word), _letter(len(letters))) for word in found])


def _letter(number: int) -> str:
    """A character for every number: Unicode's, without the surrogates, which are none."""
    return chr(number + 1 if number < 0xD7FF else number + 0x801)
