"""The doors REST has by default: closed to everyone, and open to one strict reading of JSON.

Apart from `rest`, because the framework reads these settings while its own views are being imported.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

DEEPEST: Final = 12
LONGEST_NUMBER: Final = 18


class DenyByDefault(BasePermission):
    """What a view gets when it says nothing: nobody may call it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class SignedIn(BasePermission):
    """Anybody who is signed in; for what is the same for everyone, such as the API description."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated)


class NotJSON(exceptions.ParseError):
    default_detail = _("The body is not the JSON this address reads.")
    default_code = "invalid_json"


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = _("The body is too large.")
    default_code = "too_large"


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _whole_number(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(text)


class StrictJSONParser(BaseParser):
    """JSON with one meaning: UTF-8, no key twice, no NaN, no half characters, bounded in size and depth."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            data = json.loads(
                body.decode("utf-8"),
                parse_constant=_no_constant,
                parse_int=_whole_number,
                object_pairs_hook=_no_doubles,
            )
            _check(data, DEEPEST)
        except (ValueError, RecursionError) as error:
            raise NotJSON from error
        return data


def _check(data: object, depth: int) -> None:
    if isinstance(data, str):
        data.encode()
        if "\x00" in data:
            raise ValueError("a zero byte")
    elif isinstance(data, (dict, list)):
        if not depth:
            raise ValueError("too deep")
        for key in data if isinstance(data, dict) else ():
            _check(key, depth)
        for inner in data.values() if isinstance(data, dict) else data:
            _check(inner, depth - 1)
