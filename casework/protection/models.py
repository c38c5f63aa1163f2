"""The measures of Art. 22 as dated objects; the commune chair's contact ban complete."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.base.models import RegisterEntry
from casework.encryption.fields import SealedText
from casework.organisations.models import User

CODE = "a code of a list, needed for rules, boards and figures; it names nobody"
WHEN = "the law counts these hours and days; it names nobody"
NUMBER = "the number of the decision, written on papers"


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
        "number": NUMBER,
        "signed_on_paper": "whether the register gave the number or the paper brought it; it names nobody",
        "cancel_number": NUMBER,
        "cancel_on_paper": "as signed_on_paper",
        "monitor_kind": CODE,
        "condition": CODE,
        "volunteered": "a condition of the law, counted for figures; it names nobody",
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
    loses: ClassVar = ("number", "entry", "cancel_number", "cancel_entry")
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
    # Its line in the register of decisions; none for what another office decided.
    entry = models.ForeignKey(RegisterEntry, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on_paper = models.BooleanField(_("Signed on paper, outside of this system"), default=False)
    starts_at = models.DateTimeField(_("Starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("Ends"), null=True, blank=True)
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)
    # Critique and community work: which of the two cases of Art. 32(1), and whether the work was chosen freely.
    condition = models.CharField(_("Ground of Art. 32(1)"), max_length=20, blank=True)
    volunteered = models.BooleanField(_("He volunteers for it"), default=False)
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
    cancel_number = models.CharField(_("Number of the cancelling decision"), max_length=40, blank=True)
    cancel_entry = models.ForeignKey(RegisterEntry, models.PROTECT, null=True, blank=True, related_name="+")
    cancel_on_paper = models.BooleanField(_("Signed on paper, outside of this system"), default=False)
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


class AllowedContact(GuardedModel):
    """A contact during a ban that the decree allows: for one of three reasons, signed first, four hours at most."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "ground": CODE,
        "notified_at": WHEN,
        "signed_at": WHEN,
        "starts_at": WHEN,
        "ends_at": WHEN,
        "told_chair_at": WHEN,
        "ended_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="allowed_contacts")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="allowed_contacts")
    ground = models.CharField(_("Reason for the contact"), max_length=20)
    notified_at = models.DateTimeField(_("Written notice given at"))
    signed_at = models.DateTimeField(_("Monitor signed at"))
    starts_at = models.DateTimeField(_("Contact from"))
    ends_at = models.DateTimeField(_("Contact until"))
    told_chair_at = models.DateTimeField(_("Chair told at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("Contact ended at"), null=True, blank=True)
    account = SealedText(field_id=723, size="text", blank=True, verbose_name=_("How it went"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Allowed contact")
        verbose_name_plural = _("Allowed contacts")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"))
                & Q(ends_at__lte=F("starts_at") + models.Value(timedelta(hours=4))),
                name="allowed_contact_four_hours",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__lte=F("starts_at")), name="allowed_contact_signed_first"
            ),
        ]

    def __str__(self) -> str:
        return self.ground


class SupportSession(GuardedModel):
    """One hour of counselling, behaviour change or community work: who was meant, who came, what was done."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "kind": CODE,
        "at": WHEN,
        "minutes": "how long it took, added up for figures; it names nobody",
        "topics": CODE,
        "attendance": CODE,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="sessions")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="sessions")
    kind = models.CharField(_("Kind of session"), max_length=20)
    at = models.DateTimeField(_("When it was held"))
    minutes = models.PositiveIntegerField(_("Minutes"), null=True, blank=True)
    topics = models.JSONField(_("Topics"), default=list, blank=True)
    attendance = models.CharField(_("Attendance"), max_length=10, default="unknown")
    account = SealedText(field_id=724, size="text", blank=True, verbose_name=_("What was done in it"))
    # Of the version that says it: what was written before, and why that was wrong, stay in the history.
    corrected_why = SealedText(field_id=2160, size="text", blank=True, verbose_name=_("Why it was corrected"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Support session")
        indexes: ClassVar = [models.Index(fields=["measure", "-at"], name="session_measure")]

    def __str__(self) -> str:
        return self.kind


class Meeting(GuardedModel):
    """A critique before the community (Art. 32) or a mediation (Art. 17, 18), as its minutes tell it."""

    CRITIQUE, MEDIATION = "critique", "mediation"

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "kind": CODE,
        "at": WHEN,
        "participants": CODE,
        "led_by": CODE,
        "commitment": CODE,
        "result": CODE,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="meetings")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="meetings")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField(_("When it was held"))
    participants = models.JSONField(_("Who took part"), default=list, blank=True)
    led_by = models.CharField(_("Who mediated"), max_length=10, blank=True)
    commitment = models.CharField(_("Commitment not to do it again"), max_length=10, blank=True)
    result = models.CharField(_("Result"), max_length=20, blank=True)
    her_wish = SealedText(field_id=725, size="text", blank=True, verbose_name=_("What she wants"))
    account = SealedText(field_id=726, size="text", verbose_name=_("What was said and agreed"))
    # What those who took part read and sign; neither of the two texts above is ever on a paper he reads.
    minutes = SealedText(field_id=2150, size="text", blank=True, verbose_name=_("Text of the minutes"))
    place = SealedText(field_id=2151, size="address", blank=True, verbose_name=_("Where it was held"))
    corrected_why = SealedText(field_id=2161, size="text", blank=True, verbose_name=_("Why it was corrected"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Meeting")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="critique", measure__isnull=False)
                | Q(kind="mediation", measure__isnull=True),
                name="meeting_kind",
            )
        ]

    def __str__(self) -> str:
        return self.kind


class Outcome(GuardedModel):
    """How the one who committed violence was dealt with by the law: a penalty, a step of criminal procedure."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "kind": CODE,
        "penalty_articles": CODE,
        "criminal_articles": CODE,
        "decided_at": WHEN,
        "number": NUMBER,
        "created_at": WHEN,
    }
    loses: ClassVar = ("number",)
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="outcomes")
    kind = models.CharField(_("How he was dealt with"), max_length=20)
    penalty_articles = models.JSONField(_("Article of the decree on penalties"), default=list, blank=True)
    criminal_articles = models.JSONField(_("Article of the Criminal Code"), default=list, blank=True)
    decided_at = models.DateTimeField(_("When it was decided"))
    authority = SealedText(field_id=727, size="address", blank=True, verbose_name=_("Deciding authority"))
    number = models.CharField(_("Decision number"), max_length=40, blank=True)
    account = SealedText(field_id=728, size="text", blank=True, verbose_name=_("What it says"))
    corrected_why = SealedText(field_id=2162, size="text", blank=True, verbose_name=_("Why it was corrected"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Outcome")
        indexes: ClassVar = [models.Index(fields=["case", "-decided_at"], name="outcome_case")]

    def __str__(self) -> str:
        return self.kind
