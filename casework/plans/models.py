"""Notes, contacts made and tried, and the steps of the plan."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.principals import Principal, principal
from casework.access.visibility import Through
from casework.encryption.fields import SealedText
from casework.organisations.models import Agency, User

CODE = "a code of a list, needed for rules, clocks and figures; it names nobody"
WHEN = "needed to order and for clocks; it names nobody"


class OfOwnAgency(Through):
    """As visible as the case, but a confidential row only to those who work in its agency now."""

    def narrow(self, rows: Any, who: Principal, verb: str) -> Any:
        open_to_me = Q(is_confidential=False)
        # Not one list: two roles in one office would make another statement of it.
        for agency_id in who.agency_ids:
            open_to_me |= Q(agency_id=agency_id)
        return super().narrow(rows, who, verb).filter(open_to_me)

    def basis(self, record: Any, user: Any, verb: str, at: datetime | None = None) -> str | None:
        if record.is_confidential and record.agency_id not in principal(user, at).agency_ids:
            return None
        return super().basis(record, user, verb, at)


class Note(GuardedModel):
    """What somebody wrote down; a confidential note stays in its author's agency."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"kind": CODE, "at": WHEN, "created_at": WHEN}
    visibility = OfOwnAgency("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="notes")
    kind = models.CharField(_("Kind of note"), max_length=20)
    at = models.DateTimeField(_("When"))
    text = SealedText(field_id=601, size="text", verbose_name=_("Note"))
    # A rule of who may see the row, so the database must be able to ask it.
    is_confidential = models.BooleanField(_("Only for my own agency"), default=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("Office"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Author"))

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
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("Author"))

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
    goal = SealedText(field_id=622, size="text", blank=True, verbose_name=_("What it is for"))
    who = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Who")
    )
    due_on = models.DateField(_("By when"), null=True, blank=True)
    done_on = models.DateField(_("Done on"), null=True, blank=True)
    result = models.CharField(_("Result"), max_length=30, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("Step of the plan")

    def __str__(self) -> str:
        return str(self.pk)


class SafetyPlan(GuardedModel):
    """What she will do when it becomes dangerous, made with her; one for a case, each revision in the history.

    In the wrong hands it says where and when to look for her, so fewer people read it than read the case.
    """

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {"made_with_her": CODE, "revised_on": WHEN, "created_at": WHEN}
    visibility = Through("case")
    view_verb = "plan.view_safety"

    case = models.OneToOneField("casework.Case", models.PROTECT, related_name="safety_plan")
    made_with_her = models.CharField(_("Made together with her"), max_length=10, default="unknown")
    revised_on = models.DateField(_("Last gone through with her"))
    signs = SealedText(
        field_id=631, size="text", blank=True, verbose_name=_("Signs that it is about to become dangerous")
    )
    safe_people = SealedText(
        field_id=632, size="text", blank=True, verbose_name=_("People she can call or run to")
    )
    safe_places = SealedText(field_id=633, size="text", blank=True, verbose_name=_("Where she can go"))
    way_out = SealedText(field_id=634, size="text", blank=True, verbose_name=_("How she gets out"))
    bag = SealedText(
        field_id=635,
        size="text",
        blank=True,
        verbose_name=_("Bag, papers and money, and where they are kept"),
    )
    children = SealedText(
        field_id=636, size="text", blank=True, verbose_name=_("What the children know and do")
    )
    code_words = SealedText(field_id=637, size="text", blank=True, verbose_name=_("Code words and signals"))
    phone_safety = SealedText(field_id=638, size="text", blank=True, verbose_name=_("Telephone and internet"))
    after_leaving = SealedText(field_id=639, size="text", blank=True, verbose_name=_("After leaving"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Safety plan")

    def __str__(self) -> str:
        return str(self.pk)
