"""The log: from an allow-list of keys, never a value, a parameter, or the text of an exception."""

import json
import logging
import sys

from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter

from casework.audit.acting import acting_as
from casework.http.logs import JsonFormatter, NothingLeaves

SECRET = "Lò Thị Mẫu"


def line(name="casework.test", message="checked %s", args=(SECRET,), exc_info=None, **extra):
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, exc_info)
    vars(record).update(extra)
    return json.loads(JsonFormatter().format(record))


def failure():
    try:
        secret = SECRET
        raise ValueError(secret)
    except ValueError:
        return sys.exc_info()


def test_a_line_keeps_the_template_and_not_what_fills_it():
    assert line()["message"] == "checked %s"
    assert set(line()) == {"time", "level", "logger", "message"}


def test_other_peoples_messages_are_dropped():
    for name in ("django.db.backends", "django.security.DisallowedHost", "allauth", "root"):
        assert "message" not in line(name, SECRET, ())


def test_only_keys_of_the_list_pass():
    with acting_as(request_id="5b1d"):
        got = line(status_code=500, code="keys", sql=SECRET, request=SECRET, count=3, params=[SECRET])
    assert got["status_code"] == 500
    assert got["code"] == "keys"
    assert got["count"] == 3
    assert got["request_id"] == "5b1d"
    assert SECRET not in json.dumps(got, ensure_ascii=False)


def test_an_allowed_key_still_holds_no_text():
    assert "code" not in line(code=SECRET)


def test_an_exception_is_its_kind_and_its_place():
    got = line(exc_info=failure())
    assert got["exception"] == "builtins.ValueError"
    assert got["at"][0].startswith("tests/http/test_logs.py:")
    assert SECRET not in json.dumps(got, ensure_ascii=False)


def test_a_line_is_one_line():
    record = logging.LogRecord("casework", logging.INFO, __file__, 1, "a\nb", (), None)
    assert "\n" not in JsonFormatter().format(record)


def test_an_error_report_holds_nothing_of_the_request():
    request = RequestFactory().post(
        "/x/", {"name": SECRET}, headers={"Authorization": "Token abcdef"}, COOKIES={"session": "qwertz"}
    )
    request.COOKIES["session"] = "qwertz"
    assert isinstance(get_exception_reporter_filter(request), NothingLeaves)
    kind, value, trace = failure()
    data = ExceptionReporter(request, kind, value, trace).get_traceback_data()
    frames = [frame["vars"] for frame in data["frames"]]
    assert frames == [[]] * len(frames)
    assert not data["filtered_POST_items"]
    assert not data["settings"]
    assert not data["request_meta"]
    assert "qwertz" not in str(data["request_COOKIES_items"])
