"""Every error is printable, says where, and names the next step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import errors
from digest.errors import (
    ConfigError,
    ConfigErrors,
    DigestError,
    RenderError,
    SourceError,
    TokenError,
    TransportError,
    nearest,
    quoted,
)


def test_the_tree_is_as_its_docstring_draws_it() -> None:
    drawn = {line.split()[0] for line in (errors.__doc__ or "").splitlines() if line.startswith("      ")}
    defined = {kind.__name__ for kind in DigestError.__subclasses__() if kind.__module__ == errors.__name__}

    assert drawn == defined


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError("write this"), "write this"),
        (ConfigError("write this", key="email"), "email: write this"),
        (ConfigError("write this", where="a.yaml:1:2", key="email"), "a.yaml:1:2: email: write this"),
        (ConfigErrors([ConfigError("one"), ConfigError("two", where="f")]), "one\nf: two"),
        (SourceError("arxiv", "answered 503"), "arxiv: answered 503"),
        (RenderError("digest.mjml", "no such name"), "digest.mjml: no such name"),
        (RenderError("digest.mjml", "no such name", line=7), "digest.mjml:7: no such name"),
        (TransportError("refused", phase="connect"), "connect: refused"),
        (TransportError("No such user", phase="rcpt", code=550, enhanced="5.1.1", permanent=True), "rcpt: 550 5.1.1 No such user"),
        (TokenError("expired"), "this link or reply address does not work: it is too old; ask for a new one"),
        (TokenError("forged"), "this link or reply address does not work: take it whole, as it stands in the mail"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_says_where_what_and_what_to_do(error: DigestError, said: str) -> None:
    assert str(error) == said


@pytest.mark.parametrize(
    ("phase", "code", "uncertain"),
    [("dot", 0, True), ("dot", 451, False), ("body", 0, False), ("data", 0, False), ("rcpt", 550, False)],
)
def test_only_a_silence_after_the_last_dot_is_uncertain(phase: str, code: int, uncertain: bool) -> None:
    assert TransportError("gone", phase=phase, code=code).uncertain is uncertain


@given(st.text())
def test_a_foreign_value_is_shown_in_quotes_on_one_short_printable_line(text: str) -> None:
    shown = quoted(text)

    assert shown.startswith("'")
    assert shown.endswith("'")
    assert shown.isprintable()
    assert len(shown.splitlines()) == 1
    assert len(text) <= 60 or "…" in shown


@pytest.mark.parametrize(
    ("word", "hint"), [("keyword", ", did you mean 'keywords'?"), ("emial", ", did you mean 'email'?"), ("xyz", ""), ("", "")]
)
def test_the_nearest_word_ends_a_message_where_one_is_near(word: str, hint: str) -> None:
    assert nearest(word, ["email", "keywords", "topics"]) == hint
