"""What a province sets for itself: what is asked about its law and its days, and how it is taken back."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from django.utils.translation import gettext_lazy as _

from casework.base.refusals import NotVisible, Refused
from casework.base.sheets import Item, Section
from casework.organisations.models import Area, SetByProvince, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Set = TypeVar("Set", bound=SetByProvince)


def law(*more: Item) -> Section:
    """Which law is behind it, and whether somebody has read it there; more: what else that law decides."""
    basis = Item(
        "basis",
        "text",
        _("Legal basis"),
        required=True,
        help=_("The document and its article, for example: Luật 13/2022/QH15, Điều 25 khoản 2"),
    )
    verified = Item("is_verified", "flag", _("I have read this in the text of the document"))
    return Section("law", _("The law behind it"), (basis, verified, *more))


def from_when(kept: "StrOrPromise") -> Section:
    """From when it holds, and until when; kept: what runs already and stays as it is."""
    start = Item("valid_from", "date", _("Valid from"), required=True, help=kept)
    return Section(
        "validity", _("From when"), (start, Item("valid_to", "date", _("Valid until (that day excluded)")))
    )


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
