"""What a province allows, what of its budget is left, what a question is answered from, and what is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, Sum

from casework.access.principals import province_for
from casework.base.refusals import NotVisible
from casework.noisy_totals import asking
from casework.noisy_totals.asking import Asked
from casework.noisy_totals.models import (
    NoisyTotal,
    PrivacyBudget,
    PrivacyLoss,
    TotalQuestion,
    epsilon_of,
)
from casework.organisations.models import Area, User
from casework.releases.models import PublicCell, PublicRelease, Snapshot
from casework.releases.planning import Frozen
from casework.releases.queries import frozen_of
from casework.statistics.cube import place_code

# --- what a province allows ---


def budget_of(province: int, on: date) -> PrivacyBudget | None:
    """What a province allows on a day; None: noisy totals are off there."""
    found: PrivacyBudget | None = PrivacyBudget.objects.in_force(province, on).first()
    return found


def budgets_of(province: int, on: date) -> list[PrivacyBudget]:
    """What a province has set and has not run out, the next to begin last."""
    rows = PrivacyBudget.objects.not_ended(province, on).select_related("set_by")
    return list(rows.order_by("valid_from", "set_at"))


def province_of(user: User, verb: str, at: datetime) -> Area:
    """The province whose totals the person answers for; raises NotVisible for somebody of none."""
    province = province_for(user, verb, at)
    if province is None:
        raise NotVisible
    return province


def open_budget(user: User, pk: UUID, at: datetime) -> PrivacyBudget:
    """What one's own province has set; raises NotVisible."""
    province = province_of(user, "privacy_budget.view", at)
    row = PrivacyBudget.objects.filter(pk=pk, province=province).first()
    if row is None:
        raise NotVisible
    return row


@dataclass(frozen=True, slots=True)
class YearLeft:
    """One frozen year: its latest vintage, what answers took of its budget so far, and what is left."""

    year: int
    vintage: int
    spent: Decimal
    left: Decimal


def years_left(province: Area, on: date) -> list[YearLeft]:
    """The frozen years of a province, newest first, each with its budget as it holds on a day."""
    budget = budget_of(province.pk, on)
    yearly = epsilon_of(budget.yearly) if budget is not None else Decimal()
    spent = spent_of(province)
    return [
        YearLeft(
            year, vintage, spent.get(year, Decimal()), max(Decimal(), yearly - spent.get(year, Decimal()))
        )
        for year, vintage in sorted(vintages_of(province).items(), reverse=True)
    ]


def spent_of(province: Area) -> dict[int, Decimal]:
    """What answers took of each counted year, over all its vintages: they count the same people."""
    rows = PrivacyLoss.objects.filter(province=province).order_by().values_list("year")
    return dict(rows.annotate(Sum("epsilon")))


# --- what a question is answered from ---


def vintages_of(province: Area) -> dict[int, int]:
    """The frozen years of a province, with the latest vintage of each."""
    rows = Snapshot.objects.filter(province=province).order_by().values_list("year")
    return dict(rows.annotate(Max("vintage")))


def frozen_for(province: Area, asked: Asked) -> list[Frozen]:
    """The frozen years a question is about; raises releases.queries.Damaged."""
    wanted = set(asked.years)
    rows = frozen_of(province, [year for year, _vintage in asked.years])
    return [one for one in rows if (one.year, one.vintage) in wanted]


def shown_in(province: Area, asked: Asked) -> PublicRelease | None:
    """A release that shows the exact figure, or all those that sum up to it; None where none does."""
    for keys in asking.public_keys(asked, place_code(province)):
        rows = PublicCell.objects.filter(province=province, key__in=keys, value__isnull=False)
        if rows.count() == len(keys):
            return PublicRelease.objects.get(pk=rows[0].release_id)
    return None


def same_question(province: Area, asked: Asked) -> TotalQuestion | None:
    """The same total of the same vintages, asked or answered before."""
    rows = TotalQuestion.objects.everything(reason="whether a total was asked for before; no case is read")
    found: TotalQuestion | None = (
        rows.filter(province=province, key=asked.key).exclude(state=TotalQuestion.REFUSED).first()
    )
    return found


# --- the desk ---


def questions_of(user: User) -> list[TotalQuestion]:
    """The questions of the province the viewer answers for, those that wait first, then the newest; with their answers."""
    rows = TotalQuestion.objects.visible_to(user).select_related("province", "asked_by", "total")
    return sorted(rows.order_by("-asked_at"), key=lambda row: row.state != TotalQuestion.ASKED)


def total_of(question: TotalQuestion) -> NoisyTotal | None:
    """The answer; None while there is none."""
    found: NoisyTotal | None = getattr(question, "total", None)
    return found


# --- public: nothing below reads anything that is not public ---


def public_totals() -> Sequence[NoisyTotal]:
    """Every answer, newest first."""
    return list(NoisyTotal.objects.select_related("province").order_by("-at", "pk"))


def is_anywhere(on: date) -> bool:
    """Whether some province allows noisy totals that day, or one was ever published."""
    if NoisyTotal.objects.exists():
        return True
    provinces = PrivacyBudget.objects.order_by().values_list("province", flat=True).distinct()
    return any(budget_of(province, on) is not None for province in list(provinces))
