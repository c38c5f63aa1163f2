"""REST of totals with noise: the same verbs as the pages. An answer stands with its question; nothing exact does."""

from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.sheets import Item
from casework.http.plain import PlainActionView, PlainListView
from casework.http.rest import ActionView, RecordListView, RecordView
from casework.http.serializers import RecordSerializer, record_serializer
from casework.noisy_totals import actions, queries, sheet
from casework.noisy_totals.models import PrivacyBudget, TotalQuestion

RECEIPT: Final = ("state", "epsilon", "decided_at")


class NoisyTotalOut(serializers.Serializer[Any]):
    """The answer with its noise, and how far it is off at most in 95 of 100 draws; null while there is none."""

    value = serializers.IntegerField()
    accuracy = serializers.IntegerField()
    at = serializers.DateTimeField()


class NoisyYearOut(serializers.Serializer[Any]):
    """A frozen year the question is about."""

    year = serializers.IntegerField()
    vintage = serializers.IntegerField()


class NoisyFilterOut(serializers.Serializer[Any]):
    """A question of the catalogue of published figures, and the answers of which one is enough."""

    question = serializers.CharField()
    codes = serializers.ListField(child=serializers.CharField())


def _total(record: TotalQuestion) -> dict[str, Any] | None:
    total = queries.total_of(record)
    return {"value": total.value, "accuracy": total.accuracy, "at": total.at} if total is not None else None


TotalQuestionOut = record_serializer(
    "TotalQuestionOut",
    TotalQuestion,
    ("province", "state", "counted", "epsilon", "purpose", "asked_at", "decided_at", "refusal"),
    extra={
        "years": (
            NoisyYearOut(many=True, read_only=True),
            lambda record: [{"year": year, "vintage": vintage} for year, vintage in record.years],
        ),
        "filters": (
            NoisyFilterOut(many=True, read_only=True),
            lambda record: [{"question": name, "codes": codes} for name, codes in record.filters.items()],
        ),
        "total": (NoisyTotalOut(read_only=True, allow_null=True), _total),
    },
    beside=("total",),
)


class NoisyTotals(RecordListView):
    """GET the questions of the province with their answers; POST to ask: asked before, it is the one there was."""

    model, verb, output = TotalQuestion, "noisy_total.view", TotalQuestionOut
    filters = (Item("state", "code", codes="noisy_total_state"),)
    action, sheet = actions.ask_total, sheet.ASK
    receipt, location = RECEIPT, "api:noisy-total"


class NoisyTotalRecord(RecordView):
    """GET one question with its answer."""

    model, verb, output = TotalQuestion, "noisy_total.view", TotalQuestionOut


class ApproveTotal(ActionView):
    """POST nothing, as the second person: the noise is drawn and the answer public."""

    model, action = TotalQuestion, actions.approve_total
    receipt = RECEIPT


class RefuseTotal(ActionView):
    """POST why it is not answered."""

    model, action, sheet = TotalQuestion, actions.refuse_total, sheet.REFUSE
    receipt = (*RECEIPT, "refusal")


class PrivacyYearOut(serializers.Serializer[Any]):
    """One frozen year: what answers took of its budget, and what is left of it today."""

    year = serializers.IntegerField()
    spent = serializers.DecimalField(max_digits=4, decimal_places=2)
    left = serializers.DecimalField(max_digits=4, decimal_places=2)


class PrivacyBudgetOut(RecordSerializer):
    """What the province allows today: codes of privacy_loss, and what is left of each frozen year."""

    id = serializers.UUIDField()
    yearly = serializers.CharField()
    single = serializers.CharField()
    basis = serializers.CharField()
    is_verified = serializers.BooleanField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    years = PrivacyYearOut(many=True)

    getters: ClassVar = {
        "id": lambda budget: budget.pk,
        "yearly": lambda budget: budget.yearly,
        "single": lambda budget: budget.single,
        "basis": lambda budget: budget.basis,
        "is_verified": lambda budget: budget.is_verified,
        "valid_from": lambda budget: budget.valid_from,
        "valid_to": lambda budget: budget.valid_to,
        "years": lambda budget: [
            {"year": one.year, "spent": f"{one.spent:.2f}", "left": f"{one.left:.2f}"}
            for one in queries.years_left(budget.province, clock.local_date(clock.now()))
        ],
    }
    relations: ClassVar = ()


class PrivacyBudgets(PlainListView):
    """GET what the province allows today, nothing where noisy totals are off; POST what it allows from a day on."""

    model, verb, output = PrivacyBudget, "privacy_budget.view", PrivacyBudgetOut
    action, sheet = actions.set_privacy_budget, sheet.BUDGET
    receipt = ("yearly", "single", "valid_from", "valid_to")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        at = clock.now()
        province = queries.province_of(self.user, self.verb, at)
        record_list(self.user, self.verb)
        budget = queries.budget_of(province.pk, clock.local_date(at))
        found = [budget] if budget is not None else []
        return Response({"results": PrivacyBudgetOut.render_all(found), "next": None})


class WithdrawPrivacyBudget(PlainActionView):
    """POST nothing: what was set is taken back."""

    model, action, subject = PrivacyBudget, actions.withdraw_privacy_budget, "budget"
    receipt = ("withdrawn_at",)

    def opened(self) -> PrivacyBudget:
        return queries.open_budget(self.user, self.record_id, clock.now())
