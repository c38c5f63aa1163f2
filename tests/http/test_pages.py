"""Pages: nobody unknown, nothing lost, one calm answer to everything that is refused."""

import time
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from casework.access.principals import principal
from casework.audit.models import AuditEvent
from casework.cases.models import Case
from casework.http.middleware import SEEN_AT
from casework.http.pages import NAVIGATION, navigation
from casework.http.rest import ActionView, RightToVerb, VerbView
from casework.organisations.roles import RIGHTS
from tests.audit.tampering import tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(trial):
    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def lan(world, browser):
    return browser(world.lan)


def language(case: Case) -> str:
    return Case.objects.everything(reason="test").get(pk=case.pk).language


# --- who may come -----------------------------------------------------------------------------------------


def test_a_stranger_goes_to_the_sign_in_page_and_back(trial):
    answer = Client().get("/trial/all/?x=1")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next=/trial/all/%3Fx%3D1"


def test_a_part_of_a_page_is_told_401(trial):
    answer = Client().get("/trial/all/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith(reverse("account_login"))


def test_a_page_without_an_account_stays_open(trial):
    assert Client().get("/trial/open/").status_code == 200


def test_a_role_that_does_not_know_the_verb_gets_403_and_it_is_remembered_once(world, browser):
    answer = browser(world.lan).get("/trial/auditors/")
    assert answer.status_code == 403
    assert browser(world.kien).get("/trial/auditors/").content == b"for auditors"
    assert AuditEvent.objects.filter(action="audit.read", outcome="refused", actor=world.lan.pk).count() == 1


def test_hidden_missing_and_mistyped_are_one_page(world, case, browser):
    tuan = browser(world.tuan)
    answers = [
        tuan.get(f"/trial/{case.pk}/edit/"),
        tuan.get(f"/trial/{uuid4()}/edit/"),
        tuan.get("/no/such/address/"),
        tuan.get("/trial/raises/hidden/"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    texts = {answer.content.decode().split("<main")[1].split("</main>")[0] for answer in answers}
    assert len(texts) == 1
    assert AuditEvent.objects.filter(outcome="refused", actor=world.tuan.pk).count() == 3


def test_other_methods_are_not_taken(lan):
    assert lan.delete("/trial/all/").status_code == 405


def views(patterns, before=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.callback


# Pages of signing in, and of nothing but the language: they show nothing about anybody.
WITHOUT_A_VERB = ("account/", "language/", "api/schema/")


def test_every_address_says_its_verb():
    found = list(views(get_resolver("config.urls").url_patterns))
    assert len(found) > 10
    for address, view in found:
        if address.startswith(WITHOUT_A_VERB):
            continue
        verb = getattr(getattr(view, "view_class", None) or getattr(view, "cls", view), "verb", "")
        assert verb == "public" or verb in RIGHTS, f"{address} does not say its verb: use @page"


def test_every_rest_address_is_built_on_the_bases():
    for address, view in views(get_resolver("config.urls").url_patterns):
        if not address.startswith("api/v1/"):
            continue
        cls = view.cls
        assert issubclass(cls, VerbView), address
        assert cls.permission_classes == (RightToVerb,), address
        assert "get" not in cls.http_method_names or cls.output is not None or cls.sends, address
        if issubclass(cls, ActionView):
            assert cls.verb == getattr(cls.action, "verb", ""), address


# --- forms ------------------------------------------------------------------------------------------------


def test_a_change_goes_on_to_a_page_that_says_so(case, lan):
    answer = lan.post(f"/trial/{case.pk}/edit/", {"language": "thai", "version": case.version}, follow=True)
    assert answer.redirect_chain == [(f"/trial/{case.pk}/edit/", 302)]
    assert "Changed." in answer.content.decode()
    assert language(case) == "thai"


def test_a_form_with_errors_is_400_and_keeps_what_was_typed(case, lan):
    answer = lan.post(f"/trial/{case.pk}/edit/", {"language": "", "version": case.version})
    assert answer.status_code == 400
    assert "govuk-error-summary" in answer.content.decode()


def test_a_broken_rule_is_409_beside_its_field_and_keeps_the_answer(case, lan):
    answer = lan.post(f"/trial/{case.pk}/edit/", {"language": "mong", "version": case.version})
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "There is no interpreter." in html
    assert '<option value="mong" selected>' in html
    assert language(case) == "vietnamese"


def test_an_old_form_is_412_and_changes_nothing(case, lan):
    lan.post(f"/trial/{case.pk}/edit/", {"language": "thai", "version": case.version})
    answer = lan.post(f"/trial/{case.pk}/edit/", {"language": "lao", "version": case.version})
    assert answer.status_code == 412
    assert language(case) == "thai"


def test_may_look_but_not_touch_is_403_and_remembered_once(world, case, browser):
    mai = browser(world.mai)
    answer = mai.post(f"/trial/{case.pk}/edit/", {"language": "thai", "version": case.version})
    assert answer.status_code == 403
    assert AuditEvent.objects.filter(action="case.edit", outcome="refused", actor=world.mai.pk).count() == 1


def test_a_forged_form_is_refused_calmly(world, case, trial):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.lan)
    answer = client.post(f"/trial/{case.pk}/edit/", {"language": "thai", "version": case.version})
    assert answer.status_code == 403
    assert "CSRF" not in answer.content.decode()
    assert language(case) == "vietnamese"


# --- how no is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "status"),
    [("denied", 403), ("hidden", 404), ("refused", 409), ("input", 400), ("memory", 503), ("database", 503)],
)
def test_every_refusal_has_its_page(lan, what, status):
    answer = lan.get(f"/trial/raises/{what}/")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert answer["Cache-Control"] == "no-store"


def test_a_refusal_says_its_reason(lan):
    assert "Too late for this." in lan.get("/trial/raises/refused/").content.decode()
    assert "Not a page." in lan.get("/trial/raises/input/").content.decode()


def test_a_bug_gets_a_page_without_a_word_of_it(lan, capfd):
    lan.raise_request_exception = False
    answer = lan.get("/trial/raises/bug/")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()


def test_error_pages_need_no_database(world, trial):
    """A session cannot be read, nor anything else: the page still comes, and is 503."""

    def away(*_args, **_kwargs):
        raise OperationalError

    client = Client(raise_request_exception=False)
    client.force_login(world.lan)
    with connection.execute_wrapper(away):
        assert client.get("/trial/all/").status_code == 503
        assert Client().get("/health/live").status_code == 200
        assert Client().get("/health/ready").status_code == 503
        assert Client().get("/trial/open/").status_code == 200


def test_no_reading_without_its_memory(case, lan):
    assert tamper("UPDATE {chains} SET length = 0 WHERE kind = 'case'")
    answer = lan.get(f"/trial/{case.pk}/edit/")
    assert answer.status_code == 503
    assert str(case.pk) not in answer.content.decode()


# --- around every request ---------------------------------------------------------------------------------


def test_headers_of_every_page(lan):
    answer = lan.get("/trial/all/")
    assert answer["Cache-Control"] == "no-store"
    assert "camera=()" in answer["Permissions-Policy"]
    assert len(answer["X-Request-ID"]) == 36
    assert answer["X-Request-ID"] != lan.get("/trial/all/")["X-Request-ID"]


def test_events_carry_the_request_and_a_digest_of_the_session(world, case, lan):
    key = lan.cookies["session"].value
    answer = lan.get(f"/trial/{case.pk}/edit/")
    event = AuditEvent.objects.get(outcome="read", object_id=case.pk)
    assert event.request_id == answer["X-Request-ID"]
    assert len(event.session) == 64
    assert key not in event.session
    assert event.auth_level == "password"


def test_idle_ends_the_session_and_leads_back(lan, settings):
    lan.get("/trial/all/")
    session = lan.session
    session[SEEN_AT] = int(time.time()) - settings.IDLE_MINUTES * 60 - 5
    session.save()
    answer = lan.get("/trial/all/?x=1")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next=/trial/all/%3Fx%3D1"
    assert lan.get("/trial/all/").status_code == 302
    assert AuditEvent.objects.filter(action="session.sign_out").exists()


def test_idle_tells_programs_401(case, caller, world, settings):
    lan = caller(world.lan)
    lan.read("cases/")
    session = lan.session
    session[SEEN_AT] = int(time.time()) - settings.IDLE_MINUTES * 60 - 5
    session.save()
    answer = lan.read("cases/")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_working_keeps_the_session(lan, settings):
    lan.get("/trial/all/")
    session = lan.session
    session[SEEN_AT] = int(time.time()) - settings.IDLE_MINUTES * 60 + 30
    session.save()
    assert lan.get("/trial/all/").status_code == 200
    assert lan.session[SEEN_AT] > int(time.time()) - 5


def test_the_script_can_say_that_somebody_is_still_typing(lan, settings):
    lan.get("/trial/all/")
    session = lan.session
    session[SEEN_AT] = int(time.time()) - settings.IDLE_MINUTES * 60 + 30
    session.save()
    assert lan.post(reverse("still_here")).status_code == 204
    assert lan.session[SEEN_AT] > int(time.time()) - 5
    assert Client().post(reverse("still_here")).status_code == 302


# --- the frame --------------------------------------------------------------------------------------------


def test_the_menu_follows_the_role(world, monkeypatch):
    there = {entry.route: f"/{entry.route}/" for entry in NAVIGATION}
    monkeypatch.setattr("casework.http.pages.reverse", there.__getitem__)

    def lines(user, path="/"):
        return {item["url"]: item["current"] for item in navigation(principal(user), path)}

    assert set(lines(world.son)) == {
        "/home/",
        "/user-list/",
        "/agency-list/",
        "/period-list/",
        "/office-clocks/",
        "/paper-templates/",
    }
    assert "/case-list/" in lines(world.lan)
    assert "/desk-auditor/" not in lines(world.lan)
    assert lines(world.lan, "/case-list/1/")["/case-list/"] is True
    assert lines(world.lan, "/case-list/1/")["/home/"] is False


def test_every_line_of_the_menu_names_a_known_verb_and_a_page():
    assert {entry.verb for entry in NAVIGATION} <= set(RIGHTS)
    names = {name for name in get_resolver("config.urls").reverse_dict if isinstance(name, str)}
    assert {entry.route for entry in NAVIGATION} <= names


def test_the_frame_costs_two_queries(world, lan, django_assert_num_queries):
    lan.get(reverse("health_live"))
    page = "/trial/raises/refused/"
    lan.get(page)
    # The session, the user; then their standing, and how many notices they have not seen.
    with django_assert_num_queries(4):
        lan.get(page)


def test_the_frame_names_the_viewer_and_the_unit(world, lan):
    html = lan.get("/trial/raises/refused/").content.decode()
    assert 'data-still-here="/still-here/"' in html
    assert world.lan.full_name in html
    assert "UBND xã Mường Phăng" in html
