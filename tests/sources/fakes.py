"""A client that answers from a table instead of the network, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import unquote_plus

from digest.errors import SourceError
from digest.model import Validator
from digest.sources.http import Answer, Http

Said = bytes | SourceError | None


class FakeHttp(Http):
    """`say` gets the readable URL; None means 304, an error is raised."""

    def __init__(self, say: Callable[[str], Said], *, etag: str = "") -> None:
        super().__init__(hosts=())
        self.say, self.etag = say, etag
        self.asked: list[str] = []

    async def get(self, url: str, *, source: str, validators: Collection[Validator] = (), accept: str = "*/*") -> Answer:
        path, mark, query = url.partition("?")
        readable = path + mark + unquote_plus(query)
        self.asked.append(readable)
        if self.etag and any(each.url == url and each.etag == self.etag for each in validators):
            return Answer(304, b"", "", url, unchanged=True)
        said = self.say(readable)
        if isinstance(said, SourceError):
            raise said
        return Answer(200 if said is not None else 304, said or b"", "", url, etag=self.etag, unchanged=said is None)


def down(_: str) -> SourceError:
    return SourceError("x", "cannot be reached")
