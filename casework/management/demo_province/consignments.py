"""What the demo province has brought into the national database: one quarter with its receipt, the last one unsigned."""

from datetime import datetime, timedelta
from typing import Final

from casework.base import clock
from casework.base.dates import midnight
from casework.management.demo_province.offices import Province
from casework.national_database.actions import (
    check_consignment,
    prepare_consignment,
    receive_consignment,
    sign_consignment,
)
from casework.national_database.models import Consignment
from casework.national_database.periods import QUARTERLY, Span, over

# Days after the end of the quarter.
PREPARED, SIGNED, RECEIVED = timedelta(days=3), timedelta(days=4), timedelta(days=6)
RECEIPT: Final = "BN-000017"


def send_consignments(province: Province, now: datetime) -> None:
    """The quarter before the last stands in the database; the last one is checked and waits for its signature."""
    last, before = over(QUARTERLY, clock.local_date(now), 2)
    supervisor = province.users["mai"]
    end = midnight(before.end)
    record = _checked(province, before, end + PREPARED)
    shown = {"sha256": record.frozen.sha256}
    sign_consignment(record=record, by=supervisor, at=end + SIGNED, answers=shown)
    day = clock.local_date(end + RECEIVED)
    answers = {"receipt_number": RECEIPT, "receipt_on": day}
    receive_consignment(record=record, by=supervisor, at=end + RECEIVED, answers=answers)
    _checked(province, last, min(midnight(last.end) + PREPARED, now))


def _checked(province: Province, of: Span, at: datetime) -> Consignment:
    by = province.users["hanh"]
    record = prepare_consignment(by=by, at=at, answers={"period": of.code})
    return check_consignment(record=record, by=by, at=at, answers={"looked_at": True})
