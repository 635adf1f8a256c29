"""What can go wrong, and what to do about it.

    DigestError
      ConfigError      a setting, file or template of yours is wrong: where, what, and what to write instead
      ConfigErrors     several of them at once
      SourceError      a source did not answer, or answered nonsense
      RenderError      a template failed
      TransportError   the mail was not taken
      TokenError       a link or reply address is not ours, not for this, or too old

Expected failures become rows and report lines; only the unexpected climbs. Every message names the next step to take.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class DigestError(Exception):
    """Base of all errors that a person can do something about; `str()` of it is one printable line or more."""

    def __reduce__(self) -> tuple[Any, ...]:
        """From one process to another: as it was made, whatever its own arguments were."""
        return _as_it_was, (type(self), self.args, vars(self))


class ConfigError(DigestError):
    """A setting, file or template is wrong.

    `where` is `file:line:column` as far as known (lines and columns count from 1), `key` the dotted path of the wrong value,
    `message` says what is wrong and what to write instead.
    """

    def __init__(self, message: str, *, where: str = "", key: str = "") -> None:
        self.message, self.where, self.key = message, where, key
        super().__init__(": ".join(part for part in (where, key, message) if part))


class ConfigErrors(DigestError):  # noqa: N818 - a plural says what it holds
    """Everything that is wrong at once, so that it is mended in one go: `errors`, in the order in which they were found."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(each) for each in self.errors))


class SourceError(DigestError):
    """A source did not answer, or answered what it should not.

    `retryable` is True when the same request may succeed later; `retry_after` is the source's own wish, in seconds.
    """

    def __init__(self, source: str, message: str, *, retryable: bool = True, retry_after: float | None = None) -> None:
        self.source, self.message, self.retryable, self.retry_after = source, message, retryable, retry_after
        super().__init__(f"{source}: {message}")


class RenderError(DigestError):
    """A template failed on data that it should have taken: `template` and the `line` in it, counted from 1 (0 = unknown)."""

    def __init__(self, template: str, message: str, *, line: int = 0) -> None:
        self.template, self.message, self.line = template, message, line
        super().__init__(f"{template}:{line}: {message}" if line else f"{template}: {message}")


class TransportError(DigestError):
    """The mail was not taken.

    `code` is the SMTP reply code (0 = no reply), `enhanced` the RFC 3463 code if one was given, `permanent` whether asking again
    is pointless, and `phase` where the dialogue stood: connect, greeting, hello, tls, login, mail, rcpt, data, body or dot.
    Only after `dot` is it unknown whether the mail was taken.
    """

    def __init__(self, message: str, *, phase: str, code: int = 0, enhanced: str = "", permanent: bool = False) -> None:
        self.message, self.phase, self.code, self.enhanced, self.permanent = message, phase, code, enhanced, permanent
        answer = " ".join(part for part in (str(code) if code else "", enhanced, message) if part)
        super().__init__(f"{phase}: {answer}")

    @property
    def uncertain(self) -> bool:
        """True when the server may have taken the message although we never heard so."""
        return self.phase == "dot" and self.code == 0


class TokenError(DigestError):
    """A token is not to be obeyed. `reason`: malformed, forged, wrong purpose or expired."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        why = "it is too old; ask for a new one" if reason == "expired" else "take it whole, as it stands in the mail"
        super().__init__(f"this link or reply address does not work: {why}")


def _as_it_was(kind: type[DigestError], args: tuple[Any, ...], state: dict[str, Any]) -> DigestError:
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error


def quoted(value: object, *, width: int = 60) -> str:
    """A foreign value as an error message may show it: in quotes, on one printable line, at most about `width` characters."""
    text = str(value)
    short = text if len(text) <= width else text[: width - 1] + "…"
    return "'" + "".join(char if char.isprintable() else ascii(char)[1:-1] for char in short) + "'"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that ends an error message: `", did you mean 'x'?"`, or nothing when no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f", did you mean '{close[0]}'?" if close else ""
