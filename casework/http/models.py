"""What REST remembers of a request, so that sending it twice does it once."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """One request a client may send again: the receipt it was given, and a keyed digest of what it sent.

    A receipt holds ids, versions and codes, never a sealed value; the digest is keyed against guessing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["IdempotencyKey"]]

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "route", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.status}"
