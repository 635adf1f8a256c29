"""Reads TeX, token by token, into Unicode. PURE."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from digest.tex.symbols import (
    ACCENTS,
    BLACKBOARD,
    OPERATORS,
    RELATIONS,
    SILENT,
    SKIPS_FIRST,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    WRAPPERS,
)

TAIL = 200                      #: characters of what was read that a decision may look at
MAX_DEPTH = 40                  #: of nested groups; deeper braces are dropped, their content stays

# Control characters never get here (digest.text drops them), so two of them can mark maths within the text.
OPEN, CLOSE = "\x0e", "\x0f"

_SIGNS = frozenset(f"\\{{}}^_~{OPEN}{CLOSE}")
_BASE = re.compile(r"(?:(?<!\w)[^\W\d_]|(?<![^\W_])[A-Z][A-Z0-9]+|[)\]])$")
_RANGE = re.compile(r"[-−]?[\d.]+ ?[-–] ?[\d.]+")
_LOWERED = ("*", "⊙", "☉", "⊕", "★", "⋆", "")
_RAISED = (*_LOWERED, "∘", "°", "′", "″", "†", "‡")
_SIMPLE = re.compile(r"[\w.]*")


def script(text: str, table: Mapping[str, str], sign: str) -> str:
    """`text` as a superscript or subscript: in Unicode's own letters where they exist and stay readable, else behind `sign`."""
    text = text.strip()
    if text in _RAISED if sign == "^" else text in _LOWERED:
        return text.replace("∘", "°")
    mapped = [table.get(letter) for letter in text.replace(" ", "")]
    if all(mapped) and (sum(letter.isalpha() for letter in text) <= 2):
        return "".join(each for each in mapped if each)
    return f"{sign}{text}" if text.isalpha() or len(text) == 1 else f"{sign}({text})"


