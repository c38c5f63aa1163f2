"""A form pressed twice does its work once, and the second press leads where the first one led."""

import re
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.refusals import Refused
from casework.cases.models import Case
from casework.http import idempotency
from casework.http.models import IdempotencyKey
from casework.http.templatetags.pages import form_key
from casework.intake.actions import assign_report
from casework.intake.models import Report
from casework.organisations.models import User
from casework.plans.models import Note
from tests.waiting import somebody_waits_for_us

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
NEW = "/reports/new/"
pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lan(world):
    return signed_in(world.lan)


@pytest.fixture
def case(world):
    return world.case()


def key_of(page: str) -> str:
    found = re.search(r'name="form_key" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found.group(1)


def report(world, key: str, **more: str) -> dict[str, str]:
    return {
        "form_key": key,
        "draft_for": NEW,
        "people-TOTAL_FORMS": "1",
        "people-INITIAL_FORMS": "1",
        "people-0-role": "victim",
        "area": world.commune.code,
        "channel": "call",
        "account": "Chồng đánh vợ.",
        **more,
    }


def note(key: str, **more: str) -> dict[str, str]:
    return {"form_key": key, "kind": "visit", "at": "08:00 01/11/2026", "text": "Đã gặp chị.", **more}


def reports() -> int:
    return Report.objects.everything(reason="test").count()


def notes() -> int:
    return Note.objects.everything(reason="test").count()


# --- twice is once ----------------------------------------------------------------------------------------


def test_two_presses_take_one_report_and_lead_to_it(world, lan):
    sent = report(world, key_of(lan.get(NEW).content.decode()))
    first, second = lan.post(NEW, sent), lan.post(NEW, sent)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert reports() == 1
    assert AuditEvent.objects.filter(action="report.take", outcome="done").count() == 1


def test_each_drawing_of_the_page_is_another_form(world, lan):
    for _ in range(2):
        lan.post(NEW, report(world, key_of(lan.get(NEW).content.decode())))
    assert reports() == 2


def test_a_form_changed_after_going_back_is_a_new_form(case, lan):
    path = reverse("write-note", args=[case.pk])
    key = key_of(lan.get(path).content.decode())
    lan.post(path, note(key))
    assert lan.post(path, note(key, text="Và gọi lại.")).status_code == 302
    assert notes() == 2


def test_a_corrected_form_may_come_with_the_key_that_was_refused(case, lan):
    path = reverse("write-note", args=[case.pk])
    key = key_of(lan.get(path).content.decode())
    assert lan.post(path, note(key, text="")).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert lan.post(path, note(key)).status_code == 302
    assert notes() == 1


def test_a_refusal_that_is_a_page_of_its_own_is_remembered_but_not_its_key(world, case):
    tuan = signed_in(world.tuan)
    path = reverse("write-note", args=[case.pk])
    for _ in range(2):
        assert tuan.post(path, note(uuid4().hex)).status_code == 404
    assert not IdempotencyKey.objects.exists()
    assert AuditEvent.objects.filter(outcome="refused", actor=world.tuan.pk).count() == 2


def test_what_can_be_done_only_once_answers_the_second_press_too(world):
    """Without the memory the second press would be told that the report is somebody's already."""
    taken = assign_report(
        report=world.report(), by=world.pao, at=world.now, agency=world.agencies["committee"], user=None
    )
    client = signed_in(world.lan)
    page = client.get(reverse("report-detail", args=[taken.pk])).content.decode()
    path = reverse("report-accept", args=[taken.pk])
    form = page[page.index(f'action="{path}"') :]
    answers = [client.post(path, {"form_key": key_of(form)}) for _ in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, reverse("report-detail", args=[taken.pk]))
    ] * 2
    assert AuditEvent.objects.filter(action="report.accept").exclude(outcome="read").count() == 1


def test_a_change_of_a_record_pressed_twice_is_not_stale(case, lan, trial):
    path = f"/trial/{case.pk}/edit/"
    sent = {"form_key": uuid4().hex, "language": "thai", "version": case.version}
    assert [lan.post(path, sent).status_code for _ in range(2)] == [302, 302]
    assert Case.objects.everything(reason="test").get(pk=case.pk).version == case.version + 1


# --- whose, and for how long ------------------------------------------------------------------------------


def test_another_person_with_the_same_key_is_another_form(world, lan):
    key = uuid4().hex
    lan.post(NEW, report(world, key))
    signed_in(world.dung).post(NEW, report(world, key))
    assert reports() == 2


