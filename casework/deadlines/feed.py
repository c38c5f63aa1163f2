"""A calendar as phones read it: that something is due, and when. No name, no place, no number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext
from icalendar import Alarm, Calendar, Event

LASTS: Final = timedelta(minutes=15)
BEFORE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment at which something is due; uid: always the same for the same clock, and telling nothing of it."""

    uid: str
    due_at: datetime


def as_calendar(entries: Sequence[Entry], *, at: datetime) -> bytes:
    """The entries as an iCalendar file (RFC 5545)."""
    calendar = Calendar()
    calendar.add("prodid", "-//Casework//1//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", gettext("Things due"))
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", at)
        event.add("dtstart", entry.due_at)
        event.add("dtend", entry.due_at + LASTS)
        event.add("summary", gettext("Something is due"))
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", gettext("Something is due"))
        alarm.add("trigger", -BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
