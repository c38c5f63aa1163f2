"""What is due, when, and who answers for it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.organisations.models import User

CODE = "a code of a list, needed for rules and boards; it names nobody"
WHEN = "a clock must be ordered and compared; it names nobody"


class Deadline(GuardedModel):
    """One clock that runs: a duty of the law or of the risk level, through nights and holidays."""

    OPEN, DONE, CANCELLED = "open", "done", "cancelled"

    PLAIN: ClassVar = {
        "kind": CODE,
        "basis": "the article of law the clock rests on",
        "role": CODE,
        "state": CODE,
        "subject_type": CODE,
        "starts_at": WHEN,
        "due_at": WHEN,
        "ended_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="deadlines")
    kind = models.CharField(_("What is due"), max_length=30)
    basis = models.CharField(_("Legal basis"), max_length=120, blank=True)
    role = models.CharField(_("Who answers for it"), max_length=30)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Member of staff")
    )
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField(_("Starts"))
    due_at = models.DateTimeField(_("Due at"))
    state = models.CharField(_("State"), max_length=10, default=OPEN)
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Deadline")
        indexes: ClassVar = [
            models.Index(fields=["case", "state", "due_at"], name="deadline_case"),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="deadline_open"),
            models.Index(fields=["subject_id"], name="deadline_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "kind", "subject_id"],
                condition=Q(state="open"),
                name="deadline_one_open",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.kind
