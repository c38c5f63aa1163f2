"""Pages of totals with noise: what everybody may read, and the desk where they are asked for and approved."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from casework.access.decisions import may
from casework.access.opening import open_record, record_list
from casework.access.principals import principal
from casework.base import clock
from casework.base.codes import codes
from casework.base.dates import display_datetime
from casework.base.refusals import Refused
from casework.http.pages import attempt, done, page, press, public, show, submit, viewer
from casework.http.verbs import knows
from casework.noisy_totals import actions, forms, noise, queries, words
from casework.noisy_totals.asking import BOUND, PEOPLE
from casework.noisy_totals.models import NoisyTotal, PrivacyBudget, TotalQuestion, epsilon_of
from casework.organisations.models import User

TONES: Final = {TotalQuestion.ASKED: "warning", TotalQuestion.ANSWERED: "success"}


# --- public ---


@public
@require_safe
def public_totals(request: HttpRequest) -> HttpResponse:
    """Every answer, newest first, with how far it may be off and why it is not exact."""
    return show(
        request,
        "noisy_totals/public.html",
        trail=[(_("Published figures"), reverse("public-figures")), (words.TITLE, "")],
        why=words.WHY,
        most=BOUND[PEOPLE],
        lines=[
            {"province": str(total.province), "at": total.at, **_answer(total)}
            for total in queries.public_totals()
        ],
    )


# --- the desk of the province ---


@page("noisy_total.view", methods=("GET",))
def listing(request: HttpRequest) -> HttpResponse:
    """What is left of the budget of each year, the questions that wait, and those that were decided."""
    user, at = viewer(request), clock.now()
    today = clock.local_date(at)
    province = queries.province_of(user, "noisy_total.view", at)
    budget = queries.budget_of(province.pk, today)
    rows = queries.questions_of(user)
    record_list(user, "noisy_total.view", shown=[row.pk for row in rows])
    return show(
        request,
        "noisy_totals/list.html",
        trail=[*_trail()[:1], (words.TITLE, "")],
        why=words.WHY,
        budget=_budget(budget) if budget is not None else None,
        years=[
            {
                "year": str(one.year),
                "spent": words.number(one.spent),
                "left": words.number(one.left),
                "is_gone": not one.left,
            }
            for one in queries.years_left(province, today)
        ],
        lines=[_line(row) for row in rows],
        may_ask=budget is not None and knows(principal(user), "noisy_total.ask"),
        may_set=knows(principal(user), "privacy_budget.set"),
    )


@page("noisy_total.ask")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for one total; the page says before how much noise each ε means."""
    user, at = viewer(request), clock.now()
    today = clock.local_date(at)
    province = queries.province_of(user, "noisy_total.ask", at)
    record_list(user, "noisy_total.view")
    years = queries.years_left(province, today)
    start = {"year": years[0].year if years else None, "counted": "people", "epsilon": "e025"}
    form = forms.AskForm(request.POST or None, initial=start)
    if request.method == "POST" and (made := submit(form, actions.ask_total, by=user, at=at)):
        message = (
            gettext_lazy("The question waits for somebody else to approve it.")
            if made.state == TotalQuestion.ASKED
            else gettext_lazy("This was answered before; the same answer costs nothing.")
        )
        return done(request, message, "noisy-total", made.pk)
    budget = queries.budget_of(province.pk, today)
    return show(
        request,
        "noisy_totals/ask.html",
        form=form,
        trail=[*_trail(), (_("Ask for a total with noise"), "")],
        why=words.WHY,
        budget=_budget(budget) if budget is not None else None,
        years=[(str(one.year), words.number(one.left)) for one in years],
        amounts=_amounts(budget),
        release=_release(form.refused),
    )


@page("noisy_total.view", methods=("GET",))
def detail(request: HttpRequest, total_question_id: UUID) -> HttpResponse:
    """One question: what it costs, how much noise its answer has, the next step, or the answer."""
    return _detail(request, _open(request, total_question_id))


@page("noisy_total.approve", methods=("POST",))
def approve(request: HttpRequest, total_question_id: UUID) -> HttpResponse:
    """Approve the question: noise is drawn, and the answer public."""
    record = _open(request, total_question_id)
    _done, refusal = attempt(lambda: actions.approve_total(record=record, by=viewer(request), at=clock.now()))
    if refusal is None:
        return done(request, gettext_lazy("The answer is drawn and public."), "noisy-total", record.pk)
    return _detail(request, _open(request, total_question_id), refusal)


@page("noisy_total.approve")
def refuse(request: HttpRequest, total_question_id: UUID) -> HttpResponse:
    """Say that a question is not answered, and why."""
    record = _open(request, total_question_id, "noisy_total.approve")
    form = forms.RefuseForm(request.POST or None)
    how: dict[str, Any] = {"record": record, "by": viewer(request), "at": clock.now()}
    if request.method == "POST" and submit(form, actions.refuse_total, **how) is not None:
        return done(request, gettext_lazy("The question is not approved."), "noisy-total", record.pk)
    return show(
        request,
        "releases/verb.html",
        form=form,
        trail=[*_trail(), (_("Do not approve"), "")],
        title=_("Do not approve the question"),
        button=_("Do not approve"),
        lead=f"{words.title(record.asked)}: {words.which(record.asked)}",
        back_url=reverse("noisy-total", args=[record.pk]),
    )


# --- what the province allows ---


