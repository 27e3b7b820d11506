"""Calendars that every client reads the same: values in, iCalendar bytes out (RFC 5545, 5546, 7986).

Build an `Event` per occurrence and a `Feed` around them, then `render` it. `busy_times` reads what others wrote.
Nothing here reads a clock, the environment, a database or the network: equal values give equal bytes, for ever.
"""

from calendars.busy import render_busy, render_freebusy
from calendars.errors import CalendarError
from calendars.feed import event_file, events_file, render, tombstone
from calendars.feed_json import NotAFeed, feed_from_json, render_file
from calendars.invite import cancellation, request
from calendars.lint import faults
from calendars.reading import Busy, Reading, busy_times
from calendars.replies import Reply, read_reply
from calendars.series import Series, render_series
from calendars.uids import feed_uid, occurrence_id, occurrence_uid
from calendars.values import COLORS, Event, Feed, Status
from calendars.zone_rules import vtimezone, zone_file

__all__ = [
    "COLORS",
    "Busy",
    "CalendarError",
    "Event",
    "Feed",
    "NotAFeed",
    "Reading",
    "Reply",
    "Series",
    "Status",
    "busy_times",
    "cancellation",
    "event_file",
    "events_file",
    "faults",
    "feed_from_json",
    "feed_uid",
    "occurrence_id",
    "occurrence_uid",
    "read_reply",
    "render",
    "render_busy",
    "render_file",
    "render_freebusy",
    "render_series",
    "request",
    "tombstone",
    "vtimezone",
    "zone_file",
]
