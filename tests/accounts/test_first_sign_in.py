"""Coming in with a one-time password: as far as the page where one chooses one's own, and no further."""

from datetime import timedelta

import pytest
from django.urls import reverse
from knox.models import AuthToken

from casework.accounts.actions import issue_password
from casework.accounts.tokens import issue_token
from casework.base import clock
from casework.organisations.models import User
from tests.world import World

OWN = "một câu khác dài hơn nhiều"


@pytest.fixture
def given(world: World) -> str:
    return issue_password(user=world.lan, by=world.son, at=clock.now()).password


def test_the_first_page_is_the_one_that_changes_it(browser, world, given):
    browser.sign_in("lan", given)

    for name in ("home", "case-list", "mfa_index"):
        answer = browser.get(reverse(name))
        assert (answer.status_code, answer.url) == (302, reverse("account_change_password"))
    assert browser.post(reverse("report-new")).status_code == 302
    assert browser.get("/nowhere/").status_code == 302
    shown = browser.get(reverse("account_change_password"))
    assert shown.status_code == 200
    assert "mật khẩu dùng một lần" in shown.content.decode()
    assert browser.post(reverse("set_language"), {"language": "vi"}).status_code == 302


def test_rest_says_so_with_a_code(browser, world, given):
    browser.sign_in("lan", given)

    answer = browser.get(reverse("api:case-list"))
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")


def test_a_part_of_a_page_is_told_where_to_go(browser, world, given):
    browser.sign_in("lan", given)

    answer = browser.get(reverse("home"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (403, reverse("account_change_password"))


def test_after_that_everything_opens(browser, world, given):
    browser.sign_in("lan", given)
    answer = browser.post(
        reverse("account_change_password"), {"oldpassword": given, "password1": OWN, "password2": OWN}
    )

    assert (answer.status_code, answer.url) == (302, reverse("home"))
    assert browser.get(reverse("home")).status_code == 200
    lan = User.objects.get(username="lan")
    assert lan.check_password(OWN)
    assert not lan.must_change_password


def test_the_same_password_is_no_new_one(browser, world, given):
    browser.sign_in("lan", given)
    answer = browser.post(
        reverse("account_change_password"), {"oldpassword": given, "password1": given, "password2": given}
    )

    assert answer.status_code == 200
    assert "Chọn mật khẩu khác" in answer.content.decode()
    assert User.objects.get(username="lan").must_change_password


def test_after_three_days_it_opens_nothing(browser, world, given):
    User.objects.filter(username="lan").update(one_time_until=clock.now() - timedelta(seconds=1))
    browser.sign_in("lan", given)

    assert browser.user_id is None


def test_signing_out_is_always_possible(browser, world, given):
    browser.sign_in("lan", given)
    browser.post(reverse("account_logout"))

    assert browser.user_id is None


def test_a_token_made_before_opens_nothing(client, world):
    token = issue_token(user=world.lan, hours=8, at=clock.now())
    User.objects.filter(username="lan").update(one_time_until=clock.now() + timedelta(days=1))
    assert AuthToken.objects.exists()

    answer = client.get(reverse("api:case-list"), headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 401
