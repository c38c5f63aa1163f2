"""Files going out: always saved, never shown in place, whole or one range of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from casework.http import errors

if TYPE_CHECKING:
    from django.http import HttpRequest

    from casework.encryption.files import OpenedFile

# Should a browser show it after all: no script, no form, no origin of ours.
POLICY: Final = "sandbox; default-src 'none'"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def download(
    request: HttpRequest, content: OpenedFile, *, name: str, media_type: str, tag: str
) -> HttpResponseBase:
    """The answer that sends a file: 200, 206 for a single range, 416 for one beyond its end.

    tag: what names this content and no other, as ETag. Several ranges at once get the whole file.
    """
    etag = f'"{tag}"'
    wanted = None
    if request.headers.get("If-Range", etag) == etag:
        wanted = _range(request.headers.get("Range", ""), content.size)
    headers = {**_to_save(name), "Accept-Ranges": "bytes", "ETag": etag}
    start, stop = wanted or (0, content.size)
    if start >= stop and wanted:
        content.close()
        return errors.beyond(request, content.size)
    headers["Content-Length"] = str(stop - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    return StreamingHttpResponse(
        _sending(content, start, stop),
        status=HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK,
        headers=headers,
        content_type=media_type,
    )


def saved(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """The answer that sends what was just made, whole: to be saved, never shown in place."""
    return HttpResponse(content, content_type=media_type, headers=_to_save(name))


def streamed(content: Iterator[bytes], *, name: str, media_type: str) -> StreamingHttpResponse:
    """The same of what is made while it is sent, because it may be longer than one wants to hold."""
    return StreamingHttpResponse(content, content_type=media_type, headers=_to_save(name))


def _to_save(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None where the header asks for nothing we answer in part."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _sending(content: OpenedFile, start: int, stop: int) -> Iterator[bytes]:
    with content:
        yield from content.span(start, stop)
