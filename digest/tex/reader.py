"""TeX in titles and abstracts made readable: accents, Greek, scripts, commands and maths as Unicode. PURE.

No library: the well-known one cuts all text after a bare per cent sign. What is not understood is kept without its backslash, so
that nothing is lost; money and set braces are told apart from maths and grouping by what stands between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from digest.texsymbols import (
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

MAX_DEPTH = 40                  #: of nested groups; deeper braces are dropped, their content stays
MAX_MATHS = 2_000               #: characters between two dollars; more than that is money, not maths

# Control characters never reach this module's input (digest.text drops them), so two of them can mark maths inside it.
_OPEN, _CLOSE = "\x0e", "\x0f"

# Some relays drop the backslash: these words are no English, so they can be given it back.
_BARE = (
    r"varepsilon|(?<![A-Za-z\\])(?:(?:varphi|infty|nabla|leq|geq|neq)(?![A-Za-z])"
    r"|(?:mathcal|mathbb|mathfrak|boldsymbol)(?=[ {])|(?:mathrm|mathbf|texttt|textbf|textit|textsc|operatorname)(?={)"
    r"|(?:ell|sum|int|prod)(?=_))"
)
_BARE_WORD = re.compile(rf"(?<!\\)({_BARE})")
_BARE_GREEK = re.compile(
    r"(?<=[_^])(alpha|beta|gamma|delta|epsilon|theta|lambda|mu|rho|sigma|tau|phi|psi|omega|Omega|Phi|Psi)(?![A-Za-z])"
)
_BARE_PAIR = re.compile(r"left([(\[|])((?:(?!left[(\[|]).){0,300}?)right([)\]|])")
_HINT = re.compile(rf"[\\$^_{{}}~]|``|--|left[(\[|]|{_BARE}")

_WORD = r"[A-Za-z]+\*?"
_KNOWN = frozenset(SYMBOLS) | OPERATORS | SILENT | WRAPPERS | SKIPS_FIRST | SPACES
_DOUBLED = re.compile(rf"\\\\+(?:(?P<accent>[\"'`^~]\{{?[A-Za-z\\])|(?P<word>{_WORD}))")
_QUOTED = re.compile(r'(?<![\w\\])\\"(\w[^"\\]{0,200}?)\\"(?!\w)')
_DOLLARS = re.compile(r"(?<!\\)(?:\$\$?|\\\(|\\\[)")
_CLOSERS = {"$": re.compile(r"(?<!\\)\$"), "$$": re.compile(r"\$\$"), "\\(": re.compile(r"\\\)"), "\\[": re.compile(r"\\\]")}
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}[,;]? +[A-Za-z]{2,}|\s[a-z]{2,}\s")
_TEXT_GROUP = re.compile(r"\\[A-Za-z]+\s*\{[^{}]*\}")
_TOKEN = re.compile(
    rf"\\(?:{_WORD}|.|$)|[{{}}^_~{_OPEN}{_CLOSE}]|https?://[^\s{{}}\\<>\"{_CLOSE}]+|[^\\{{}}^_~h{_OPEN}{_CLOSE}]+|h", re.DOTALL
)

_DASHES = (
    (re.compile(r"(?<![-!<])---(?![->])"), "—"),
    (re.compile(r"(?<![-!<\s(\[\"'])--(?![->])|(?<![-!<])--(?=[\s\d]|$)"), "–"),
    (re.compile(r"``(.{0,400}?)(?:''|(?<!\\)\")", re.DOTALL), r"“\1”"),
)
_BASE = re.compile(r"(?:(?<!\w)[^\W\d_]|(?<![^\W_])[A-Z][A-Z0-9]+|[)\]])$")
_SIMPLE = re.compile(r"[\w.]*")


def to_unicode(text: str) -> str:
    """`text` with its TeX read; text without any comes back as it is.

    Expects no control characters. `%` is text, never a comment. Time grows with the length of the text.
    """
    if not _HINT.search(text):
        return text
    text = _repair(text)
    for pattern, replacement in _DASHES:
        text = pattern.sub(replacement, text)
    return _Reader(_TOKEN.findall(_mark_maths(text))).read(maths=False)


def script(text: str, table: Mapping[str, str], sign: str) -> str:
    """`text` as a superscript or subscript: in Unicode's own letters where they exist and stay readable, else behind `sign`."""
    text = text.strip()
    if text in ("∘", "°", "′", "″", "†", "‡", "*", "★", "⋆", ""):
        return text.replace("∘", "°")
    mapped = [table.get(letter) for letter in text.replace(" ", "")]
    if all(mapped) and (sum(letter.isalpha() for letter in text) <= 2):
        return "".join(each for each in mapped if each)
    return f"{sign}{text}" if text.isalpha() or len(text) == 1 else f"{sign}({text})"


