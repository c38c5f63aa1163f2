"""Two people at the same return at the same time, on two connections."""

from typing import Any

import pytest

from casework.base import clock
from casework.base.models import RegisterEntry
from casework.returns import lifecycle, queries
from casework.returns.actions import prepare_return, sign_return
from casework.returns.models import OfficialReturn
from tests.returns.making import checked, last_year, staff
from tests.waiting import both
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.role("")]


def test_of_two_who_sign_at_once_one_signs_and_one_number_is_taken(world: World) -> None:
    record = checked(world)
    asked = {"sha256": queries.digest_of(record)}

    def sign() -> None:
        mine = OfficialReturn.objects.everything(reason="test").get(pk=record.pk)
        sign_return(record=mine, by=world.pao, at=world.now, answers=asked)

    assert both(sign, sign) == ["return_state"]
    record.refresh_from_db()
    assert (record.state, record.number) == (lifecycle.SIGNED, f"1/{clock.local(world.now).year}")
    assert RegisterEntry.objects.filter(register="returns").count() == 1


def test_of_two_who_prepare_at_once_one_does(world: World) -> None:
    staff(world)
    days = last_year(world)
    asked = {"form": "commune_year", "window": days.code, "year": days.year}

    def prepare(name: str) -> Any:
        return lambda: prepare_return(by=world.users[name], at=world.now, answers=asked)

    assert both(prepare("quy"), prepare("pao")) == ["already_prepared"]
    assert OfficialReturn.objects.everything(reason="test").count() == 1
