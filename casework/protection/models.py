"""The measures of Art. 22 as dated objects; the commune chair's contact ban complete."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedText
from casework.organisations.models import User

CODE = "a code of a list, needed for rules, boards and figures; it names nobody"
WHEN = "the law counts these hours and days; it names nobody"


class Measure(GuardedModel):
    """One measure: asked for, decided or refused with reasons, served, watched, ended or cancelled."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "kind": CODE,
        "state": CODE,
        "decider": CODE,
        "requester": CODE,
        "grounds": CODE,
        "consent": CODE,
        "number": "the number of the decision, written on papers",
        "monitor_kind": CODE,
        "requested_at": WHEN,
        "told_rights_at": WHEN,
        "decide_by": WHEN,
        "decided_at": WHEN,
        "starts_at": WHEN,
        "ends_at": WHEN,
        "ended_at": WHEN,
        "monitor_assigned_at": WHEN,
        "monitor_announced_at": WHEN,
        "cancel_requested_at": WHEN,
        "cancelled_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="measures")
    kind = models.CharField(_("Measure"), max_length=4)
    decider = models.CharField(_("Decided by"), max_length=20, default="commune_chair")
    state = models.CharField(_("State"), max_length=20)
    requested_at = models.DateTimeField(_("Requested at"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Written down by")
    )
    requester = models.CharField(_("Who asks"), max_length=20, blank=True)
    consent = models.CharField(_("She consents"), max_length=20, default="unknown")
    consent_document = SealedText(
        field_id=701, size="address", blank=True, verbose_name=_("How consent is shown")
    )
    told_rights_at = models.DateTimeField(_("Told of her rights and duties at"), null=True, blank=True)
    grounds = models.JSONField(_("Grounds"), default=list, blank=True)
    grounds_text = SealedText(
        field_id=702, size="text", blank=True, verbose_name=_("What the request rests on")
    )
    decide_by = models.DateTimeField(_("Decide by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Signed by")
    )
    authority = SealedText(field_id=709, size="address", blank=True, verbose_name=_("Deciding authority"))
    granted = models.BooleanField(_("Granted"), null=True, blank=True)
    reasons = SealedText(field_id=703, size="text", blank=True, verbose_name=_("Reasons given"))
    number = models.CharField(_("Decision number"), max_length=40, blank=True)
    starts_at = models.DateTimeField(_("Starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("Ends"), null=True, blank=True)
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)
    conditions = SealedText(field_id=704, size="text", blank=True, verbose_name=_("Conditions"))
    monitor_kind = models.CharField(_("Monitor"), max_length=40, blank=True)
    monitor_name = SealedText(field_id=705, size="name", blank=True, verbose_name=_("Monitor's name"))
    monitor_assigned_at = models.DateTimeField(_("Monitor and plan decided at"), null=True, blank=True)
    monitor_announced_at = models.DateTimeField(_("Monitoring announced at"), null=True, blank=True)
    commitment_signed = models.BooleanField(_("Commitment signed"), null=True, blank=True)
    cancel_requested_at = models.DateTimeField(_("Cancellation asked at"), null=True, blank=True)
    cancel_reason = SealedText(field_id=706, size="text", blank=True, verbose_name=_("Why cancel"))
    cancel_answer = SealedText(field_id=707, size="text", blank=True, verbose_name=_("Answer to the request"))
    cancelled_at = models.DateTimeField(_("Cancelled at"), null=True, blank=True)
    extension_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="extensions")
    result = SealedText(field_id=708, size="text", blank=True, verbose_name=_("What came of it"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Measure")
        indexes: ClassVar = [
            models.Index(fields=["case", "-requested_at"], name="measure_case"),
            models.Index(fields=["state", "decide_by"], name="measure_state_decide"),
            models.Index(fields=["state", "ends_at"], name="measure_state_ends"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(starts_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="measure_dates",
            ),
            # A chair's ban lasts three days at most (Art. 25(1)), whatever the code above says.
            models.CheckConstraint(
                condition=~Q(kind="M03", decider="commune_chair")
                | Q(ends_at__isnull=True)
                | Q(ends_at__lte=F("starts_at") + models.Value(timedelta(days=3))),
                name="measure_ban_three_days",
            ),
            models.CheckConstraint(
                condition=~Q(kind="M03", decider="commune_chair", state="in_force")
                | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="measure_ban_has_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}".strip()


class Service(GuardedModel):
    """A copy of the decision handed to one of its recipients (Art. 25(3)), or refused by him."""

    PLAIN: ClassVar = {"recipient": CODE, "how": CODE, "served_at": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="services")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="services")
    recipient = models.CharField(_("Recipient"), max_length=30)
    served_at = models.DateTimeField(_("Served at"))
    how = models.CharField(_("How it was handed over"), max_length=20, blank=True)
    refused = models.BooleanField(_("Refused to receive"), default=False)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Service of a decision")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["measure", "recipient"], name="service_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Breach(GuardedModel):
    """A breach of a measure: when, how, and what followed."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"kind": CODE, "at": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="breaches")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="breaches")
    at = models.DateTimeField(_("When it happened"))
    kind = models.CharField(_("Kind of breach"), max_length=30)
    account = SealedText(field_id=721, size="text", verbose_name=_("What happened"))
    followed = SealedText(field_id=722, size="text", blank=True, verbose_name=_("What followed"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Breach")
        verbose_name_plural = _("Breaches")

    def __str__(self) -> str:
        return str(self.pk)
