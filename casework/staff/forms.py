"""Web forms of the administrator and of duty."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from casework.http.forms import SheetForm, sheet_form
from casework.organisations.models import Agency, DutyShift, Membership, User
from casework.staff.sheet import ADD_AGENCY, ADD_ROLE, ADD_USER, SET_DUTY

AddUserForm = sheet_form(ADD_USER, User)
AddRoleForm = sheet_form(ADD_ROLE)
AddAgencyForm = sheet_form(ADD_AGENCY, Agency)
_DutyForm = sheet_form(SET_DUTY, DutyShift)


def duty_form(
    data: QueryDict | None, workers: Iterable[Membership], initial: Mapping[str, Any] | None = None
) -> SheetForm:
    """A shift of one unit, whose workers are offered; the page says which unit."""
    form = _DutyForm(data, initial=initial)
    form.leave_out("agency")
    form.offer("user", [(seat.user_id, seat.user.full_name) for seat in workers])
    return form
