"""TeX in titles and abstracts made readable: accents, Greek, scripts, commands and maths as Unicode. PURE.

No library: the well-known one cuts all text after a bare per cent sign. What is not understood is kept without its backslash, so
that nothing is lost; money and set braces are told apart from maths and grouping by what stands between them.
"""

from __future__ import annotations

import re

from digest.tex.reader import CLOSE, OPEN, Reader, script
from digest.tex.symbols import OPERATORS, SILENT, SKIPS_FIRST, SPACES, SYMBOLS, WRAPPERS

__all__ = ["is_in", "script", "to_unicode"]

MAX_MATHS = 2_000               #: characters between two dollars; more than that is money, not maths

# Some relays drop the backslash or the dollars: these words are no English where they stand so, and get it back. (A pattern
# that begins with a letter or sign of its own is found far faster than one that looks behind first.)
_LOST = re.compile(
    r"(?<!\\)(varepsilon|(?<![A-Za-z])(?:(?:varphi|infty|nabla|leq|geq|neq)(?![A-Za-z])"
    r"|(?:mathcal|mathbb|mathfrak|boldsymbol)(?= )|tilde(?= [A-Z]\b)))"
)
_GROUP = re.compile(r"([{_])")
_LAST_WORD = re.compile(r"(?<![\\A-Za-z])[a-z]{3,12}$")
_WRAPPING = frozenset(
    (
        "mathcal", "mathbb", "mathfrak", "mathrm", "mathbf", "boldsymbol", "texttt", "textbf", "textit", "textsc", "operatorname",
        "widetilde", "widehat", "tilde", "hat", "sqrt", "frac", "ell", "sum", "int", "prod",
    )
)
_GREEK = "alpha|beta|gamma|delta|epsilon|theta|lambda|mu|rho|sigma|tau|phi|psi|omega|Omega|Phi|Psi"
_LOST_BEHIND = (
    ("_", re.compile(rf"_({_GREEK})(?![A-Za-z])"), r"_\\\1"),
    ("^", re.compile(rf"\^({_GREEK})(?![A-Za-z])"), r"^\\\1"),
    ("{", re.compile(r"\{(it|em|bf|rm|sc|tt|sl)(?= \w)"), r"{\\\1"),
    ("_{", re.compile(r"_\{(\w)(le|ge|in)(?= \w)"), r"_{\1\\\2"),
)
_LOST_PAIR = re.compile(r"left([(\[|])((?:(?!left[(\[|]).){0,300}?)right([)\]|])")

_WORD = r"[A-Za-z]+\*?"
_KNOWN = frozenset(SYMBOLS) | OPERATORS | SILENT | WRAPPERS | SKIPS_FIRST | SPACES
_DOUBLED = re.compile(rf"\\\\+(?:(?P<accent>[\"'`^~]\{{?[A-Za-z\\])|(?P<word>{_WORD}))")
# A quotation escaped as in JSON rather than two umlauts: braces within it are closed there, and the second sign bears no letter.
_QUOTED = re.compile(
    r'(?<![\w\\])\\"(\w(?:[^"\\{}]|\{[^"\\{}]{0,100}\}){0,200}?)\\"(?!\w|\{\\?[A-Za-z]\}|\\[ij](?![A-Za-z]))'
)
_DOLLARS = re.compile(r"(?<!\\)(?:\$\$?|\\\(|\\\[)")
_CLOSERS = {"$": re.compile(r"(?<!\\)\$"), "$$": re.compile(r"\$\$"), "\\(": re.compile(r"\\\)"), "\\[": re.compile(r"\\\]")}
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}[,;]? +[A-Za-z]{2,}|\s[a-z]{2,}\s")
_WORD_ALONE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}")
_TEXT_GROUP = re.compile(r"\\[A-Za-z]+\s*\{[^{}]*\}")
_SIGN_TOKEN = rf"\\(?:{_WORD}|.|$)|[{{}}^_~{OPEN}{CLOSE}]"
_TOKEN = re.compile(rf"{_SIGN_TOKEN}|[^\\{{}}^_~{OPEN}{CLOSE}]+", re.DOTALL)
_TOKEN_OR_URL = re.compile(
    rf"{_SIGN_TOKEN}|https?://[^\s{{}}\\<>\"{CLOSE}]+|(?:[^\\{{}}^_~h{OPEN}{CLOSE}]+|h(?!ttps?://))+|h", re.DOTALL
)

_DASHES = re.compile(r"--+")
_QUOTES = re.compile(r"``(.{0,400}?)(?:''|(?<!\\)\")", re.DOTALL)


