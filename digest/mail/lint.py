"""What is wrong with an MJML template, with line and column, where the compiler says nothing. PURE.

The compiler passes unknown tags, wrongly closed tags, unknown attributes and text in the wrong place without a word, and reports
other faults without a place. Tags and places: https://documentation.mjml.io/ (version 4). Jinja tags arrive here overwritten with
`TAG`, so that every other character stands where the file has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from digest.errors import ConfigError, nearest

TAG = "\ue000"                             #: stands for each character of a Jinja tag



def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_HEAD = _words("mj-attributes mj-breakpoint mj-font mj-preview mj-style mj-title mj-raw mj-include")
_CONTENT = _words(
    """mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social mj-spacer mj-table mj-text mj-include"""
)
_STRUCTURE = _words("mj-body mj-section mj-wrapper mj-column mj-group mj-hero")
#: What each tag may hold. Those with an empty tuple hold nothing, or text and HTML when they are in `_HTML_INSIDE`.
CHILDREN: dict[str, tuple[str, ...]] = {
    "mjml": ("mj-head", "mj-body", "mj-include"),
    "mj-head": _HEAD,
    "mj-attributes": ("mj-all", "mj-class", *_CONTENT[:-1], *_STRUCTURE),
    "mj-body": ("mj-section", "mj-wrapper", "mj-hero", "mj-raw", "mj-include"),
    "mj-wrapper": ("mj-section", "mj-hero", "mj-raw", "mj-include"),
    "mj-section": ("mj-column", "mj-group", "mj-raw", "mj-include"),
    "mj-group": ("mj-column", "mj-raw"),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-accordion": ("mj-accordion-element", "mj-raw"),
    "mj-accordion-element": ("mj-accordion-title", "mj-accordion-text", "mj-raw"),
    "mj-carousel": ("mj-carousel-image",),
    "mj-navbar": ("mj-navbar-link", "mj-raw"),
    "mj-social": ("mj-social-element", "mj-raw"),
}
_HTML_INSIDE = frozenset(
    _words(
        """mj-text mj-button mj-table mj-raw mj-style mj-title mj-preview mj-navbar-link mj-social-element mj-accordion-title
        mj-accordion-text"""
    )
)
_EMPTY = frozenset(
    _words("mj-all mj-class mj-breakpoint mj-font mj-include mj-divider mj-spacer mj-image mj-carousel-image")
)
KNOWN = frozenset(CHILDREN) | _HTML_INSIDE | _EMPTY
_REFUSED = {"mj-html-attributes": "the compiler cannot read it; write the attribute on an HTML tag inside <mj-text> instead"}
_ATTRIBUTES = frozenset(
    _words(
        """align alt background-color background-height background-position background-position-x background-position-y
        background-repeat background-size background-url background-width base-url border border-bottom border-left
        border-radius border-right border-style border-top border-width cellpadding cellspacing class color column
        container-background-color css-class dir direction fluid-on-mobile font-family font-size font-style
        font-weight full-width gap hamburger height href icon-align icon-color icon-height icon-padding icon-position
        icon-position icon-size icon-unwrapped-alt icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url
        inline inner-background-color inner-border inner-border-bottom inner-border-left inner-border-radius
        inner-border-right inner-border-top inner-padding lang left-icon letter-spacing line-height max-height
        mj-class mode name owa padding padding-bottom padding-left padding-right padding-top path position rel
        right-icon role sizes src srcset tab-border tab-border-radius table-layout target tb-border tb-border-radius
        tb-hover-border-color tb-selected-border-color tb-width text-align text-decoration text-padding text-transform
        thumbnails thumbnails-src title type usemap vertical-align white-space width ico-align ico-close ico-color
        ico-font-family ico-font-size ico-font-weight ico-line-height ico-open ico-padding ico-text-decoration
        ico-text-transform"""
    )
)
_FIXED = {("mj-column", "width"), ("mj-image", "width"), ("mj-group", "width"), ("mj-body", "width"), ("mj-breakpoint", "width")}
_VOID = frozenset(_words("area base br col embed hr img input link meta source track wbr"))

_COLUMNS_ARE_COUNTED = "a loop or condition cannot stand around columns, which are counted once; put it around the section"
_ONLY_OUTLOOK = "only Jinja tags can stand in an <mj-raw> of a wrapper: anything else shows in Outlook alone"

_MARKUP = re.compile(
    r"""<!--(?P<comment>.*?)-->
    | </(?P<close>[\w:-]+)\s*>
    | <(?P<open>[A-Za-z][\w:-]*)(?P<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*?)(?P<slash>/?)>""",
    re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""(?P<name>[\w:@.-]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'>]+))?""")


