"""From text to terms: what counts as a word, which words say nothing, and what a keyword means. PURE."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.selection.stem import stem

# Words of grammar, and of the abstract as a form ("in this paper we propose"), that say nothing about a topic.
_STOP_WORDS = """

    a about above after again against all also although am among an and any are as at be because been before being below between
    both but by can cannot could did do does doing down during each either et few for from further had has have having he her here
    hers him his how however i if in into is it its itself just may me might more most much must my nor not of off on once only or
    other our ours out over own per quite rather same she should since so some such than that the their theirs them then there
    thereby therefore these they this those though through thus to too under until up upon us very via was we were what when where
    whereas whether which while who whom whose why will with within without would yet you your
    al eg ie etc paper propose proposed proposes show shows shown present presents presented
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# C++ and C# are words; else a word is a run of letters and digits, so that hyphens, slashes and apostrophes do not matter.
# A Han, Kana or Hangul character is a word by itself: neighbours meet again in phrases, which is how such text is indexed
# without a dictionary.
_WORD = re.compile(
    r"\b[cf](?:\+\+|\#)|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+"
)
_LINK = re.compile(r"https?://\S+|www\.\S+")
_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+")
_POSSESSIVE = re.compile(r"['’]s\b")


def words(text: str) -> list[str]:
    """The words of a text in order, stop words left out: case, accents, hyphens and TeX commands do not matter."""
    return [word for word in all_words(text) if word not in STOP_WORDS]


def all_words(text: str) -> list[str]:
    """As `words`, with the stop words."""
    return _WORD.findall(plain(text))


def plain(text: str) -> str:
    """Lower case without accents, links, TeX commands and possessives; `α`, `ß` as `ss` and other scripts stay."""
    if "http" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if "\\" in text:
        text = _TEX_COMMAND.sub(" ", text)
    text = text.casefold()
    if not text.isascii():
        text = _POSSESSIVE.sub("", text)
        decomposed = unicodedata.normalize("NFKD", text)
        return unicodedata.normalize("NFC", "".join(each for each in decomposed if not "\u0300" <= each <= "\u036f"))
    return _POSSESSIVE.sub("", text) if "'" in text else text


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """A word without its plural ending: the mild form in which phrases are compared, since `generative` is not `general`."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes", "zzes")) else word[:-1]


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str:
    """The stem in which the forms of a word meet; two words with one singular always share it."""
    return stem(singular(word))