@page("privacy_budget.view", methods=("GET",))
def budget_list(request: HttpRequest) -> HttpResponse:
    """What the province allows today, what that means in plain words, and everything it has set."""
    user, at = viewer(request), clock.now()
    today = clock.local_date(at)
    province = queries.province_of(user, "privacy_budget.view", at)
    record_list(user, "privacy_budget.view")
    budget = queries.budget_of(province.pk, today)
    return show(
        request,
        "noisy_totals/budgets.html",
        trail=[*_trail(), (_("Privacy budget"), "")],
        budget=_budget(budget) if budget is not None else None,
        budgets=[{"row": row, **_budget(row)} for row in queries.budgets_of(province.pk, today)],
        may_set=knows(principal(user), "privacy_budget.set"),
        on=today,
    )


@page("privacy_budget.set")
def budget_set(request: HttpRequest) -> HttpResponse:
    """Allow totals with noise from a day on."""
    user, at = viewer(request), clock.now()
    start = {"yearly": "e100", "single": "e025", "valid_from": clock.local_date(at)}
    form = forms.BudgetForm(request.POST or None, initial=start)
    if request.method == "POST" and submit(form, actions.set_privacy_budget, by=user, at=at) is not None:
        return done(request, gettext_lazy("The privacy budget is set."), "privacy-budgets")
    return show(
        request,
        "releases/verb.html",
        form=form,
        trail=[*_trail(), (_("Privacy budget"), reverse("privacy-budgets")), (_("Set it"), "")],
        title=_("Set the privacy budget"),
        button=_("Set it"),
        lead=_(
            "Totals with noise are off until a budget is set. It says how much all answers about one year together may let "
            "anybody learn about one family; what is used up does not come back."
        ),
        back_url=reverse("privacy-budgets"),
    )


@page("privacy_budget.set", methods=("POST",))
def budget_withdraw(request: HttpRequest, privacy_budget_id: UUID) -> HttpResponse:
    """Take back what was set."""
    user, at = viewer(request), clock.now()
    budget = queries.open_budget(user, privacy_budget_id, at)
    return press(
        request,
        lambda: actions.withdraw_privacy_budget(budget=budget, by=user, at=at),
        _("The budget has been taken back. What was answered stays public."),
        "privacy-budgets",
    )


# --- parts ---


def _trail() -> list[tuple[Any, str]]:
    return [(_("Publishing figures"), reverse("release-list")), (words.TITLE, reverse("noisy-totals"))]


def _open(request: HttpRequest, pk: UUID, verb: str | None = None) -> TotalQuestion:
    return open_record(viewer(request), TotalQuestion, pk, verb=verb, page="noisy-total")


def _budget(row: PrivacyBudget) -> dict[str, object]:
    return {
        "yearly": codes("privacy_loss").label(row.yearly),
        "single": codes("privacy_loss").label(row.single),
        "basis": row.basis,
        "is_verified": row.is_verified,
    }


def _amounts(budget: PrivacyBudget | None) -> list[tuple[str, int, int]]:
    """How much noise each ε means that the province allows for one answer."""
    most = epsilon_of(budget.single) if budget is not None else 0
    losses = [epsilon_of(code) for code in codes("privacy_loss").codes]
    return words.amounts(one for one in losses if one <= most)


def _answer(total: NoisyTotal) -> dict[str, object]:
    return {
        "title": words.title(total.asked),
        "which": words.which(total.asked),
        "value": total.value,
        "accuracy": total.accuracy,
        "epsilon": words.number(total.epsilon),
    }


def _release(refusal: Refused | None) -> str:
    """Where the exact figure stands that stands in the way."""
    if isinstance(refusal, actions.ShownAlready):
        return reverse("public-release", args=[refusal.release])
    return ""


def _line(row: TotalQuestion) -> dict[str, object]:
    total = queries.total_of(row)
    return {
        "url": reverse("noisy-total", args=[row.pk]),
        "title": words.title(row.asked),
        "which": words.which(row.asked),
        "by": row.asked_by.full_name,
        "at": row.asked_at,
        "badge": codes("noisy_total_state").label(row.state),
        "tone": TONES.get(row.state, "neutral"),
        "epsilon": codes("privacy_loss").label(row.epsilon),
        "answer": _answer(total) if total is not None else None,
    }


def _detail(request: HttpRequest, record: TotalQuestion, refusal: Refused | None = None) -> HttpResponse:
    user = viewer(request)
    total = queries.total_of(record)
    can = record.state == TotalQuestion.ASKED and bool(may(user, "noisy_total.approve", record))
    return show(
        request,
        "noisy_totals/detail.html",
        http_status=refusal.status if refusal is not None else None,
        trail=[*_trail(), (words.title(record.asked), "")],
        refusal=refusal.message if refusal is not None else "",
        release=_release(refusal),
        record=record,
        line=_line(record),
        answer=_answer(total) if total is not None else None,
        why=words.WHY,
        facts=_facts(record),
        may_decide=can,
        is_own=user.pk == record.asked_by_id,
    )


def _facts(record: TotalQuestion) -> list[tuple[str, object]]:
    off = noise.accuracy(record.asked.bound, epsilon_of(record.epsilon))
    facts: list[tuple[str, object]] = [
        (_("Which of them"), words.which(record.asked)),
        (_("Privacy loss (ε)"), codes("privacy_loss").label(record.epsilon)),
        (_("Taken from the budget of"), ", ".join(str(year) for year, _vintage in record.years)),
        (_("How far the answer may be off"), _("± %(off)s in 95 of 100 draws") % {"off": off}),
        (_("What it is asked for"), codes("noisy_total_purpose").label(record.purpose)),
        (_("Asked by"), _told(record.asked_by, record.asked_at)),
    ]
    if record.decided_by is not None:
        facts.append((_("Decided by"), _told(record.decided_by, record.decided_at)))
    if record.refusal:
        facts.append((_("Why it is refused"), codes("noisy_total_refusal").label(record.refusal)))
    return facts


def _told(by: User, at: Any) -> str:
    return f"{by.full_name}, {display_datetime(clock.local(at))}"
