"""REST of cases: the same verbs as the pages, under the same last words of the address."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request

from casework.base.refusals import InvalidInput, NotVisible
from casework.cases.actions import join_case, open_case
from casework.cases.models import Case
from casework.cases.sheet import JOIN_CASE
from casework.http.fields import NOT_OFFERED
from casework.http.rest import ActionView
from casework.http.serializers import SheetSerializer
from casework.intake import queries as reports
from casework.intake.models import Report
from casework.people.models import Person


class OpenCaseIn(SheetSerializer):
    """known: report person id -> id of the person on file it is; everybody else becomes a new person."""

    known = serializers.DictField(child=serializers.UUIDField(), required=False)


class OpenCase(ActionView):
    """POST to open a case on a report; its id is in the receipt."""

    model, action, creates = Report, open_case, Case
    receipt = ("number", "code", "state")

    def input_class(self) -> type[SheetSerializer]:
        return OpenCaseIn

    def answers(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        serializer = OpenCaseIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        return {"known": serializer.validated_data.get("known", {})}

    def perform(self, row: Report, answers: dict[str, Any], **how: Any) -> Case:
        told = {str(person.pk): person.pk for person in reports.people_of(row)}
        wanted: dict[str, UUID] = answers["known"]
        if not set(wanted) <= set(told):
            raise InvalidInput({"known": NOT_OFFERED})
        on_file = {
            person.pk: person
            for person in Person.objects.visible_to(self.user).filter(pk__in=wanted.values())
        }
        if len(on_file) != len(set(wanted.values())):
            raise NotVisible
        return open_case(report=row, known={told[key]: on_file[pk] for key, pk in wanted.items()}, **how)


class JoinCase(ActionView):
    """POST the case a report belongs to."""

    model, action, sheet = Report, join_case, JOIN_CASE
    receipt = ("number", "code", "state")

    def perform(self, row: Report, answers: dict[str, Any], **how: Any) -> Case:
        case = Case.objects.visible_to(self.user).filter(pk=answers["case"]).first()
        if case is None:
            raise NotVisible
        return join_case(report=row, case=case, **how)
