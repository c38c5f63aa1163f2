"""The papers of consent and referral as data."""

from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from casework.base.sheets import Item, Section, Sheet

_TO_WHOM: Final = Section(
    "what",
    _("To whom and for what"),
    (
        Item("recipient", "agency", required=True, label=_("Office that is asked")),
        Item("purpose", "code", codes="consent_purpose", required=True),
    ),
)
_SERVICE: Final = Item("service", "code", codes="service_kind", required=True, label=_("Service asked for"))
_ITEMS: Final = Section(
    "items",
    _("What may be told"),
    (
        Item(
            "items",
            "codes",
            codes="share_item",
            required=True,
            label=_("Read each one to her; untick what she does not want"),
            why=_("The partner sees exactly what is ticked, and only until the consent ends."),
        ),
    ),
)
_HOW: Final = Section(
    "how",
    _("How she agreed"),
    (
        Item(
            "told_consequences",
            "flag",
            required=True,
            label=_(
                "I have read to her what is ticked, for whom and until when, and that she may refuse or take it back; "
                "she agrees"
            ),
            why=_("Consent counts only when it is free, informed and said; silence is no consent."),
        ),
        Item("how_given", "code", codes="consent_how", required=True),
        Item(
            "document",
            "text",
            required=True,
            label=_("Where the signed paper is kept, or who the witness was"),
            why=_("The office must be able to show that she agreed."),
        ),
        Item("language", "code", codes="language", label=_("Language in which it was explained")),
        Item(
            "interpreter",
            "code",
            codes="interpreter_kind",
            why=_("An interpreter must never be a member of the family."),
        ),
        Item(
            "valid_until",
            "datetime",
            label=_("The consent ends"),
            help=_("30 days unless said otherwise, 90 days at most."),
        ),
    ),
)
_URGENCY: Final = Item("urgency", "code", codes="urgency", required=True, label=_("Urgency"))
_NEEDS: Final = Item(
    "needs",
    "long_text",
    required=True,
    label=_("What is needed"),
    help=_("Only what this office has to do. No address, no names of others, nothing about plans to leave."),
)
_SHELTER_NEEDS: Final = Item(
    "shelter_needs",
    "codes",
    codes="shelter_need",
    required=True,
    label=_("Needs at the shelter"),
    why=_("Ticked answers instead of words, so that nothing tells who she is."),
)

CONSENT: Final = Sheet(
    "consent",
    _("Consent to share"),
    (Section("what", _("To whom and for what"), (*_TO_WHOM.items, _SERVICE)), _ITEMS, _HOW),
)

# What is asked of the partner once a consent runs; the verb says which of the needs a service must have.
SEND: Final = Sheet(
    "send_referral",
    _("Referral"),
    (
        Section(
            "request",
            _("What is asked"),
            (_SERVICE, _URGENCY, replace(_NEEDS, required=False), replace(_SHELTER_NEEDS, required=False)),
        ),
    ),
)

# One page for the worker: the consent and the request, in the order in which one talks about it with her.
REFER: Final = Sheet(
    "refer",
    _("Refer to a service"),
    (_TO_WHOM, Section("request", _("What is asked"), (_URGENCY, _NEEDS)), _ITEMS, _HOW),
)
REFER_TO_SHELTER: Final = Sheet(
    "refer_to_shelter",
    _("Refer to a service"),
    (_TO_WHOM, Section("request", _("What is asked"), (_URGENCY, _SHELTER_NEEDS)), _ITEMS, _HOW),
)

WITHDRAWAL: Final = Sheet(
    "consent_withdrawal",
    _("Withdrawal of consent"),
    (Section("why", _("Why"), (Item("withdrawn_reason", "long_text"),)),),
)

ACCEPTANCE: Final = Sheet(
    "referral_acceptance",
    _("Acceptance"),
    (Section("when", _("When"), (Item("appointment_at", "datetime"),)),),
)

DECLINE: Final = Sheet(
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

REPORT_BACK: Final = Sheet(
    "referral_report_back",
    _("Report back"),
    (
        Section(
            "result",
            _("Result"),
            (
                Item("result", "code", codes="service_answer", required=True),
                Item(
                    "feedback",
                    "long_text",
                    required=True,
                    label=_("What was done, and what comes next"),
                    help=_(
                        "Only what the worker has to know; no detail of her health she did not want told."
                    ),
                ),
            ),
        ),
    ),
)
