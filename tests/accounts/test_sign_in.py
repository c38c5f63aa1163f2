"""Signing in and out: one answer for every refusal, one session for each person, everything remembered."""

import re
from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse

from casework.accounts import views
from casework.accounts.models import Session, SignInAttempts
from casework.audit.models import AuditEvent
from casework.audit.verify import breaks
from tests.accounts.conftest import PASSWORD
from tests.audit.tampering import put_out_of_order


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


def test_the_right_password_signs_in(browser, nga):
    response = browser.sign_in("nga")
    assert response.status_code == 302
    assert response.url == reverse("home")
    assert browser.user_id == str(nga.pk)


def test_signing_in_is_remembered_with_its_session(browser, nga):
    browser.sign_in("nga")
    (event,) = events("session.sign_in")
    assert (event.actor, event.chain_kind, event.chain_key) == (nga.pk, "actor", nga.pk)
    assert (event.outcome, event.auth_level) == (AuditEvent.DONE, "password")
    assert event.session == Session.objects.get(user=nga).pk
    assert list(breaks()) == []


def test_the_case_of_letters_in_a_name_does_not_matter(browser, nga):
    browser.sign_in(" NGA ")
    assert browser.user_id == str(nga.pk)


@pytest.fixture
def refused(browser, nga, settings):
    """What somebody sees who is refused, without the token of the form and the name typed."""

    def page(username: str, password: str) -> tuple[int, str]:
        response = browser.sign_in(username, password)
        assert browser.user_id is None
        text = response.content.decode().replace(f'value="{username}"', "")
        return response.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)

    return page


def test_every_refusal_looks_the_same(refused, nga, vinh, settings):
    wrong = refused("nga", "không phải mật khẩu này")
    assert wrong[0] == 200
    assert refused("không-có-ai", PASSWORD) == wrong
    vinh.is_active = False
    vinh.save()
    assert refused("vinh", PASSWORD) == wrong
    vinh.is_active, vinh.is_demo = True, True
    vinh.save()
    settings.TESTING = settings.DEMO = False
    assert refused("vinh", PASSWORD) == wrong


def test_refusals_are_remembered_on_the_chain_of_the_account(browser, nga, vinh):
    vinh.is_active = False
    vinh.save()
    browser.sign_in("nga", "không phải mật khẩu này")
    browser.sign_in("vinh")
    browser.sign_in("không-có-ai")
    seen = [(event.actor, event.outcome, event.detail) for event in events("session.sign_in_refused")]
    assert seen == [
        (nga.pk, "refused", {"why": "credentials"}),
        (vinh.pk, "refused", {"why": "inactive"}),
        (None, "refused", {"why": "credentials"}),
    ]


def test_what_was_typed_as_a_name_is_kept_nowhere(browser, nga):
    browser.sign_in("mật khẩu gõ nhầm ô 99", "x")
    (event,) = events("session.sign_in_refused")
    assert "gõ nhầm" not in str(event.__dict__)
    assert "gõ nhầm" not in str(SignInAttempts.objects.values())


def test_demo_accounts_sign_in_in_the_demo(browser, nga, settings):
    nga.is_demo = True
    nga.save()
    settings.TESTING, settings.DEMO = False, True
    browser.sign_in("nga")
    assert browser.user_id == str(nga.pk)


def test_after_five_refusals_even_the_right_password_has_to_wait(browser, nga, vinh):
    for _ in range(5):
        browser.sign_in("nga", "không phải mật khẩu này")
    browser.sign_in("nga")
    assert browser.user_id is None
    assert events("session.sign_in_refused")[-1].detail == {"why": "waiting"}
    SignInAttempts.objects.update(last_at=SignInAttempts.objects.get().last_at - timedelta(minutes=5))
    browser.sign_in("nga")
    assert browser.user_id == str(nga.pk)


