"""What the administrator is asked about people and offices, and what is asked about a shift."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

_SEAT: Final = (
    Item("agency", "agency", label=_("Unit"), required=True),
    Item(
        "role",
        "code",
        codes="role",
        label=_("Role"),
        required=True,
        why=_("The role decides what this person sees. Give no more than the work needs."),
    ),
    Item("since", "date", label=_("From which day"), required=True),
)

ADD_USER: Final = Sheet(
    "add_user",
    _("Add a member of staff"),
    (
        Section(
            "who",
            _("Who it is"),
            (
                Item("full_name", "text", label=_("Full name"), required=True),
                Item(
                    "username",
                    "text",
                    label=_("User name"),
                    required=True,
                    help=_(
                        "Small letters without marks, digits, dots or hyphens, for example: lan.muongphang"
                    ),
                ),
            ),
        ),
        Section("seat", _("Office and role"), _SEAT),
    ),
)

ADD_ROLE: Final = Sheet("add_role", _("Add a role"), (Section("seat", _("Office and role"), _SEAT),))

ADD_AGENCY: Final = Sheet(
    "add_agency",
    _("Add an office"),
    (
        Section(
            "what",
            _("The office"),
            (
                Item(
                    "name",
                    "text",
                    label=_("Name of the office"),
                    required=True,
                    help=_("The full name, as on its seal."),
                ),
                Item("kind", "code", codes="agency_kind", label=_("Kind of office"), required=True),
                Item(
                    "area",
                    "area",
                    label=_("Commune or ward"),
                    help=_("Leave it open for an office of the whole province."),
                ),
                Item("phone", "phone", label=_("Telephone")),
            ),
        ),
        Section(
            "services",
            _("Services"),
            (
                Item(
                    "services",
                    "codes",
                    codes="service_kind",
                    label=_("What it can be asked for"),
                    help=_("With nothing ticked it is offered for all that offices of its kind do."),
                ),
            ),
        ),
    ),
)

SET_DUTY: Final = Sheet(
    "set_duty",
    _("Put somebody on duty"),
    (
        Section(
            "shift",
            _("Put somebody on duty"),
            (
                Item("agency", "agency", label=_("Unit"), required=True),
                Item("user", "user", label=_("Member on duty"), required=True),
                Item("starts_at", "datetime", label=_("From"), required=True),
                Item("ends_at", "datetime", label=_("Until"), required=True, help=_("48 hours at most.")),
            ),
        ),
    ),
)
