"""Papers spelled with one character a word, in which phrases are found at the speed of `str.count`. PURE."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.selection.terms import singular, words

GAP = "\0"


@dataclass(slots=True)
class Spelling:
    """Papers in which a character stands for a word, singular or plural: title, a gap, abstract. Make it grow with `add`."""

    papers: list[str] = field(default_factory=list)
    gaps: array[int] = field(default_factory=lambda: array("I"))  #: where each title ends
    _letters: dict[str, str] = field(default_factory=dict)  #: the character that stands for a singular
    _forms: dict[str, str] = field(default_factory=dict)    #: the character that stands for a word as it is written
    _terms: dict[str, list[str]] = field(default_factory=dict)  #: the characters of terms that were asked for

    def add(self, title: Iterable[str], abstract: Iterable[str]) -> None:
        spelled = self._spelled(title)
        self.gaps.append(len(spelled))
        self.papers.append(spelled + GAP + self._spelled(abstract))

    def letters(self, found: Iterable[str]) -> list[str]:
        """The characters of words, those left out that no paper has."""
        return [letter for word in found if (letter := self._letters.get(singular(word)))]

    def in_title(self, term: str, document: int) -> bool:
        """Whether any word of a term stands in a paper's title."""
        if (letters := self._terms.get(term)) is None:
            letters = self._terms[term] = self.letters(words(term))
        title = self.papers[document][: self.gaps[document]]
        return any(map(title.__contains__, letters))

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
        papers, gaps = self.papers, self.gaps
        found = [each for each in documents if sequence in papers[each]]
        return [(each, papers[each].count(sequence, 0, gaps[each]), papers[each].count(sequence, gaps[each])) for each in found]

    def _matching(self, pattern: re.Pattern[str], documents: Iterable[int]) -> list[tuple[int, int, int]]:
        papers, gaps = self.papers, self.gaps
        findall = pattern.findall
        found = [(each, findall(papers[each], 0, gaps[each]), findall(papers[each], gaps[each])) for each in documents]
        return [(each, len(in_title), len(in_abstract)) for each, in_title, in_abstract in found if in_title or in_abstract]

    def _spelled(self, found: Iterable[str]) -> str:
        forms = self._forms
        return "".join([forms.get(word) or self._learned(word) for word in found])

    def _learned(self, word: str) -> str:
        """The character for a word that is met for the first time."""
        letter = self._forms[word] = self._letters.setdefault(singular(word), _letter(len(self._letters)))
        return letter


def _letter(number: int) -> str:
    """A character for every number: Unicode's, without the surrogates, which are none."""
    return chr(number + 1 if number < 0xD7FF else number + 0x801)
