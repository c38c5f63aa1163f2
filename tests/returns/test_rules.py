"""Where returns go and which are filed: data that a province corrects from a day on, with its basis."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from casework.base import clock
from casework.base.refusals import Denied, InvalidInput, NotVisible, Refused
from casework.deadlines.actions import set_period
from casework.returns import lifecycle, queries
from casework.returns.actions import receive_return, set_return_rule, withdraw_return_rule
from casework.returns.catalogue import form, route
from casework.returns.models import ReturnRule
from tests.returns.making import last_year, prepared, received, sent, staff
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db

MINISTRY_OFFICE = "Cơ quan mẫu của Bộ"


def today(world: World) -> date:
    return clock.local_date(world.now)


def ruled(world: World, code: str = "province_year", *, by: str = "mai", **told: Any) -> ReturnRule:
    answers = {
        "form": code,
        "to": "other_office",
        "office": MINISTRY_OFFICE,
        "basis": "Quyết định mẫu",
        "valid_from": today(world),
        **told,
    }
    return set_return_rule(by=world.users[by], at=world.now, answers=answers)


def client_of(world: World, name: str) -> Client:
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def test_the_data_says_where_each_form_goes_and_that_it_was_not_read() -> None:
    found = route("commune_year")

    assert (found.to, found.is_verified, found.is_filed, found.source) == (
        "province_department",
        False,
        True,
        "",
    )
    assert "không còn cấp huyện" in found.basis
    assert route("province_year").to == route("ministry_year").to == "ministry"


def test_what_a_province_sets_holds_from_its_day_and_what_is_prepared_keeps_its_own(world: World) -> None:
    before = prepared(world, "province_year")
    ruled(world, valid_from=today(world) + timedelta(days=1))

    now = queries.route_of("province_year", world.province.pk, today(world))
    later = queries.route_of("province_year", world.province.pk, today(world) + timedelta(days=1))
    assert (now.to, later.to, later.office) == ("ministry", "other_office", MINISTRY_OFFICE)
    assert (before.to, before.office) == ("ministry", "")
    ruled(world, "ministry_year")
    after = prepared(world, "ministry_year", window="calendar_year", year=last_year(world).year - 1)
    assert (after.to, after.office) == ("other_office", MINISTRY_OFFICE)
    page = client_of(world, "mai").get(reverse("return", args=[after.pk])).content.decode()
    assert MINISTRY_OFFICE in page


def test_whatever_office_a_commune_sends_to_the_province_receives_it(world: World) -> None:
    ruled(world, "commune_year", to="peoples_committee", office="")
    record = sent(world)

    with pytest.raises(Denied):
        receive_return(record=record, by=world.pao, at=world.now, answers={})
    assert receive_return(record=record, by=world.mai, at=world.now, answers={}).state == lifecycle.RECEIVED


def test_a_form_that_a_province_does_not_file_is_not_due_and_not_prepared(world: World) -> None:
    staff(world)
    ruled(world, "commune_half", to="province_department", office="", not_filed=True)

    codes = {duty.form.code for duty in queries.duties_of(world.quy, world.now)}
    assert codes == {"commune_year"}
    with pytest.raises(InvalidInput) as told:
        prepared(world, "commune_half", window="first_half")
    assert list(told.value.errors) == ["form"]


def test_a_rule_taken_back_holds_no_longer(world: World) -> None:
    rule = ruled(world)

    withdraw_return_rule(rule=rule, by=world.mai, at=world.now)

    assert queries.route_of("province_year", world.province.pk, today(world)) == route("province_year")
    with pytest.raises(Refused) as told:
        withdraw_return_rule(rule=rule, by=world.mai, at=world.now)
    assert told.value.code == "already_withdrawn"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"valid_to": date(2020, 1, 1)}, "valid_to"),
        ({"office": ""}, "office"),
        ({"to": "province_department"}, "to"),
    ],
)
def test_a_rule_that_cannot_be(world: World, told: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ruled(world, **told)

    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("name", ["lan", "dung", "pao", "hoa", "kien", "tuan"])
def test_nobody_else_sets_where_returns_go(world: World, name: str) -> None:
    with pytest.raises(Denied):
        ruled(world, by=name)


def test_a_rule_of_another_province_is_not_there(world: World) -> None:
    rule = ruled(world)
    ReturnRule.objects.filter(pk=rule.pk).update(province=world.elsewhere.parent)

    with pytest.raises(NotVisible):
        withdraw_return_rule(rule=rule, by=world.mai, at=world.now)


def test_the_day_a_return_is_due_is_what_the_province_has_set(world: World) -> None:
    one, days = form("ministry_year"), last_year(world)
    assert queries.due_at(one, days, world.province.pk)[0] is None

    set_period(
        by=world.mai,
        at=world.now,
        kind="ministry_return",
        answers={
            "unit": "yearly",
            "month": 2,
            "day": 15,
            "basis": "Quyết định mẫu",
            "valid_from": today(world),
        },
    )

    (duty,) = [
        duty
        for duty in queries.duties_of(world.mai, world.now + timedelta(days=200))
        if duty.form.code == "ministry_year" and duty.days.year == today(world).year
    ]
    assert duty.due_at is not None
    assert clock.local_date(duty.due_at) == date(today(world).year + 1, 2, 15)


def test_page_and_rest_say_the_same(world: World) -> None:
    ruled(world)
    client = client_of(world, "mai")

    page = client.get(reverse("return-rules"))
    rest = client.get(reverse("api:return-rules")).json()["results"]

    shown = {line["code"]: line["is_set"] for line in page.context["lines"]}
    assert shown == {row["form"]: bool(row["set_by_province"]) for row in rest}
    assert shown["province_year"]
    assert MINISTRY_OFFICE in page.content.decode()
    answer = client.post(
        reverse("return-rule-set"),
        {
            "form": "ministry_year",
            "to": "peoples_committee",
            "basis": "Quyết định mẫu",
            "valid_from": f"{today(world):%d/%m/%Y}",
        },
    )
    assert answer.status_code == 302
    assert ReturnRule.objects.filter(form="ministry_year", to="peoples_committee").exists()


def test_where_it_goes_is_signed_with_the_figures(world: World) -> None:
    record = received(world)
    record.to = "ministry"

    assert queries.digest_of(record) != record.sha256
