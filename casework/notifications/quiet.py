"""When somebody is left alone. Pure: hours of a Vietnamese clock."""

from datetime import datetime, time, timedelta

from casework.base.clock import local, local_date
from casework.base.dates import midnight


def is_quiet(at: datetime, quiet: tuple[time, time] | None) -> bool:
    """Whether the instant lies in the quiet hours, which may run over midnight; the hour they end is not quiet."""
    if quiet is None or quiet[0] == quiet[1]:
        return False
    start, end = quiet
    now = local(at).time()
    return start <= now < end if start < end else now >= start or now < end


def not_before(
    at: datetime, quiet: tuple[time, time] | None, *, is_urgent: bool, is_on_duty: bool
) -> datetime:
    """When a message may leave: at once, or at the end of the quiet hours.

    Nothing is held back that a life may hang on, nor from whoever is on duty.
    """
    if quiet is None or is_urgent or is_on_duty or not is_quiet(at, quiet):
        return at
    today = midnight(local_date(at)) + timedelta(hours=quiet[1].hour, minutes=quiet[1].minute)
    return today if today > at else today + timedelta(days=1)
