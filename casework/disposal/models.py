"""Destroying what a case, or a report without one, holds: asked for, decided by a second person, waited for, done; and
what stops it.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.base import clock
from casework.cases.models import Case
from casework.encryption.fields import SealedText
from casework.intake.models import Report
from casework.organisations.models import User

CODE = "a code of a list, needed for rules and registers; it names nobody"
WHEN = "needed for the waiting time and for registers; it names nobody"


class Destroying(GuardedModel):
    """One request to destroy what a record holds. The reasons go with the record; the codes and names of staff stay."""

    ASKED, APPROVED, REFUSED, STOPPED, LAPSED, DONE = (
        "asked",
        "approved",
        "refused",
        "stopped",
        "lapsed",
        "done",
    )
    RUNNING: ClassVar = (ASKED, APPROVED)

    PLAIN: ClassVar = {
        "state": CODE,
        "ground": CODE,
        "retention_class": CODE,
        "payload": "binds the second person's answer to what they were shown; a digest of ids",
        "kept_until": WHEN,
        "requested_at": WHEN,
        "decided_at": WHEN,
        "due_at": WHEN,
        "stopped_at": WHEN,
        "done_at": WHEN,
        "created_at": WHEN,
    }
    # The name of the field that points to what is destroyed.
    ABOUT: ClassVar[str]

    state = models.CharField(_("State"), max_length=10, default=ASKED)
    ground = models.CharField(_("Ground"), max_length=30)
    retention_class = models.CharField(_("Retention class"), max_length=30)
    kept_until = models.DateField(_("Kept until"))
    payload = models.CharField(max_length=64, editable=False)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("Asked at"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    due_at = models.DateTimeField(_("Not before"), null=True, blank=True)
    stopped_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(_("Stopped at"), null=True, blank=True)
    done_at = models.DateTimeField(_("Destroyed at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        abstract = True
        constraints: ClassVar = [
            # Whatever the code above says: two people, seven days, one request at a time.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="%(class)s_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "done"])
                | Q(
                    decided_by__isnull=False,
                    due_at__isnull=False,
                    due_at__gte=F("decided_at") + models.Value(timedelta(days=7)),
                ),
                name="%(class)s_cool_off",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False, done_at__gte=F("due_at")),
                name="%(class)s_done_when_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Disposal(Destroying):
    """One request to destroy what a case holds."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    ABOUT = "case"
    visibility = Through("case")
    view_verb = "disposal.view"

    case = models.ForeignKey(Case, models.PROTECT, related_name="disposals")
    reason = SealedText(field_id=1601, size="text", verbose_name=_("Why it is destroyed"))
    remarks = SealedText(
        field_id=1602, size="text", blank=True, verbose_name=_("Remarks of the second person")
    )
    stop_reason = SealedText(field_id=1603, size="text", blank=True, verbose_name=_("Why it is stopped"))

    class Meta(Destroying.Meta):
        verbose_name = _("Request to destroy a case")
        indexes: ClassVar = [
            models.Index(fields=["case", "-requested_at"], name="disposal_case"),
            models.Index(fields=["due_at"], condition=Q(state="approved"), name="disposal_due"),
        ]
        constraints: ClassVar = [
            *Destroying.Meta.constraints,
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=["asked", "approved"]), name="disposal_one_running"
            ),
        ]

    @property
    def subject(self) -> Case:
        """What is destroyed."""
        return self.case


class ReportDisposal(Destroying):
    """One request to destroy what a report holds that never became a case, with those that repeat it."""

    KEY_SCOPE: ClassVar = ("report", "report_id")
    ABOUT = "report"
    visibility = Through("report")
    view_verb = "report_disposal.view"
    parts_of: ClassVar = {"report": "report", "case": "report__case_link__case"}

    report = models.ForeignKey(Report, models.PROTECT, related_name="disposals")
    reason = SealedText(field_id=2100, size="text", verbose_name=_("Why it is destroyed"))
    remarks = SealedText(
        field_id=2101, size="text", blank=True, verbose_name=_("Remarks of the second person")
    )
    stop_reason = SealedText(field_id=2102, size="text", blank=True, verbose_name=_("Why it is stopped"))

    class Meta(Destroying.Meta):
        verbose_name = _("Request to destroy a report")
        indexes: ClassVar = [
            models.Index(fields=["report", "-requested_at"], name="report_disposal_report"),
            models.Index(fields=["due_at"], condition=Q(state="approved"), name="report_disposal_due"),
        ]
        constraints: ClassVar = [
            *Destroying.Meta.constraints,
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state__in=["asked", "approved"]),
                name="reportdisposal_one_running",
            ),
        ]

    @property
    def subject(self) -> Report:
        """What is destroyed, with those that repeat it."""
        return self.report

    @property
    def is_erased(self) -> bool:
        return self.report.is_erased


class Hold(GuardedModel):
    """While it runs, the record is not destroyed, whoever has agreed to that."""

    PLAIN: ClassVar = {
        "ground": CODE,
        "until": WHEN,
        "placed_at": WHEN,
        "lifted_at": WHEN,
        "created_at": WHEN,
    }

    ground = models.CharField(_("Reason of the hold"), max_length=30)
    until = models.DateField(_("Until"), null=True, blank=True)
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(_("Placed at"))
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(_("Lifted at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="%(class)s_lifted_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def runs(self, at: datetime) -> bool:
        """Whether it stands at this instant; the last day counts."""
        return self.lifted_at is None and (self.until is None or clock.local_date(at) <= self.until)


class LegalHold(Hold):
    """While it runs, the case is not destroyed."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    visibility = Through("case")
    view_verb = "disposal.view"

    case = models.ForeignKey(Case, models.PROTECT, related_name="legal_holds")
    reason = SealedText(field_id=1611, size="text", verbose_name=_("What it is kept for"))
    lift_reason = SealedText(field_id=1612, size="text", blank=True, verbose_name=_("Why it is lifted"))

    class Meta(Hold.Meta):
        verbose_name = _("Legal hold")
        indexes: ClassVar = [models.Index(fields=["case", "-placed_at"], name="legal_hold_case")]


class ReportHold(Hold):
    """While it runs, the report is not destroyed, nor those that repeat it."""

    KEY_SCOPE: ClassVar = ("report", "report_id")
    visibility = Through("report")
    view_verb = "report_disposal.view"
    parts_of: ClassVar = {"report": "report", "case": "report__case_link__case"}

    report = models.ForeignKey(Report, models.PROTECT, related_name="legal_holds")
    reason = SealedText(field_id=2110, size="text", verbose_name=_("What it is kept for"))
    lift_reason = SealedText(field_id=2111, size="text", blank=True, verbose_name=_("Why it is lifted"))

    class Meta(Hold.Meta):
        verbose_name = _("Legal hold on a report")
        indexes: ClassVar = [models.Index(fields=["report", "-placed_at"], name="report_hold_report")]

    @property
    def is_erased(self) -> bool:
        return self.report.is_erased
