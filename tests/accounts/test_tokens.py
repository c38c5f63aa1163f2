"""Tokens for programs: for hours, for open accounts only, kept as a digest, remembered."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from casework.accounts.tokens import TokenAuthentication, issue_token
from casework.audit.models import AuditEvent
from casework.base import clock
from casework.base.refusals import Refused
from casework.organisations.models import User
from tests.accounts.conftest import PASSWORD


def made(username: str, hours: int = 8) -> str:
    out = StringIO()
    call_command("api_token", username, "--hours", str(hours), stdout=out)
    return out.getvalue().strip()


def holder(token: str) -> User:
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=f"Token {token}")
    user: User = TokenAuthentication().authenticate(request)[0]
    return user


def test_the_command_prints_a_token_that_opens(nga):
    assert holder(made("nga")) == nga


def test_the_token_ends_after_the_hours_asked_for(nga):
    made("nga", 72)
    left = AuthToken.objects.get().expiry - clock.now()
    assert timedelta(hours=71, minutes=59) < left <= timedelta(hours=72)


def test_a_token_that_ended_opens_nothing(nga):
    token = made("nga", 1)
    AuthToken.objects.update(expiry=clock.now() - timedelta(seconds=1))
    with pytest.raises(AuthenticationFailed):
        holder(token)


def test_the_database_does_not_hold_the_token(nga):
    token = made("nga")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM knox_authtoken")
        assert token not in str(cursor.fetchall())


def test_making_a_token_is_remembered_without_it(nga):
    token = made("nga", 24)
    event = AuditEvent.objects.get(action="token.issue")
    assert (event.actor, event.chain_key, event.detail["hours"]) == (nga.pk, nga.pk, 24)
    assert AuthToken.objects.get().digest.startswith(event.detail["token"])
    assert event.detail["token"] not in token


@pytest.mark.parametrize("hours", [-1, 0, 73])
def test_hours_outside_1_to_72_are_refused(nga, hours):
    with pytest.raises(CommandError):
        made("nga", hours)
    with pytest.raises(Refused) as refused:
        issue_token(user=nga, hours=hours, at=clock.now())
    assert refused.value.code == "token_hours"
    assert not AuthToken.objects.exists()


@pytest.mark.django_db
def test_an_unknown_name_is_refused():
    with pytest.raises(CommandError, match="nobody-here"):
        made("nobody-here")


def test_a_closed_account_gets_no_token_and_loses_the_one_it_has(nga):
    token = made("nga")
    nga.is_active = False
    nga.save()
    with pytest.raises(CommandError):
        made("nga")
    with pytest.raises(AuthenticationFailed) as closed:
        holder(token)
    with pytest.raises(AuthenticationFailed) as unknown:
        holder("0" * 64)
    assert str(closed.value) == str(unknown.value)


def test_demo_accounts_have_tokens_in_the_demo_only(nga, settings):
    nga.is_demo = True
    nga.save()
    token = made("nga")
    settings.TESTING = settings.DEMO = False
    with pytest.raises(CommandError):
        made("nga")
    with pytest.raises(AuthenticationFailed):
        holder(token)
    settings.DEMO = True
    assert holder(token) == nga


def test_an_account_has_ten_running_tokens_at_most(nga):
    for _ in range(10):
        made("nga")
    with pytest.raises(CommandError):
        made("nga")
    AuthToken.objects.filter(pk=AuthToken.objects.first().pk).update(expiry=clock.now() - timedelta(hours=1))
    made("nga")
    assert AuthToken.objects.count() == 10


def test_a_new_password_ends_the_tokens(browser, nga):
    token = made("nga")
    browser.sign_in("nga")
    new = "một câu khác dài hơn nhiều"
    browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    with pytest.raises(AuthenticationFailed):
        holder(token)
