r"""A feed as bytes: one VEVENT per occurrence in UTC, the one form that every client reads the same.

Order of properties and events is fixed and no value comes from a clock, so the bytes change only when the feed does.
icalendar is not used for writing: it reads `\N` in member text as a newline, lets control characters through,
and takes longer for sixty events than a whole request may.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from calendars.errors import CalendarError
from calendars.lines import duration, encode, instant
from calendars.text import address, clean, escape, link, one_line, parameter
from calendars.values import COLORS, Event, Feed, Status

_HEADER = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//podsched//calendars//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def render(feed: Feed) -> bytes:
    """The feed as a text/calendar body (RFC 5545 3.4, RFC 7986), cancelled events left out.

    Raises CalendarError when no event remains: clients keep old events or refuse the feed, so say something instead,
    as `tombstone` does.
    """
    events = [event for event in feed.events if event.status is not Status.CANCELLED]
    if not events:
        raise CalendarError("events", feed.events, "must hold an event that is not cancelled")
    return _calendar(_feed_lines(feed), events)


def event_file(feed: Feed, uid: str) -> bytes:
    """One event of the feed as a file to import; without a calendar name, so clients do not make a new calendar of it.

    Raises CalendarError when the feed has no event of that UID.
    """
    for event in feed.events:
        if event.uid == uid:
            return _calendar((), [event])
    raise CalendarError("uid", uid, "must be the UID of an event in the feed")


def tombstone(
    *,
    uid: str,
    name: str,
    url: str,
    title: str,
    description: str = "",
    organizer_name: str,
    organizer_address: str,
    changed_at: datetime,
    timezone: str = "UTC",
) -> Feed:
    """What a feed says once its reader has left: one event in the hour of `changed_at`, asked for daily.

    An empty or missing calendar would leave old events, links included, in several clients; one event clears them all.
    `uid` is the feed's own. Give neutral names when a token was revoked. Raises CalendarError like Event and Feed.
    """
    start = changed_at.replace(minute=0, second=0, microsecond=0)
    event = Event(
        uid=f"closed-{uid}",
        start=start,
        end=start + _HOUR,
        title=title,
        description=description,
        changed_at=changed_at,
        created_at=changed_at,
        organizer_name=organizer_name,
        organizer_address=organizer_address,
    )
    return Feed(
        uid=uid,
        name=name,
        url=url,
        changed_at=changed_at,
        events=(event,),
        refresh=_DAY,
        timezone=timezone,
        color="gray",
    )


def _calendar(about: Iterable[str], events: Iterable[Event]) -> bytes:
    in_order = sorted(events, key=lambda event: (event.start, event.uid))
    bodies = chain.from_iterable(map(_event_lines, in_order))
    return encode((*_HEADER, *about, *bodies, "END:VCALENDAR"))


def _feed_lines(feed: Feed) -> Iterator[str]:
    name, refresh = escape(one_line(feed.name)), duration(feed.refresh)
    description = escape(clean(feed.description))
    yield f"UID:{feed.uid}"
    yield f"LAST-MODIFIED:{instant(feed.changed_at)}"
    yield f"NAME:{name}"
    yield f"X-WR-CALNAME:{name}"
    if description:
        yield f"DESCRIPTION:{description}"
        yield f"X-WR-CALDESC:{description}"
    yield f"X-WR-TIMEZONE:{feed.timezone}"
    yield f"COLOR:{feed.color}"
    yield f"X-APPLE-CALENDAR-COLOR:{COLORS[feed.color]}"
    yield f"URL:{link('url', feed.url)}"
    if feed.source:
        yield f"SOURCE;VALUE=URI:{link('source', feed.source)}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}"
    yield f"X-PUBLISHED-TTL:{refresh}"


def _event_lines(event: Event) -> Iterator[str]:
    changed = instant(event.changed_at)
    organizer = parameter(one_line(event.organizer_name))
    location, description = _place_and_text(event)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{changed}"
    yield f"DTSTART:{instant(event.start)}"
    yield f"DTEND:{instant(event.end)}"
    yield f"SUMMARY:{escape(one_line(event.title))}"
    if description:
        yield f"DESCRIPTION:{escape(description)}"
    if location:
        yield f"LOCATION:{escape(location)}"
    if event.conference:
        yield f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{link('conference', event.conference)}"
    yield f"ORGANIZER;CN={organizer}:{address('organizer_address', event.organizer_address)}"
    yield f"STATUS:{event.status}"
    yield "TRANSP:OPAQUE"
    yield f"SEQUENCE:{event.sequence}"
    yield f"CREATED:{instant(event.created_at)}"
    yield f"LAST-MODIFIED:{changed}"
    yield "END:VEVENT"


def _place_and_text(event: Event) -> tuple[str, str]:
    """LOCATION and DESCRIPTION, the join link in the first of them that is free: many clients ignore CONFERENCE."""
    location, description = one_line(event.location), clean(event.description)
    if not event.conference:
        return location, description
    if not location:
        return event.conference, description
    return location, f"{event.conference}\n{description}".rstrip()
