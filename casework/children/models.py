"""The child-protection procedure of Decree 56/2017, beside the case: what was decided for one child, and when."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.base.models import RegisterEntry
from casework.cases.models import Participant
from casework.children import terms
from casework.encryption.fields import SealedText
from casework.organisations.models import User

CODE = "a code of a list, needed for rules, boards and figures; it names nobody"
WHEN = "the law counts these hours and days; it names nobody"
NUMBER = "the number of the decision, written on papers"


class ChildRecord(GuardedModel):
    """What every row of the procedure shares: a case a partner or a monitoring police unit may read does not open it."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    visibility = Through("case")
    view_verb: ClassVar = "child.view"

    class Meta(GuardedModel.Meta):
        abstract = True


class ChildProcedure(ChildRecord):
    """One child's way through the procedure, from the information to the closing."""

    RECEIVED, ASSESSING, PLANNING = terms.RECEIVED, terms.ASSESSING, terms.PLANNING
    CARRIED_OUT, CLOSED = terms.CARRIED_OUT, terms.CLOSED
    NONE, EMERGENCY, SEPARATION = terms.NONE, terms.EMERGENCY, terms.SEPARATION

    PLAIN: ClassVar = {
        "state": CODE,
        "source": CODE,
        "decision": CODE,
        "dangers": CODE,
        "number": NUMBER,
        "signed_on_paper": "whether the register gave the number or the paper brought it; it names nobody",
        "received_at": WHEN,
        "decide_by": WHEN,
        "decided_at": WHEN,
        "closed_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("number", "entry")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="child_procedures")
    child = models.ForeignKey(Participant, models.PROTECT, related_name="+", verbose_name=_("Which child"))
    state = models.CharField(_("State"), max_length=20, default=RECEIVED)
    received_at = models.DateTimeField(_("Information received at"))
    source = models.CharField(_("Who passed it on"), max_length=20)
    information = SealedText(field_id=2001, size="text", verbose_name=_("What is known of the child"))
    decide_by = models.DateTimeField(_("Decide by"))
    decision = models.CharField(_("Decision within 12 hours"), max_length=20, blank=True)
    dangers = models.JSONField(_("Grounds"), default=list, blank=True)
    number = models.CharField(_("Decision number"), max_length=40, blank=True)
    # Its line in the register of decisions; one number is never given twice.
    entry = models.ForeignKey(RegisterEntry, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on_paper = models.BooleanField(_("Signed on paper, outside of this system"), default=False)
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Signed by")
    )
    reasons = SealedText(field_id=2002, size="text", blank=True, verbose_name=_("Reasons given"))
    steps = SealedText(field_id=2003, size="text", blank=True, verbose_name=_("What is done at once"))
    closed_at = models.DateTimeField(_("Closed at"), null=True, blank=True)

    class Meta(ChildRecord.Meta):
        verbose_name = _("Child procedure")
        indexes: ClassVar = [models.Index(fields=["case", "-received_at"], name="child_procedure_case")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["child"], condition=~Q(state="closed"), name="child_procedure_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="received") | Q(decided_at__isnull=False), name="child_procedure_decided"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ChildSeparation(ChildRecord):
    """A child kept apart from parents or carers for a time; where is as secret as a shelter."""

    PLAIN: ClassVar = {
        "number": NUMBER,
        "signed_on_paper": "whether the register gave the number or the paper brought it; it names nobody",
        "dangers": CODE,
        "care": CODE,
        "end_kind": CODE,
        "starts_at": WHEN,
        "ends_at": WHEN,
        "decided_at": WHEN,
        "extended_at": WHEN,
        "ended_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("number", "entry")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="child_separations")
    procedure = models.ForeignKey(ChildProcedure, models.PROTECT, related_name="separations")
    dangers = models.JSONField(_("Grounds"), default=list, blank=True)
    number = models.CharField(_("Decision number"), max_length=40, blank=True)
    # Its line in the register of decisions; one number is never given twice.
    entry = models.ForeignKey(RegisterEntry, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on_paper = models.BooleanField(_("Signed on paper, outside of this system"), default=False)
    decided_at = models.DateTimeField(_("Decided at"))
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Signed by"))
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(_("Ends"))
    care = models.CharField(_("Kind of care"), max_length=20)
    place = SealedText(field_id=2010, size="address", verbose_name=_("Place of safety"))
    carer = SealedText(
        field_id=2011, size="name", blank=True, verbose_name=_("Who cares for the child there")
    )
    reasons = SealedText(field_id=2012, size="text", verbose_name=_("Reasons given"))
    # A longer separation needs a competent body that asked for it (Art. 32).
    extended_at = models.DateTimeField(_("Extended at"), null=True, blank=True)
    demanded_by = SealedText(
        field_id=2013, size="address", blank=True, verbose_name=_("Competent body that asks for it")
    )
    demand = SealedText(
        field_id=2014, size="address", blank=True, verbose_name=_("Number and date of its paper")
    )
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)
    end_kind = models.CharField(_("How it ended"), max_length=20, blank=True)
    account = SealedText(field_id=2015, size="text", blank=True, verbose_name=_("What came of it"))

    class Meta(ChildRecord.Meta):
        verbose_name = _("Temporary separation of a child")
        indexes: ClassVar = [
            models.Index(fields=["procedure", "-starts_at"], name="child_separation_procedure")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="child_separation_term"),
            # At most 15 days, unless a body asked for more, whatever the code above says.
            models.CheckConstraint(
                condition=Q(extended_at__isnull=False)
                | Q(ends_at__lte=F("starts_at") + models.Value(timedelta(days=15))),
                name="child_separation_fifteen_days",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ChildAssessment(ChildRecord):
    """The specific assessment (Art. 27): the child's state, the family, and how far it can protect the child."""

    PLAIN: ClassVar = {
        "body": CODE,
        "mind": CODE,
        "feelings": CODE,
        "capacity": CODE,
        "assessed_at": WHEN,
        "created_at": WHEN,
    }

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="child_assessments")
    procedure = models.ForeignKey(ChildProcedure, models.PROTECT, related_name="assessments")
    assessed_at = models.DateTimeField(_("Assessed at"))
    assessed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Assessed by"))
    body = models.CharField(_("Physical state"), max_length=10)
    body_text = SealedText(field_id=2020, size="text", blank=True, verbose_name=_("What was seen of it"))
    mind = models.CharField(_("Psychological state"), max_length=10)
    mind_text = SealedText(field_id=2021, size="text", blank=True, verbose_name=_("What was seen of it"))
    feelings = models.CharField(_("Emotional state"), max_length=10)
    feelings_text = SealedText(field_id=2022, size="text", blank=True, verbose_name=_("What was seen of it"))
    family_text = SealedText(field_id=2023, size="text", verbose_name=_("Situation of the family"))
    capacity = models.CharField(_("How far the family can protect the child"), max_length=10)
    capacity_text = SealedText(field_id=2024, size="text", blank=True, verbose_name=_("Why"))
    wish = SealedText(field_id=2025, size="text", blank=True, verbose_name=_("What the child wants"))
    conclusion = SealedText(field_id=2026, size="text", verbose_name=_("Conclusion"))

    class Meta(ChildRecord.Meta):
        verbose_name = _("Specific assessment of a child")
        indexes: ClassVar = [
            models.Index(fields=["procedure", "-assessed_at"], name="child_assessment_procedure")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ChildPlan(ChildRecord):
    """A support and intervention plan: written, approved or sent back, carried out, reviewed."""

    SUBMITTED, RETURNED, APPROVED, REVIEWED = "submitted", "returned", "approved", "reviewed"

    PLAIN: ClassVar = {
        "state": CODE,
        "services": CODE,
        "review": CODE,
        "number": NUMBER,
        "signed_on_paper": "whether the register gave the number or the paper brought it; it names nobody",
        "starts_on": WHEN,
        "ends_on": WHEN,
        "submitted_at": WHEN,
        "decided_at": WHEN,
        "reviewed_at": WHEN,
        "created_at": WHEN,
    }
    loses: ClassVar = ("number", "entry")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="child_plans")
    procedure = models.ForeignKey(ChildProcedure, models.PROTECT, related_name="plans")
    state = models.CharField(_("State"), max_length=10, default=SUBMITTED)
    goal = SealedText(field_id=2030, size="text", verbose_name=_("Goal"))
    services = models.JSONField(_("Support"), default=list, blank=True)
    activities = SealedText(field_id=2031, size="text", verbose_name=_("What is done, by whom, until when"))
    responsible = SealedText(field_id=2032, size="address", verbose_name=_("Who answers for the plan"))
    starts_on = models.DateField(_("From"))
    ends_on = models.DateField(_("Until"))
    submitted_at = models.DateTimeField(_("Put before the chair at"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Written by"))
    number = models.CharField(_("Decision number"), max_length=40, blank=True)
    # Its line in the register of decisions; one number is never given twice.
    entry = models.ForeignKey(RegisterEntry, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on_paper = models.BooleanField(_("Signed on paper, outside of this system"), default=False)
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Signed by")
    )
    remarks = SealedText(field_id=2033, size="text", blank=True, verbose_name=_("Remarks of the chair"))
    reviewed_at = models.DateTimeField(_("Reviewed at"), null=True, blank=True)
    review = models.CharField(_("Result of the review"), max_length=10, blank=True)
    review_text = SealedText(field_id=2034, size="text", blank=True, verbose_name=_("What the plan changed"))

    class Meta(ChildRecord.Meta):
        verbose_name = _("Support plan for a child")
        indexes: ClassVar = [models.Index(fields=["procedure", "-submitted_at"], name="child_plan_procedure")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="child_plan_dates"),
            models.UniqueConstraint(
                fields=["procedure"],
                condition=Q(state__in=["submitted", "approved"]),
                name="child_plan_one_live",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_at__isnull=False), name="child_plan_decided"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
