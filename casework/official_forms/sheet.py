"""What is asked about papers."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

ISSUE: Final = Sheet(
    "issue_paper",
    _("Issue a paper"),
    (
        Section(
            "paper",
            "",
            (
                Item(
                    "kind",
                    "text",
                    label=_("Paper"),
                    required=True,
                    help=_("Its code, as the list of papers names it."),
                ),
                Item("about", "person", label=_("What it is about"), required=True),
                Item("form", "code", label=_("Kind of file"), codes="paper_format", required=True),
            ),
        ),
    ),
)

SEND_FILE: Final = Sheet(
    "issue_file",
    _("A paper written elsewhere"),
    (
        Section(
            "file",
            "",
            (
                Item(
                    "file",
                    "file",
                    label=_("File"),
                    required=True,
                    help=_("PDF, Word (docx), Excel (xlsx), or a JPEG or PNG picture."),
                ),
                Item("goes_to", "codes", codes="paper_reader", required=True, label=_("Who gets it")),
            ),
        ),
    ),
)

REDACTION: Final = Sheet(
    "redact_paper",
    _("Without what was found"),
    (
        Section(
            "file",
            "",
            (
                Item(
                    "file",
                    "file",
                    label=_("File"),
                    help=_(
                        "Left empty, a paper of the system is drawn anew from the records as they stand now."
                    ),
                ),
            ),
        ),
    ),
)

ASK_RELEASE: Final = Sheet(
    "ask_paper_release",
    _("Ask a second person"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "release_reason",
                    "long_text",
                    required=True,
                    help=_(
                        "Why it is right that the paper says this, and how you made sure that she is not put in danger."
                    ),
                ),
            ),
        ),
    ),
)

RELEASE: Final = Sheet(
    "release_paper",
    _("Let the paper go out"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "release_remark",
                    "long_text",
                    required=True,
                    help=_("What you looked at before you agreed."),
                ),
            ),
        ),
    ),
)

VOID: Final = Sheet(
    "void_paper",
    _("Cancel the number"),
    (
        Section(
            "why",
            "",
            (
                Item(
                    "void_reason",
                    "long_text",
                    required=True,
                    help=_("The number stays in the register as cancelled and is not given again."),
                ),
            ),
        ),
    ),
)

TEMPLATE: Final = Sheet(
    "publish_template",
    _("Template of a paper"),
    (
        Section(
            "template",
            "",
            (
                Item("kind", "text", label=_("Paper"), required=True),
                Item(
                    "file",
                    "file",
                    label=_("Word file (docx)"),
                    required=True,
                    help=_("Without anybody's data in it. At most 1 MB."),
                ),
                Item(
                    "remark",
                    "text",
                    help=_("For example the number of the form and the decision it comes from."),
                ),
            ),
        ),
    ),
)

CHECK: Final = Sheet(
    "check_paper",
    _("Check a paper"),
    (
        Section(
            "paper",
            "",
            (
                Item("number", "text", label=_("Number on the paper"), required=True),
                Item(
                    "check_code",
                    "text",
                    label=_("Check code"),
                    required=True,
                    help=_("9 letters and digits beside the square code."),
                ),
            ),
        ),
    ),
)
