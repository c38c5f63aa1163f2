"""The door for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# After the applications are loaded: a process with the wrong master key must not write a single value, and none may
# serve whose memory could be switched off.
from casework.access.proof import prove_memory  # noqa: E402
from casework.encryption.canary import verify_canary  # noqa: E402
from casework.management.backups.replaying import check_not_behind  # noqa: E402

verify_canary()
prove_memory()
# Nor may it serve what was destroyed and came back with an older copy of the database.
check_not_behind()
