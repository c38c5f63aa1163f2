"""REST of figures: the return of one area and window, for those entitled."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.codes import codes
from casework.base.refusals import InvalidInput
from casework.http.rest import VerbView
from casework.organisations.models import Area, User
from casework.statistics import summaries
from casework.statistics.counting import COMMUNE
from casework.statistics.crossing import CASES, COUNTED
from casework.statistics.dimensions import BY_NAME, period_code
from casework.statistics.figures import CALENDAR_YEAR, REPORT_YEAR, Window, usual_window, window
from casework.statistics.queries import (
    EXPLORE,
    VERB,
    Asked,
    Charts,
    area_of,
    charts_of,
    indicators_of,
    return_of,
    table_of,
)


class LineOut(serializers.Serializer[Any]):
    """One row of the return; a heading has no figures."""

    no = serializers.CharField()
    row = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    total = serializers.IntegerField(allow_null=True)
    urban = serializers.IntegerField(allow_null=True)
    rural = serializers.IntegerField(allow_null=True)


class ReturnOut(serializers.Serializer[Any]):
    """The yearly return of one area and window."""

    area = serializers.CharField()
    window = serializers.CharField()
    year = serializers.IntegerField()
    start = serializers.DateField()
    end = serializers.DateField()
    lines = LineOut(many=True)


class IndicatorOut(serializers.Serializer[Any]):
    """One indicator; `number` is null where it is not held, `of` where it is a part of nothing."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    definition = serializers.CharField()
    counts = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    missing = serializers.CharField()


class GroupOut(serializers.Serializer[Any]):
    """The indicators of one source."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    source = serializers.CharField()  # type: ignore[assignment]
    indicators = IndicatorOut(many=True)


class StepOut(serializers.Serializer[Any]):
    """How many of the cases on file came to a step."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    number = serializers.IntegerField()
    of = serializers.IntegerField()


class SpreadOut(serializers.Serializer[Any]):
    """How long something took, in seconds; null where it is known of nothing."""

    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    middle = serializers.IntegerField(allow_null=True)
    nine_of_ten = serializers.IntegerField(allow_null=True)


class IndicatorsOut(serializers.Serializer[Any]):
    """The indicators of one area and window."""

    area = serializers.CharField()
    window = serializers.CharField()
    year = serializers.IntegerField()
    start = serializers.DateField()
    end = serializers.DateField()
    cases = serializers.IntegerField()
    groups = GroupOut(many=True)
    steps = StepOut(many=True)
    spreads = SpreadOut(many=True)


class CrossedLineOut(serializers.Serializer[Any]):
    """What one answer counts in each column, and in all."""

    label = serializers.CharField()  # type: ignore[assignment]
    numbers = serializers.ListField(child=serializers.IntegerField())
    total = serializers.IntegerField()


class CrossedOut(serializers.Serializer[Any]):
    """One question crossed with another; `overlaps`: rows or columns may add up to more than their total."""

    area = serializers.CharField()
    window = serializers.CharField()
    year = serializers.IntegerField()
    start = serializers.DateField()
    end = serializers.DateField()
    columns = serializers.ListField(child=serializers.CharField())
    lines = CrossedLineOut(many=True)
    totals = serializers.ListField(child=serializers.IntegerField())
    total = serializers.IntegerField()
    overlaps = serializers.BooleanField()


class MonthOut(serializers.Serializer[Any]):
    """One month; `mean`, `low` and `high` are null where twelve months before it are not counted."""

    month = serializers.CharField()
    number = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    is_outside = serializers.BooleanField()
    is_provisional = serializers.BooleanField()


class UnitOut(serializers.Serializer[Any]):
    """One commune of the funnel: of `of` cases, `number`; limits of the share from 0 to 1, or null."""

    label = serializers.CharField()  # type: ignore[assignment]
    number = serializers.IntegerField()
    of = serializers.IntegerField()
    limits_95 = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    limits_998 = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    is_outside = serializers.BooleanField()


class SharesOut(serializers.Serializer[Any]):
    """One period: its cases, and how many gave each answer."""

    label = serializers.CharField()  # type: ignore[assignment]
    of = serializers.IntegerField()
    numbers = serializers.ListField(child=serializers.IntegerField())


class PyramidOut(serializers.Serializer[Any]):
    """People of one band of age."""

    label = serializers.CharField()  # type: ignore[assignment]
    men = serializers.IntegerField()
    women = serializers.IntegerField()
    others = serializers.IntegerField()


class UnknownOut(serializers.Serializer[Any]):
    """Of how many cases the answer to a question is not known."""

    question = serializers.CharField()
    number = serializers.IntegerField()
    of = serializers.IntegerField()


