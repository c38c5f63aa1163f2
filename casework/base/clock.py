"""The only place that reads the clock; every verb and rule is given its time instead."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same instant on a Vietnamese clock.

    Refuses a naive time (ValueError): guessing its zone would move a legal clock by seven hours.
    """
    if moment.utcoffset() is None:
        raise ValueError("a time without a zone cannot be shown")
    return moment.astimezone(VIETNAM)


def local_date(moment: datetime) -> date:
    """The calendar day in Viet Nam at that instant."""
    return local(moment).date()
