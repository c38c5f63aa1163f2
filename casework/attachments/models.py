"""Files of a case: what was attached, by whom, about what; the content lies sealed in the file store."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from casework.access.guard import GuardedModel
from casework.access.visibility import Through
from casework.encryption.fields import SealedText

SHOWN = "the sealed file in the store shows its length anyway"


class Attachment(GuardedModel):
    """One sealed file. A removed one keeps its row and the reason; its key is destroyed."""

    KEY_SCOPE: ClassVar = ("case", "case_id")
    PLAIN: ClassVar = {
        "media_type": "one of seven kinds, needed to list and to send it; it names nobody",
        "about_kind": "which table `about` points to; it names nobody",
        "removed_at": "needed to list what is still there; it names nobody",
        "created_at": "needed to order; it names nobody",
    }
    loses: ClassVar = ("size", "chunks")
    visibility = Through("case")

    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="attachments")
    # By uuid: what it is about may live on a floor above this one. The verb sees to it that the case is the same.
    about = models.UUIDField(_("Belongs to"), null=True, blank=True)
    about_kind = models.CharField(max_length=10, blank=True)
    file_name = SealedText(field_id=1501, size="address", verbose_name=_("File name"))
    description = SealedText(field_id=1502, size="text", blank=True, verbose_name=_("What it shows"))
    sha256 = SealedText(field_id=1503, size="address", verbose_name=_("SHA-256"))
    removal_reason = SealedText(field_id=1504, size="text", blank=True, verbose_name=_("Why it was removed"))
    media_type = models.CharField(_("Kind of file"), max_length=80)
    size = models.PositiveIntegerField(_("Size in bytes"))
    chunks = models.PositiveIntegerField(editable=False)
    stored_as = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    removed_at = models.DateTimeField(_("Removed at"), null=True, blank=True)

    class Meta(GuardedModel.Meta):
        verbose_name = _("File")
        indexes: ClassVar = [models.Index(fields=["case", "-created_at"], name="attachment_case")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(about__isnull=True, about_kind="")
                | Q(about__isnull=False, about_kind__in=["incident", "measure"]),
                name="attachment_about_is_named",
            )
        ]

    @property
    def file_id(self) -> uuid.UUID:
        """Under what the key of its file is kept."""
        return self.pk

    def __str__(self) -> str:
        return str(self.pk)
