"""The one account no verb can make: somebody must be there to make the others."""

from datetime import date

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from casework.audit.log import record
from casework.audit.models import AuditEvent
from casework.base.refusals import Refused
from casework.organisations.models import Agency, Area, Membership, User
from casework.organisations.roles import ADMINISTRATOR


def first_administrator(
    *,
    username: str,
    full_name: str,
    office: str,
    area: Area,
    since: date,
    password: str,
    is_demo: bool = False,
) -> User:
    """Make the first account, an administrator, with its office; written to the memory.

    Raises Refused("not_the_first") once there is any account: from then on the verbs make them.
    """
    with transaction.atomic():
        if User.objects.exists():
            raise Refused(
                "not_the_first", _("There are accounts already; an administrator makes the others.")
            )
        agency = Agency.objects.create(
            kind="province_department", name=office, area=area, group=Group.objects.create(name=office)
        )
        user = User.objects.create_user(username.lower(), password, full_name=full_name, is_demo=is_demo)
        Membership.objects.create(user=user, agency=agency, role=ADMINISTRATOR, valid_from=since)
        user.groups.add(agency.group)
        record(
            action="user.first_administrator",
            outcome=AuditEvent.DONE,
            actor_id=None,
            object_type="user",
            object_id=user.pk,
        )
    return user
