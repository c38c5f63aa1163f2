"""Assessments of danger, immutable once signed, and what happened between two of them that changes it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.cases.models import Participant
from casework.encryption.fields import SealedInteger, SealedJSON, SealedText
from casework.organisations.models import User

CODE = "a code of a list, needed for clocks, boards and figures; it names nobody"
WHEN = "needed to order and for clocks; it names nobody"


class RiskAssessment(GuardedModel):
    """One signed assessment. A level is never a number and never a prediction."""

    NONE, RAISED, LOWERING_ASKED, LOWERED, LOWERING_REFUSED = "", "raised", "asked", "lowered", "refused"

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "instrument": CODE,
        "instrument_version": CODE,
        "instrument_sha256": "proves which wording was used",
        "present": CODE,
        "interpreter": CODE,
        "computed_level": CODE,
        "possible_level": CODE,
        "final_level": CODE,
        "override": CODE,
        "asked_level": CODE,
        "signed_at": WHEN,
        "next_due_at": WHEN,
        "confirmed_at": WHEN,
        "emergency_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="risk_assessments")
    # Set on the form of a child: each child of a case has a danger of its own.
    child = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Which child")
    )
    instrument = models.CharField(_("Form"), max_length=40)
    instrument_version = models.CharField(_("Version of the form"), max_length=20)
    instrument_sha256 = models.CharField(max_length=64)
    # {item key: {"answer": ..., "source": ..., "window": ...}}
    answers = SealedJSON(field_id=501, verbose_name=_("Answers"))
    imminent = SealedText(
        field_id=502, size="id", blank=True, verbose_name=_("A credible threat to kill now")
    )
    fear = SealedInteger(field_id=503, null=True, verbose_name=_("Her own fear, 1 to 5"))
    present = models.CharField(_("Someone else was present"), max_length=10, default="unknown")
    interpreter = models.CharField(_("Interpreter"), max_length=20, default="none")
    computed_level = models.CharField(_("Level by the answers"), max_length=10)
    possible_level = models.CharField(_("Highest level the answers leave open"), max_length=10)
    final_level = models.CharField(_("Level"), max_length=10)
    reasons = SealedJSON(field_id=504, verbose_name=_("Reasons"))
    override = models.CharField(_("Raised or lowered"), max_length=10, blank=True)
    override_reason = SealedText(
        field_id=505, size="text", blank=True, verbose_name=_("Why raised or lowered")
    )
    asked_level = models.CharField(_("Level asked for"), max_length=10, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Second person")
    )
    confirmed_at = models.DateTimeField(_("Second person's answer at"), null=True, blank=True)
    confirm_reason = SealedText(
        field_id=506, size="text", blank=True, verbose_name=_("Second person's remark")
    )
    # The step a severe child form calls for within 12 hours (Decree 56/2017 Art. 31).
    emergency_at = models.DateTimeField(_("When the step was taken"), null=True, blank=True)
    emergency_step = SealedText(
        field_id=507, size="text", blank=True, verbose_name=_("What was done for the child")
    )
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Signed by"))
    signed_at = models.DateTimeField(_("Signed at"))
    next_due_at = models.DateTimeField(_("Re-assess by"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Risk assessment")
        indexes: ClassVar = [models.Index(fields=["case", "-signed_at"], name="risk_case")]
        constraints: ClassVar = [
            # Nobody confirms their own lowering, whatever the code above says.
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("signed_by")),
                name="risk_two_people",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RiskEvent(GuardedModel):
    """Something that raises the danger without being violence: he was released, she filed, a complaint was withdrawn."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"kind": CODE, "at": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="risk_events")
    kind = models.CharField(_("What happened"), max_length=30)
    at = models.DateTimeField(_("When it happened or became known"))
    account = SealedText(field_id=511, size="text", blank=True, verbose_name=_("What is known of it"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Event that changes the danger")
        indexes: ClassVar = [models.Index(fields=["case", "-at"], name="risk_event_case")]

    def __str__(self) -> str:
        return self.kind
