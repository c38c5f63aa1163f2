"""The demo's accounts: offered in the demo, by role, and nowhere else."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from casework.accounts.demo import DEMO_PASSWORD, demo_accounts, offered
from casework.base.codes import codes
from casework.organisations.models import Agency, Area, Membership, User
from casework.organisations.roles import AUDITOR, SOCIAL_WORKER

SINCE = date(2020, 1, 1)


@pytest.fixture
def practice(db) -> None:
    """Two offices with a worker each, an auditor, somebody who left, and somebody real."""
    User.objects.filter(is_demo=True).update(is_demo=False)
    area = Area.objects.create(code="99999", name="Mẫu", kind="commune", province_code="99", valid_from=SINCE)

    def office(name: str) -> Agency:
        group = Group.objects.create(name=name)
        return Agency.objects.create(kind="commune_committee", name=name, area=area, group=group)

    def person(
        username: str, agency: Agency, role: str, *, is_demo: bool = True, until: date | None = None
    ) -> None:
        user = User.objects.create_user(username, DEMO_PASSWORD, full_name=username.title(), is_demo=is_demo)
        Membership.objects.create(user=user, agency=agency, role=role, valid_from=SINCE, valid_to=until)

    first, second = office("UBND xã A"), office("UBND xã B")
    person("thử_kim", second, AUDITOR)
    person("thử_bình", second, SOCIAL_WORKER)
    person("thử_an", first, SOCIAL_WORKER)
    person("thử_cũ", first, SOCIAL_WORKER, until=date(2021, 1, 1))
    person("thật", first, SOCIAL_WORKER, is_demo=False)
    Membership.objects.create(
        user=User.objects.get(username="thử_an"), agency=second, role=AUDITOR, valid_from=SINCE
    )


def test_the_accounts_stand_by_role_in_the_order_of_the_table_of_rights(practice, settings):
    settings.DEMO = True
    offered = demo_accounts()
    worker = codes("role").label(SOCIAL_WORKER)
    assert [group["role_label"] for group in offered] == [
        codes("role").label(SOCIAL_WORKER),
        codes("role").label(AUDITOR),
    ]
    assert offered[0]["accounts"] == [
        {"username": "thử_an", "full_name": "Thử_An", "role_label": worker, "unit": "UBND xã A"},
        {"username": "thử_bình", "full_name": "Thử_Bình", "role_label": worker, "unit": "UBND xã B"},
    ]
    assert [account["username"] for account in offered[1]["accounts"]] == ["thử_kim"]


def test_those_to_try_first_stand_first_and_nobody_stands_twice(practice, settings):
    settings.DEMO = True
    User.objects.filter(username="lan").update(username="khác")
    User.objects.filter(username="thử_bình").update(username="lan")
    found = offered()
    assert [account["username"] for account in found["first"]] == ["lan"]
    assert [account["username"] for group in found["others"] for account in group["accounts"]] == [
        "thử_an",
        "thử_kim",
    ]


def test_outside_the_demo_there_are_none(practice, browser):
    assert demo_accounts() == []
    page = browser.get(reverse("account_login"))
    assert page.context["offered"] == {"first": [], "others": []}
    assert DEMO_PASSWORD not in page.content.decode()


def test_one_press_signs_in(practice, browser, settings):
    settings.DEMO = True
    page = browser.get(reverse("account_login"))
    account = page.context["offered"]["others"][0]["accounts"][0]
    browser.sign_in(account["username"], page.context["demo_password"])
    assert browser.user_id == str(User.objects.get(username=account["username"]).pk)
