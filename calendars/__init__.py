"""Calendars that every client reads the same: values in, iCalendar bytes out (RFC 5545, 5546, 7986).

Build an `Event` per occurrence and a `Feed` around them, then `render` it.
Nothing here reads a clock, the environment, a database or the network: equal values give equal bytes, for ever.
"""

from calendars.errors import CalendarError
from calendars.feed import event_file, render, tombstone
from calendars.lint import faults
from calendars.uids import feed_uid, occurrence_uid
from calendars.values import COLORS, Event, Feed, Status

__all__ = [
    "COLORS",
    "CalendarError",
    "Event",
    "Feed",
    "Status",
    "event_file",
    "faults",
    "feed_uid",
    "occurrence_uid",
    "render",
    "tombstone",
]
