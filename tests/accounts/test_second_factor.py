"""The second factor: its secrets are sealed under their owner, a code works once, all is remembered."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.urls import reverse

from casework.accounts.models import Session
from casework.audit.models import AuditEvent
from tests.accounts.conftest import PASSWORD, Browser


@pytest.fixture(autouse=True)
def either_half_minute(settings):
    """A test that straddles two periods must not fail; the product itself accepts the present one only."""
    settings.MFA_TOTP_TOLERANCE = 1


def code_for(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))


def enrol(browser: Browser, username: str) -> str:
    """Sign in, prove it again, add a code app through the pages; returns the secret of the app."""
    browser.sign_in(username)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    response = browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert response.status_code == 302
    return str(secret)


def second_step(browser: Browser, code: str):
    return browser.post(reverse("mfa_authenticate"), {"code": code})


def recovery_codes(browser: Browser) -> list[str]:
    return list(browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"])


@pytest.fixture
def secret(browser, nga) -> str:
    return enrol(browser, "nga")


@pytest.fixture
def spare(browser, secret) -> list[str]:
    return recovery_codes(browser)


def test_adding_a_factor_asks_for_the_password_again(browser, nga):
    browser.sign_in("nga")
    assert browser.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))


def test_the_table_holds_no_secret_in_clear(secret):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Authenticator._meta.db_table}")
        assert secret not in str(cursor.fetchall())
    assert {row.type for row in Authenticator.objects.all()} == {"totp", "recovery_codes"}


def test_the_password_alone_is_then_not_enough(other_browser, nga, secret):
    response = other_browser.sign_in("nga")
    assert response.url == reverse("mfa_authenticate")
    assert other_browser.user_id is None
    assert not AuditEvent.objects.filter(action="session.sign_in", auth_level="two_factors").exists()


def test_password_and_code_sign_in(other_browser, nga, secret):
    other_browser.sign_in("nga")
    response = second_step(other_browser, code_for(secret))
    assert response.url == reverse("home")
    assert other_browser.user_id == str(nga.pk)
    assert AuditEvent.objects.filter(action="session.sign_in").latest("pk").auth_level == "two_factors"


def test_a_wrong_code_is_refused_and_remembered(other_browser, nga, secret):
    other_browser.sign_in("nga")
    second_step(other_browser, "000000" if code_for(secret) != "000000" else "000001")
    assert other_browser.user_id is None
    event = AuditEvent.objects.filter(action="session.sign_in_refused").latest("pk")
    assert (event.actor, event.detail) == (nga.pk, {"why": "second_factor"})


def test_a_code_works_once(browser, other_browser, nga, secret):
    code = code_for(secret)
    other_browser.sign_in("nga")
    second_step(other_browser, code)
    assert other_browser.user_id == str(nga.pk)
    thief = Browser()
    thief.sign_in("nga")
    second_step(thief, code)
    assert thief.user_id is None


def test_used_codes_are_remembered_by_every_process():
    assert isinstance(caches["default"], DatabaseCache)
    assert caches["default"]._max_entries >= 100_000


def test_codes_cannot_be_guessed(other_browser, nga, secret):
    other_browser.sign_in("nga")
    for number in range(6):
        second_step(other_browser, f"{number:06}")
    second_step(other_browser, code_for(secret))
    assert other_browser.user_id is None


def test_a_recovery_code_works_once(other_browser, nga, spare):
    other_browser.sign_in("nga")
    second_step(other_browser, spare[0])
    assert other_browser.user_id == str(nga.pk)
    thief = Browser()
    thief.sign_in("nga")
    second_step(thief, spare[0])
    assert thief.user_id is None


def test_a_secret_pasted_into_another_row_does_not_open(other_browser, nga, vinh, secret):
    thief = Browser()
    own = enrol(thief, "vinh")
    pasted = Authenticator.objects.get(user=vinh, type="totp").data
    Authenticator.objects.filter(user=nga, type="totp").update(data=pasted)
    other_browser.sign_in("nga")
    assert second_step(other_browser, code_for(own)).status_code == 409
    assert other_browser.user_id is None
    assert not Session.objects.filter(user=nga, pk=other_browser.session.digest).exists()


def test_adding_renewing_and_removing_are_remembered(browser, nga, secret):
    assert browser.get(reverse("mfa_index")).status_code == 200
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=nga).exists()
    seen = AuditEvent.objects.filter(actor=nga.pk, action__startswith="factor.").order_by("pk")
    assert [event.action for event in seen] == ["factor.add", "factor.renew_codes", "factor.remove"]


def test_an_account_closed_between_the_two_steps_stays_out(other_browser, nga, secret):
    other_browser.sign_in("nga")
    nga.is_active = False
    nga.save()
    second_step(other_browser, code_for(secret))
    assert other_browser.user_id is None


def test_the_code_confirms_a_step_that_matters(browser, nga, secret, spare):
    wrong = browser.post(reverse("mfa_reauthenticate"), {"code": "abc"})
    assert wrong.status_code == 200
    assert AuditEvent.objects.latest("pk").detail == {"why": "second_factor"}
    assert browser.post(reverse("mfa_reauthenticate"), {"code": spare[1]}).status_code == 302
