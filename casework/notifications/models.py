"""What somebody is told, how it leaves the house, and how each person can be reached."""

import uuid
from datetime import time
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from casework.encryption.fields import SealedPhone, SealedText
from casework.organisations.models import User


class Notice(models.Model):
    """One thing somebody is told inside the product: what kind of thing, not about whom.

    What it is about is an address that asks for its own right when it is opened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="notices")
    # A code of `notice_kind`, and what it is about: a code of `deadline_kind`, or nothing.
    kind = models.CharField(max_length=20)
    topic = models.CharField(max_length=30, blank=True)
    # A life may hang on it: no quiet hours hold.
    is_urgent = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(default=0)
    # The name of a page, and the id it is asked for.
    route = models.CharField(max_length=40, blank=True)
    about = models.UUIDField(null=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Notice")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["recipient", "-at", "-id"], name="notice_recipient"),
            models.Index(
                fields=["recipient"], condition=models.Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=["at"], name="notice_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic}"


class Letter(models.Model):
    """One notice on its way out by one channel: written with the notice, sent by the worker, once."""

    EMAIL, SMS = "email", "sms"
    WAITING, SENT, GIVEN_UP, DROPPED = "waiting", "sent", "given_up", "dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="letters")
    recipient = models.ForeignKey(User, models.CASCADE, related_name="+")
    channel = models.CharField(max_length=5)
    state = models.CharField(max_length=10, default=WAITING)
    # What left together was one message, and is one at every try.
    message = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    # Not before: quiet hours, or the next try.
    not_before = models.DateTimeField()
    # Until when a worker holds it: one that was killed lets go of it then.
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Outgoing message")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=models.Q(state="waiting"), name="letter_waiting"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "channel"], name="letter_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class Reach(models.Model):
    """How one member of staff is told outside the product, and when they are left alone. Theirs alone to see."""

    KEY_SCOPE: ClassVar = ("user", "user_id")
    PLAIN: ClassVar = {
        "quiet_from": "an hour of the day; it names nobody",
        "quiet_to": "an hour of the day; it names nobody",
    }

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="reach")
    email = SealedText(field_id=1201, size="name", blank=True, verbose_name=_("E-mail address"))
    phone = SealedPhone(field_id=1202, blank=True, verbose_name=_("Mobile number"))
    by_email = models.BooleanField(_("Tell me by e-mail"), default=False)
    by_sms = models.BooleanField(_("Tell me by text message"), default=False)
    # Codes of the list `hour_of_day`; both or neither.
    quiet_from = models.CharField(_("Leave me alone from"), max_length=2, blank=True)
    quiet_to = models.CharField(_("Until"), max_length=2, blank=True)

    objects: ClassVar[models.Manager["Reach"]]

    class Meta:
        verbose_name = _("How somebody is reached")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """From when to when, on a Vietnamese clock."""
        if not (self.quiet_from and self.quiet_to):
            return None
        return time(int(self.quiet_from)), time(int(self.quiet_to))
