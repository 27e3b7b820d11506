"""What a calendar holds. Values refuse what no client could read, so that rendering cannot fail half-way."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from calendars import text
from calendars.errors import CalendarError

#: CSS names, which COLOR wants (RFC 7986 5.9), and the hexadecimal form Apple's clients read.
COLORS = {
    "black": "#000000",
    "darkgreen": "#006400",
    "darkorange": "#FF8C00",
    "dodgerblue": "#1E90FF",
    "firebrick": "#B22222",
    "goldenrod": "#DAA520",
    "gray": "#808080",
    "mediumpurple": "#9370DB",
    "navy": "#000080",
    "seagreen": "#2E8B57",
    "teal": "#008080",
    "tomato": "#FF6347",
}

_UID = re.compile(r"[A-Za-z0-9@._:+-]{1,255}")
_SECOND = timedelta(seconds=1)
_WEEK_MINUTES = 7 * 24 * 60


class Status(StrEnum):
    """STATUS of an event (RFC 5545 3.8.1.11). A cancelled one never appears in a feed."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One occurrence at two UTC instants (VEVENT, RFC 5545 3.6.1).

    `sequence` grows with every change of time, place or status; `changed_at` moves at least one second with every
    visible change. `conference` is an http(s) link. `alarm` is how many minutes before the start a reminder is shown
    (VALARM, RFC 5545 3.6.6), None for none. Raises CalendarError for anything a client would refuse.
    """

    uid: str
    start: datetime
    end: datetime
    title: str
    description: str = ""
    location: str = ""
    conference: str | None = None
    sequence: int = 0
    changed_at: datetime
    created_at: datetime
    organizer_name: str
    organizer_address: str
    status: Status = Status.CONFIRMED
    alarm: int | None = None

    def __post_init__(self) -> None:
        _check_uid("uid", self.uid)
        for name in ("start", "end", "changed_at", "created_at"):
            _check_instant(name, getattr(self, name))
        if self.end.replace(microsecond=0) <= self.start.replace(microsecond=0):
            raise CalendarError("end", self.end, f"must be at least a second after start ({self.start})")
        if self.sequence < 0:
            raise CalendarError("sequence", self.sequence, "must be 0 or more")
        _check_line("title", self.title)
        _check_line("organizer_name", self.organizer_name)
        text.address("organizer_address", self.organizer_address)
        if self.conference is not None:
            text.link("conference", self.conference)
        if self.alarm is not None and not 0 <= self.alarm <= _WEEK_MINUTES:
            raise CalendarError("alarm", self.alarm, f"must be 0 to {_WEEK_MINUTES} minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar to subscribe to (VCALENDAR with the properties of RFC 7986).

    `url` is the page people read, `source` the address of the feed itself (None keeps a secret address out of it),
    `timezone` the IANA zone shown by default, `refresh` how often clients should ask. Raises CalendarError.
    """

    uid: str
    name: str
    description: str = ""
    url: str
    source: str | None = None
    changed_at: datetime
    events: tuple[Event, ...] = field(default=())
    refresh: timedelta = timedelta(hours=1)
    timezone: str = "UTC"
    color: str = "teal"

    def __post_init__(self) -> None:
        _check_uid("uid", self.uid)
        _check_line("name", self.name)
        _check_instant("changed_at", self.changed_at)
        text.link("url", self.url)
        if self.source is not None:
            text.link("source", self.source)
        if self.refresh < _SECOND or self.refresh % _SECOND:
            raise CalendarError("refresh", self.refresh, "must be one or more whole seconds")
        if self.color not in COLORS:
            raise CalendarError("color", self.color, f"must be one of {', '.join(COLORS)}")
        _check_zone(self.timezone)
        _check_unique(self.events)


def _check_uid(name: str, value: str) -> None:
    if not _UID.fullmatch(value):
        raise CalendarError(name, value, "must be 1 to 255 letters, digits or @._:+-")


def _check_instant(name: str, value: datetime) -> None:
    # A London time in winter has offset zero too, and would be refused in summer: only the zone itself counts.
    if value.tzname() != "UTC" or value.utcoffset():
        raise CalendarError(name, value, "must be an aware UTC instant")


def _check_line(name: str, value: str) -> None:
    if not text.one_line(value):
        raise CalendarError(name, value, "must hold visible text")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise CalendarError("timezone", name, "must be an IANA time zone") from None


def _check_unique(events: tuple[Event, ...]) -> None:
    seen: set[str] = set()
    for event in events:
        if event.uid in seen:
            raise CalendarError("events", event.uid, "must have each UID once")
        seen.add(event.uid)
