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
                Item(
                    "text",
                    "long_text",
                    required=True,
                    help=_("Write what was seen and said. Never a safe address or a shelter."),
                ),
                Item(
                    "is_confidential",
                    "flag",
                    help=_(
                        "Nobody outside your agency reads it, not even a supervisor. It cannot be opened later."
                    ),
                ),
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
                Item(
                    "was_safe",
                    "yes_no",
                    why=_("A call at a bad moment tells more about the next one than any rule."),
                ),
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
                Item(
                    "step", "long_text", required=True, help=_("Begin with a verb: take, call, ask, write.")
                ),
                Item("goal", "text", help=_("What will be different for her when it is done.")),
                Item("who", "user"),
                Item("due_on", "date", help=_("Day/month/year. A step with a day is reminded of.")),
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

SAFETY_PLAN: Final = Sheet(
    "safety_plan",
    _("Safety plan"),
    (
        Section(
            "danger",
            _("When it becomes dangerous"),
            (
                Item(
                    "signs",
                    "long_text",
                    help=_("For example: he has drunk, locks the door, sends the children out."),
                ),
                Item(
                    "way_out",
                    "long_text",
                    help=_("Which door, which road, at what time, on foot or by whom."),
                ),
                Item(
                    "code_words",
                    "long_text",
                    help=_("What she says or does so that somebody calls for help."),
                ),
            ),
            hint=_("Fill in with her, in her words. Leave empty what she does not want written."),
        ),
        Section(
            "where",
            _("People and places"),
            (
                Item("safe_people", "long_text"),
                Item("safe_places", "long_text", help=_("No address of a shelter.")),
                Item("children", "long_text"),
            ),
        ),
        Section(
            "ready",
            _("What is ready"),
            (
                Item("bag", "long_text"),
                Item(
                    "phone_safety",
                    "long_text",
                    help=_("Shared accounts, location, who else opens her telephone."),
                ),
                Item("after_leaving", "long_text", help=_("New lock, school told, another way to work.")),
            ),
        ),
        Section(
            "made",
            _("How it was made"),
            (
                Item("made_with_her", "yes_no"),
                Item("revised_on", "date", required=True),
            ),
        ),
    ),
)
