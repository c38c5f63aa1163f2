"""REST of returns: the same verbs as the pages. What a return says is read with its fingerprint and signed by it."""

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
from casework.returns import actions, queries, sheet
from casework.returns.models import OfficialReturn, ReturnRule

PLAIN: Final = (
    "form",
    "area",
    "window",
    "year",
    "edition",
    "state",
    "number",
    "replaces",
    "to",
    "office",
    "prepared_at",
    "signed_at",
    "sent_at",
    "received_at",
    "returned_at",
)
RECEIPT: Final = ("state", "number", "edition")


class FigureOut(serializers.Serializer[Any]):
    """One row: where its figure comes from, the figure, and what the units below add up to."""

    no = serializers.CharField()
    row = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    value = serializers.IntegerField(allow_null=True)
    urban = serializers.IntegerField(allow_null=True)
    rural = serializers.IntegerField(allow_null=True)
    below = serializers.IntegerField(allow_null=True)


class PointOut(serializers.Serializer[Any]):
    """One point that is asked about, by the key an answer names it with."""

    flag = serializers.CharField()
    is_answered = serializers.BooleanField()


def _figures(record: OfficialReturn) -> list[dict[str, Any]]:
    found = queries.sheet_of(record)
    return [
        {
            "no": line.row.no,
            "row": line.row.row,
            "source": line.row.source,
            "value": line.value,
            "urban": line.urban if found.is_province else None,
            "rural": line.rural if found.is_province else None,
            "below": line.below,
        }
        for line in found.lines
        if line.row.row
    ]


def _points(record: OfficialReturn) -> list[dict[str, Any]]:
    return [{"flag": f"{one['kind']}:{one['row']}", "is_answered": "remark" in one} for one in record.flags]


ReturnLineOut = record_serializer("ReturnLineOut", OfficialReturn, PLAIN)
OfficialReturnOut = record_serializer(
    "OfficialReturnOut",
    OfficialReturn,
    PLAIN,
    extra={
        "figures": (FigureOut(many=True, read_only=True), _figures),
        "points": (PointOut(many=True, read_only=True), _points),
        "sha256": (serializers.CharField(read_only=True), queries.digest_of),
    },
)


class Returns(RecordListView):
    """GET the returns the caller may see; POST to prepare one."""

    model, verb, output = OfficialReturn, "return.view", ReturnLineOut
    filters = (
        Item("state", "code", codes="return_state"),
        Item("form", "code", codes="return_form"),
        Item("year", "integer"),
    )
    action, sheet = actions.prepare_return, sheet.PREPARE
    receipt, location = RECEIPT, "api:return"


class ReturnRecord(RecordView):
    """GET one return with its figures, what is asked about them, and the fingerprint that is signed."""

    model, verb, output = OfficialReturn, "return.view", OfficialReturnOut


class FillInReturn(ActionView):
    """POST rows that are filled in by hand, and where they come from; null takes a figure away."""

    model, action, sheet = OfficialReturn, actions.fill_in_return, sheet.FILL_IN
    partial = True
    receipt = RECEIPT


class AnswerFlag(ActionView):
    """POST how a point comes about."""

    model, action, sheet = OfficialReturn, actions.answer_flag, sheet.ANSWER
    receipt = RECEIPT


class RefreshReturn(ActionView):
    """POST to count anew."""

    model, action = OfficialReturn, actions.refresh_return
    receipt = RECEIPT


class CheckReturn(ActionView):
    """POST that every point is answered."""

    model, action = OfficialReturn, actions.check_return
    receipt = RECEIPT


class SignReturn(ActionView):
    """POST the fingerprint of what was looked at, as the leader of the office."""

    model, action, sheet = OfficialReturn, actions.sign_return, sheet.SIGN
    receipt = RECEIPT


class SendReturn(ActionView):
    """POST to send it up."""

    model, action = OfficialReturn, actions.send_return
    receipt = RECEIPT


class ReceiveReturn(ActionView):
    """POST that it was received."""

    model, action, sheet = OfficialReturn, actions.receive_return, sheet.RECEIVE
    receipt = RECEIPT


class SendReturnBack(ActionView):
    """POST what has to be corrected."""

    model, action, sheet = OfficialReturn, actions.send_return_back, sheet.SEND_BACK
    receipt = RECEIPT


class CorrectReturn(ActionView):
    """POST why it is corrected: the answer names the next edition."""

    model, action, sheet = OfficialReturn, actions.correct_return, sheet.CORRECT
    creates = OfficialReturn
    receipt, location = RECEIPT, "api:return"


class DropReturn(ActionView):
    """POST to give it up."""

    model, action = OfficialReturn, actions.drop_return
    receipt = RECEIPT


class ReturnRuleOut(RecordSerializer):
    """Where a form goes today in the caller's province; set_by_province: the id of what the province has set."""

    form = serializers.CharField()
    to = serializers.CharField()
    office = serializers.CharField()
    is_filed = serializers.BooleanField()
    basis = serializers.CharField()
    is_verified = serializers.BooleanField()
    set_by_province = serializers.CharField()

    getters: ClassVar = {
        "form": lambda route: route.form,
        "to": lambda route: route.to,
        "office": lambda route: route.office,
        "is_filed": lambda route: route.is_filed,
        "basis": lambda route: route.basis,
        "is_verified": lambda route: route.is_verified,
        "set_by_province": lambda route: route.source,
    }
    relations: ClassVar = ()


class ReturnRules(PlainListView):
    """GET where every form goes today; POST where one goes from a day on."""

    model, verb, output = ReturnRule, "return_rule.view", ReturnRuleOut
    action, sheet = actions.set_return_rule, sheet.RULE
    receipt = ("form", "valid_from", "valid_to")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        at = clock.now()
        province = queries.province_of(self.user, self.verb, at)
        record_list(self.user, self.verb)
        routes = queries.routes_of(province.pk, clock.local_date(at))
        return Response({"results": ReturnRuleOut.render_all(list(routes.values())), "next": None})


class WithdrawReturnRule(PlainActionView):
    """POST nothing: the rule is taken back."""

    model, action, subject = ReturnRule, actions.withdraw_return_rule, "rule"
    receipt = ("withdrawn_at",)

    def opened(self) -> ReturnRule:
        return queries.open_rule(self.user, self.record_id, clock.now())
