"""The papers of consent and referral as data."""

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

CONSENT = Sheet(
    "consent",
    _("Consent to share"),
    (
        Section(
            "what",
            _("What, to whom and for what"),
            (
                Item("recipient", "agency", required=True),
                Item("purpose", "code", codes="consent_purpose", required=True),
                Item("service", "code", codes="service_kind", required=True, label=_("Service asked for")),
                Item(
                    "items",
                    "codes",
                    codes="share_item",
                    required=True,
                    why=_("The partner sees exactly what is ticked, and only until the consent ends."),
                ),
            ),
        ),
        Section(
            "how",
            _("How she agreed"),
            (
                Item("told_consequences", "flag", required=True),
                Item("how_given", "code", codes="consent_how", required=True),
                Item("document", "text"),
                Item("language", "code", codes="language"),
                Item("interpreter", "code", codes="interpreter_kind"),
                Item(
                    "valid_until",
                    "datetime",
                    help=_("30 days unless said otherwise, 90 days at most."),
                ),
            ),
        ),
    ),
)

REFERRAL = Sheet(
    "referral",
    _("Referral"),
    (
        Section(
            "request",
            _("What is asked"),
            (
                Item("urgency", "code", codes="urgency", required=True),
                Item("needs", "long_text", required=True),
            ),
        ),
    ),
)

WITHDRAWAL = Sheet(
    "consent_withdrawal",
    _("Withdrawal of consent"),
    (Section("why", _("Why"), (Item("withdrawn_reason", "long_text"),)),),
)

ACCEPTANCE = Sheet(
    "referral_acceptance",
    _("Acceptance"),
    (Section("when", _("When"), (Item("appointment_at", "datetime"),)),),
)

DECLINE = Sheet(
    "referral_decline",
    _("Refusal"),
    (
        Section(
            "why",
            _("Why"),
            (
                Item("declined_reason", "code", codes="referral_decline_reason", required=True),
                Item("feedback", "long_text", label=_("What to tell the worker")),
            ),
        ),
    ),
)

REPORT_BACK = Sheet(
    "referral_report_back",
    _("Report back"),
    (
        Section(
            "result",
            _("Result"),
            (
                Item("result", "code", codes="service_answer", required=True),
                Item("feedback", "long_text", required=True),
            ),
        ),
    ),
)
