"""Links to code, found in what authors write. PURE."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"(?<![\w.-])(?:www\.)?((?:(?:github|gitlab)\.com|bitbucket\.org|codeberg\.org)/[\w.-]+/[\w.-]+"
    r"|huggingface\.co/(?!papers/|docs/|blog/|collections/)(?:datasets/|spaces/)?[\w.-]+/[\w.-]+)",
    re.IGNORECASE,
)
_HOSTS = ("github.com/", "gitlab.com/", "bitbucket.org/", "codeberg.org/", "huggingface.co/")
_REPOSITORY = re.compile(r"github|gitlab|bitbucket|codeberg", re.IGNORECASE)
_NO_OWNER = ("features", "about", "topics", "orgs", "sponsors", "marketplace", "settings")


def code(*texts: str) -> str:
    """The first link to a code repository in `texts` (the authors' remark, the abstract), else to a model or data set, else ""."""
    found = [link for text in texts for link in _links(text)]
    found = [each for each in found if each.split("/")[-2].lower() not in _NO_OWNER]
    best = next((each for each in found if _REPOSITORY.search(each)), found[0] if found else "")
    return _tidy(best) if best else ""


def _links(text: str) -> list[str]:
    """Reads only from the first host on: the expression is slow, and most abstracts hold none."""
    if "/" not in text:
        return []
    lower = text.lower()
    first = min((at for host in _HOSTS if (at := lower.find(host)) >= 0), default=-1)
    return [] if first < 0 else _CODE.findall(text, max(first - len("www."), 0))


def _tidy(link: str) -> str:
    return "https://" + link.rstrip(".-").removesuffix(".git")


def web(value: object) -> str:
    """`value` when it is an http(s) address, else "": no other scheme may reach a mail."""
    if not isinstance(value, str):
        return ""
    address = value.strip()
    return address if re.fullmatch(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f]+", address, re.IGNORECASE) else ""
