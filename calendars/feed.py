"""A feed as bytes: one VEVENT per occurrence in UTC, the one form that every client reads the same."""

from datetime import datetime, timedelta
from itertools import chain

from calendars.components import calendar, event_lines, feed_lines, live
from calendars.errors import CalendarError
from calendars.values import Event, Feed

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def render(feed: Feed) -> bytes:
    """The feed as a text/calendar body (RFC 5545 3.4, RFC 7986), cancelled events left out.

    Raises CalendarError when no event remains: clients keep old events or refuse the feed, so say something instead,
    as `tombstone` does.
    """
    return calendar(feed_lines(feed), chain.from_iterable(map(event_lines, live(feed))))


def event_file(feed: Feed, uid: str) -> bytes:
    """One event of the feed as a file to import; without a calendar name, so clients do not make a new calendar of it.

    Raises CalendarError when the feed has no event of that UID.
    """
    for event in feed.events:
        if event.uid == uid:
            return calendar(event_lines(event))
    raise CalendarError("uid", uid, "must be the UID of an event in the feed")


def events_file(feed: Feed) -> bytes:
    """All events of the feed as a file to import, without a calendar name.

    Raises CalendarError when there is none that is not cancelled.
    """
    return calendar(*(event_lines(event) for event in live(feed)))


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
