"""What may be written to a log: names and numbers of our own, never a value, a parameter or a query."""

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from casework.audit.acting import acting

# Extra keys a caller may pass with `extra=`; anything else is dropped.
ALLOWED: Final = ("status_code", "code", "count", "command", "duration_ms")
# Only these loggers keep their message, and it is the template: what would be filled in is left out.
SPEAKING: Final = ("casework", "django.request", "django.server")
DEEPEST: Final = 12
_ROOT = Path(__file__).resolve().parent.parent.parent


class JsonFormatter(logging.Formatter):
    """One JSON object a line, from an allow-list of keys."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if record.name.split(".")[0] in SPEAKING or record.name in SPEAKING:
            line["message"] = str(record.msg)[:200]
        if request_id := acting().request_id:
            line["request_id"] = request_id
        for key in ALLOWED:
            value = getattr(record, key, None)
            if isinstance(value, (int, float)) or (isinstance(value, str) and value.isidentifier()):
                line[key] = value
        if record.exc_info and record.exc_info[0] is not None:
            # The text of an exception often quotes the value that caused it; its kind and place do not.
            line["exception"] = f"{record.exc_info[0].__module__}.{record.exc_info[0].__qualname__}"
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace, limit=-DEEPEST)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])


class NothingLeaves(SafeExceptionReporterFilter):
    """An error report without local variables, form data, cookies, headers or settings."""

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        return []
