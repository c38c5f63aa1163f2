"""Drafts: nothing typed is lost, nothing typed is told to anybody else, and nothing newer is written over."""

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.access.models import Draft
from casework.accounts.actions import deactivate_user
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.cases.models import Case
from casework.http import drafts, pages
from casework.http.middleware import SEEN_AT
from casework.intake.models import Report
from casework.organisations.models import User
from casework.protection.actions import request_ban
from tests.matrix.routes import routes

pytestmark = pytest.mark.django_db

NEW = "/reports/new/"
SECRET = "Chồng chị Vàng Thị Sua cầm dao đuổi"
PHONE = "0912 777 555"
ROWS = {"people-TOTAL_FORMS": "4", "people-INITIAL_FORMS": "3"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lan(world):
    return signed_in(world.lan)


@pytest.fixture
def edit(trial, case):
    """A page that changes a record."""
    return f"/trial/{case.pk}/edit/"


def keep(client: Client, path: str, **typed: Any):
    return client.post(reverse("draft"), {"draft_for": path, **typed})


def typed_report(**more: Any) -> dict[str, Any]:
    return {**ROWS, "account": SECRET, "happened_on": "không nhớ", "people-3-phone": PHONE, **more}


def html(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


NOTICE = "Đã mở lại bản nháp"


# --- kept and opened again --------------------------------------------------------------------------------


def test_what_was_typed_stands_in_the_form_again_however_wrong(lan):
    assert keep(lan, NEW, **typed_report()).status_code == 204
    page = html(lan, NEW)
    at = clock.local(Draft.objects.get().saved_at)
    assert f"Đã mở lại bản nháp lúc {at:%H:%M %d/%m/%Y}" in page
    assert SECRET in page
    assert 'value="không nhớ"' in page
    # Nobody is scolded for a form that was not sent.
    assert "govuk-error-summary" not in page
    # The row that was added by hand, with what was typed into it.
    assert page.count('name="people-3-role"') == 1
    assert f'value="{PHONE}"' in page
    assert hidden(page, "people-TOTAL_FORMS") == "4"


def test_ticks_and_choices_come_back_as_they_were_even_when_taken_away(lan):
    keep(lan, NEW, **typed_report(danger_now="yes", priority_groups=["child", "pregnant"]))
    form = lan.get(NEW).context["form"]
    assert form["danger_now"].value() == "yes"
    assert form["priority_groups"].value() == ["child", "pregnant"]
    keep(lan, NEW, **typed_report(danger_now="no"))
    form = lan.get(NEW).context["form"]
    assert (form["danger_now"].value(), form["priority_groups"].value()) == ("no", [])


def test_a_page_says_where_its_draft_goes_and_whose_it_is(lan, case):
    page = html(lan, reverse("write-note", args=[case.pk]))
    assert 'data-draft-url="/drafts/"' in page
    assert hidden(page, "draft_for") == reverse("write-note", args=[case.pk])
    assert NOTICE not in page


def test_a_later_draft_takes_the_place_of_the_earlier(lan):
    keep(lan, NEW, account="một")
    keep(lan, NEW, account="hai")
    assert Draft.objects.get().content == {"account": ["hai"]}


def test_the_draft_goes_when_the_form_has_done_its_work(lan, case):
    path = reverse("write-note", args=[case.pk])
    page = html(lan, path)
    sent = {"form_key": hidden(page, "form_key"), "draft_for": path}
    note = {"kind": "visit", "at": "08:00 01/11/2026", "text": SECRET}
    keep(lan, path, **sent, **note)
    assert lan.post(path, {**sent, **note, "text": ""}).status_code == 400
    assert Draft.objects.count() == 1
    assert lan.post(path, {**sent, **note}).status_code == 302
    assert Draft.objects.count() == 0
    # Something sent while the form was on its way arrives after it.
    assert keep(lan, path, **sent, **note).status_code == 204
    assert Draft.objects.count() == 0


def test_the_button_throws_the_draft_away_and_shows_the_form_empty(lan):
    keep(lan, NEW, **typed_report())
    answer = lan.post(reverse("drop_draft"), {"draft_for": NEW}, follow=True)
    assert answer.redirect_chain == [(NEW, 302)]
    assert SECRET not in answer.content.decode()
    assert Draft.objects.count() == 0


def test_a_form_with_errors_keeps_the_draft_of_its_page(world, case, trial):
    """Drawn again with errors, it goes on under the name it was opened under; sent values win over the draft."""
    client = signed_in(world.lan)
    path = reverse("write-note", args=[case.pk])
    keep(client, path, text="cũ")
    page = client.post(path, {"draft_for": path, "text": "mới", "kind": ""}).content.decode()
    assert hidden(page, "draft_for") == path
    assert "mới" in page
    assert NOTICE not in page


# --- never over something newer ---------------------------------------------------------------------------


def test_a_draft_of_a_record_that_has_changed_says_so_and_what_it_says_now(lan, case, edit):
    keep(lan, edit, language="lao", version=str(case.version))
    assert "Từ lúc đó" not in html(lan, edit)
    lan.post(edit, {"language": "thai", "version": case.version})
    changed = Case.objects.everything(reason="test").get(pk=case.pk)
    answer = lan.get(edit)
    page = answer.content.decode()
    assert "Từ lúc đó, nội dung này trong hồ sơ đã được sửa." in page
    (opened,) = answer.context["opened_drafts"]
    assert opened.is_stale
    # The draft says Lao; the record by now says Thai.
    assert [value for _label, value in opened.changed] == [
        dict(answer.context["form"]["language"].field.choices)["thai"]
    ]
    assert answer.context["form"]["language"].value() == "lao"
    assert hidden(page, "version") == str(changed.version)


def test_a_draft_of_a_record_that_has_not_changed_keeps_quiet(lan, case, edit):
    keep(lan, edit, language="lao", version=str(case.version))
    (opened,) = lan.get(edit).context["opened_drafts"]
    assert (opened.is_stale, opened.changed) == (False, [])


# --- for one person and no longer than needed -------------------------------------------------------------


def test_another_person_at_the_same_machine_sees_nothing_of_it(world, lan):
    keep(lan, NEW, **typed_report())
    lan.logout()
    lan.force_login(world.dung)
    page = html(lan, NEW)
    assert SECRET not in page
    assert NOTICE not in page
    lan.post(reverse("drop_draft"), {"draft_for": NEW})
    assert Draft.objects.count() == 1


def test_whoever_lost_the_case_does_not_meet_the_draft(world, case):
    tuan = signed_in(world.tuan)
    path = reverse("write-note", args=[case.pk])
    Draft.objects.create(user=world.tuan, path=path, content={"text": [SECRET]}, saved_at=clock.now())
    answer = tuan.get(path)
    assert answer.status_code == 404
    assert SECRET not in answer.content.decode()


def test_a_draft_is_forgotten_after_a_week(world, lan):
    keep(lan, NEW, **typed_report())
    Draft.objects.update(saved_at=clock.now() - timedelta(days=7, minutes=1))
    assert SECRET not in html(lan, NEW)
    assert Draft.objects.count() == 0


def test_the_daily_job_forgets_old_drafts_and_those_of_closed_accounts(world, lan):
    keep(lan, NEW, account="một")
    keep(signed_in(world.minh), NEW, account="hai")
    now = clock.now()
    assert drafts.forget_drafts(now) == 0
    User.objects.filter(pk=world.minh.pk).update(is_active=False)
    assert drafts.forget_drafts(now) == 1
    assert drafts.forget_drafts(now + timedelta(days=8)) == 1


def test_closing_the_account_removes_them(world, lan):
    keep(lan, NEW, **typed_report())
    deactivate_user(by=world.son, at=clock.now(), user=world.lan)
    assert Draft.objects.count() == 0


def test_fifty_drafts_are_kept_and_the_oldest_goes(world, lan):
    at = clock.now()
    for number in range(drafts.MOST):
        path = f"/old/{number}/"
        Draft.objects.create(user=world.lan, path=path, saved_at=at - timedelta(minutes=100 - number))
    keep(lan, NEW, account="mới")
    kept = set(Draft.objects.values_list("path", flat=True))
    assert len(kept) == drafts.MOST
    assert NEW in kept
    assert "/old/0/" not in kept


def test_what_is_too_long_is_refused_and_leaves_the_draft_as_it_was(lan):
    keep(lan, NEW, account="ngắn")
    assert keep(lan, NEW, account="x" * drafts.LARGEST).status_code == 413
    assert Draft.objects.get().content == {"account": ["ngắn"]}


# --- sealed -----------------------------------------------------------------------------------------------


def test_nothing_of_a_draft_is_found_in_the_database(world, lan):
    keep(lan, NEW, **typed_report())
    stored = everything_stored()
    assert b"casework_draft" in stored or b"/reports/new/" in stored
    for words in (SECRET, "Vàng Thị Sua", PHONE, "people-3-phone", "không nhớ"):
        for written in (words, json.dumps(words)[1:-1]):
            assert written.encode() not in stored


def test_a_row_copied_to_somebody_else_does_not_open(world, lan):
    keep(lan, NEW, **typed_report())
    Draft.objects.update(user=world.dung)
    page = html(signed_in(world.dung), NEW)
    assert SECRET not in page
    assert Draft.objects.count() == 0


def test_no_event_tells_of_each_saving_and_none_holds_what_was_typed(lan):
    before = AuditEvent.objects.count()
    for _ in range(3):
        keep(lan, NEW, **typed_report())
    assert AuditEvent.objects.count() == before


def everything_stored() -> bytes:
    """All bytes of the database, or of the table on a server."""
    if connection.vendor == "sqlite":
        found: bytes = connection.connection.serialize()
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT path, content FROM casework_draft")
        return b"".join(path.encode() + bytes(content) for path, content in cursor.fetchall())


# --- what keeps no draft ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "",
        "reports/new/",
        "//evil.example/reports/new/",
        "https://evil.example/reports/new/",
        "/no/such/page/",
        "/reports/new/" + "x" * 400,
        "/account/sign-in/",
        "/account/password/",
        "/cases/search/",
        "/drafts/",
        "/api/v1/reports/",
        "/\x00",
        "/reports/new/?\x00",
        "//[",
    ],
)
def test_other_addresses_keep_no_draft(lan, path):
    assert keep(lan, path, q=SECRET).status_code == 400
    assert lan.post(reverse("drop_draft"), {"draft_for": path}).status_code == 400
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    ["search", "desk-auditor", "audit-open-case", "issue-password", "address-reveal", "draft", "drop_draft"],
)
def test_searches_passwords_and_reasons_for_looking_keep_none(name):
    (route,) = [route for route in routes() if route.name == name]
    assert getattr(route.view, "drafts", None) is False


