"""What happens once when the product starts: its checks are known, its data is loaded after migrate."""

from typing import Any

from casework.access.grants import forget_permissions
from casework.access.triggers import install
from casework.base import clock
from casework.base.prepared import forget_statements
from casework.deadlines.days_off import seed_holidays
from casework.encryption import checks
from casework.encryption.canary import verify_canary
from casework.noisy_totals import queries as noisy_totals
from casework.noisy_totals import words
from casework.organisations.areas import load_areas
from casework.releases.beside import Beside, name_beside
from casework.statistics import facts


def load_data(**_kwargs: Any) -> None:
    """After migrate: bring triggers in line, prove the keys, bring areas and days off up to date; again, no change."""
    forget_permissions()
    forget_statements()
    install()
    # The first migrate leaves the proof of the keys; a later one with other keys stops here.
    verify_canary()
    load_areas()
    seed_holidays(clock.local_date(clock.now()).year)
    facts.number_codes()


# Importing the checks registers them with Django; naming them here says that this is on purpose.
CHECKS = checks
# Likewise importing the facts makes them follow every change of a case.
FACTS = facts
# Where a province allows them, the public pages of releases name the totals with noise.
name_beside(Beside("public-totals", words.TITLE, words.WHY, noisy_totals.is_anywhere))