def _repair(text: str) -> str:
    """Undo what relays do to TeX: doubled backslashes, lost backslashes, quotes escaped as in JSON."""
    if "\\" in text:
        text = _QUOTED.sub(r'"\1"', text)
        text = _DOUBLED.sub(_undouble, text)
    text = _BARE_WORD.sub(r"\\\1", text)
    text = _BARE_GREEK.sub(r"\\\1", text)
    while (shorter := _BARE_PAIR.sub(r"\1\2\3", text)) != text:
        text = shorter
    return text


def _undouble(found: re.Match[str]) -> str:
    if found["accent"]:
        return "\\" + found["accent"]
    return ("\\" if found["word"] in _KNOWN else "\\\\ ") + found["word"]


def _mark_maths(text: str) -> str:
    """Put marks around maths in place of its delimiters; dollars that mean money stay."""
    parts, at = [], 0
    while opening := _DOLLARS.search(text, at):
        closing = _CLOSERS[opening[0]].search(text, opening.end())
        inner = text[opening.end() : closing.start()] if closing else ""
        if closing and (opening[0] != "$" or _is_maths(inner, text[closing.end() : closing.end() + 1])):
            parts += [text[at : opening.start()], _OPEN, inner, _CLOSE]
            at = closing.end()
        else:
            parts.append(text[at : opening.end()])
            at = opening.end()
    return "".join(parts) + text[at:]


def _is_maths(inner: str, after: str) -> bool:
    """Whether `$inner$` is maths rather than text between two prices."""
    if not inner.strip() or len(inner) > MAX_MATHS:
        return False
    prose = _PROSE.search(_TEXT_GROUP.sub(" ", inner))
    if re.search(r"[\\^_{=]", inner):
        return not (prose and inner[0].isdigit())
    return not prose and not after.isdigit() and not (inner[0].isdigit() and inner[-1] in " (~\\")


