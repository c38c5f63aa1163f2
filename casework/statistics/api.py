"""REST of figures: the return of one area and window, for those entitled."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from casework.access.opening import record_list
from casework.base import clock
from casework.base.refusals import InvalidInput
from casework.http.rest import VerbView
from casework.statistics.figures import CALENDAR_YEAR, REPORT_YEAR, current_window, window
from casework.statistics.queries import VERB, area_of, return_of


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


class YearlyReturn(VerbView):
    """GET the yearly return; an area or window that is not the caller's is 404."""

    verb: ClassVar[str] = VERB
    output = ReturnOut  # type: ignore[assignment]
    also: ClassVar[tuple[int, ...]] = (400,)
    http_method_names = ("get",)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "area", str, description="Code of one of the caller's areas; their own when empty."
            ),
            OpenApiParameter("window", str, enum=[REPORT_YEAR, CALENDAR_YEAR]),
            OpenApiParameter("year", int),
        ],
    )
    def get(self, request: Request) -> Response:
        at = clock.now()
        code = request.query_params.get("window", REPORT_YEAR)
        year = request.query_params.get("year", "")
        for name in set(request.query_params) - {"area", "window", "year"}:
            raise InvalidInput({name: _("There is no such filter.")})
        if code not in {REPORT_YEAR, CALENDAR_YEAR}:
            raise InvalidInput({"window": _("There is no such period.")})
        if year and not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise InvalidInput({"year": _("Write a year from 2000 to 2100.")})
        chosen = window(code, int(year)) if year else current_window(code, clock.local_date(at))
        area = area_of(self.user, request.query_params.get("area", ""), at)
        record_list(self.user, VERB, filters={"area": area.code, "window": chosen.code, "year": chosen.year})
        found = return_of(area, chosen)
        return Response(
            {
                "area": area.code,
                "window": chosen.code,
                "year": chosen.year,
                "start": chosen.start.isoformat(),
                "end": chosen.end.isoformat(),
                "lines": [
                    {
                        "no": line.row.no,
                        "row": line.row.row,
                        "label": line.row.label,
                        "total": line.total,
                        "urban": line.urban,
                        "rural": line.rural,
                    }
                    for line in found.lines
                ],
            }
        )
