"""Links to code, and links that may be shown."""

from __future__ import annotations

import pytest

from digest.sources.links import code, web


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Code at https://github.com/Foo/Bar-baz.", "https://github.com/Foo/Bar-baz"),
        ("(github.com/foo/bar.git)", "https://github.com/foo/bar"),
        ("https://huggingface.co/foo/model and https://gitlab.com/foo/bar", "https://gitlab.com/foo/bar"),
        ("https://huggingface.co/datasets/foo/bar", "https://huggingface.co/datasets/foo/bar"),
        ("https://huggingface.co/papers/2603.00001", ""),
        ("see https://github.com/topics/llm or https://github.com/foo", ""),
        ("notgithub.communism/a/b", ""),
    ],
)
def test_code_is_found_where_authors_mention_it(text: str, link: str) -> None:
    assert code("", text) == link


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//x.org", "https://x.org/a b", 'https://x.org/"onclick', None, 5]
)
def test_no_other_scheme_may_be_shown(address: object) -> None:
    assert web(address) == ""
