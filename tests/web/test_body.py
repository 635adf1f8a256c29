from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.web import body

URLENCODED = "application/x-www-form-urlencoded"


def request(data: bytes, kind: str, *, pieces: int = 1) -> Request:
    size = max(1, -(-len(data) // pieces))

    async def chunks() -> AsyncIterator[dict[str, object]]:
        for start in range(0, len(data), size):
            yield {"type": "http.request", "body": data[start : start + size], "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    stream = chunks()
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode("latin-1"))]}
    return Request(scope, stream.__anext__)  # type: ignore[arg-type]


async def refused(data: bytes, kind: str, **options: int) -> int:
    with pytest.raises(HTTPException) as refusal:
        await body.fields(request(data, kind), **options)
    return refusal.value.status_code


async def test_fields_keep_all_their_values_in_order() -> None:
    found = await body.fields(request(b"a=1&b=%C3%A9+x&a=2&empty=", URLENCODED, pieces=5))
    assert found == {"a": ["1", "2"], "b": ["é x"], "empty": [""]}


async def test_multipart_is_read_and_files_are_passed_over() -> None:
    data = (
        b'preamble\r\n--X\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\ntwo\r\n'
        b'--X\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\nfile\r\n'
        b"--X\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\xc3\xa9\r\n--X--\r\n"
    )
    found = await body.fields(request(data, "multipart/form-data; boundary=X", pieces=7))
    assert found == {"a": ["one\ntwo"], "b": ["é"]}


async def test_no_body_is_no_field() -> None:
    assert await body.fields(request(b"", "")) == {}


async def test_what_is_too_long_too_much_or_no_form_is_refused() -> None:
    assert await refused(b"a=" + b"x" * 100, URLENCODED, most=64) == 413
    assert await refused(b"&".join(b"a=1" for _ in range(2000)), URLENCODED) == 400
    assert await refused(b"a=\xff", URLENCODED) == 400
    assert await refused(b"{}", "application/json") == 415
    assert await refused(b"nothing", "multipart/form-data") == 400
    assert await refused(b"nothing", 'multipart/form-data; boundary="x\r\nX-Evil: 1"') == 400


@given(st.binary(max_size=300), st.sampled_from([URLENCODED, "multipart/form-data; boundary=X", "multipart/form-data", "a/b"]))
async def test_no_body_breaks_it(data: bytes, kind: str) -> None:
    try:
        found = await body.fields(request(data, kind))
    except HTTPException as error:
        found = {"status": [str(error.status_code)]}
        allowed = {"400", "413", "415"}
    else:
        allowed = {value for values in found.values() for value in values}
    assert {value for values in found.values() for value in values} <= allowed
