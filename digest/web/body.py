"""A request's body as the fields of a form, read by hand: bounded in bytes, fields and seconds, whichever way it is encoded."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from email import message_from_bytes, policy
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MOST_BYTES = 64 * 1024                     #: room for a hundred topics
MOST_FIELDS = 1000
MOST_SECONDS = 15.0

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


async def fields(request: Request, *, most: int = MOST_BYTES) -> Mapping[str, list[str]]:
    """The fields of a form, each with its values in order; no field for a body that is no form.

    Raises HTTPException: 413 when it is too long, 408 when it takes too long, 415 for another kind of body, 400 when it is broken.
    """
    kind = request.headers.get("content-type", "")
    name = kind.partition(";")[0].strip().lower()
    data = await _read(request, most)
    if not data:
        return {}
    if name == URLENCODED:
        return _urlencoded(data)
    if name == MULTIPART:
        return _multipart(kind, data)
    raise HTTPException(415, "Forms are read as application/x-www-form-urlencoded or multipart/form-data.")


async def _read(request: Request, most: int) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > most:
                    raise HTTPException(413, f"That is more than {most // 1024} kB.")
    except TimeoutError:
        raise HTTPException(408, "The form took too long to arrive.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The form did not arrive whole.") from None
    return bytes(data)


def _urlencoded(data: bytes) -> Mapping[str, list[str]]:
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:                     # not ASCII, or too many fields
        raise HTTPException(400, "The form cannot be read.") from None
    return _gathered(pairs)


def _multipart(kind: str, data: bytes) -> Mapping[str, list[str]]:
    """RFC 7578 is MIME, so the library's reader of MIME reads it; a file that somebody attaches is a field without value."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace").replace(b"\n", b" ", kind.count("\n"))
    whole = message_from_bytes(head + data, policy=policy.HTTP)
    parts = whole.get_payload() if whole.is_multipart() else None
    if not isinstance(parts, list) or len(parts) > MOST_FIELDS:
        raise HTTPException(400, "The form cannot be read.")
    pairs = []
    for part in parts:
        if isinstance(part, str):
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
            pairs.append((name, content.decode("utf-8", "replace").removesuffix("\r\n")))
    return _gathered(pairs)


def _gathered(pairs: list[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value.replace("\r\n", "\n"))
    return dict(found)
