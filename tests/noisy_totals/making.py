"""A province that allows totals with noise, and questions at every step."""

from typing import Any

from casework.base import clock
from casework.noisy_totals.actions import approve_total, ask_total, set_privacy_budget
from casework.noisy_totals.models import NoisyTotal, PrivacyBudget, TotalQuestion
from tests.releases.making import frozen
from tests.world import World

YEAR = 2023


def allowed(world: World, *, yearly: str = "e100", single: str = "e050", **more: Any) -> PrivacyBudget:
    answers = {
        "yearly": yearly,
        "single": single,
        "basis": "Quyết định mẫu",
        "is_verified": False,
        "valid_from": clock.local_date(world.now),
        **more,
    }
    return set_privacy_budget(by=world.mai, at=world.now, answers=answers)


def ready(world: World, *years: int, **how: Any) -> None:
    """Frozen years, and a province that allows totals with noise of them."""
    frozen(world, *(years or (YEAR,)), communes=3)
    allowed(world, **how)


def asked(world: World, **answers: Any) -> TotalQuestion:
    given = {"counted": "people", "year": YEAR, "epsilon": "e025", "purpose": "press", **answers}
    return ask_total(by=world.thuy, at=world.now, answers=given)


def answered(world: World, **answers: Any) -> NoisyTotal:
    record = approve_total(record=asked(world, **answers), by=world.mai, at=world.now)
    return NoisyTotal.objects.get(question=record)
