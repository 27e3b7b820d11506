"""When somebody is busy, told to strangers: no titles, no places, no names."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from calendars.components import calendar, event_lines, feed_lines, in_order, live
from calendars.errors import CalendarError
from calendars.lines import instant
from calendars.text import address
from calendars.values import Event, Feed, Status

_ORGANIZER = "podsched"


def render_busy(feed: Feed) -> bytes:
    """The feed as a text/calendar body (RFC 5545 3.4) of opaque events called "Busy".

    UIDs, times, SEQUENCE, STATUS and stamps are those of `render`. Words, places, links, pod names, the reader's zone
    and the feed's own address are left out; of `url` only the site remains. Raises CalendarError when no event remains.
    """
    site = urlsplit(feed.url)
    hidden = replace(
        feed,
        uid=f"busy-{feed.uid}",
        name="Busy",
        description="",
        url=f"{site.scheme}://{site.netloc.rpartition('@')[2]}/",
        source=None,
        timezone="UTC",
    )
    events = (line for event in live(feed) for line in event_lines(_hidden(event)))
    return calendar(feed_lines(hidden), events)


def render_freebusy(feed: Feed, *, start: datetime, end: datetime) -> bytes:
    """One VFREEBUSY (RFC 5545 3.6.4) published as RFC 5546 3.3.1 asks, as a text/calendar body.

    Between the UTC instants `start` and `end`, overlapping and touching events become one busy period, in order.
    DTSTAMP is the feed's `changed_at`. Raises CalendarError when `end` is not after `start`, for instants that are not
    UTC, and for a feed without any event, which nobody organizes.
    """
    for name, value in (("start", start), ("end", end)):
        if value.utcoffset() != timedelta(0):
            raise CalendarError(name, value, "must be an aware UTC instant")
    start, end = start.replace(microsecond=0), end.replace(microsecond=0)
    if end <= start:
        raise CalendarError("end", end, f"must be at least a second after start ({start})")
    if not feed.events:
        raise CalendarError("events", feed.events, "must hold an event, whose organizer answers for the busy times")
    return calendar(_freebusy_lines(feed, start, end))


def _freebusy_lines(feed: Feed, start: datetime, end: datetime) -> Iterator[str]:
    events = in_order(feed.events)
    busy = [event for event in events if event.status is not Status.CANCELLED]
    yield "BEGIN:VFREEBUSY"
    yield f"UID:freebusy-{feed.uid}"
    yield f"DTSTAMP:{instant(feed.changed_at)}"
    yield f"DTSTART:{instant(start)}"
    yield f"DTEND:{instant(end)}"
    yield f'ORGANIZER;CN="{_ORGANIZER}":{address("organizer_address", events[0].organizer_address)}'
    for first, last in _periods(busy, start, end):
        yield f"FREEBUSY;FBTYPE=BUSY:{instant(first)}/{instant(last)}"
    yield "END:VFREEBUSY"


def _periods(events: Iterable[Event], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Busy periods between two instants, merged. Wants events by start."""
    merged: list[tuple[datetime, datetime]] = []
    for event in events:
        first, last = max(event.start.replace(microsecond=0), start), min(event.end.replace(microsecond=0), end)
        if first >= last:
            continue
        if merged and first <= merged[-1][1]:
            first, earlier = merged.pop()
            last = max(last, earlier)
        merged.append((first, last))
    return merged


def _hidden(event: Event) -> Event:
    return replace(
        event, title="Busy", description="", location="", conference=None, alarm=None, organizer_name=_ORGANIZER
    )
