"""The HTML of a mail as plain lines, without what it quotes. Linear in its length, whatever it holds. PURE."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")  # any other "<" is text
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_MARKS = re.compile(r"\b(?:class|id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_SPACE = re.compile(r"[^\S\n]+")

#: Elements that begin a line of their own.
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
#: Elements whose content nobody sees.
_HIDDEN = frozenset({"head", "script", "style", "title", "template", "noscript", "textarea", "select"})
#: Elements that never have an end.
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
#: Classes and ids of what mail programs put around the mail that is being answered, and around signatures.
_QUOTES = frozenset(
    {"gmail_quote", "gmail_quote_container", "gmail_signature", "gmail_attr", "moz-cite-prefix", "moz-signature", "yahoo_quoted"}
    | {"protonmail_quote", "protonmail_signature_block", "tutanota_quote", "zmail_extra", "appleoriginalcontents", "mail-quote"}
    | {"reply-quote", "signature"}
)
#: Ids of marks behind which the rest is the mail that is being answered: Outlook's, and that of old web mail.
_CUTS = frozenset(
    {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "stopspelling", "olk_src_body_section"}
)


def plain(markup: str) -> str:
    """What a reader sees of it, line by line, up to where the quoted mail begins."""
    reader = _Reader(markup)
    reader.read()
    lines = (_SPACE.sub(" ", line).strip() for line in "".join(reader.out).split("\n"))
    return "\n".join(lines)


@dataclass(slots=True)
class _Reader:
    """Walks from tag to tag; `skipping` is the element whose content is left out, and how deep we are in others of its name."""

    markup: str
    out: list[str] = field(default_factory=list)
    skipping: str = ""
    depth: int = 0

    def read(self) -> None:
        markup, at, end = self.markup, 0, len(self.markup)
        while found := _OPENS.search(markup, at):
            opens = found.start()
            self._text(markup[at:opens])
            closes = self._end_of_tag(opens)
            if closes < 0 or self._tag(markup[opens + 1 : closes]) == "cut":
                return                     # a tag that never ends holds the rest
            at = closes + 1
        self._text(markup[at:end])

    def _end_of_tag(self, opens: int) -> int:
        if self.markup.startswith("<!--", opens):
            found = self.markup.find("-->", opens + 4)
            return found + 2 if found >= 0 else -1
        return self.markup.find(">", opens)

    def _text(self, text: str) -> None:
        if not self.skipping and text:
            self.out.append(html.unescape(text.replace("\r", " ").replace("\n", " ")).replace("\xa0", " "))

    def _tag(self, tag: str) -> str:
        named = _NAME.match(tag)
        if not named:
            return ""                      # a declaration or a comment
        name, closing = named[1].lower(), tag.startswith("/")
        if self.skipping:
            self._leave_out(name, closing=closing, empty=tag.endswith("/"))
            return ""
        if name in _BLOCKS:
            self.out.append("\n")
        elif name in {"td", "th"}:
            self.out.append(" ")
        if closing or name in _VOID - {"hr"}:
            return ""
        marks = {word for found in _MARKS.findall(tag[:2000]) for part in found for word in part.lower().split()}
        if marks & _CUTS:
            return "cut"
        if name in _HIDDEN or name == "blockquote" or marks & _QUOTES:
            self.skipping, self.depth = name, 1
        return ""

    def _leave_out(self, name: str, *, closing: bool, empty: bool) -> None:
        if name != self.skipping or (empty and not closing):
            return
        self.depth += -1 if closing else 1
        if self.depth == 0:
            self.skipping = ""
            self.out.append("\n")
