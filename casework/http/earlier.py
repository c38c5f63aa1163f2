"""An earlier value taken up again: it fills the ordinary form of its record, and sending that is a change like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from casework.access.opening import open_record
from casework.base.refusals import NotVisible
from casework.encryption import CannotOpen
from casework.http.forms import Earlier, initial_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from casework.access.guard import GuardedModel
    from casework.http.forms import SheetForm
    from casework.organisations.models import User


def take_up(
    request: HttpRequest,
    form: SheetForm,
    row: GuardedModel,
    user: User,
    *,
    within: GuardedModel | None = None,
) -> None:
    """Fill one question of an opened form with what a version of its record said: `?earlier=<version>&field=<name>`.

    The version the form carries stays that of the record as it is now. Opening the value is written down first.
    Raises NotVisible for a version that is none of this record, and for what is kept apart or not asked here.
    """
    asked, name = request.GET.get("earlier", ""), request.GET.get("field", "")
    if request.method != "GET" or not asked:
        return
    versions: Any = type(row).history.model
    rows = versions.objects.visible_to(user, type(row).view_verb).filter(id=row.pk, history_id=_id_of(asked))
    old = rows.first()
    if old is None or name not in form.sheet or name not in form.fields or not hasattr(row, name):
        raise NotVisible
    if name in type(row).kept_apart(old) | type(row).kept_apart(row):
        raise NotVisible
    open_record(user, type(row), row.pk, page="earlier", fields=(name,), within=within)
    try:
        value = initial_of(old, form.sheet.item(name))
    except CannotOpen as error:
        raise NotVisible from error
    keep = getattr(form.fields[name], "keep", None)
    if keep is not None and value:
        keep([value] if isinstance(value, str) else value)
    form.initial[name] = value
    form.earlier = Earlier(form.fields[name].label or name, old.history_date)


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotVisible from error