class ChartsOut(serializers.Serializer[Any]):
    """What is drawn of one area and window; `units` and `pyramid` are empty of a commune."""

    area = serializers.CharField()
    window = serializers.CharField()
    year = serializers.IntegerField()
    start = serializers.DateField()
    end = serializers.DateField()
    cases = serializers.IntegerField()
    months = MonthOut(many=True)
    units = UnitOut(many=True)
    share = serializers.FloatField(allow_null=True)
    answers = serializers.ListField(child=serializers.CharField())
    periods = SharesOut(many=True)
    pyramid = PyramidOut(many=True)
    unknown = UnknownOut(many=True)
    silent = serializers.ListField(child=serializers.CharField())
    recut = serializers.ListField(child=serializers.DateField())


_ASKED: Final = (
    OpenApiParameter("area", str, description="Code of one of the caller's areas; their own when empty."),
    OpenApiParameter("window", str, enum=[REPORT_YEAR, CALENDAR_YEAR]),
    OpenApiParameter("year", int),
)


class FiguresView(VerbView):
    """GET figures of one area and window; one that is not the caller's is 404."""

    verb: ClassVar[str] = VERB
    also: ClassVar[tuple[int, ...]] = (400,)
    http_method_names = ("get",)
    about: ClassVar[Mapping[str, object]] = {}
    count: "ClassVar[staticmethod[[User, Area, Window], dict[str, object]]]"

    @extend_schema(parameters=list(_ASKED))
    def get(self, request: Request) -> Response:
        area, chosen = self.asked(request)
        return self.told(area, chosen, self.about, self.count(self.user, area, chosen))

    def told(
        self, area: Area, chosen: Window, about: Mapping[str, object], figures: Mapping[str, object]
    ) -> Response:
        """The answer, and in the memory what was looked at."""
        asked = {"area": area.code, "window": chosen.code, "year": chosen.year}
        record_list(self.user, self.verb, filters={**asked, **about})
        days = {"start": chosen.start.isoformat(), "end": chosen.end.isoformat()}
        return Response({**asked, **days, **figures})

    def asked(self, request: Request, *also: str) -> tuple[Area, Window]:
        """The area and window of the address. also: what else may be asked."""
        at = clock.now()
        code = request.query_params.get("window", REPORT_YEAR)
        year = request.query_params.get("year", "")
        for name in set(request.query_params) - {"area", "window", "year", *also}:
            raise InvalidInput({name: _("There is no such filter.")})
        if code not in {REPORT_YEAR, CALENDAR_YEAR}:
            raise InvalidInput({"window": _("There is no such period.")})
        if year and not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise InvalidInput({"year": _("Write a year from 2000 to 2100.")})
        chosen = window(code, int(year)) if year else usual_window(code, clock.local_date(at))
        return area_of(self.user, request.query_params.get("area", ""), at, self.verb), chosen


def _lines(_user: User, area: Area, chosen: Window) -> dict[str, object]:
    lines = return_of(area, chosen).lines
    return {
        "lines": [
            {
                "no": line.row.no,
                "row": line.row.row,
                "label": line.row.label,
                "total": line.total,
                "urban": line.urban,
                "rural": line.rural,
            }
            for line in lines
        ]
    }


