"""Notes, contacts made and tried, and the steps of the plan."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedText
from casework.organisations.models import Agency, User

CODE = "a code of a list, needed for rules, clocks and figures; it names nobody"
WHEN = "needed to order and for clocks; it names nobody"


class Note(GuardedModel):
    """What somebody wrote down; a confidential note stays in its author's agency."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"kind": CODE, "at": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="notes")
    kind = models.CharField(_("Kind of note"), max_length=20)
    at = models.DateTimeField(_("When"))
    text = SealedText(field_id=601, size="text", verbose_name=_("Note"))
    is_confidential = models.BooleanField(_("Only for my own agency"), default=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta(GuardedModel.Meta):
        verbose_name = _("Note")
        indexes: ClassVar = [models.Index(fields=["case", "-at"], name="note_case")]

    def __str__(self) -> str:
        return str(self.pk)


class Contact(GuardedModel):
    """A contact with her, made or tried, and whether it was safe."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"channel": CODE, "outcome": CODE, "was_safe": CODE, "at": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="contacts")
    at = models.DateTimeField(_("When"))
    channel = models.CharField(_("How"), max_length=20)
    outcome = models.CharField(_("Result"), max_length=20)
    was_safe = models.CharField(_("Was it safe"), max_length=10, default="unknown")
    in_person = models.BooleanField(_("Met in person"), default=False)
    remark = SealedText(field_id=611, size="text", blank=True, verbose_name=_("Remark"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta(GuardedModel.Meta):
        verbose_name = _("Contact")
        indexes: ClassVar = [models.Index(fields=["case", "-at"], name="contact_case")]

    def __str__(self) -> str:
        return str(self.pk)


class PlanStep(GuardedModel):
    """One step of the plan: for which need, who does it, by when, with what result."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"need": CODE, "result": CODE, "due_on": WHEN, "done_on": WHEN, "created_at": WHEN}
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="plan_steps")
    need = models.CharField(_("Need"), max_length=30)
    step = SealedText(field_id=621, size="text", verbose_name=_("What will be done"))
    who = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Who"))
    due_on = models.DateField(_("By when"), null=True, blank=True)
    done_on = models.DateField(_("Done on"), null=True, blank=True)
    result = models.CharField(_("Result"), max_length=30, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Step of the plan")

    def __str__(self) -> str:
        return str(self.pk)
