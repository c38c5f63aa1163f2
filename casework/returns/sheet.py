"""What is asked about a return."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.codes import codes
from casework.base.sheets import Item, Section, Sheet
from casework.organisations.validity import from_when, law
from casework.returns.catalogue import ROWS

PREPARE: Final = Sheet(
    "prepare_return",
    _("Prepare a return"),
    (
        Section(
            "what",
            _("Which return"),
            (
                Item("form", "code", _("Form"), codes="return_form", required=True),
                Item("window", "code", _("Period"), codes="return_window", required=True),
                Item("year", "integer", _("Year"), required=True),
            ),
        ),
    ),
)
# Every row that is filled in by hand, of all forms; a page asks those of its own form.
FILL_IN: Final = Sheet(
    "fill_in_return",
    _("Fill in by hand"),
    (
        Section(
            "rows",
            _("What the case files do not tell"),
            tuple(Item(row.code, "integer", row.label) for row in codes(ROWS)),
        ),
        Section(
            "where",
            _("Where it comes from"),
            (
                Item(
                    "source",
                    "long_text",
                    _("Where the figures come from"),
                    help=_("Which register or office, of which day. Nobody's name."),
                    required=True,
                ),
            ),
        ),
    ),
)
ANSWER: Final = Sheet(
    "answer_return",
    _("Explain"),
    (
        Section(
            "answer",
            _("Explain"),
            (
                Item("flag", "text", _("Which point"), required=True),
                Item(
                    "text",
                    "long_text",
                    _("How this comes about"),
                    help=_("Whoever signs reads this. Nobody's name and nothing that tells who is meant."),
                    required=True,
                ),
            ),
        ),
    ),
)
SIGN: Final = Sheet(
    "sign_return",
    _("Sign the return"),
    (
        Section(
            "what",
            _("What was shown"),
            (Item("sha256", "text", _("Fingerprint of the figures"), required=True),),
        ),
    ),
)
RECEIVE: Final = Sheet(
    "receive_return",
    _("Write down that it was received"),
    (
        Section(
            "how",
            _("How it was received"),
            (
                Item(
                    "remark",
                    "long_text",
                    _("Remark"),
                    help=_("For a return that went to an office outside: how they said that they have it."),
                ),
            ),
        ),
    ),
)
SEND_BACK: Final = Sheet(
    "send_return_back",
    _("Return for correction"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item(
                    "reason",
                    "long_text",
                    _("What has to be corrected"),
                    help=_("Which rows, and what is wrong with them. Nobody's name."),
                    required=True,
                ),
            ),
        ),
    ),
)
CORRECT: Final = Sheet(
    "correct_return",
    _("Prepare a correction"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item(
                    "reason",
                    "long_text",
                    _("Why it is corrected"),
                    help=_("The earlier edition stays readable. Nobody's name."),
                    required=True,
                ),
            ),
        ),
    ),
)
RULE: Final = Sheet(
    "return_rule",
    _("Set where a return goes"),
    (
        Section(
            "what",
            _("Which return"),
            (
                Item("form", "code", _("Form"), codes="return_form", required=True),
                Item("to", "code", _("Goes to"), codes="return_recipient", required=True),
                Item("office", "text", _("Name of the office"), help=_("Only where the list has none.")),
                Item("not_filed", "flag", _("This form is not filed in our province")),
            ),
        ),
        law(),
        from_when(_("Returns that are prepared already keep where they go.")),
    ),
)
