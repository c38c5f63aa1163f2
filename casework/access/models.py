"""What the floor above the records keeps about the people who use them."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.encryption.fields import SealedJSON


class Draft(models.Model):
    """What one person has typed into one form and not sent yet; nobody else is ever shown it.

    content: name of a field -> the list of texts that stood in it, as typed and as wrong as typed.
    It is written every few seconds, so it has no history, and no event tells of a writing.
    """

    KEY_SCOPE: ClassVar = ("user", "user_id")
    PLAIN: ClassVar = {
        "path": "by it the page finds its draft; an address holds ids and codes, never a word of a person",
        "saved_at": "drafts go after a week without being opened",
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    path = models.CharField(_("address of the form"), max_length=300)
    content = SealedJSON(_("what was typed"), field_id=1101, null=True)
    saved_at = models.DateTimeField(_("saved at"), db_index=True)

    objects: ClassVar[models.Manager["Draft"]]

    class Meta:
        verbose_name = _("Draft")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "path"], name="draft_one_for_a_form")
        ]

    def __str__(self) -> str:
        return str(self.pk)