def test_whoever_may_no_longer_do_it_is_told_so_also_the_second_time(world, lan):
    sent = report(world, uuid4().hex)
    assert lan.post(NEW, sent).status_code == 302
    world.lan.memberships.all().delete()
    assert lan.post(NEW, sent).status_code == 403


@pytest.mark.parametrize("key", ["", "kurz", "X" * 32, "0" * 33, "0" * 31 + "\n", "%"])
def test_a_form_without_a_key_of_ours_simply_runs(world, lan, key):
    for _ in range(2):
        assert lan.post(NEW, report(world, key)).status_code == 302
    assert reports() == 2
    assert not IdempotencyKey.objects.exists()


def test_a_draft_named_with_nonsense_does_not_stop_a_form(world, lan):
    assert lan.post(NEW, report(world, uuid4().hex, draft_for="/\x00#")).status_code == 302


def test_keys_go_after_a_day_and_hold_nothing_that_was_typed(world, lan):
    lan.post(NEW, report(world, uuid4().hex))
    row = IdempotencyKey.objects.get()
    stored = f"{row.route} {row.key} {row.digest} {row.body} {row.headers}"
    assert "Chồng" not in stored
    assert set(row.headers) == {"Location"}
    assert idempotency.forget_keys(clock.now() + timedelta(hours=25)) == 1


# --- the parts --------------------------------------------------------------------------------------------


def press(user, view, **sent) -> HttpResponseBase:
    request = RequestFactory().post("/anywhere/", sent)
    request.user = user
    request.resolver_match = resolve(f"/cases/{uuid4()}/attach-file/")
    with closing(request):
        return idempotency.pressed_once(user, request, view, done=lambda: None)


def test_a_page_that_breaks_leaves_no_key(world):
    def broken() -> HttpResponse:
        raise ZeroDivisionError

    def refused() -> HttpResponse:
        raise Refused("no", "No.")

    for view, error in ((broken, ZeroDivisionError), (refused, Refused)):
        with pytest.raises(error):
            press(world.lan, view, form_key="0" * 32)
    assert press(world.lan, lambda: HttpResponse("again"), form_key="0" * 32).status_code == 200
    assert not IdempotencyKey.objects.exists()


def test_a_file_is_part_of_what_was_sent(world):
    def sent(content: bytes) -> HttpResponseBase:
        file = SimpleUploadedFile("a.pdf", content)
        return press(world.lan, lambda: HttpResponseRedirect(f"/{uuid4()}/"), form_key="0" * 32, paper=file)

    first = sent(b"one")["Location"]
    assert sent(b"one")["Location"] == first
    assert sent(b"two")["Location"] != first


def test_every_form_that_changes_something_has_a_key():
    """Signing in and out, the language and what only looks have none."""
    without = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL)
        if 'method="post"' in form and "form_key" not in form
    }
    assert {name for name in without if not name.startswith(("account/", "mfa/", "allauth/"))} == {
        "base.html",
        "cases/search.html",
        "components/draft.html",
        "components/language.html",
        "official_forms/check.html",
        "oversight/desk.html",
        "oversight/list_readers.html",
        "oversight/term.html",
        "people/address_reveal.html",
        "children/place.html",
        "referrals/refer_service.html",
        "staff/issue_password.html",
    }


def test_the_key_is_not_kept_by_the_browser():
    assert 'autocomplete="off"' in form_key()
    assert form_key() != form_key()


@pytest.mark.django_db(transaction=True)
def test_the_second_press_waits_for_the_first(world):
    """Both are on their way at once: one does the work, the other waits and is led to the same place."""
    # A database in memory is one connection: there the second comes when the first has gone.
    at_once = connection.vendor == "postgresql"
    both = threading.Barrier(2, timeout=30)
    done: list[str] = []
    found: list[str] = []
    waited: list[bool] = []

    def view() -> HttpResponse:
        # The work is not over before the other press has come to the lock.
        if at_once and not waited:
            waited.append(somebody_waits_for_us())
        done.append(f"/{uuid4()}/")
        return HttpResponseRedirect(done[-1])

    def run() -> None:
        if at_once:
            both.wait()
        found.append(press(world.lan, view, form_key="0" * 32)["Location"])
        if at_once:
            connection.close()

    if at_once:
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        run()
        run()
    assert found == done * 2
    assert waited == [True] * at_once
