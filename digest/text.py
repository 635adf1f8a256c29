"""Foreign text made safe and readable. PURE.

Everything that a source says passes through `clean` once, on its way in; what enters a mail header passes through `header` on its
way out. Nothing that a reader could want is cut: a bare `%`, a `<think>` that is no HTML, and the price `$5` all survive.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from digest import tex
from digest.tex.symbols import SUBSCRIPTS, SUPERSCRIPTS

ROUNDS = 8  #: markup inside markup is read until nothing changes, at most so often (`&amp;lt;b&amp;gt;` takes three)

# Characters that have no place in text (Unicode 15, chapters 2.13 and 23): controls but white space, surrogates, non-characters,
# and all of category Cf, which holds the bidi and zero-width ones. Private-use characters are left: they may mean something.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]")  # those that str.isprintable calls printable
_SURROGATE = re.compile("[\ud800-\udfff]")

_ENTITY = re.compile(r"&(?:amp;)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ATTRIBUTES = r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+))"
# Elements of HTML, JATS and MathML. Only a name from these lists makes a tag: `<think>`, `<R>` and `a < b` are text. Names that
# are also words (`<title>`, `<image>`) count only with attributes, with a name space, or as an end tag.
_BLOCK = "p|br|div|ul|ol|li|dl|dt|dd|h[1-6]|pre|blockquote|hr|thead|tbody|tr|td|th|figure|figcaption|sec|disp-formula|alternatives"
_BLOCK_WORD = "title|label|list|list-item|section|article|header|footer|table|caption"
_INLINE = (
    "b|i|em|strong|u|span|a|tt|small|big|font|center|cite|code|abbr|q|kbd|samp|scp|sc|italic|bold|monospace|styled-content"
    "|inline-formula|ext-link|xref|named-content|nav|main|mark|wbr"
)
_INLINE_WORD = "img|iframe|input|video|audio|embed|object|param|link|meta|form|button|svg|path|base|var|underline"
_SPACE = "(?:jats|mml|xhtml|html|m):"
_TAG_BLOCK = re.compile(
    rf"</?(?:{_SPACE}(?:{_BLOCK}|{_BLOCK_WORD})|{_BLOCK}){_ATTRIBUTES}*\s*/?>"
    rf"|<(?:{_BLOCK_WORD}){_ATTRIBUTES}+\s*/?>|</(?:{_BLOCK_WORD})>",
    re.IGNORECASE,
)
_TAG_INLINE = re.compile(
    rf"</?(?:{_SPACE}[\w-]+|{_INLINE}){_ATTRIBUTES}*\s*/?>|<(?:{_INLINE_WORD}){_ATTRIBUTES}+\s*/?>|</(?:{_INLINE_WORD})>",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"<(?:jats:)?(su[pb])>([^<>]{0,80})</(?:jats:)?\1>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|tex-math|annotation|iframe|noscript|head)\b[^<>]*>|<!--", re.IGNORECASE)
_DECLARATION = re.compile(r"<!DOCTYPE[^<>]*>|<\?xml[^<>]*\?>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_HEADING = re.compile(r"^\s*<jats:title[^<>]*>\s*(?:abstract|summary)\s*</jats:title>", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=(?=\?)")


def clean(text: str) -> str:
    """One line of readable Unicode, in NFC: TeX and markup read, invisible characters dropped, lines joined, spaces collapsed.

    Cleaning what is clean changes nothing (unless markup is nested more than `ROUNDS` deep). Time grows with the length.
    """
    if not text:
        return ""
    text = one_line(text)
    for _ in range(ROUNDS):
        if not _may_hold_more(text):
            break
        before, text = text, one_line(tex.to_unicode(_without_markup(text)))
        if text == before:
            break
    return text


def clean_all(texts: Iterable[str]) -> tuple[str, ...]:
    """Each of several short texts clean, the empty ones left out: looked at together, since most need nothing done."""
    given = tuple(texts)
    together = " ".join(given)
    if one_line(together) == together and "" not in given and not _may_hold_more(together):
        return given
    return tuple(text for each in given if (text := clean(each)))


def one_line(text: str) -> str:
    """`text` without invisible characters, in NFC, on one line; its markup and TeX are left as they are."""
    tidy = text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]
    line = text if tidy else " ".join(text.split())
    if line.isascii() and (tidy or line.isprintable()):
        return line
    if (tidy or line.isprintable()) and not _BLANK.search(line):
        return unicodedata.normalize("NFC", line)
    return " ".join(unicodedata.normalize("NFC", _visible(line)).split())


def header(text: str) -> str:
    """`text` fit for any mail header: clean, one line, and with no encoded word (RFC 2047) that a reader would decode."""
    return _ENCODED_WORD.sub("= ", clean(text))


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters (at least 1), cut at a word and marked with an ellipsis where it had to be cut."""
    if len(text) <= limit:
        return text
    room = max(limit, 1) - 1
    head = text[:room]
    if not text[room].isspace() and (space := head.rfind(" ")) > room // 2:
        head = head[:space]
    while head and unicodedata.combining(text[len(head)]):
        head = head[:-1]
    return head.rstrip(" ,;:.–—-(") + "…"


def _may_hold_more(text: str) -> bool:
    """Whether there may be markup or TeX in it."""
    return "<" in text or "&" in text or tex.is_in(text)


def _visible(line: str) -> str:
    if line.isprintable() and not _BLANK.search(line):
        return line
    if _SURROGATE.search(line):
        line = line.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")  # joins halves that belong together
    return _INVISIBLE.sub("", line)


def _without_markup(text: str) -> str:
    """Tags of HTML, JATS and MathML gone, entities decoded."""
    if "<" in text:
        text = _CDATA.sub(r"\1", _HEADING.sub("", text))
        text = _DECLARATION.sub(" ", _without_unseen(text))
        text = _SCRIPT.sub(_scripted, text)
        text = _TAG_INLINE.sub("", _TAG_BLOCK.sub(" ", text))
    if "&" in text:
        text = _visible(_ENTITY.sub(lambda found: html.unescape(f"&{found[1]};"), text))
    return text


def _without_unseen(text: str) -> str:
    """Scripts, styles and comments gone, with what is in them. Linear, unlike one expression for a whole element."""
    parts, at = [], 0
    hopeless: set[str] = set()
    for opening in _UNSEEN.finditer(text):
        name = (opening[1] or "").lower()
        if opening.start() < at or name in hopeless:
            continue
        closing = re.compile(f"</{name}[^<>]*>" if name else "-->", re.IGNORECASE).search(text, opening.end())
        if closing:
            parts.append(text[at : opening.start()])
            at = closing.end()
        else:
            hopeless.add(name)
    return " ".join([*parts, text[at:]])


def _scripted(found: re.Match[str]) -> str:
    sign, table = ("^", SUPERSCRIPTS) if found[1].lower() == "sup" else ("_", SUBSCRIPTS)
    return tex.script(found[2], table, sign)
