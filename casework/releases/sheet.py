"""What is asked of those who publish."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

PREPARE: Final = Sheet(
    "prepare_release",
    _("Prepare a release"),
    (
        Section(
            "what",
            _("What is published"),
            (
                Item(
                    "products",
                    "codes",
                    _("Tables"),
                    codes="release_product",
                    required=True,
                    help=_(
                        "Tables that overlap belong in one release: planned together, less has to be hidden. With three "
                        "years together, the tables by year are made for each of the three."
                    ),
                ),
                Item(
                    "year",
                    "integer",
                    _("Year"),
                    required=True,
                    help=_(
                        "A year that is over. Its figures are frozen now; what is corrected later is a revision."
                    ),
                ),
                Item(
                    "revise", "flag", _("This is a revision: freeze the corrected figures of the year anew")
                ),
            ),
        ),
        Section(
            "how",
            _("How hiding is planned"),
            (Item("mode", "code", _("How hiding is planned"), codes="release_mode"),),
        ),
    ),
)
APPROVE: Final = Sheet(
    "approve_release",
    _("Approve the release"),
    (
        Section(
            "what",
            _("What was shown"),
            (Item("shown_sha256", "text", _("Fingerprint of the figures"), required=True),),
        ),
    ),
)
WITHDRAW: Final = Sheet(
    "withdraw_release",
    _("Withdraw the release"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item(
                    "reason",
                    "code",
                    _("Why it no longer stands"),
                    codes="release_withdrawal",
                    required=True,
                    help=_("The figures stay known: whoever has read them goes on knowing them."),
                ),
            ),
        ),
    ),
)
