"""REST of risk: signed assessments, the second person's answer, and the forms with their words."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.base.codes import codes
from casework.cases.models import Case
from casework.http.fields import NOT_OFFERED
from casework.http.rest import ActionView, RecordListView, RecordView, VerbView
from casework.http.serializers import (
    UNKNOWN,
    RecordSerializer,
    SheetSerializer,
    record_serializer,
    sheet_serializer,
)
from casework.risk import instruments
from casework.risk.actions import assess_risk, confirm_lowering, record_emergency_step, record_event
from casework.risk.models import RiskAssessment, RiskEvent
from casework.risk.sheet import ASSESSMENT, CONFIRM, EMERGENCY, EVENT
from casework.risk.vocabulary import Answer, Instrument, Words

PLAIN = (
    "child",
    "instrument",
    "instrument_version",
    "instrument_sha256",
    "computed_level",
    "possible_level",
    "final_level",
    "override",
    "asked_level",
    "present",
    "interpreter",
    "signed_by",
    "signed_at",
    "next_due_at",
    "confirmed_by",
    "confirmed_at",
    "emergency_at",
)
# A list opens nothing that is sealed.
AssessmentRow = record_serializer("RiskAssessmentRow", RiskAssessment, PLAIN)
AssessmentOut = record_serializer(
    "RiskAssessmentOut",
    RiskAssessment,
    (*PLAIN, "answers", "imminent", "fear", "reasons", "override_reason", "confirm_reason", "emergency_step"),
)


def _choice(values: Any, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=list(values), error_messages={"invalid_choice": NOT_OFFERED}, **options
    )


class AnswerIn(serializers.Serializer[Any]):
    """One answer; `window`: when it last happened, only with a yes."""

    answer = _choice(
        sorted(
            {
                answer
                for version in instruments.published()
                for item in version.items
                for answer in item.answers
            }
        )
    )
    source = _choice(codes("answer_source").codes)  # type: ignore[assignment]
    window = _choice(codes("answer_window").codes, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (set(data) - set(self.fields)):
            raise serializers.ValidationError({"": [UNKNOWN]}, code="unknown")
        return super().to_internal_value(data)


class AssessmentIn(sheet_serializer(ASSESSMENT, RiskAssessment)):  # type: ignore[misc]
    """What is asked beside the questions, and the answers by the key of their question."""

    def get_fields(self) -> dict[str, Any]:
        asked = dict(super().get_fields())
        asked["instrument"] = _choice(version.code for version in instruments.published())
        asked["answers"] = serializers.DictField(child=AnswerIn())
        return asked

    def validate(self, data: Any) -> Any:
        keys = {item.key for item in instruments.instrument(data["instrument"]).items}
        if set(data["answers"]) - keys:
            raise serializers.ValidationError({"answers": [UNKNOWN]}, code="unknown")
        return data


class AssessmentList(RecordListView):
    """GET the assessments of a case, newest first, without their answers; POST to sign one.

    A level below the computed one is only asked for: see confirm-lowering.
    """

    model, parent, verb, output = RiskAssessment, Case, "case.view", AssessmentRow
    action, sheet = assess_risk, ASSESSMENT
    receipt = ("computed_level", "possible_level", "final_level", "asked_level", "next_due_at")
    location = "api:risk-assessment"

    def input_class(self) -> type[SheetSerializer]:
        return AssessmentIn

    def answers(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        serializer = AssessmentIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        told = serializer.answers()
        given = serializer.validated_data
        fear = str(told["fear"] or "")
        return {
            **told,
            "fear": int(fear) if fear.isdigit() else None,
            "instrument": given["instrument"],
            "answers": {
                key: Answer(one["answer"], one["source"], one.get("window", ""))
                for key, one in given["answers"].items()
            },
        }

    def perform(self, answers: dict[str, Any], **how: Any) -> RiskAssessment:
        return assess_risk(**answers, **how)


class AssessmentRecord(RecordView):
    """GET one assessment with its answers, as it was signed."""

    model, verb, output = RiskAssessment, "case.view", AssessmentOut


class ConfirmLowering(ActionView):
    """POST a second person's answer to the wish for a lower level."""

    model, action, sheet = RiskAssessment, confirm_lowering, CONFIRM
    receipt = ("final_level", "override")


class EmergencyStep(ActionView):
    """POST what was done for a child in danger."""

    model, action, sheet = RiskAssessment, record_emergency_step, EMERGENCY
    receipt = ("emergency_at",)


EventOut = record_serializer(
    "RiskEventOut", RiskEvent, ("case", "kind", "at", "account", "created_at", "created_by")
)


class EventList(RecordListView):
    """What changed the danger of one case between its assessments; POST notes one more."""

    model, parent, verb, output = RiskEvent, Case, "case.view", EventOut
    action, sheet = record_event, EVENT
    receipt = ("kind",)


# --- the forms themselves ---


def _words(words: Words) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en}


def _sections(version: Instrument) -> list[dict[str, Any]]:
    return [
        {
            "code": section.code,
            "title": _words(section.title),
            "intro": _words(section.intro),
            "items": [
                {
                    "key": item.key,
                    "text": _words(item.text),
                    "help": _words(item.help),
                    "why": _words(item.why),
                    "answers": list(item.answers),
                    "options": {option.code: _words(option.text) for option in item.options},
                    "windows": list(item.windows),
                }
                for item in section.items
            ],
        }
        for section in version.sections
    ]


class InstrumentOut(RecordSerializer):
    """A published form: its words in both languages, and the fingerprint an assessment keeps."""

    code = serializers.CharField()
    instrument_version = serializers.CharField()
    sha256 = serializers.CharField()
    title = serializers.DictField(child=serializers.CharField())
    notice = serializers.DictField(child=serializers.CharField())
    purpose = serializers.DictField(child=serializers.CharField())
    window_help = serializers.DictField(child=serializers.CharField())
    sections = serializers.ListField(child=serializers.DictField())
    fear = serializers.DictField(child=serializers.CharField())
    ticks = serializers.ListField(child=serializers.DictField())
    levels = serializers.ListField(child=serializers.DictField())

    relations = ()
    getters: ClassVar = {
        "code": lambda version: version.code,
        "instrument_version": lambda version: version.version,
        "sha256": lambda version: version.content_hash,
        "title": lambda version: _words(version.title),
        "notice": lambda version: _words(version.notice),
        "purpose": lambda version: _words(version.purpose),
        "window_help": lambda version: _words(version.window_help),
        "sections": _sections,
        "fear": lambda version: _words(version.fear),
        "ticks": lambda version: [
            {"key": tick.key, "text": _words(tick.text), "help": _words(tick.help)}
            for tick in version.ticks
            if tick.is_asked
        ],
        "levels": lambda version: [
            {"code": band.code, "label": _words(band.label), "meaning": _words(band.meaning)}
            for band in version.bands
        ],
    }


class InstrumentsOut(RecordSerializer):
    """Every published form, each in its newest version."""

    results = InstrumentOut(many=True)

    relations = ()
    getters: ClassVar = {"results": lambda versions: [InstrumentOut.render(version) for version in versions]}


class InstrumentList(VerbView):
    """GET the forms an assessor may choose from; they hold no record of anybody."""

    verb, output = "case.view", InstrumentsOut
    http_method_names = ("get",)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(InstrumentsOut.render(instruments.published()))
