"""From DIGEST_SOURCES to sources."""

from __future__ import annotations

import pytest

from digest.errors import ConfigError
from digest.sources.registry import build, parse


def test_every_kind_of_source_can_be_named() -> None:
    words = "arxiv:cs.LG+hep-th+cond-mat.mes-hall, huggingface ,biorxiv:cell_biology,medrxiv,feed:https://j.org/rss?x=1,file:a"
    assert [each.name for each in build(words)] == ["arxiv", "huggingface", "biorxiv", "medrxiv", "feed:j.org/rss?x=1", "file:a"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("arxive:cs.LG", "'arxive' is no source, did you mean 'arxiv'?"),
        ("", "no source is named"),
        ("arxiv", "needs categories"),
        ("arxiv:cs.lg", "'cs.lg' is no arXiv category, did you mean 'cs.LG'?"),
        ("arxiv:CS.LG", "did you mean 'cs.LG'?"),
        ("arxiv:Cond-Mat.Str-El", "did you mean 'cond-mat.str-el'?"),
        ("arxiv:maths.NA", "did you mean 'math'?"),
        ("arxiv:cs.LG,arxiv:cs.CL", "stands there twice"),
        ("feed:ftp://x", "needs a web address"),
        ("file:", "needs a path"),
        ("huggingface:daily", "takes nothing behind it"),
    ],
)
def test_a_wrong_word_is_named_with_what_to_write(words: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(words)
    assert told in str(caught.value)
    assert caught.value.key == "DIGEST_SOURCES"


def test_an_unknown_source_has_no_parser() -> None:
    with pytest.raises(ConfigError, match="did you mean 'huggingface'"):
        parse("hugingface", b"")