def is_in(text: str) -> bool:
    """Whether `text` holds anything that may be TeX. Fast, and often wrong in its favour."""
    return _has_signs(text) or "--" in text or _has_lost_words(text)


def to_unicode(text: str) -> str:
    """`text` with its TeX read; text without any comes back as it is.

    Expects no control characters. `%` is text, never a comment. Time grows with the length of the text.
    """
    text = _repair(text)
    if "--" in text:
        text = _DASHES.sub(_dash, text)
    if "``" in text:
        text = _QUOTES.sub(r"“\1”", text)
    if not _has_signs(text):
        return text
    pattern = _TOKEN_OR_URL if "://" in text else _TOKEN
    return Reader(pattern.findall(_mark_maths(text))).read(maths=False)


def _has_signs(text: str) -> bool:
    # One `in` for each, written out: every paper passes here, and this takes a tenth of an expression's or a loop's time.
    return (
        "\\" in text or "$" in text or "{" in text or "}" in text or "^" in text or "_" in text or "~" in text or "`" in text
    )  # fmt: skip


def _has_lost_words(text: str) -> bool:
    """Whether one of the words of `_LOST` or `_LOST_PAIR` may be there; most texts hold no piece of any."""
    return (
        ("left" in text and ("left(" in text or "left[" in text))
        or ("var" in text and ("varepsilon" in text or "varphi" in text))
        or ("eq" in text and ("leq" in text or "geq" in text or "neq" in text))
        or ("math" in text and ("mathcal " in text or "mathbb " in text))
        or "infty" in text
        or "nabla" in text
        or "boldsymbol " in text
    )


def _repair(text: str) -> str:
    """Undo what relays do to TeX: doubled backslashes, lost backslashes, quotes escaped as in JSON."""
    if '\\"' in text:
        text = _QUOTED.sub(r'"\1"', text)
    if "\\\\" in text:
        text = _DOUBLED.sub(_undouble, text)
    if _has_lost_words(text):
        text = _LOST.sub(r"\\\1", text)
    if "{" in text or "_" in text:
        text = _restore_wrappers(text)
    for sign, pattern, replacement in _LOST_BEHIND:
        if sign in text:
            text = pattern.sub(replacement, text)
    while "left" in text and (shorter := _LOST_PAIR.sub(_pair, text)) != text:
        text = shorter
    return text


def _restore_wrappers(text: str) -> str:
    """`mathcal{L}` without its backslash gets it back. Looks only at the words before a brace or underscore."""
    *parts, last = _GROUP.split(text)
    for place in range(0, len(parts), 2):
        if (found := _LAST_WORD.search(parts[place][-13:])) and found[0] in _WRAPPING:
            parts[place] = parts[place].removesuffix(found[0]) + "\\" + found[0]
    return "".join(parts) + last


def _pair(found: re.Match[str]) -> str:
    return found[1] + found[2].strip() + found[3]


def _dash(found: re.Match[str]) -> str:
    """An en or em dash, but for arrows, comments and the options of commands."""
    before, after = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
    option = len(found[0]) == 2 and after.isalpha() and (not before or before in " \t\n([\"'")
    if len(found[0]) > 3 or before in ("!", "<") or after == ">" or option:
        return found[0]
    return "—" if len(found[0]) == 3 else "–"


def _undouble(found: re.Match[str]) -> str:
    if found["accent"]:
        return "\\" + found["accent"]
    return ("\\" if found["word"] in _KNOWN else "\\\\ ") + found["word"]


def _mark_maths(text: str) -> str:
    """Put marks around maths in place of its delimiters; dollars that mean money stay."""
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return text
    parts, at = [], 0
    while opening := _DOLLARS.search(text, at):
        closing = _CLOSERS[opening[0]].search(text, opening.end())
        inner = text[opening.end() : closing.start()] if closing else ""
        if closing and (opening[0] != "$" or _is_maths(inner, text[closing.end() : closing.end() + 1])):
            parts += [text[at : opening.start()], OPEN, inner, CLOSE]
            at = closing.end()
        else:
            parts.append(text[at : opening.end()])
            at = opening.end()
    return "".join(parts) + text[at:]


def _is_maths(inner: str, after: str) -> bool:
    """Whether `$inner$` is maths rather than text between two prices."""
    if not inner.strip() or len(inner) > MAX_MATHS:
        return False
    words = _TEXT_GROUP.sub(" ", inner)
    price = inner[0].isdigit()
    if re.search(r"[\\^_{=]", inner):
        return not (price and _PROSE.search(words))
    if price and (after.isdigit() or inner[-1] in " (~" or _WORD_ALONE.search(words)):
        return False
    return not _PROSE.search(words) and not (after.isdigit() and inner[-1].isspace())
