r"""Components as unfolded content lines, shared by every form in which a feed is told.

Order of properties and events is fixed and no value comes from a clock, so the bytes change only when the feed does.
icalendar is not used for writing: it reads `\N` in member text as a newline, lets control characters through,
and takes longer for sixty events than a whole request may.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from calendars.errors import CalendarError
from calendars.lines import duration, encode, instant
from calendars.text import address, clean, escape, link, one_line, parameter
from calendars.values import COLORS, Event, Feed, Status

_HEADER = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//podsched//calendars//EN",
    "CALSCALE:GREGORIAN",
)


def calendar(*parts: Iterable[str], method: str = "PUBLISH") -> bytes:
    """A whole VCALENDAR (RFC 5545 3.4) around unfolded lines, in the order given; `method` is one of RFC 5546."""
    return encode((*_HEADER, f"METHOD:{method}", *(line for part in parts for line in part), "END:VCALENDAR"))


def live(feed: Feed) -> list[Event]:
    """The events of a feed that take place, by start and UID.

    Raises CalendarError when there is none: clients keep old events or refuse an empty feed.
    """
    events = [event for event in feed.events if event.status is not Status.CANCELLED]
    if not events:
        raise CalendarError("events", feed.events, "must hold an event that is not cancelled")
    return in_order(events)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events in the one order that every feed keeps: by start, then by UID."""
    return sorted(events, key=lambda event: (event.start, event.uid))


def feed_lines(feed: Feed) -> Iterator[str]:
    """What a calendar says of itself (RFC 7986 and the older names that clients read)."""
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


def utc_times(event: Event) -> tuple[str, ...]:
    """DTSTART and DTEND as UTC instants, the one form that every client reads the same (RFC 5545 3.3.5, form 2)."""
    return f"DTSTART:{instant(event.start)}", f"DTEND:{instant(event.end)}"


def event_lines(event: Event, times: Iterable[str] | None = None) -> Iterator[str]:
    """One VEVENT (RFC 5545 3.6.1); `times` are the lines that say when it takes place, by default `utc_times`."""
    changed = instant(event.changed_at)
    organizer = parameter(one_line(event.organizer_name))
    location, description = _place_and_text(event)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{changed}"
    yield from utc_times(event) if times is None else times
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
    if event.alarm is not None:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escape(one_line(event.title))}")
        yield from (f"TRIGGER:-{duration(timedelta(minutes=event.alarm)) if event.alarm else 'PT0S'}", "END:VALARM")
    yield "END:VEVENT"


def _place_and_text(event: Event) -> tuple[str, str]:
    """LOCATION and DESCRIPTION, the join link in the first of them that is free: many clients ignore CONFERENCE."""
    location, description = one_line(event.location), clean(event.description)
    if not event.conference:
        return location, description
    if not location:
        return event.conference, description
    return location, f"{event.conference}\n{description}".rstrip()
