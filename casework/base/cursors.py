"""Where a long list goes on: the instant and the key of the last line shown, written into an address."""

import base64
import binascii
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from casework.base.refusals import InvalidInput


def write_cursor(moment: datetime, key: object) -> str:
    """The cursor after a line; its key settles the order of lines of one instant."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{key}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, str] | None:
    """The instant (aware) and the key of a cursor, None for an empty one; InvalidInput unless it is ours."""
    if not cursor:
        return None
    try:
        moment, key = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        read = datetime.fromisoformat(moment)
        if read.utcoffset() is None:
            raise wrong_cursor()
        # An instant at the ends of the calendar has no place in the zone of a database.
        return read.astimezone(UTC), key
    except (ValueError, OverflowError, binascii.Error, UnicodeError) as error:
        raise wrong_cursor() from error


def wrong_cursor() -> InvalidInput:
    """To be raised for a cursor that is not one of ours."""
    return InvalidInput({"after": _("This page address is not valid. Start from the first page.")})


def uuid_of(key: str) -> UUID:
    """The key of a cursor as the id it was written from; InvalidInput when it is none."""
    try:
        return UUID(key)
    except ValueError as error:
        raise wrong_cursor() from error
