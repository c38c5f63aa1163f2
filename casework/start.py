"""What happens once when the product starts: its checks are known, its data is loaded after migrate."""

from typing import Any

from casework.access.grants import forget_permissions
from casework.encryption import checks
from casework.organisations.areas import load_areas


def load_data(**_kwargs: Any) -> None:
    """Bring areas up to date after migrate; running it again changes nothing."""
    forget_permissions()
    load_areas()


# Importing the checks registers them with Django; naming them here says that this is on purpose.
CHECKS = checks
