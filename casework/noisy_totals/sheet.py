"""What is asked about totals with noise."""

from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet
from casework.organisations.validity import from_when, law
from casework.releases.catalogue import catalogue, said

_said = lazy(said, str)

BUDGET: Final = Sheet(
    "privacy_budget",
    _("Set the privacy budget"),
    (
        Section(
            "what",
            _("How much may be learnt"),
            (
                Item(
                    "yearly",
                    "code",
                    codes="privacy_loss",
                    required=True,
                    help=_(
                        "All answers about one year together. The smaller it is, the less anybody can learn about one "
                        "household, and the fewer questions can be answered."
                    ),
                ),
                Item(
                    "single",
                    "code",
                    codes="privacy_loss",
                    required=True,
                    help=_("So that one question does not use up a whole year."),
                ),
            ),
        ),
        law(),
        from_when(_("What was answered before stays answered and counted.")),
    ),
)
ASK: Final = Sheet(
    "ask_total",
    _("Ask for a total with noise"),
    (
        Section(
            "what",
            _("What is counted"),
            (
                Item("counted", "code", codes="noisy_total_counted", required=True),
                Item(
                    "year",
                    "integer",
                    _("Year"),
                    required=True,
                    help=_("A frozen year; everybody is counted once a year."),
                ),
                Item(
                    "until",
                    "integer",
                    _("Until the year"),
                    help=_(
                        "Only for two or three years together: each of them pays. Leave it empty for one year."
                    ),
                ),
            ),
        ),
        Section(
            "which",
            _("Which of them"),
            tuple(
                Item(one.code, "codes", _said(one.words), codes=one.codelist)
                for one in catalogue().questions.values()
            ),
            _(
                "Tick nothing to count all. Of a question, one of the ticked answers is enough; of several questions, all "
                "must fit. At most three questions."
            ),
        ),
        Section(
            "how",
            _("How much noise, and what for"),
            (
                Item(
                    "epsilon",
                    "code",
                    codes="privacy_loss",
                    required=True,
                    help=_(
                        "The smaller ε is, the more noise there is and the less is taken from the budget."
                    ),
                ),
                Item("purpose", "code", codes="noisy_total_purpose", required=True),
            ),
        ),
    ),
)
REFUSE: Final = Sheet(
    "refuse_total",
    _("Do not approve the question"),
    (
        Section(
            "why",
            _("Why"),
            (Item("reason", "code", _("Why it is refused"), codes="noisy_total_refusal", required=True),),
        ),
    ),
)