def test_a_colleague_behind_the_same_address_is_not_kept_out(browser, other_browser, nga, vinh):
    for _ in range(20):
        browser.sign_in("nga", "không phải mật khẩu này")
    other_browser.sign_in("vinh")
    assert other_browser.user_id == str(vinh.pk)


def test_without_an_address_one_can_sign_in(browser, nga):
    browser.defaults["REMOTE_ADDR"] = ""
    browser.sign_in("nga")
    assert browser.user_id == str(nga.pk)


def test_the_key_changes_at_sign_in(browser, nga):
    browser.get(reverse("account_login"))
    session = browser.session
    session["x"] = 1
    session.save()
    before = session.session_key
    browser.cookies["session"] = before
    browser.sign_in("nga")
    assert browser.key != before
    assert Session.objects.count() == 1


def test_a_new_sign_in_ends_the_older_session_and_both_are_told(browser, other_browser, nga):
    browser.sign_in("nga")
    response = other_browser.sign_in("nga")
    assert [str(message) for message in response.wsgi_request._messages]
    assert Session.objects.filter(user=nga).count() == 1
    assert browser.get(reverse("home")).wsgi_request.user.is_anonymous
    assert [len(browser.get(reverse("account_login")).context["messages"]) for _ in range(2)] == [1, 0]
    assert events("session.sign_in")[-1].detail == {"ended": 1}


def test_a_browser_whose_session_was_not_ended_is_told_nothing(browser, nga):
    assert len(browser.get(reverse("account_login")).context["messages"]) == 0


def test_sessions_of_others_go_on(browser, other_browser, nga, vinh):
    browser.sign_in("nga")
    other_browser.sign_in("vinh")
    assert Session.objects.filter(user__isnull=False).count() == 2


def test_when_the_memory_fails_nobody_is_signed_in(browser, nga):
    browser.raise_request_exception = False
    put_out_of_order()
    response = browser.sign_in("nga")
    assert response.status_code >= 500
    assert not Session.objects.filter(user=nga).exists()
    assert browser.get(reverse("home")).wsgi_request.user.is_anonymous


def test_signing_out_ends_the_session_and_is_remembered(browser, nga):
    browser.sign_in("nga")
    session = Session.objects.get(user=nga).pk
    response = browser.post(reverse("account_logout"))
    assert response.url == reverse("account_login")
    assert response["Clear-Site-Data"] == '"cache"'
    assert not Session.objects.filter(user=nga).exists()
    (event,) = events("session.sign_out")
    assert (event.actor, event.session) == (nga.pk, session)


def test_a_link_alone_does_not_sign_out(browser, nga):
    browser.sign_in("nga")
    browser.get(reverse("account_logout"))
    assert browser.user_id == str(nga.pk)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_demo": True}])
def test_a_closed_account_is_out_at_the_next_request(browser, nga, settings, change):
    browser.sign_in("nga")
    type(nga).objects.filter(pk=nga.pk).update(**change)
    settings.TESTING = False
    assert browser.get(reverse("home")).wsgi_request.user.is_anonymous


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_reset_password", "account_set_password", "account_inactive"],
)
def test_pages_that_make_or_reset_accounts_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("view", [views.sign_in, views.second_factor, views.confirm, views.confirm_by_code])
def test_a_refusal_is_written_outside_a_request_wide_transaction(view):
    assert view._non_atomic_requests == {"default"}


def test_a_new_password_is_remembered_and_keeps_this_session(browser, nga):
    browser.sign_in("nga")
    new = "một câu khác dài hơn nhiều"
    response = browser.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert response.status_code == 302
    assert len(events("password.change")) == 1
    assert browser.get(reverse("home")).wsgi_request.user == nga


def test_reauthentication_takes_the_password_again(browser, nga):
    browser.sign_in("nga")
    browser.post(reverse("account_reauthenticate"), {"password": "không phải mật khẩu này"})
    assert events("session.sign_in_refused")[-1].actor == nga.pk
    response = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert response.status_code == 302
    assert browser.session["account_authentication_methods"][-1]["reauthenticated"] is True
