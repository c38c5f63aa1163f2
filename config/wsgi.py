"""The door for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# After the applications are loaded: a process with the wrong master key must not write a single value.
from casework.encryption.canary import verify_canary  # noqa: E402
from casework.management.backups.replaying import check_not_behind  # noqa: E402

verify_canary()
# Nor may it serve what was destroyed and came back with an older copy of the database.
check_not_behind()
