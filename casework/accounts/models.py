"""Who is signed in, and which names have been tried in vain."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Session", "SignInAttempts"]


class Session(models.Model):
    """One signed-in browser. The cookie's key is not here, only its SHA-256; the data is sealed under it."""

    session_key = models.CharField(_("digest of the session key"), max_length=64, primary_key=True)
    session_data = models.TextField(_("sealed session data"))
    expire_date = models.DateTimeField(_("ends"), db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")

    class Meta:
        verbose_name = _("Session")
        default_permissions = ()

    def __str__(self) -> str:
        return self.session_key[:12]


class SignInAttempts(models.Model):
    """How often one user name has been refused in a row; the name itself may be a mistyped password."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("Sign-in attempts")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key[:12]} {self.failures}"
