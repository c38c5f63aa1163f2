"""REST: one body for every no, a receipt for every change, nothing done twice, nothing shown to strangers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.models import Case
from casework.http import idempotency
from casework.http.models import IdempotencyKey
from casework.plans.models import Note
from tests.audit.tampering import tamper

pytestmark = pytest.mark.django_db

NOTE = {"kind": "visit", "at": "2026-03-05T21:14:00+07:00", "text": "Chị kể lại sự việc."}


@pytest.fixture
def lan(world, caller):
    return caller(world.lan)


def fresh(case: Case) -> Case:
    return Case.objects.everything(reason="test").get(pk=case.pk)


def notes(case: Case) -> int:
    return Note.objects.everything(reason="test").filter(case=case).count()


def events(**columns):
    return list(AuditEvent.objects.filter(**columns))


# --- who --------------------------------------------------------------------------------------------------


def test_a_stranger_is_told_to_sign_in(case, trial):
    for answer in (Client().get("/api/v1/cases/"), Client().post(f"/api/v1/cases/{case.pk}/set-language/")):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Token"
        assert answer.json()["code"] == "not_signed_in"


@pytest.mark.parametrize("token", ["Token", "Token a b", "Token " + "0" * 64, "Token \xff\xfe", "Token \x00"])
def test_a_token_that_is_none_is_told_the_same(case, trial, token):
    answer = Client().get("/api/v1/cases/", headers={"Authorization": token})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


def test_a_session_needs_the_csrf_token(world, case, trial):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.lan)
    answer = client.post(
        f"/api/v1/cases/{case.pk}/set-language/",
        "{}",
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "denied"


def test_a_role_that_does_not_know_the_verb_is_denied_and_it_is_remembered(world, case, caller):
    answer = caller(world.son).read("cases/")
    assert answer.status_code == 403
    assert answer.json()["code"] == "denied"
    assert len(events(action="case.view", outcome="refused", actor=world.son.pk)) == 1


def test_hidden_missing_and_mistyped_are_one_answer(world, case, caller):
    tuan = caller(world.tuan)
    hidden = tuan.read(f"cases/{case.pk}/")
    missing = tuan.read(f"cases/{uuid4()}/")
    mistyped = tuan.read("no/such/address/")
    bodies = [{**answer.json(), "request_id": ""} for answer in (hidden, missing, mistyped)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert {answer.status_code for answer in (hidden, missing, mistyped)} == {404}
    assert {answer["Content-Type"] for answer in (hidden, missing, mistyped)} == {"application/json"}


def test_a_refusal_is_remembered_once(world, case, caller):
    caller(world.tuan).read(f"cases/{case.pk}/")
    assert len(events(outcome="refused", actor=world.tuan.pk)) == 1


def test_hidden_looks_the_same_to_every_verb(world, case, caller):
    tuan = caller(world.tuan)
    for path, body in (("set-language", {"language": "thai"}), ("write-note", NOTE)):
        assert tuan.send(f"cases/{case.pk}/{path}/", body, seen=1).status_code == 404
    assert tuan.read(f"cases/{case.pk}/notes/").status_code == 404
    assert notes(case) == 0


def test_may_look_but_not_touch_is_403_and_remembered_once(world, case, caller):
    mai = caller(world.mai)
    assert mai.read(f"cases/{case.pk}/").status_code == 200
    answer = mai.send(f"cases/{case.pk}/set-language/", {"language": "thai"}, seen=case.version)
    assert answer.status_code == 403
    assert fresh(case).language == "vietnamese"
    assert len(events(action="case.edit", outcome="refused", actor=world.mai.pk)) == 1


# --- reading ----------------------------------------------------------------------------------------------


def test_one_record_has_its_etag_and_its_reading_is_remembered(world, case, lan):
    answer = lan.read(f"cases/{case.pk}/")
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{case.version}"'
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["id"] == str(case.pk)
    assert body["commune"] == world.commune.code
    assert body["unit"] == str(world.agencies["committee"].pk)
    assert body["opened_at"].endswith("+07:00")
    assert body["is_sealed"] is False
    assert body["shout"] == case.number
    assert len(events(action="case.view", outcome="read", object_id=case.pk, actor=world.lan.pk)) == 1


def test_a_reading_that_cannot_be_remembered_shows_nothing(case, lan):
    assert tamper("UPDATE {chains} SET length = 0 WHERE kind = 'case'")
    answer = lan.read(f"cases/{case.pk}/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert case.number not in answer.content.decode()


def test_a_list_goes_page_by_page_and_is_remembered(world, lan, case):
    cases = [*(world.case(at=world.at(days=day)) for day in range(2)), case]
    first = lan.read("cases/?size=2").json()
    assert [row["id"] for row in first["results"]] == [str(cases[0].pk), str(cases[1].pk)]
    second = lan.read(f"cases/?size=2&after={first['next']}").json()
    assert [row["id"] for row in second["results"]] == [str(cases[2].pk)]
    assert second["next"] is None
    shown = [event.detail["shown"] for event in events(action="case.view", outcome="read", object_id=None)]
    assert sorted(map(len, shown)) == [1, 2]


def test_a_list_is_narrowed_by_its_filters(world, lan, case):
    assert len(lan.read("cases/?state=open").json()["results"]) == 1
    assert lan.read("cases/?state=closed").json()["results"] == []
    assert lan.read("cases/?is_sealed=true").json()["results"] == []
    assert len(lan.read(f"cases/?commune={world.commune.code}&is_sealed=false").json()["results"]) == 1
    assert case.number


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        "after=%00",
        "after=MjAyNnwx",
        "size=0",
        "size=101",
        "size=two",
        "size=%D9%A1",
        "state=no-such-state",
        "state=open&state=closed",
        "is_sealed=maybe",
        "commune=99999",
        "ordering=number",
        "number=1",
        "unit__name=x",
    ],
)
def test_what_a_list_does_not_offer_is_400(case, lan, query):
    answer = lan.read(f"cases/?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize(
    "address",
    [
        "paper-register/?year=2026&year=",
        "paper-register/?year=2025&year=2026",
        "cases/?size=1&size=2",
        "cases/?after=&after=",
        "measures/?a=1&a=1",
    ],
)
def test_what_an_address_says_twice_is_400(case, lan, address):
    answer = lan.read(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_children_are_listed_under_their_case(case, lan):
    for day in (1, 2, 3):
        lan.send(f"cases/{case.pk}/notes/", {**NOTE, "text": f"Lần {day}"})
    first = lan.read(f"cases/{case.pk}/notes/?size=2").json()
    assert [row["text"] for row in first["results"]] == ["Lần 3", "Lần 2"]
    second = lan.read(f"cases/{case.pk}/notes/?size=2&after={first['next']}").json()
    assert [row["text"] for row in second["results"]] == ["Lần 1"]
    assert second["next"] is None


# --- the same lists at an address of their own -------------------------------------------------------------

FLAT = ("people", "incidents", "risk-assessments", "consents")


@pytest.mark.parametrize("name", FLAT)
def test_a_list_of_a_case_stands_also_at_its_own_address(world, case, lan, caller, name):
    within = lan.read(f"cases/{case.pk}/{name}/")
    assert lan.read(f"{name}/?case={case.pk}").json() == within.json()
    assert lan.read(f"{name}/?case={case.pk}&size=1").status_code == 200
    for wrong in ("", "?case=", "?case=x", "?case=%00"):
        answer = lan.read(f"{name}/{wrong}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["case"])
    hidden, missing = (
        caller(world.tuan).read(f"{name}/?case={case.pk}"),
        lan.read(f"{name}/?case={uuid4()}"),
    )
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json(), "request_id": ""} == {**missing.json(), "request_id": ""}


def test_a_key_used_for_one_case_is_fresh_for_another(world, case, lan):
    other = world.case(at=world.at(days=3))
    body = {"role": "witness", "full_name": "Lò Thị Một", "sex": "female"}
    first = lan.send(f"people/?case={case.pk}", body, key="the-same-key")
    again = lan.send(f"people/?case={case.pk}", body, key="the-same-key")
    second = lan.send(f"people/?case={other.pk}", body, key="the-same-key")

    assert [answer.status_code for answer in (first, again, second)] == [201, 201, 201], first.json()
    assert first.json() == again.json() != second.json()


def test_a_list_costs_the_same_however_long_it_is(world, lan, case, django_assert_max_num_queries):
    lan.read("cases/")
    for day in range(5):
        world.case(at=world.at(days=day))
    with django_assert_max_num_queries(24):
        assert len(lan.read("cases/").json()["results"]) == 6


# --- changing ---------------------------------------------------------------------------------------------


def test_a_change_answers_a_receipt(case, lan):
    answer = lan.send(f"cases/{case.pk}/set-language/", {"language": "thai"}, seen=case.version)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(case.pk),
        "version": case.version + 1,
        "number": case.number,
        "state": "open",
    }
    assert answer["ETag"] == f'"{case.version + 1}"'
    assert answer["Location"] == f"/api/v1/cases/{case.pk}/"
    assert fresh(case).language == "thai"


def test_a_change_needs_the_version_it_was_read_with(case, lan):
    path = f"cases/{case.pk}/set-language/"
    assert lan.send(path, {"language": "thai"}).status_code == 428
    assert lan.send(path, {"language": "thai"}, seen=case.version - 1).status_code == 412
    for header in ("*", "5", '"x"', '"1", "2"', 'W/"', "\x00", '"9999999999999"'):
        answer = lan.send(path, {"language": "thai"}, seen=header)
        assert (answer.status_code, answer.json()["code"]) == (400, "if_match_invalid")
    assert fresh(case).language == "vietnamese"
    assert lan.send(path, {"language": "thai"}, seen=f'W/"{case.version}"').status_code == 200


def test_a_broken_rule_is_409_beside_its_field(case, lan):
    answer = lan.send(f"cases/{case.pk}/set-language/", {"language": "mong"}, seen=case.version)
    assert answer.status_code == 409
    body = answer.json()
    assert body["code"] == "no_interpreter"
    assert body["errors"] == {"language": ["There is no interpreter."]}
    assert body["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"language": None},
        {"language": ""},
        {"language": 5},
        {"language": True},
        {"language": ["thai"]},
        {"language": {"a": 1}},
        {"language": "không có mã này"},
        {"language": "thai", "version": 3},
        {"language": "thai", "is_sealed": True},
        [],
        '"thai"',
        "null",
    ],
)
def test_a_body_that_does_not_fit_is_400_and_nothing_is_repeated(case, lan, body):
    answer = lan.post(
        f"/api/v1/cases/{case.pk}/set-language/",
        body,
        content_type="application/json",
        headers={"If-Match": f'"{case.version}"'},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_input"
    assert answer.json()["errors"]
    assert "không có mã này" not in answer.content.decode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"language": "thai", "language": "mong"}',
        b'{"language": NaN}',
        b'{"language": -Infinity}',
        b'{"language": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"language": "a\\u0000b"}',
        b"[" * 100_000,
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b'{"language": ' + b"9" * 5000 + b"}",
        b'{"language": 1e999999}',
    ],
)
def test_what_is_not_json_is_400(case, lan, raw):
    answer = lan.post(
        f"/api/v1/cases/{case.pk}/set-language/",
        raw,
        content_type="application/json",
        headers={"If-Match": f'"{case.version}"'},
    )
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] in ("invalid_json", "invalid_input")


def test_too_large_and_not_json_have_their_own_answers(case, lan):
    path = f"/api/v1/cases/{case.pk}/set-language/"
    seen = {"If-Match": f'"{case.version}"'}
    large = lan.post(path, b'"' + b"x" * 1_000_001 + b'"', content_type="application/json", headers=seen)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    form = lan.post(path, {"language": "thai"}, headers=seen)
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")


def test_other_methods_are_405(case, lan):
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(lan, method)(f"/api/v1/cases/{case.pk}/set-language/")
        assert answer.status_code == 405
        assert answer["Allow"] == "POST"
    assert lan.post("/api/v1/cases/").status_code == 405


# --- once and once only -----------------------------------------------------------------------------------


def test_a_creation_needs_a_key(case, lan):
    for path in ("write-note", "notes"):
        answer = lan.send(f"cases/{case.pk}/{path}/", NOTE, key=None)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    for key in ("short", "x" * 65, "has space in", "ó" * 10, "a/../../../b"):
        answer = lan.send(f"cases/{case.pk}/notes/", NOTE, key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert notes(case) == 0


def test_sent_twice_it_happens_once_and_answers_the_same(case, lan):
    first = lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key")
    second = lan.send(f"cases/{case.pk}/notes/", dict(reversed(NOTE.items())), key="the-same-key")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first["ETag"] == second["ETag"] == '"1"'
    assert notes(case) == 1


def test_an_action_sent_twice_is_not_stale_the_second_time(case, lan):
    path = f"cases/{case.pk}/set-language/"
    first = lan.send(path, {"language": "thai"}, key="the-same-key", seen=case.version)
    second = lan.send(path, {"language": "thai"}, key="the-same-key", seen=case.version)
    assert first.json() == second.json()
    assert fresh(case).version == case.version + 1


def test_the_same_key_with_another_body_is_422(case, lan):
    lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key")
    answer = lan.send(f"cases/{case.pk}/notes/", {**NOTE, "text": "Khác"}, key="the-same-key")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert notes(case) == 1


def test_a_key_belongs_to_its_user_and_its_address(world, case, lan, caller):
    lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key")
    assert lan.send(f"cases/{case.pk}/write-note/", NOTE, key="the-same-key").status_code == 201
    assert caller(world.pao).send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key").status_code == 201
    assert notes(case) == 3


def test_a_refusal_is_not_kept_but_its_event_is(world, case, lan, caller):
    body = {**NOTE, "kind": "refuse"}
    assert lan.send(f"cases/{case.pk}/notes/", body, key="the-same-key").status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key").status_code == 201
    assert caller(world.tuan).send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key").status_code == 404
    assert len(events(outcome="refused", actor=world.tuan.pk)) == 1


def test_a_failure_takes_the_key_back_with_the_effect(case, lan):
    answer = lan.send(f"cases/{case.pk}/notes/", {**NOTE, "kind": "forget"}, key="the-same-key")
    assert answer.status_code == 503
    assert not IdempotencyKey.objects.exists()


def test_a_key_is_forgotten_after_a_day(case, lan):
    lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key")
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert (
        lan.send(f"cases/{case.pk}/notes/", {**NOTE, "text": "Khác"}, key="the-same-key").status_code == 201
    )
    assert notes(case) == 2
    assert idempotency.forget_keys(clock.now()) == 0
    assert idempotency.forget_keys(clock.now() + timedelta(hours=25)) == 1


def test_what_was_sent_is_not_kept(case, lan):
    lan.send(f"cases/{case.pk}/notes/", NOTE, key="the-same-key")
    row = IdempotencyKey.objects.values().get()
    assert NOTE["text"] not in str(row)
    assert set(row["body"]) == {"id", "version"}