@dataclass(slots=True)
class _Linter:
    name: str
    text: str
    partial: bool
    exists: Callable[[str], bool]
    found: list[ConfigError] = field(default_factory=list)
    open_tags: list[tuple[str, int]] = field(default_factory=list)

    def run(self) -> list[ConfigError]:
        at = 0
        for markup in _MARKUP.finditer(self.text):
            self._between(at, markup.start())
            at = markup.end()
            self._one(markup)
        self._between(at, len(self.text))
        for tag, where in self.open_tags:
            self._fault(where, tag, f"<{tag}> is never closed; write </{tag}>")
        return self.found

    def _one(self, markup: re.Match[str]) -> None:
        if markup["open"]:
            self._opened(markup)
        elif markup["close"]:
            self._closed(markup["close"], markup.start())
        elif markup["comment"] is not None and self._inside("mj-wrapper") and not self._in_html:
            self._fault(markup.start(), "<!--", "a comment here would break the mail in Outlook; write {# … #}")

    def _opened(self, markup: re.Match[str]) -> None:
        tag, at = markup["open"], markup.start()
        if tag.startswith("mj") and (tag.startswith("mj-") or tag == "mjml"):
            self._placed(tag, at)
            self._attributes(tag, markup)
        elif not self._in_html:
            self._fault(at, tag, f"<{tag}> is not MJML{nearest(tag, KNOWN)}; HTML stands inside <mj-text>, <mj-table> or <mj-raw>")
        elif tag == "img" and "alt" not in self._names(markup):
            self._fault(at, tag, 'an image needs alt="what it shows", or alt="" when it only decorates')
        if not markup["slash"] and tag.lower() not in _VOID:
            self.open_tags.append((tag, at))

    def _placed(self, tag: str, at: int) -> None:
        parent = self._parent
        if tag in _REFUSED:
            self._fault(at, tag, _REFUSED[tag])
        elif tag not in KNOWN:
            self._fault(at, tag, f"there is no <{tag}>{nearest(tag, KNOWN)}")
        elif self._in_html:
            self._fault(at, tag, f"<{tag}> cannot stand inside <{self._html_root}>, which holds HTML; close that first")
        elif (not parent and tag != "mjml" and not self.partial) or (parent and tag not in CHILDREN.get(parent, KNOWN)):
            allowed = " or ".join(f"<{each}>" for each, inside in CHILDREN.items() if tag in inside) or "the top"
            self._fault(at, tag, f"<{tag}> cannot stand {f'in <{parent}>' if parent else 'at the top'}; it belongs in {allowed}")

    def _attributes(self, tag: str, markup: re.Match[str]) -> None:
        names = self._names(markup)
        if tag in {"mj-image", "mj-carousel-image"} and "alt" not in names and self._parent != "mj-attributes":
            self._fault(markup.start(), tag, 'an image needs alt="what it shows", or alt="" when it only decorates')
        for name, (value, at) in names.items():
            if name not in _ATTRIBUTES:
                self._fault(at, name, f"<{tag}> has no such attribute{nearest(name, _ATTRIBUTES)}")
            elif TAG in value and (tag, name) in _FIXED:
                self._fault(at, name, "sizes are fixed when a template is compiled; write the number itself")
        if tag == "mj-include" and "path" in names and not self.exists(names["path"][0]):
            self._fault(names["path"][1], "path", f"there is no template {names['path'][0]!r}")

    def _names(self, markup: re.Match[str]) -> dict[str, tuple[str, int]]:
        """Attribute names, with value and offset."""
        begin = markup.start("attributes")
        return {
            each["name"]: ((each["value"] or "").strip("\"'"), begin + each.start())
            for each in _ATTRIBUTE.finditer(markup["attributes"])
        }

    def _closed(self, tag: str, at: int) -> None:
        if not self.open_tags:
            self._fault(at, tag, f"</{tag}> closes nothing; take it out")
        elif self.open_tags[-1][0] == tag:
            self.open_tags.pop()
        elif any(each == tag for each, _ in self.open_tags):
            while self.open_tags[-1][0] != tag:
                inner, where = self.open_tags.pop()
                self._fault(where, inner, f"<{inner}> is not closed before </{tag}>; write </{inner}>")
            self.open_tags.pop()
        else:
            self._fault(at, tag, f"</{tag}> closes nothing, <{self.open_tags[-1][0]}> is open; write </{self.open_tags[-1][0]}>")
            # Whoever mistypes a closing tag means the one that is open.
            if nearest(tag, [self.open_tags[-1][0]]):
                self.open_tags.pop()

    def _between(self, begin: int, end: int) -> None:
        """Text between two tags: harmless inside HTML, lost or misplaced anywhere else."""
        text = self.text[begin:end]
        bare = text.strip()
        at = begin + len(text) - len(text.lstrip())
        if "<" in bare and self._html_root != "mj-style":
            self._fault(begin + text.index("<"), "<", "a bare < begins a tag; write &lt;")
        elif bare and not self._in_html and self._parent in KNOWN:
            if bare.strip(TAG + " \n"):
                self._fault(at, self._parent, f"text cannot stand directly in <{self._parent}>; put it into <mj-text>")
            else:
                self._fault(at, self._parent, f"a Jinja tag directly in <{self._parent}> is lost; put it into <mj-raw>")
        elif TAG in bare and self._html_root == "mj-raw" and self._above_raw == "mj-section":
            self._fault(at, "mj-raw", _COLUMNS_ARE_COUNTED)
        if bare.strip(TAG + " \n") and self._html_root == "mj-raw" and self._above_raw == "mj-wrapper":
            self._fault(at, "mj-raw", _ONLY_OUTLOOK)

    @property
    def _parent(self) -> str:
        return self.open_tags[-1][0] if self.open_tags else ""

    @property
    def _html_root(self) -> str:
        """The MJML tag inside which we are reading HTML, "" when we are not."""
        return next((tag for tag, _ in self.open_tags if tag in _HTML_INSIDE), "")

    @property
    def _in_html(self) -> bool:
        return bool(self._html_root) and "mj-attributes" not in (tag for tag, _ in self.open_tags)

    @property
    def _above_raw(self) -> str:
        tags = [tag for tag, _ in self.open_tags]
        index = tags.index("mj-raw") if "mj-raw" in tags else 0
        return tags[index - 1] if index else ""

    def _inside(self, tag: str) -> bool:
        return any(each == tag for each, _ in self.open_tags)

    def _fault(self, at: int, key: str, message: str) -> None:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        self.found.append(ConfigError(message, where=f"{self.name}:{line}:{column}", key=key))


def faults(name: str, text: str, *, partial: bool, exists: Callable[[str], bool]) -> list[ConfigError]:
    """The faults of one template, in the order of the file.

    A `partial` may begin with any tag; `exists` tells whether there is a template of that name to include.
    """
    return sorted(_Linter(name, text, partial, exists).run(), key=lambda fault: [int(part) for part in fault.where.split(":")[-2:]])