class Reader:
    """Reads a list of tokens once, from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def read(self, *, maths: bool, until: str = "") -> str:
        """The readable text of all tokens up to `until`, which is taken too; of all that are left where it is missing."""
        out: list[str] = []
        tokens = self.tokens
        while self.at < len(tokens):
            token = tokens[self.at]
            self.at += 1
            if token == until:
                break
            if token[0] in _SIGNS:
                if piece := self._piece(token, "".join(out[-4:])[-TAIL:], maths=maths):
                    out.append(piece)
            else:
                out.append(token.replace("'", "′") if maths else token)
        return "".join(out)

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _piece(self, token: str, tail: str, *, maths: bool) -> str:
        first = token[0]
        if first == "\\":
            return self._command(token[1:].rstrip("*"), tail, maths=maths)
        if first == "{":
            return self._group(tail, maths=maths)
        if first == "}":  # closes nothing
            return " " if "://" in tail.rpartition(" ")[2] else ""
        if first in "^_":
            return self._script(first, tail, maths=maths)
        if first == OPEN:
            return self.read(maths=True, until=CLOSE).strip()
        if first == CLOSE:
            return ""
        return self._tie(tail, maths=maths)

    def _tie(self, tail: str, *, maths: bool) -> str:
        """A space, or the "about" of `~5` and `z~2`."""
        if maths:
            return " "
        word, after = re.split(r"[\s(\[]", tail)[-1], self.next()[:1]
        if not word or not after.strip() or (after.isdigit() and (word.isdigit() or len(word) == 1)):
            return "~"
        return " " if word[-1].isalnum() or word[-1] in ".,)]}’:;" else "~"

    # --- groups and arguments

    def _group(self, tail: str, *, maths: bool) -> str:
        """A `{…}` that no command asked for."""
        if self.depth >= MAX_DEPTH:
            return ""
        start = self.at
        self.depth += 1
        inner = self.read(maths=maths, until="}")
        self.depth -= 1
        closed = self.at > start and self.tokens[self.at - 1] == "}"
        if maths or (closed and self.at == start + 1):
            return inner
        if not closed:
            return inner if inner.strip() else "{"
        if start > 1 and "://" in self.tokens[start - 2]:
            return f" ({inner})"
        return "{" + inner + "}" if _means_a_set(inner, tail[-1:], self.next()[:1]) else inner

    def argument(self, *, maths: bool) -> str:
        """What a command takes: a group, a command, or one character. Nothing at the end of the text."""
        while self.next() and not self.next().strip():
            self.at += 1
        token = self.next()
        if not token or token in ("}", CLOSE):
            return ""
        self.at += 1
        if token[0] == "{":
            return self._inside(maths=maths)
        if token[0] == "\\" and len(token) > 1:
            return self._nested(token[1:].rstrip("*"), maths=maths)
        bare = token.lstrip()
        if len(bare) > 1:
            self.at -= 1
            self.tokens[self.at] = bare[1:]
        return bare[:1]

    def _nested(self, name: str, *, maths: bool) -> str:
        """A command that is the argument of another."""
        if self.depth >= MAX_DEPTH:
            return ""
        self.depth += 1
        inner = self._command(name, "", maths=maths)
        self.depth -= 1
        return inner

    def _inside(self, *, maths: bool) -> str:
        """The rest of a group whose brace was just taken."""
        if self.depth >= MAX_DEPTH:
            return ""
        self.depth += 1
        inner = self.read(maths=maths, until="}")
        self.depth -= 1
        return inner

    def option(self) -> str:
        """`[…]` right behind a command, raw; "" where there is none."""
        found = re.match(r"\[([^\[\]]*)\]", self.next())
        if not found:
            return ""
        self.tokens[self.at] = self.next()[found.end() :]
        if not self.tokens[self.at]:
            self.at += 1
        return found[1]

    # --- superscripts and subscripts

    def _script(self, sign: str, tail: str, *, maths: bool) -> str:
        table = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
        if maths or self.next() == "{":
            return script(self.argument(maths=True), table, sign)
        pattern = r"[-+]?\d+(?![\w.]*\d)|\*|[A-Za-z](?![A-Za-z])" if sign == "^" else r"\d{1,2}(?!\w)|[a-z](?!\w)"
        found = re.match(pattern, self.next())
        bound = tail[-1:].isalnum() or tail[-1:] in tuple(")]|*(") if sign == "^" else _BASE.search(tail)
        if self.next()[:1] == "\\" and bound:
            return script(self.argument(maths=True), table, sign)
        if not found or not bound:
            return sign
        self.tokens[self.at] = self.next()[found.end() :]
        if not self.tokens[self.at]:
            self.at += 1
        return script(found[0], table, sign)

    # --- commands

    def _command(self, name: str, tail: str, *, maths: bool) -> str:
        if special := _SPECIAL.get(name):
            return special(self, maths)
        if name in ACCENTS:
            return self._accent(name, maths=maths)
        if name in SYMBOLS:
            return self._symbol(name, tail, maths=maths)
        if name in OPERATORS:
            return _spaced(name, tail, self.next())
        if name in SILENT:
            return self._silent()
        if name in SPACES or not name.strip() or name in ",;:>\\":
            return " "
        if name in SKIPS_FIRST:
            self._skip_first()
            return ""
        if name in WRAPPERS:
            return self._wrapped(name)
        return self._unknown(name, maths=maths)

    def _symbol(self, name: str, tail: str, *, maths: bool) -> str:
        symbol = SYMBOLS[name]
        if self.next() == "{" and self.tokens[self.at + 1 : self.at + 2] == ["}"]:
            self.at += 2
        elif maths and name in RELATIONS:
            if tail and not tail[-1].isspace():
                self._eat_space()
        elif not maths and len(symbol) == 1 and unicodedata.name(symbol, "").startswith("LATIN"):
            self._eat_space()
        return symbol

    def _accent(self, name: str, *, maths: bool) -> str:
        following = self.next()
        bare = following[:1] not in ("{", "\\") and not (following[:1] == " " and following.strip())
        if name.isalpha() and not maths and bare:
            return name
        if not name.isalpha() and not re.match(r"[A-Za-z{\\ıȷ]| +[A-Za-z]$", following):
            return {"~": "~", "^": "^"}.get(name, name)
        letters = self.argument(maths=maths)
        if len(letters) > 1 and (whole := SYMBOLS.get(name + letters)):
            return whole  # `\b{eta}`: somebody took the b of \beta for an accent
        if len(letters) != 1 and not (maths and len(letters) == 2 and unicodedata.combining(letters[1])):
            return letters
        return unicodedata.normalize("NFC", {"ı": "i", "ȷ": "j"}.get(letters, letters) + ACCENTS[name])

    def _silent(self) -> str:
        self._eat_space()
        if self.next()[:1] == ".":  # \left. and \right. are delimiters that nobody sees
            previous = self.tokens[self.at - 1]
            if previous in ("\\left", "\\right"):
                self.tokens[self.at] = self.next()[1:] or " "
        return ""

    def _eat_space(self) -> None:
        if self.at < len(self.tokens) and self.tokens[self.at][0].isspace():
            self.tokens[self.at] = self.tokens[self.at].lstrip()
            if not self.tokens[self.at]:
                self.at += 1

    def _skip_first(self) -> None:
        self.option()
        if self.next() == "{":
            self.at += 1
            self._inside(maths=False)

    def _wrapped(self, name: str) -> str:
        self.option()
        inner = self.argument(maths=name not in ("texttt", "path", "url"))
        if name in ("mathbb", "mathbbm"):
            return BLACKBOARD.get(inner, inner)
        if name == "textsuperscript":
            return script(inner, SUPERSCRIPTS, "^")
        return script(inner, SUBSCRIPTS, "_") if name == "textsubscript" else inner

    def _unknown(self, name: str, *, maths: bool) -> str:
        """A macro of the authors' own: its argument if it has one, else its name."""
        if name in "!-/@":
            return ""
        if name == "|":
            return "‖"
        if name.isalpha() and self.next() == "{":
            return self.argument(maths=maths) or name
        return name


