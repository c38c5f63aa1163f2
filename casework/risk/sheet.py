"""What is asked beside the questions of an instrument, as data; the questions themselves are the instrument's."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

ASSESSMENT: Final = Sheet(
    "assess_risk",
    _("Risk assessment"),
    (
        Section(
            "circumstances",
            _("How it was asked"),
            (
                Item("child", "person", label=_("Which child")),
                Item(
                    "present",
                    "yes_no",
                    help=_("If a relative or the violent person could hear, ask again in private."),
                ),
                Item("interpreter", "code", codes="interpreter_kind"),
            ),
        ),
        Section(
            "judgement",
            _("The assessor's own look"),
            (
                Item("fear", "code", codes="fear_level"),
                Item("imminent", "flag"),
            ),
        ),
        Section(
            "level",
            _("Level to be signed"),
            (
                Item("final", "code", codes="risk_level", label=_("Level to be signed")),
                Item(
                    "reason",
                    "long_text",
                    label=_("Why the level is changed"),
                    help=_("One sentence, needed when it is raised or when a lower level is asked for."),
                ),
            ),
        ),
    ),
)

CONFIRM: Final = Sheet(
    "confirm_lowering",
    _("Answer the wish for a lower level"),
    (
        Section(
            "confirm",
            _("Answer the wish for a lower level"),
            (
                Item("confirm", "flag", label=_("The lower level is right")),
                Item(
                    "confirm_reason",
                    "long_text",
                    label=_("Why, in a sentence"),
                    help=_("It stays with the assessment, beside the assessor's own reason."),
                    required=True,
                ),
            ),
        ),
    ),
)

EMERGENCY: Final = Sheet(
    "emergency_step",
    _("Emergency step for the child"),
    (
        Section(
            "step",
            _("Emergency step for the child"),
            (
                Item("emergency_at", "datetime", required=True),
                Item(
                    "emergency_step",
                    "long_text",
                    required=True,
                    help=_("Who did what, and with whom the child is now. Never write a safe address here."),
                ),
            ),
        ),
    ),
)

EVENT: Final = Sheet(
    "risk_event",
    _("Event that changes the danger"),
    (
        Section(
            "event",
            _("Event that changes the danger"),
            (
                Item("kind", "code", codes="event_pull", required=True),
                Item("at", "datetime", required=True),
                Item(
                    "account",
                    "long_text",
                    why=_(
                        "Whoever assesses again within 24 hours reads it here, so that nobody asks her twice."
                    ),
                ),
            ),
        ),
    ),
)
