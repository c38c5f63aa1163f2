"""What a province has set for itself is taken back in one way."""

from datetime import datetime
from typing import TypeVar, cast

from django.utils.translation import gettext_lazy as _

from casework.base.refusals import NotVisible, Refused
from casework.organisations.models import Area, SetByProvince, User

Set = TypeVar("Set", bound=SetByProvince)


def taken_back(row: Set, province: Area, *, by: User, at: datetime) -> Set:
    """Take it back: from now on what was set before holds again.

    Raises NotVisible for what another province has set, or Refused("already_withdrawn").
    """
    locked = cast("Set", type(row)._default_manager.select_for_update().get(pk=row.pk))
    if locked.province_id != province.pk:
        raise NotVisible
    if locked.withdrawn_at is not None:
        raise Refused("already_withdrawn", _("This rule was taken back already."))
    locked.withdrawn_at, locked.withdrawn_by = at, by
    locked.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return locked