def _means_a_set(inner: str, before: str, after: str) -> bool:
    """Whether braces in running text belong to it ({0, 1}, JSON) rather than to TeX ({BERT}, {a word})."""
    if before.isalnum() or before == "/" or after.isalnum() or after == "/" or "://" in inner:
        return False
    items = re.split(r"[,;|…:]", inner)
    if len(items) > 1:
        return '"' in inner or all(1 <= len(item.split()) <= 3 for item in items)
    return bool(_RANGE.fullmatch(inner.strip()))


def _spaced(word: str, before: str, after: str) -> str:
    left = " " if before[-1:].isalnum() else ""
    right = " " if after[:1].isalnum() or (after[:1] == "\\" and after[1:2].isalpha()) else ""
    return left + word + right


def _bracketed(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) or len(text) == 1 else f"({text})"


def _fraction(reader: Reader, maths: bool) -> str:
    above, below = reader.argument(maths=maths), reader.argument(maths=maths)
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _root(reader: Reader, maths: bool) -> str:
    degree = reader.option()
    return script(degree, SUPERSCRIPTS, "^") + "√" + _bracketed(reader.argument(maths=maths))


def _binomial(reader: Reader, maths: bool) -> str:
    above, below = reader.argument(maths=maths), reader.argument(maths=maths)
    return f"({above} choose {below})"


def _link(reader: Reader, maths: bool) -> str:
    url, words = reader.argument(maths=False).strip(), reader.argument(maths=maths).strip()
    return url if not words or words == url else f"{words} ({url})"


def _footnote(reader: Reader, maths: bool) -> str:
    return f" ({reader.argument(maths=maths).strip()})"


def _citation(reader: Reader, maths: bool) -> str:
    while reader.next()[:1] == "[" and reader.next().find("]") > 0:
        before = reader.next()
        reader.option()
        if reader.next() == before:
            break
    return f"[{reader.argument(maths=maths).strip()}]"


def _ion(reader: Reader, maths: bool) -> str:
    element, stage = reader.argument(maths=maths), reader.argument(maths=maths)
    return f"{element} {stage.upper()}".strip()


def _negation(reader: Reader, maths: bool) -> str:
    negated = reader.argument(maths=maths)
    return unicodedata.normalize("NFC", negated[:1] + "\u0338" + negated[1:]) if negated.strip() else ""


def _modulus(reader: Reader, maths: bool) -> str:
    return f" (mod {reader.argument(maths=maths).strip()})"


def _code_point(reader: Reader, maths: bool) -> str:
    wanted = reader.argument(maths=maths)
    number = int(wanted[1:], 16) if re.fullmatch(r"x[0-9A-Fa-f]{1,5}", wanted) else 0
    return chr(number) if 0x20 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF else wanted


_SPECIAL: dict[str, Callable[[Reader, bool], str]] = {
    "frac": _fraction, "dfrac": _fraction, "tfrac": _fraction, "nicefrac": _fraction, "sfrac": _fraction, "sqrt": _root,
    "binom": _binomial, "href": _link, "hyperlink": _link, "footnote": _footnote, "footnotetext": _footnote, "thanks": _footnote,
    "cite": _citation, "citep": _citation, "citet": _citation, "citealt": _citation, "citealp": _citation, "ref": _citation,
    "eqref": _citation, "ion": _ion, "not": _negation, "pmod": _modulus, "unicode": _code_point,
}  # fmt: skip
