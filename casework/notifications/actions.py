"""The verbs of notices: read, and how one wants to be told."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from casework.access.commands import command, tell
from casework.base.refusals import InvalidInput, NotVisible
from casework.base.sheets import fill
from casework.notifications.models import Notice, Reach
from casework.notifications.sheet import REACH
from casework.organisations.models import User


@command("notice.view")
def read_notice(*, notice: Notice, by: User, at: datetime) -> Notice:
    """Say that one has seen a notice; letters that have not left yet need not leave.

    Raises NotVisible for somebody else's.
    """
    if notice.recipient_id != by.pk:
        raise NotVisible
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
    return notice


@command("notice.view")
def read_all_notices(*, by: User, at: datetime) -> User:
    """Say that one has seen everything up to now."""
    unread = Notice.objects.filter(recipient=by, read_at__isnull=True, at__lte=at)
    tell(read=unread.update(read_at=at))
    return by


@command("notice.set_reach")
def set_reach(*, by: User, at: datetime, answers: Mapping[str, object]) -> Reach:
    """Say how one is told outside the product, and when one is left alone. Sealed; nobody else sees it.

    Raises InvalidInput for a way without its address, or half of the quiet hours.
    """
    reach = Reach.objects.select_for_update().filter(user=by).first() or Reach(user=by)
    changed = fill(reach, REACH, answers)
    errors = {}
    if reach.by_email and not reach.email:
        errors["email"] = _("Write the address at which you want to be told.")
    if reach.by_sms and not reach.phone:
        errors["phone"] = _("Write the number at which you want to be told.")
    if bool(reach.quiet_from) != bool(reach.quiet_to):
        errors["quiet_to" if reach.quiet_from else "quiet_from"] = _("Choose both hours, or neither.")
    if reach.email and not _is_email(reach.email):
        errors["email"] = _("This is not an e-mail address.")
    if errors:
        raise InvalidInput(errors)
    reach.save()
    tell(fields=changed, by_email=reach.by_email, by_sms=reach.by_sms)
    return reach


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
