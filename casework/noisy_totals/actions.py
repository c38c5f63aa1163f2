"""The verbs of noisy totals: a province allows them, one person asks, another approves; then noise is drawn, once.

The answer is public with the approval: were it looked at first, it could be kept back for what it says, and its privacy
would be spent all the same.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.access.principals import province_for
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import Denied, InvalidInput, Refused
from casework.base.sheets import fill
from casework.noisy_totals import asking, noise, queries, sheet
from casework.noisy_totals.asking import Asked, NotHeld
from casework.noisy_totals.models import (
    NoisyTotal,
    PrivacyBudget,
    PrivacyLoss,
    TotalQuestion,
    epsilon_of,
)
from casework.organisations.models import Area, User
from casework.organisations.validity import taken_back
from casework.releases.catalogue import catalogue
from casework.releases.planning import Frozen
from casework.releases.queries import Damaged


class QuestionState(Refused):
    """The question was decided already."""

    def __init__(self) -> None:
        super().__init__("total_state", _("This question was decided already."))


class ShownAlready(Refused):
    """The exact figure is public; `release` shows it."""

    def __init__(self, release: UUID) -> None:
        super().__init__(
            "shown_already",
            _("The exact figure is published. A total with noise would say less and cost privacy."),
        )
        self.release = release


# --- what a province allows ---


@command("privacy_budget.set")
def set_privacy_budget(*, by: User, at: datetime, answers: Mapping[str, Any]) -> PrivacyBudget:
    """Allow noisy totals in one's province from a day on: the ε of each counted year, and at most of one answer.

    Raises InvalidInput or Denied.
    """
    budget = PrivacyBudget(province=_province(by, "privacy_budget.set", at), set_by=by, set_at=at)
    fill(budget, sheet.BUDGET, answers)
    budget.require_dates(clock.local_date(at))
    if epsilon_of(budget.single) > epsilon_of(budget.yearly):
        raise InvalidInput({"single": _("One answer may not take more than the budget of a whole year.")})
    budget.save(force_insert=True)
    tell(yearly=budget.yearly, single=budget.single, valid_from=str(budget.valid_from))
    return budget


@command("privacy_budget.set")
def withdraw_privacy_budget(*, budget: PrivacyBudget, by: User, at: datetime) -> PrivacyBudget:
    """Take back what was set: what was set before holds again, or noisy totals are off. What was answered stays.

    Raises NotVisible for one of another province, or Refused("already_withdrawn").
    """
    budget = taken_back(budget, _province(by, "privacy_budget.set", at), by=by, at=at)
    tell(yearly=budget.yearly, single=budget.single, budget=str(budget.pk), withdrawn=True)
    return budget


# --- asking and deciding ---


@command("noisy_total.ask")
def ask_total(*, by: User, at: datetime, answers: Mapping[str, Any]) -> TotalQuestion:
    """Ask for one total of the province; asked before, of the same vintages, it is the question there was.

    answers: counted; year and, for several together, until; codes of at most three questions of the catalogue; epsilon,
    a code of privacy_loss; purpose. Nothing is counted yet.
    Raises InvalidInput, Refused("noise_not_set"), ("loss_too_high"), ("year_not_frozen"), ("not_counted"),
    ("shown_already") where the exact figure is public, ("budget_spent").
    """
    province = _held(_province(by, "noisy_total.ask", at).pk)
    budget = _budget(province, at)
    asked = _asked(province, answers)
    known = queries.same_question(province, asked)
    if known is not None:
        return known
    epsilon = epsilon_of(answers["epsilon"])
    _check_allowed(province, asked, epsilon, budget)
    _frozen(province, asked)
    question = TotalQuestion(
        province=province,
        counted=asked.counted,
        years=[list(pair) for pair in asked.years],
        filters={name: list(chosen) for name, chosen in asked.filters},
        key=asked.key,
        epsilon=answers["epsilon"],
        purpose=answers["purpose"],
        asked_by=by,
        asked_at=at,
    )
    question.save()
    tell(purpose=question.purpose, epsilon=question.epsilon, years=question.years, key=question.key)
    return question


@command("noisy_total.approve", target="record")
def approve_total(*, record: TotalQuestion, by: User, at: datetime) -> TotalQuestion:
    """A second person approves a question: its ε leaves the budget of each year, noise is drawn and the answer public.

    Raises QuestionState, Refused("own_question"), ("year_revised") where a further vintage was frozen since, and what
    `ask_total` raises of the budget and the frozen years.
    """
    _require_asked(record)
    if by.pk == record.asked_by_id:
        raise Refused("own_question", _("You have asked this. Somebody else approves it."))
    province = _held(record.province_id)
    asked, epsilon = record.asked, epsilon_of(record.epsilon)
    vintages = queries.vintages_of(province)
    if any(vintages[year] != vintage for year, vintage in asked.years):
        raise Refused(
            "year_revised", _("The figures of this year were revised since. Refuse this and ask again.")
        )
    _check_allowed(province, asked, epsilon, _budget(province, at))
    frozen = _frozen(province, asked)
    total = NoisyTotal.objects.create(
        question=record,
        province=province,
        counted=asked.counted,
        years=record.years,
        filters=record.filters,
        key=asked.key,
        epsilon=epsilon,
        value=noise.draw(asking.contributions(asked, frozen), asked.bound, epsilon),
        accuracy=noise.accuracy(asked.bound, epsilon),
        at=at,
    )
    for year, _vintage in asked.years:
        PrivacyLoss.objects.create(total=total, province=province, year=year, epsilon=epsilon)
    record.state, record.decided_by, record.decided_at = TotalQuestion.ANSWERED, by, at
    record.save()
    tell(epsilon=record.epsilon, years=record.years, key=record.key)
    return record


@command("noisy_total.approve", target="record")
def refuse_total(
    *, record: TotalQuestion, by: User, at: datetime, answers: Mapping[str, Any]
) -> TotalQuestion:
    """Say that a question is not answered, and why: a code of noisy_total_refusal; nothing is drawn or spent.

    Raises QuestionState.
    """
    _require_asked(record)
    record.state, record.refusal = TotalQuestion.REFUSED, answers["reason"]
    record.decided_by, record.decided_at = by, at
    record.save()
    tell(reason=record.refusal)
    return record


# --- parts ---


def _require_asked(record: TotalQuestion) -> None:
    if record.state != TotalQuestion.ASKED:
        raise QuestionState


def _province(by: User, verb: str, at: datetime) -> Area:
    province = province_for(by, verb, at)
    if province is None:
        raise Denied
    return province


def _held(province: int) -> Area:
    """Two who ask or approve at once wait here for each other: the second sees what the first has taken."""
    return Area.objects.select_for_update(no_key=True).get(pk=province)


def _budget(province: Area, at: datetime) -> PrivacyBudget:
    budget = queries.budget_of(province.pk, clock.local_date(at))
    if budget is None:
        raise Refused(
            "noise_not_set", _("Totals with noise are off in this province: it has set no privacy budget.")
        )
    return budget


def _asked(province: Area, answers: Mapping[str, Any]) -> Asked:
    """The question in its one order, of the latest vintages."""
    first, until = answers["year"], answers.get("until")
    last = first if until is None else until
    if not 0 <= last - first < asking.MOST_YEARS:
        raise InvalidInput(
            {
                "until": _(
                    "The last year is the first or one of the two after it; leave it empty for one year."
                )
            }
        )
    vintages = queries.vintages_of(province)
    if not set(range(first, last + 1)) <= vintages.keys():
        raise Refused(
            "year_not_frozen",
            _("A year is frozen with its first release. Choose years that are frozen."),
            "year",
        )
    filters = {name: answers[name] for name in catalogue().questions if answers.get(name)}
    asked = Asked.read(
        answers["counted"], [(year, vintages[year]) for year in range(first, last + 1)], filters
    )
    if len(asked.filters) > asking.MOST_QUESTIONS:
        names = {name for name, _chosen in asked.filters}
        raise InvalidInput({max(names): _("Choose answers to at most three questions.")})
    return asked


def _check_allowed(province: Area, asked: Asked, epsilon: Decimal, budget: PrivacyBudget) -> None:
    """Within what the province allows, and not public already."""
    if epsilon > epsilon_of(budget.single):
        raise Refused(
            "loss_too_high",
            _("The province allows at most this for one answer: %(most)s.")
            % {"most": codes("privacy_loss").label(budget.single)},
            "epsilon",
        )
    shown = queries.shown_in(province, asked)
    if shown is not None:
        raise ShownAlready(shown.pk)
    spent = queries.spent_of(province)
    for year, _vintage in asked.years:
        if spent.get(year, Decimal()) + epsilon > epsilon_of(budget.yearly):
            raise Refused(
                "budget_spent",
                _("The privacy budget of %(year)s does not hold so much any more.") % {"year": year},
                "epsilon",
            )


def _frozen(province: Area, asked: Asked) -> list[Frozen]:
    """What the question is answered from, whole and with what it asks."""
    try:
        frozen = queries.frozen_for(province, asked)
        asking.require_held(asked, frozen)
    except Damaged as error:
        raise Refused(
            "year_damaged", _("Frozen figures are not what they were. Tell the administrator."), "year"
        ) from error
    except NotHeld as error:
        raise Refused(
            "not_counted",
            _("A year was frozen without the answers to this question. Choose another."),
            str(error),
        ) from error
    return frozen
