"""From text to terms: what counts as a word, which words say nothing, and what a keyword means. PURE."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from digest.selection.stem import stem

# Words of grammar, and of the abstract as a form ("in this paper we propose"), that say nothing about a topic.
_STOP_WORDS = """

    a about above after again against all also although am among an and any are as at be because been before being below between
    both but by can cannot could did do does doing down during each either et for from further had has have having he her here
    hers him his how however i if in into is it its itself just may me might more most much must my nor not of on once only or
    other our ours out over own per quite rather same she should since so some such than that the their theirs them then there
    thereby therefore these they this those though through thus to too under until up upon us very via was we were what when where
    whereas whether which while who whom whose why will with within without would yet you your
    al eg ie etc paper propose proposed proposes show shows shown present presents presented
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Words of ordinary academic prose: they help to compare texts, but none of them alone is a reason to read a paper.
_PROSE = """
    able accordingly achieve achieved achieves across additional additionally address addresses advance advances aim aims
    allow allows already alternative amount apart applied apply applying approach approaches article aspect aspects available
    based basis become becomes begin behind best better beyond big bring brings broad called capable carry case cases certain
    challenge challenges challenging change changes clear clearly combine combined combines come comes common commonly
    comparable compare compared comparison complete completely comprehensive concept conduct consider considered considering
    consist consistent consistently consists contribution contributions conventional corresponding create creates current
    currently day days deal demand demonstrate demonstrated demonstrates demonstrating depend depends describe describes
    despite detail detailed details develop developed developing development differ difference differences different difficult
    directly discuss driven due ease easily effective effectively effectiveness efficient efficiently effort efforts eight
    either employ employs enable enables enabling end ends enhance enhanced enhances ensure ensures entire especially
    essential establish establishes etc evaluate evaluated evaluation even every evidence example examples exceed exhibit
    exhibits exist existing experiment experimental experiments explore explores extend extends extensive extra face fact fail
    fails far favor few fifth final finally find finding findings finds first five fix focus focuses follow following follows
    form forms found four framework frameworks full fully fundamental furthermore future gain gains gap general generally get
    give given gives go goal goals good great greater growing half handle hard help helps hence high higher highest highly
    hold holds hundred idea ideas identifies identify impact important improve improved improvement improvements improves
    improving include includes including increase increased increases increasing increasingly indeed indicate indicates
    individual insight insights inspire instance instead introduce introduced introduces introducing investigate investigates
    involve involves issue issues join keep key kind know known lack large largely larger last later lead leading leads leave
    less let level levels leverage leverages leveraging like likely limit limitation limitations limited line little long
    longer look low lower made main mainly maintain maintains major make makes making manner many mean means meet mere method
    methods million minor moreover much multiple must name namely naturally near nearly necessary need needed needs never
    nevertheless new newly next nine no non none notably note novel now number numerous observe observed obtain obtained offer
    offers often old one ones open order organize original others otherwise outperform outperforming outperforms overall
    particular particularly partly past perform performance performed performs piece place plausible play plays point points
    poor popular possible potentially practical practice precisely present previous previously primarily principle prior
    problem problems procedure produce produces promise promising proper prove proves provide provided provides providing
    publicly purpose purposes put range rarely rather reach reaches real really recent recently reduce reduced reduces
    reducing regarding relate related relative relatively relevant relies rely remain remains report reports represent require
    required requires requiring research respectively result resulting results reveal reveals review right rise role run runs
    say second section see seek seem seen select sense serve serves set sets setting settings seven several severe short
    significant significantly similar similarly simple simply simultaneously single situation six size small smaller solution
    solutions solve solves some sometimes sort specific specifically standard start step steps still straightforward strategy
    strong studied studies study studying subject substantial substantially succeed success successful successfully sufficient
    suggest suggests superior support supports systematic systematically take taken takes taking task tasks ten tend tends
    term terms third thorough thousand three thus time times today together total toward towards traditional treat true try
    trying turn two type types typical typically unable understand unique unlike use used useful uses using usual usually
    utilize utilizes validate validated valuable various vary varying versus want way ways well whole wide widely widespread
    work working works worse worst year years yield yields zero
"""
PROSE = frozenset(_PROSE.split())

# C++ and C# are words; else a word is a run of letters and digits, so that hyphens, slashes and apostrophes do not matter.
# A Han, Kana or Hangul character is a word by itself: neighbours meet again in phrases, which is how such text is indexed
# without a dictionary.
_WORD = re.compile(
    r"\b[cf](?:\+\+|\#)|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+"
)
_LINK = re.compile(r"https?://\S+|www\.\S+")
_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+")
_QUANTITY = re.compile(r"\d+(?:[kmbgtxs]|[kmg]b|[mn]s|hz|fps|st|nd|rd|th)?")
_POSSESSIVE = re.compile(r"['’]s\b")

#: So many words are remembered between passes, about the vocabulary of a week: a daemon that meets new ones every day for years
#: must not grow.
A_VOCABULARY = 32_768


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


def is_telling(word: str) -> bool:
    """Whether a word can be a reason by itself: no number, no single letter, no word of ordinary prose."""
    return len(word) > 1 and word not in PROSE and not word.isdigit()


def is_quantity(word: str) -> bool:
    """Whether a word is a number with a unit or ending: `32k`, `7b`, `10x`, `1st`; but not `3d`."""
    return _QUANTITY.fullmatch(word) is not None


@lru_cache(maxsize=A_VOCABULARY)
def singular(word: str) -> str:
    """A word without its plural ending: the mild form in which phrases are compared, since `generative` is not `general`."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes", "zzes")) else word[:-1]


@lru_cache(maxsize=A_VOCABULARY)
def stem_of(word: str) -> str:
    """The stem in which the forms of a word meet; two words with one singular always share it."""
    return stem(singular(word))


def in_full(text: str) -> str:
    """All words of a text in the singular, stop words too, each between blanks."""
    return f" {' '.join(map(singular, all_words(text)))} "


@lru_cache(maxsize=4096)
def with_small_words(term: str) -> str:
    """A term in full, open at its end where it is a `prefix*`; "" for one without stop words, of which its features say enough."""
    if STOP_WORDS.isdisjoint(all_words(term)):
        return ""
    return in_full(term).rstrip() if term.rstrip().endswith("*") else in_full(term)