def _indicators(user: User, area: Area, chosen: Window) -> dict[str, object]:
    found = indicators_of(user, area, chosen)
    return {
        "cases": found.cases,
        "groups": [
            {
                "code": group.code,
                "label": group.label,
                "source": group.source,
                "indicators": [
                    {
                        "code": one.indicator.code,
                        "label": one.indicator.label,
                        "definition": one.indicator.definition,
                        "counts": one.indicator.counts,
                        "number": one.number,
                        "of": one.of,
                        "missing": one.indicator.why_missing,
                    }
                    for one in values
                ],
            }
            for group, values in found.groups
        ],
        "steps": [
            {"code": one.code, "label": one.label, "number": one.number, "of": one.of} for one in found.steps
        ],
        "spreads": [
            {
                "label": one.label,
                "count": one.count,
                "middle": _seconds(one.middle),
                "nine_of_ten": _seconds(one.nine_of_ten),
            }
            for one in found.spreads
        ],
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


class YearlyReturn(FiguresView):
    """GET the yearly return; an area or window that is not the caller's is 404."""

    output = ReturnOut  # type: ignore[assignment]
    count = staticmethod(_lines)


class IndicatorList(FiguresView):
    """GET international indicators and the way from a report to help; what is not the caller's is 404."""

    verb: ClassVar[str] = EXPLORE
    output = IndicatorsOut  # type: ignore[assignment]
    about: ClassVar[Mapping[str, object]] = {"of": "indicators"}
    count = staticmethod(_indicators)


class CrossedTable(FiguresView):
    """GET any two questions crossed, exact; what it is looked at for is asked and recorded."""

    verb: ClassVar[str] = EXPLORE
    output = CrossedOut  # type: ignore[assignment]

    @extend_schema(
        parameters=[
            *_ASKED,
            OpenApiParameter("rows", str, enum=[COMMUNE, *BY_NAME], required=True),
            OpenApiParameter("columns", str, enum=[COMMUNE, *BY_NAME]),
            OpenApiParameter("of", str, enum=list(COUNTED)),
            OpenApiParameter("purpose", str, enum=list(codes("figure_purpose").codes), required=True),
        ],
    )
    def get(self, request: Request) -> Response:
        given = {name: request.query_params.get(name, "") for name in ("rows", "columns", "of", "purpose")}
        area, chosen = self.asked(request, *given)
        given["of"] = given["of"] or CASES
        questions = {COMMUNE, *BY_NAME}
        errors = {name: _("There is no such question.") for name in ("rows", "columns") if given[name]}
        errors = {name: text for name, text in errors.items() if given[name] not in questions}
        if not given["rows"]:
            errors["rows"] = _("Choose a question.")
        if given["of"] not in COUNTED:
            errors["of"] = _("There is no such choice.")
        if given["purpose"] not in codes("figure_purpose"):
            errors["purpose"] = _("Choose what the figures are for.")
        if errors:
            raise InvalidInput(errors)
        found = table_of(
            self.user,
            area,
            chosen,
            rows=given["rows"],
            columns=given["columns"],
            of=given["of"],
        )
        figures = {
            "columns": list(found.columns),
            "lines": [
                {"label": line.label, "numbers": list(line.numbers), "total": line.total}
                for line in found.lines
            ],
            "totals": list(found.totals),
            "total": found.total,
            "overlaps": found.overlaps,
        }
        return self.told(area, chosen, given, figures)


class ChartSet(FiguresView):
    """GET what is drawn of one area and window: months, a funnel, shares, a pyramid, what is not known."""

    verb: ClassVar[str] = EXPLORE
    output = ChartsOut  # type: ignore[assignment]

    @extend_schema(
        parameters=[
            *_ASKED,
            OpenApiParameter("share", str, enum=list(summaries.SHARES)),
            OpenApiParameter("question", str, enum=list(summaries.QUESTIONS)),
            OpenApiParameter("by", str, enum=list(summaries.BY)),
        ],
    )
    def get(self, request: Request) -> Response:
        offered = {"share": summaries.SHARES, "question": summaries.QUESTIONS, "by": summaries.BY}
        given = {name: request.query_params.get(name, "") for name in offered}
        area, chosen = self.asked(request, *given)
        errors = {
            name: _("There is no such choice.")
            for name, code in given.items()
            if code and code not in offered[name]
        }
        if errors:
            raise InvalidInput(errors)
        asked = Asked(**{name: code for name, code in given.items() if code})
        found = charts_of(self.user, area, chosen, asked, clock.local_date(clock.now()))
        return self.told(area, chosen, {"of": "charts", **asdict(asked)}, _drawn(found))


def _drawn(found: Charts) -> dict[str, object]:
    return {
        "cases": found.cases,
        "months": [
            {
                "month": period_code("month", one.number),
                "number": one.value,
                "mean": one.mean,
                "low": one.low,
                "high": one.high,
                "is_outside": one.is_outside,
                "is_provisional": one.is_provisional,
            }
            for one in found.months
        ],
        "units": [
            {
                "label": dot.label,
                "number": dot.part,
                "of": dot.number,
                "limits_95": dot.limits and list(dot.limits.near),
                "limits_998": dot.limits and list(dot.limits.far),
                "is_outside": dot.is_outside,
            }
            for dot in (found.funnel.dots if found.funnel else ())
        ],
        "share": found.funnel.share if found.funnel else None,
        "answers": list(found.shares.answers),
        "periods": [
            {"label": bar.label, "of": bar.number, "numbers": list(bar.parts)} for bar in found.shares.bars
        ],
        "pyramid": [
            {"label": one.label, "men": one.men, "women": one.women, "others": one.others}
            for one in (found.pyramid.steps if found.pyramid else ())
        ],
        "unknown": [{"question": one.question, "number": one.number, "of": one.of} for one in found.unknown],
        "silent": [place.code for place in found.silent],
        "recut": [day.isoformat() for day in found.recut],
    }
