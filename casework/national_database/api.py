"""REST of consignments: the same verbs as the pages. What is signed is named by its fingerprint."""

from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.sheets import Item
from casework.http.downloads import streamed
from casework.http.plain import PlainActionView, PlainListView
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import RecordSerializer, record_serializer
from casework.national_database import actions, queries, sheet
from casework.national_database.mapping import mapping
from casework.national_database.models import Consignment, ConsignmentRule

PLAIN: Final = (
    "province",
    "period",
    "edition",
    "state",
    "number",
    "amends",
    "prepared_at",
    "signed_at",
    "receipt_number",
    "receipt_on",
    "received_at",
)
RECEIPT: Final = ("state", "number", "edition")


class ConsignmentFieldOut(serializers.Serializer[Any]):
    """One field: held (sent), not_held or withheld, and why."""

    field = serializers.CharField()
    status = serializers.CharField()
    why = serializers.CharField()
    basis = serializers.CharField()
    is_verified = serializers.BooleanField()


class ConsignmentGroupOut(serializers.Serializer[Any]):
    """One group: what it has rows for (nothing: it is not sent), how many rows of each mark, and its fields."""

    group = serializers.CharField()
    per = serializers.CharField()
    why = serializers.CharField()
    is_verified = serializers.BooleanField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    of_fields = ConsignmentFieldOut(many=True)


class ConsignmentPointOut(serializers.Serializer[Any]):
    """One point to look at: its kind, the group or group.field it is about, its numbers."""

    kind = serializers.CharField()
    about = serializers.CharField()
    number = serializers.IntegerField()
    of = serializers.IntegerField()


def _groups(record: Consignment) -> list[dict[str, Any]]:
    return [
        {
            "group": group.code,
            "per": group.per,
            "why": group.why,
            "is_verified": group.is_verified,
            **{
                mark: record.counts.get(group.code, {}).get(mark, 0)
                for mark in ("new", "changed", "withdrawn")
            },
            "of_fields": [
                {
                    "field": one.code,
                    "status": one.status,
                    "why": one.why,
                    "basis": one.basis,
                    "is_verified": one.is_verified,
                }
                for one in group.fields
            ],
        }
        for group in mapping().groups
    ]


ConsignmentLineOut = record_serializer("ConsignmentLineOut", Consignment, PLAIN)
ConsignmentOut = record_serializer(
    "ConsignmentOut",
    Consignment,
    PLAIN,
    extra={
        "groups": (ConsignmentGroupOut(many=True, read_only=True), _groups),
        "points": (ConsignmentPointOut(many=True, read_only=True), lambda record: record.flags),
        "sha256": (serializers.CharField(read_only=True), lambda record: record.frozen.sha256),
    },
)


class Consignments(RecordListView):
    """GET the consignments the caller may see; POST to prepare one: with nothing new it is the one there was."""

    model, verb, output = Consignment, "consignment.view", ConsignmentLineOut
    filters = (Item("state", "code", codes="consignment_state"), Item("period", "text"))
    action, sheet = actions.prepare_consignment, sheet.PREPARE
    receipt, location = RECEIPT, "api:consignment"


class ConsignmentRecord(RecordView):
    """GET one consignment: what each group sends and what not, what is asked, and the fingerprint that is signed."""

    model, verb, output = Consignment, "consignment.view", ConsignmentOut


class CheckConsignment(ActionView):
    """POST that every point was looked at."""

    model, action, sheet = Consignment, actions.check_consignment, sheet.CHECK
    receipt = RECEIPT


class SignConsignment(ActionView):
    """POST the fingerprint of what was looked at, as the second person."""

    model, action, sheet = Consignment, actions.sign_consignment, sheet.SIGN
    receipt = RECEIPT


class ReceiveConsignment(ActionView):
    """POST number and day of the receipt."""

    model, action, sheet = Consignment, actions.receive_consignment, sheet.RECEIVE
    receipt = (*RECEIPT, "receipt_number", "receipt_on")


class DropConsignment(ActionView):
    """POST to give it up."""

    model, action = Consignment, actions.drop_consignment
    receipt = RECEIPT


class ConsignmentFile(VerbView):
    """GET the file: `form` is xlsx, json or xml; `purpose` a code of return_purpose, and is remembered."""

    model, verb = Consignment, "consignment.download"
    sends: ClassVar[tuple[str, ...]] = tuple(media_type for _write, media_type in queries.FILES.values())
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        asked = request.query_params
        file = queries.file_of(
            self.user,
            self.record_id,
            kind=asked.get("form", ""),
            purpose=asked.get("purpose", ""),
            at=clock.now(),
        )
        return streamed(file.content, name=file.name, media_type=file.media_type)


class ConsignmentRuleOut(RecordSerializer):
    """How often the database is brought up to date today; set_by_province: the id of what the province has set."""

    rhythm = serializers.CharField()
    due_days = serializers.IntegerField(allow_null=True)
    basis = serializers.CharField()
    is_verified = serializers.BooleanField()
    set_by_province = serializers.CharField()

    getters: ClassVar = {
        "rhythm": lambda rule: rule.rhythm,
        "due_days": lambda rule: rule.due_days,
        "basis": lambda rule: rule.basis,
        "is_verified": lambda rule: rule.is_verified,
        "set_by_province": lambda rule: rule.source,
    }
    relations: ClassVar = ()


class ConsignmentRules(PlainListView):
    """GET how often today; POST how often from a day on."""

    model, verb, output = ConsignmentRule, "consignment_rule.view", ConsignmentRuleOut
    action, sheet = actions.set_consignment_rule, sheet.RULE
    receipt = ("rhythm", "valid_from", "valid_to")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.query(request)
        at = clock.now()
        province = queries.province_of(self.user, self.verb, at)
        record_list(self.user, self.verb)
        rule = queries.rhythm_of(province.pk, clock.local_date(at))
        return Response({"results": ConsignmentRuleOut.render_all([rule]), "next": None})


class WithdrawConsignmentRule(PlainActionView):
    """POST nothing: the rule is taken back."""

    model, action, subject = ConsignmentRule, actions.withdraw_consignment_rule, "rule"
    receipt = ("withdrawn_at",)

    def opened(self) -> ConsignmentRule:
        return queries.open_rule(self.user, self.record_id, clock.now())