def test_a_role_that_does_not_know_the_verb_keeps_none(world):
    answer = keep(signed_in(world.kien), NEW, account=SECRET)
    assert answer.status_code == 403
    assert Draft.objects.count() == 0


def test_passwords_files_and_tokens_are_left_out(lan, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("tệp")
    with file.open("rb") as handle:
        keep(
            lan,
            NEW,
            account="một",
            old_password="x",
            csrfmiddlewaretoken="y",
            form_key="0" * 32,
            paper=handle,
        )
    assert Draft.objects.get().content == {"account": ["một"]}


def test_a_stranger_and_a_forged_form_keep_nothing(world):
    assert keep(Client(), NEW, account=SECRET).status_code == 302
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.lan)
    assert keep(client, NEW, account=SECRET).status_code == 403
    assert Draft.objects.count() == 0


@given(
    st.dictionaries(
        st.one_of(
            st.sampled_from(["account", "danger_now", "people-TOTAL_FORMS", "people-0-role", "version"]),
            st.text(max_size=20),
        ),
        st.lists(st.text(max_size=30), max_size=3),
        max_size=8,
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_draft_breaks_its_page(world, typed):
    client = signed_in(world.lan)
    keep(client, NEW, **{name: texts for name, texts in typed.items() if name != "draft_for"})
    assert client.get(NEW).status_code == 200


# --- who was away -----------------------------------------------------------------------------------------


def away(client: Client, minutes: int) -> None:
    session = client.session
    session[SEEN_AT] = int(time.time()) - minutes * 60 - 5
    session.save()


def test_a_form_sent_after_the_lock_is_kept_and_found_again(world, settings):
    """Also without scripts: the page was open, the session had ended by itself."""
    before = set(Report.objects.everything(reason="test"))
    client = signed_in(world.lan)
    html(client, NEW)
    away(client, settings.IDLE_MINUTES)
    answer = client.post(NEW, typed_report(draft_for=NEW))
    assert answer["Location"] == f"{reverse('account_login')}?next={NEW}"
    assert "đã được giữ thành bản nháp" in client.get(answer["Location"]).content.decode()
    assert set(Report.objects.everything(reason="test")) == before
    client.force_login(world.lan)
    assert SECRET in html(client, NEW)


def test_a_forged_form_sent_after_the_lock_is_not_kept(world, settings):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.lan)
    client.get(NEW)
    away(client, settings.IDLE_MINUTES)
    assert client.post(NEW, typed_report(draft_for=NEW)).status_code == 302
    assert Draft.objects.count() == 0


# --- several forms of one page, several pages of one form -------------------------------------------------


def test_two_forms_of_one_page_have_a_draft_each(world, case):
    measure = request_ban(
        case=case,
        by=world.lan,
        at=world.now,
        answers={
            "requester": "victim",
            "requested_at": world.now,
            "told_rights_at": world.now,
            "consent": "yes",
            "grounds": ["harm_health"],
            "grounds_text": "Gây thương tích.",
        },
    )
    pao = signed_in(world.pao)
    path = reverse("decide-ban", args=[measure.pk])
    page = html(pao, path)
    assert f'name="draft_for" value="{path}"' in page
    assert f'name="draft_for" value="{path}#refusal"' in page
    keep(pao, f"{path}#refusal", reasons=SECRET)
    answer = pao.get(path)
    assert SECRET in str(answer.context["refusal"])
    assert SECRET not in str(answer.context["decision"])
    # Sent to the address of its own, drawn again with errors, it is still the draft of the page it stands on.
    again = pao.post(reverse("refuse-ban", args=[measure.pk]), {"draft_for": f"{path}#refusal"})
    assert f'name="draft_for" value="{path}#refusal"' in again.content.decode()


def test_the_answers_of_an_assessment_come_back_also_from_its_second_page(world, case):
    client = signed_in(world.lan)
    path = reverse("assess-risk", args=[case.pk])
    keep(client, path, source="victim", C1="yes", S1="no", reason=SECRET, final="HIGH")
    form = client.get(path).context["form"]
    assert (form["C1"].value(), form["S1"].value(), form["source"].value()) == ("yes", "no", "victim")
    # Another instrument is another form, though the page is the same.
    assert client.get(f"{path}?instrument=none").status_code == 404
    (opened,) = client.get(path).context["opened_drafts"]
    assert opened.path == path


def test_each_service_has_a_draft_of_its_own(world, case):
    client = signed_in(world.lan)
    path = reverse("refer", args=[case.pk])
    assert 'name="draft_for"' not in html(client, path)
    page = client.post(path, {"service": "health_care", "choose": "1"}).content.decode()
    assert hidden(page, "draft_for") == f"{path}#health_care"


# --- what it costs ----------------------------------------------------------------------------------------


def test_a_page_with_a_form_costs_one_query_more(lan, edit, monkeypatch):
    lan.get(edit)
    with CaptureQueriesContext(connection) as counted:
        lan.get(edit)
    monkeypatch.setattr(pages, "open_drafts", lambda *_args, **_kwargs: [])
    with CaptureQueriesContext(connection) as without:
        lan.get(edit)
    assert len(counted) == len(without) + 1


def test_a_page_that_keeps_no_draft_costs_nothing(lan):
    with CaptureQueriesContext(connection) as counted:
        lan.get(reverse("search"))
    assert not [query for query in counted if "casework_draft" in query["sql"]]


def test_the_command_of_the_day_forgets(lan, capsys):
    keep(lan, NEW, account="một")
    Draft.objects.update(saved_at=clock.now() - timedelta(days=8))
    call_command("forget")
    assert capsys.readouterr().out == "0 keys, 1 drafts, 0 stray files and 0 notices forgotten\n"
