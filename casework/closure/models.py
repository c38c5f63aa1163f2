"""Closing a case: asked for, reviewed by a second person, supervised, finished."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedText
from casework.organisations.models import User

CODE = "a code of a list, needed for rules and figures; it names nobody"
WHEN = "needed for clocks and figures; it names nobody"


class Closing(GuardedModel):
    """One attempt to close a case, with the checklist as it stood and the second person's decision."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "reason": CODE,
        "outcomes": CODE,
        "checklist": CODE,
        "state": CODE,
        "findable": CODE,
        "extended_times": "how often supervision was extended, which is limited; it names nobody",
        "requested_at": WHEN,
        "reviewed_at": WHEN,
        "supervised_until": WHEN,
        "finished_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="closings")
    reason = models.CharField(_("Why the case closes"), max_length=30)
    outcomes = models.JSONField(_("Outcomes"), default=list, blank=True)
    checklist = models.JSONField(default=list)
    her_wish = SealedText(field_id=901, size="text", blank=True, verbose_name=_("What she wishes"))
    findable = models.CharField(_("Could we find her again"), max_length=10, default="unknown")
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Asked for by"))
    requested_at = models.DateTimeField(_("Asked for at"))
    state = models.CharField(_("State"), max_length=20, default="asked")
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Reviewed by")
    )
    reviewed_at = models.DateTimeField(_("Reviewed at"), null=True, blank=True)
    remarks = SealedText(field_id=902, size="text", blank=True, verbose_name=_("Reviewer's remarks"))
    supervised_until = models.DateTimeField(_("Supervised until"), null=True, blank=True)
    extended_times = models.PositiveSmallIntegerField(_("How often it went on"), default=0)
    extension_reason = SealedText(
        field_id=903, size="text", blank=True, verbose_name=_("Why the supervision goes on")
    )
    finished_at = models.DateTimeField(_("Finished at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Closing")
        constraints: ClassVar = [
            # Nobody reviews their own request, whatever the code above says.
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("requested_by")),
                name="closing_two_people",
            ),
            models.CheckConstraint(condition=Q(extended_times__lte=2), name="closing_extended_twice"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
