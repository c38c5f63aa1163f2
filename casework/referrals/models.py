"""Consents and referrals: one recipient, one purpose, exact items, an end."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal
from casework.access.visibility import Arm, ByArms, Through
from casework.cases.models import Case, case_denials
from casework.encryption.fields import SealedText
from casework.organisations.models import Agency, User
from casework.referrals import scopes

CODE = "a code of a list, needed for rules, clocks and figures; it names nobody"
WHEN = "a consent ends at an instant; it names nobody"


class Consent(GuardedModel):
    """What she allowed to be told, to whom, for what and until when."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "purpose": CODE,
        "items": CODE,
        "language": CODE,
        "interpreter": CODE,
        "how_given": CODE,
        "valid_from": WHEN,
        "valid_until": WHEN,
        "withdrawn_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="consents")
    recipient = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("Recipient"))
    purpose = models.CharField(_("Purpose"), max_length=30)
    items = models.JSONField(_("What may be told"), default=list)
    told_consequences = models.BooleanField(_("She was told the consequences"), default=False)
    language = models.CharField(_("Language"), max_length=20, default="vietnamese")
    interpreter = models.CharField(_("Interpreter"), max_length=20, default="none")
    how_given = models.CharField(_("How consent was given"), max_length=30)
    document = SealedText(field_id=801, size="address", blank=True, verbose_name=_("Document or witness"))
    valid_from = models.DateTimeField(_("From"))
    valid_until = models.DateTimeField(_("Until"))
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)
    withdrawn_reason = SealedText(field_id=802, size="text", blank=True, verbose_name=_("Why withdrawn"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Consent")
        indexes: ClassVar = [models.Index(fields=["recipient", "valid_until"], name="consent_recipient")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="consent_dates"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


def referral_arms(who: Principal, verb: str) -> Iterator[Arm]:
    """Through the case for those who work on it; for the partner only while the consent runs."""
    rows = Referral.objects.everything(reason="narrowed by the arm")
    for arm in Case.visibility.arms(who, verb):
        mine = rows.filter(case_id__in=arm.rows.values(arm.id))
        yield Arm(arm.basis, mine, order="sent_at")
    for seat in who.holding(verb, "share"):
        yield Arm("share", running(rows, who).filter(recipient_id=seat.agency_id), order="sent_at")


def running(rows: Any, who: Principal) -> Any:
    """Of some referrals those whose consent holds now; never one about somebody close to the viewer."""
    return (
        rows.filter(
            # No consent outlives this, so the index is read from here and not from the first referral on.
            sent_at__gt=who.at - scopes.LONGEST_TERM,
            consent__valid_from__lte=who.at,
            consent__valid_until__gt=who.at,
            consent__withdrawn_at__isnull=True,
        )
        .exclude(state="cancelled")
        .exclude(case_id__in=case_denials(who))
    )


class Referral(GuardedModel):
    """A request to one partner for one service; the partner reads the agreed slice live, never a copy."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "code": "said on the phone instead of a name; random",
        "service": CODE,
        "urgency": CODE,
        "shelter_needs": CODE,
        "state": CODE,
        "declined_reason": CODE,
        "result": CODE,
        "sent_at": WHEN,
        "due_at": WHEN,
        "received_at": WHEN,
        "answered_at": WHEN,
        "appointment_at": WHEN,
        "finished_at": WHEN,
        "created_at": WHEN,
    }
    visibility = ByArms(referral_arms)
    view_verb = "referral.view"

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="referrals")
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="referrals")
    # The consent's recipient again, so that a partner's list reads one index.
    recipient = models.ForeignKey(
        Agency, models.PROTECT, related_name="referrals", verbose_name=_("Recipient")
    )
    code = models.CharField(_("Referral code"), max_length=9, unique=True)
    service = models.CharField(_("Service"), max_length=30)
    urgency = models.CharField(_("Urgency"), max_length=20, default="normal")
    needs = SealedText(field_id=811, size="text", blank=True, verbose_name=_("What is needed"))
    # Codes instead of words: a shelter request carries nothing that tells who she is.
    shelter_needs = models.JSONField(_("Needs at the shelter"), default=list, blank=True)
    state = models.CharField(_("State"), max_length=20, default="sent")
    sent_at = models.DateTimeField(_("Sent at"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Sent by"))
    due_at = models.DateTimeField(_("Answer by"))
    received_at = models.DateTimeField(_("Opened by the partner at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("Answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Answered by")
    )
    declined_reason = models.CharField(_("Why declined"), max_length=30, blank=True)
    appointment_at = models.DateTimeField(_("Appointment"), null=True, blank=True)
    result = models.CharField(_("Result"), max_length=30, blank=True)
    feedback = SealedText(field_id=812, size="text", blank=True, verbose_name=_("Report back"))
    finished_at = models.DateTimeField(_("Finished at"), null=True, blank=True)
    unmet_need = models.BooleanField(_("The need is not met"), default=False)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Referral")
        indexes: ClassVar = [
            models.Index(fields=["recipient", "-sent_at", "-id"], name="referral_recipient"),
            models.Index(fields=["case", "-sent_at"], name="referral_case"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def opened_at(self) -> object:
        return self.sent_at
