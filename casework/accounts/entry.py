"""Who may come in at all, whatever the password: one rule for signing in, a running session and a token."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from casework.organisations.models import User

INACTIVE = "inactive"
DEMO_OFF = "demo_off"
# Said to whoever has signed in with a one-time password, whatever they ask for.
PASSWORD_DUE = "password_change_required"  # noqa: S105  (a code of a refusal)
PASSWORD_DUE_SAID = _("Choose a password of your own first.")


def why_not(user: User) -> str:
    """The code of the reason why the account may not be used now, or an empty text; it is not shown.

    Demo accounts have a known password, so they exist only while the demo, or a test, is running.
    """
    if not user.is_active:
        return INACTIVE
    if user.is_demo and not (settings.DEMO or settings.TESTING):
        return DEMO_OFF
    return ""
