"""Requests to see a file: who asks, what was answered, which extract was handed over by which two people."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.cases.models import Participant
from casework.encryption.fields import SealedText
from casework.official_forms.models import OfficialPaper
from casework.organisations.models import User

CODE = "a code of a list, needed for rules, queues and figures; it names nobody"
WHEN = "the law counts these days; it names nobody"


class AccessRequest(GuardedModel):
    """Somebody asks to see the file of a child or of a case: often the one the file protects against."""

    ASKED, REFUSED, ALLOWED = "asked", "refused", "allowed"
    PREPARED, RELEASED = "prepared", "released"

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "state": CODE,
        "capacity": CODE,
        "scope": CODE,
        "refusals": CODE,
        "received_at": WHEN,
        "answer_by": WHEN,
        "done_by": WHEN,
        "decided_at": WHEN,
        "prepared_at": WHEN,
        "released_at": WHEN,
        "created_at": WHEN,
    }
    visibility = Through("case")
    view_verb: ClassVar = "access.view"

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="access_requests")
    child = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Which child")
    )
    state = models.CharField(_("State"), max_length=10, default=ASKED)
    who = SealedText(field_id=2040, size="name", verbose_name=_("Who asks to see it"))
    capacity = models.CharField(_("In what capacity"), max_length=20)
    proof = SealedText(field_id=2041, size="address", blank=True, verbose_name=_("How that was shown"))
    scope = models.CharField(_("What is to be seen"), max_length=20)
    wants = SealedText(field_id=2042, size="text", blank=True, verbose_name=_("In the words of whoever asks"))
    received_at = models.DateTimeField(_("Received at"))
    answer_by = models.DateTimeField(_("Answer by"))
    done_by = models.DateTimeField(_("Carry out by"))
    decided_at = models.DateTimeField(_("Answered at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Answered by")
    )
    refusals = models.JSONField(_("Why it is not shown"), default=list, blank=True)
    reasons = SealedText(field_id=2043, size="text", blank=True, verbose_name=_("Reasons given"))
    paper = models.ForeignKey(
        OfficialPaper, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Extract")
    )
    prepared_at = models.DateTimeField(_("Prepared at"), null=True, blank=True)
    prepared_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Prepared by")
    )
    checked = SealedText(field_id=2044, size="text", blank=True, verbose_name=_("What was checked in it"))
    released_at = models.DateTimeField(_("Handed over at"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Second person")
    )
    remark = SealedText(field_id=2045, size="text", blank=True, verbose_name=_("Second person's remark"))

    class Meta(GuardedModel.Meta):
        verbose_name = _("Request to see a file")
        indexes: ClassVar = [
            models.Index(fields=["case", "-received_at"], name="access_request_case"),
            models.Index(fields=["state", "answer_by"], name="access_request_state"),
        ]
        constraints: ClassVar = [
            # Nobody hands over what they prepared themselves, whatever the code above says.
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")),
                name="access_request_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="released")
                | Q(paper__isnull=False, prepared_by__isnull=False, released_by__isnull=False),
                name="access_request_released",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
