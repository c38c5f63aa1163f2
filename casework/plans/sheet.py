"""Notes, contacts and steps of the plan as data."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

NOTE: Final = Sheet(
    "note",
    _("Note"),
    (
        Section(
            "note",
            _("Note"),
            (
                Item("kind", "code", codes="note_kind", required=True),
                Item("at", "datetime", required=True),
                Item("text", "long_text", required=True),
                Item("is_confidential", "flag"),
            ),
        ),
    ),
)

CONTACT: Final = Sheet(
    "contact",
    _("Contact with her"),
    (
        Section(
            "contact",
            _("Contact with her"),
            (
                Item("at", "datetime", required=True),
                Item("channel", "code", codes="contact_channel", required=True),
                Item("outcome", "code", codes="contact_outcome", required=True),
                Item("in_person", "flag"),
                Item("was_safe", "yes_no"),
                Item("remark", "long_text"),
            ),
        ),
    ),
)

STEP: Final = Sheet(
    "plan_step",
    _("Step of the plan"),
    (
        Section(
            "step",
            _("Step of the plan"),
            (
                Item("need", "code", codes="need", required=True),
                Item("step", "long_text", required=True),
                Item("who", "user"),
                Item("due_on", "date"),
            ),
        ),
    ),
)

STEP_RESULT: Final = Sheet(
    "plan_step_result",
    _("Result of the step"),
    (
        Section(
            "result",
            _("Result of the step"),
            (
                Item("done_on", "date", required=True),
                Item("result", "code", codes="service_answer", required=True),
            ),
        ),
    ),
)
