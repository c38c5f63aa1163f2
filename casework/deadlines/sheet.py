"""What is asked about periods, days off, and clocks of an office."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet
from casework.organisations.validity import from_when, law

PERIOD: Final = Sheet(
    "period",
    _("Change a period"),
    (
        Section(
            "length",
            _("How long it is"),
            (
                Item("unit", "code", codes="period_unit", label=_("Unit"), required=True),
                Item("amount", "integer", label=_("How many")),
                Item("day", "integer", label=_("Day"), help=_("Only for what is due once a year.")),
                Item("month", "integer", label=_("Month"), help=_("Only for what is due once a year.")),
            ),
        ),
        law(
            Item(
                "law_changed",
                "flag",
                label=_("The law itself has changed and now allows more time"),
                help=_("Only when the new period is longer than the one that was read in the law."),
            )
        ),
        from_when(_("Clocks that run already keep their hour.")),
    ),
)

HOLIDAY: Final = Sheet(
    "holiday",
    _("Set a day"),
    (
        Section(
            "day",
            _("Set a day"),
            (
                Item("day", "date", label=_("Day"), required=True),
                Item("name", "text", label=_("What for"), required=True),
                Item(
                    "is_working",
                    "flag",
                    label=_("Offices work that day"),
                    help=_("For a Saturday worked instead of another day, or to take back a day off."),
                ),
            ),
        ),
    ),
)

OFFICE_CLOCK: Final = Sheet(
    "office_clock",
    _("Start a clock"),
    (
        Section(
            "what",
            _("Start a clock"),
            (
                Item("kind", "code", codes="office_clock_kind", label=_("Which event"), required=True),
                Item("since", "datetime", label=_("When it became known"), required=True),
            ),
        ),
    ),
)