class _Reader:
    """Reads a list of tokens once, from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def read(self, *, maths: bool, until: str = "") -> str:
        """The readable text of all tokens up to `until`, which is taken too; of all that are left where it is missing."""
        out: list[str] = []
        tail = ""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token == until:
                break
            piece = self._piece(token, tail, maths=maths)
            if piece:
                if token[0] == "\\" and token[1:].rstrip("*") in OPERATORS:
                    piece = _spaced(piece, tail, self._next())
                out.append(piece)
                tail = (tail + piece)[-40:]
        return "".join(out)

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _piece(self, token: str, tail: str, *, maths: bool) -> str:
        first = token[0]
        if first == "\\":
            return self._command(token[1:].rstrip("*"), tail, maths=maths)
        if first == "{":
            return self._group(tail, maths=maths)
        if first == "}":
            return "" if maths else "}"
        if first in "^_" and len(token) == 1:
            return self._script(first, tail, maths=maths)
        if token == _OPEN:
            return self.read(maths=True, until=_CLOSE).strip()
        if token == _CLOSE:
            return ""
        if token == "~":
            return " " if maths or ((tail[-1:].isalpha() or tail[-1:] in ".,)]}’") and self._next()[:1].strip()) else "~"
        return token.replace("'", "′") if maths and "'" in token else token

    # --- groups and arguments

    def _group(self, tail: str, *, maths: bool) -> str:
        """A `{…}` that no command asked for."""
        if self.depth >= MAX_DEPTH:
            return ""
        start = self.at
        self.depth += 1
        inner = self.read(maths=maths, until="}")
        self.depth -= 1
        closed = self.tokens[self.at - 1] == "}" if self.at > start else False
        if maths or self.tokens[start : start + 1] == ["}"]:
            return inner
        after = self._next()[:1]
        braces = _means_a_set(inner, closed, tail[-1:], after)
        return ("{" + inner + "}" if closed else "{" + inner) if braces else inner

    def _argument(self, *, maths: bool) -> str:
        """What a command takes: a group, a command, or one character. Nothing at the end of the text."""
        while self._next() and not self._next().strip():
            self.at += 1
        token = self._next()
        if not token or token in ("}", _CLOSE):
            return ""
        self.at += 1
        if token == "{":
            return self._inside(maths=maths)
        if token[0] == "\\" and len(token) > 1:
            return self._command(token[1:].rstrip("*"), "", maths=maths) if self.depth < MAX_DEPTH else ""
        bare = token.lstrip()
        if len(bare) > 1:
            self.at -= 1
            self.tokens[self.at] = bare[1:]
        return bare[:1]

    def _inside(self, *, maths: bool) -> str:
        """The rest of a group whose brace was just taken."""
        if self.depth >= MAX_DEPTH:
            return ""
        self.depth += 1
        inner = self.read(maths=maths, until="}")
        self.depth -= 1
        return inner

    def _option(self) -> str:
        """`[…]` right behind a command, raw; "" where there is none."""
        found = re.match(r"\[([^\[\]]*)\]", self._next())
        if not found:
            return ""
        self.tokens[self.at] = self._next()[found.end() :]
        if not self.tokens[self.at]:
            self.at += 1
        return found[1]

    # --- superscripts and subscripts

    def _script(self, sign: str, tail: str, *, maths: bool) -> str:
        table = SUPERSCRIPTS if sign == "^" else SUBSCRIPTS
        if maths or self._next() == "{":
            return script(self._argument(maths=True), table, sign)
        pattern = r"[-+]?\d+(?![\w.]*\d)|\*|[A-Za-z](?![A-Za-z])" if sign == "^" else r"\d{1,2}(?!\w)|[a-z](?!\w)"
        found = re.match(pattern, self._next())
        bound = tail[-1:].isalnum() or tail[-1:] in tuple(")]|*(") if sign == "^" else _BASE.search(tail)
        if self._next()[:1] == "\\" and bound:
            return script(self._argument(maths=True), table, sign)
        if not found or not bound:
            return sign
        self.tokens[self.at] = self._next()[found.end() :]
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
            return name
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
        if self._next() == "{" and self.tokens[self.at + 1 : self.at + 2] == ["}"]:
            self.at += 2
        elif (name in RELATIONS and maths and not tail[-1:].isspace() and tail) or (not maths and len(symbol) == 1 and unicodedata.name(symbol, "").startswith("LATIN")):
            self._eat_space()
        return symbol

    def _accent(self, name: str, *, maths: bool) -> str:
        following = self._next()
        if name.isalpha() and not (following[:1] in ("{", " ", "\\") or maths):
            return name
        if not following.strip() and name.isalpha() and not maths:
            return name
        if not name.isalpha() and not re.match(r"[A-Za-z{\\ıȷ]", following):
            return {"~": "~", "^": "^"}.get(name, name)
        letters = self._argument(maths=maths)
        if len(letters) > 1 and (whole := SYMBOLS.get(name + letters)):
            return whole  # `\b{eta}`: somebody took the b of \beta for an accent
        if len(letters) != 1 and not (maths and len(letters) == 2 and unicodedata.combining(letters[1])):
            return letters
        return unicodedata.normalize("NFC", {"ı": "i", "ȷ": "j"}.get(letters, letters) + ACCENTS[name])

    def _silent(self) -> str:
        self._eat_space()
        if self._next()[:1] == ".":  # \left. and \right. are delimiters that nobody sees
            previous = self.tokens[self.at - 1]
            if previous in ("\\left", "\\right"):
                self.tokens[self.at] = self._next()[1:] or " "
        return ""

    def _eat_space(self) -> None:
        if self.at < len(self.tokens) and self.tokens[self.at][0].isspace():
            self.tokens[self.at] = self.tokens[self.at].lstrip()
            if not self.tokens[self.at]:
                self.at += 1

    def _skip_first(self) -> None:
        self._option()
        if self._next() == "{":
            self.at += 1
            self._inside(maths=False)

    def _wrapped(self, name: str) -> str:
        self._option()
        inner = self._argument(maths=name not in ("texttt", "path", "url"))
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
        if name.isalpha() and self._next() == "{":
            return self._argument(maths=maths) or name
        return name


def _means_a_set(inner: str, closed: bool, before: str, after: str) -> bool:
    """Whether braces in running text belong to it ({0, 1}, JSON) rather than to TeX ({BERT}, {\\em word})."""
    if not closed:
        return not inner.strip()
    if before.isalnum() or before == "/" or after.isalnum() or after == "/":
        return False
    return bool(re.search(r"[,:;=]|\.\.\.|…", inner)) or len(inner.strip()) == 1 or not any(letter.isalpha() for letter in inner)


def _spaced(word: str, before: str, after: str) -> str:
    left = " " if before[-1:].isalnum() else ""
    right = " " if after[:1].isalnum() or (after[:1] == "\\" and after[1:2].isalpha()) else ""
    return left + word + right


def _bracketed(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) or len(text) == 1 else f"({text})"


def _fraction(reader: _Reader, maths: bool) -> str:
    above, below = reader._argument(maths=maths), reader._argument(maths=maths)
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _root(reader: _Reader, maths: bool) -> str:
    degree = reader._option()
    return script(degree, SUPERSCRIPTS, "^") + "√" + _bracketed(reader._argument(maths=maths))


def _binomial(reader: _Reader, maths: bool) -> str:
    above, below = reader._argument(maths=maths), reader._argument(maths=maths)
    return f"({above} choose {below})"


def _link(reader: _Reader, maths: bool) -> str:
    url, words = reader._argument(maths=False).strip(), reader._argument(maths=maths).strip()
    return url if not words or words == url else f"{words} ({url})"


def _footnote(reader: _Reader, maths: bool) -> str:
    return f" ({reader._argument(maths=maths).strip()})"


def _citation(reader: _Reader, maths: bool) -> str:
    while reader._next()[:1] == "[" and reader._next().find("]") > 0:
        before = reader._next()
        reader._option()
        if reader._next() == before:
            break
    return f"[{reader._argument(maths=maths).strip()}]"


def _ion(reader: _Reader, maths: bool) -> str:
    element, stage = reader._argument(maths=maths), reader._argument(maths=maths)
    return f"{element} {stage.upper()}".strip()


def _negation(reader: _Reader, maths: bool) -> str:
    negated = reader._argument(maths=maths)
    return unicodedata.normalize("NFC", negated[:1] + "\u0338" + negated[1:]) if negated.strip() else ""


def _modulus(reader: _Reader, maths: bool) -> str:
    return f" (mod {reader._argument(maths=maths).strip()})"


def _code_point(reader: _Reader, maths: bool) -> str:
    wanted = reader._argument(maths=maths)
    number = int(wanted[1:], 16) if re.fullmatch(r"x[0-9A-Fa-f]{1,5}", wanted) else int(wanted) if re.fullmatch(r"[0-9]{1,6}", wanted) else 0
    return chr(number) if 0x20 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF else wanted


_SPECIAL: dict[str, Callable[[_Reader, bool], str]] = {
    "frac": _fraction, "dfrac": _fraction, "tfrac": _fraction, "nicefrac": _fraction, "sfrac": _fraction, "sqrt": _root,
    "binom": _binomial, "href": _link, "hyperlink": _link, "footnote": _footnote, "footnotetext": _footnote, "thanks": _footnote,
    "cite": _citation, "citep": _citation, "citet": _citation, "citealt": _citation, "citealp": _citation, "ref": _citation,
    "eqref": _citation, "ion": _ion, "not": _negation, "pmod": _modulus, "unicode": _code_point,
}  # fmt: skip
