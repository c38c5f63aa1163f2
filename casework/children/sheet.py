"""The papers of the child procedure as data.

The rows of forms 02 and 06 are instruments of the room `risk`; the wording of forms 03 to 05 was not read in the
decree, so the questions here are a working layout and their codes say `verified: false`.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.registers import ON_PAPER
from casework.base.sheets import Item, Section, Sheet

SECRET: Final = _(
    "As secret as a shelter: it is shown one at a time, for a written reason, and stands on no paper."
)

START: Final = Sheet(
    "child_start",
    _("Start the child procedure"),
    (
        Section(
            "information",
            "",
            (
                Item("participant", "person", label=_("Which child"), required=True),
                Item(
                    "received_at",
                    "datetime",
                    required=True,
                    help=_("When the committee received the information; the 12 hours run from here."),
                ),
                Item("source", "code", codes="child_source", required=True),
                Item(
                    "information",
                    "long_text",
                    required=True,
                    help=_(
                        "What happened to the child, in what state the child is, who is with the child now."
                    ),
                ),
            ),
        ),
    ),
)

DECISION: Final = Sheet(
    "child_decision",
    _("Decision within 12 hours"),
    (
        Section(
            "decision",
            "",
            (
                Item(
                    "decision",
                    "code",
                    codes="child_decision",
                    required=True,
                    help=_("A separation has a decision of its own, with its term and place."),
                ),
                Item("dangers", "codes", codes="child_danger"),
                Item("reasons", "long_text", required=True),
                Item(
                    "steps",
                    "long_text",
                    help=_("Who goes there now, medical care, who stays with the child."),
                ),
                Item("signed_on_paper", "flag", help=ON_PAPER),
                Item("number", "text", label=_("Decision number")),
            ),
        ),
    ),
)

SEPARATION: Final = Sheet(
    "child_separation",
    _("Temporary separation"),
    (
        Section(
            "term",
            _("Decision"),
            (
                Item("dangers", "codes", codes="child_danger", required=True, label=_("Grounds")),
                Item("reasons", "long_text", required=True),
                Item("signed_on_paper", "flag", help=ON_PAPER),
                Item("number", "text", label=_("Decision number")),
                Item("starts_at", "datetime", required=True),
                Item(
                    "ends_at",
                    "datetime",
                    required=True,
                    help=_("At most 15 days after the start (Decree 56/2017/NĐ-CP, Art. 32)."),
                ),
            ),
        ),
        Section(
            "place",
            _("Where the child stays"),
            (
                Item("care", "code", codes="child_care_kind", required=True),
                Item("place", "text", required=True, why=SECRET),
                Item("carer", "text"),
            ),
        ),
    ),
)

EXTENSION: Final = Sheet(
    "child_extension",
    _("Longer separation"),
    (
        Section(
            "demand",
            "",
            (
                Item(
                    "demanded_by",
                    "text",
                    required=True,
                    help=_("Beyond 15 days only a competent body may ask for it; name it (Art. 32)."),
                ),
                Item("demand", "text", required=True),
                Item("ends_at", "datetime", required=True, label=_("Ends")),
            ),
        ),
    ),
)

SEPARATION_END: Final = Sheet(
    "child_separation_end",
    _("End of the separation"),
    (
        Section(
            "end",
            "",
            (
                Item("ended_at", "datetime", required=True),
                Item("end_kind", "code", codes="child_separation_end", required=True),
                Item("account", "long_text", required=True),
            ),
        ),
    ),
)

ASSESSMENT: Final = Sheet(
    "child_assessment",
    _("Specific assessment (form 03)"),
    (
        Section(
            "child",
            _("State of the child"),
            (
                Item("assessed_at", "datetime", required=True),
                Item("body", "code", codes="child_state", required=True),
                Item("body_text", "long_text", label=_("What was seen of the body")),
                Item("mind", "code", codes="child_state", required=True),
                Item("mind_text", "long_text", label=_("What was seen of the mind")),
                Item("feelings", "code", codes="child_state", required=True),
                Item("feelings_text", "long_text", label=_("What was seen of the feelings")),
                Item(
                    "wish",
                    "long_text",
                    why=_("A child is heard by the child's age; ask alone, never before a parent."),
                ),
            ),
        ),
        Section(
            "family",
            _("The family"),
            (
                Item("family_text", "long_text", required=True),
                Item("capacity", "code", codes="child_capacity", required=True),
                Item("capacity_text", "long_text", label=_("Why it can or cannot")),
            ),
        ),
        Section("conclusion", _("Conclusion"), (Item("conclusion", "long_text", required=True),)),
    ),
)

PLAN: Final = Sheet(
    "child_plan",
    _("Support and intervention plan (form 04)"),
    (
        Section(
            "plan",
            "",
            (
                Item("goal", "long_text", required=True),
                Item("services", "codes", codes="child_service", required=True),
                Item("activities", "long_text", required=True),
                Item("responsible", "text", required=True),
                Item("starts_on", "date", required=True),
                Item(
                    "ends_on",
                    "date",
                    required=True,
                    help=_("On this day the child is looked at again (Art. 30)."),
                ),
            ),
        ),
    ),
)

APPROVAL: Final = Sheet(
    "child_plan_approval",
    _("Approve the plan (form 05)"),
    (
        Section(
            "decision",
            "",
            (
                Item("signed_on_paper", "flag", help=ON_PAPER),
                Item("number", "text", label=_("Decision number")),
                Item("remarks", "long_text"),
            ),
        ),
    ),
)

RETURN: Final = Sheet(
    "child_plan_return",
    _("Send the plan back"),
    (Section("why", "", (Item("remarks", "long_text", required=True, label=_("What is missing in it")),)),),
)

REVIEW: Final = Sheet(
    "child_review",
    _("Review after the plan (form 06)"),
    (
        Section(
            "review",
            "",
            (
                Item("review", "code", codes="child_review", required=True),
                Item("review_text", "long_text", required=True),
            ),
        ),
    ),
)

REVEAL_PLACE: Final = Sheet(
    "reveal_child_place",
    _("View where the child stays"),
    (
        Section(
            "reason",
            "",
            (
                Item(
                    "reason",
                    "long_text",
                    required=True,
                    label=_("Why you need to see this place now"),
                    help=_("Your name, the time and this reason are kept; whoever audits access reads them."),
                ),
            ),
        ),
    ),
)
