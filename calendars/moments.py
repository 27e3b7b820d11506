"""DATE, DATE-TIME, DURATION and PERIOD (RFC 5545 3.3.4 to 3.3.9) as values that know their time zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from calendars.bounds import Component, Property, Unread
from calendars.zones import Zones

_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DATE_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)")
_DURATION = re.compile(
    r"([+-]?)P(?=[0-9T])(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?"
)
_NOTHING = timedelta(0)
_DAY = timedelta(days=1)
_EARLIEST = datetime(1, 1, 1)  # noqa: DTZ001 - a wall time
_LATEST = datetime(9999, 12, 31)  # noqa: DTZ001 - a wall time


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time in a zone; an all-day one is midnight of its date."""

    wall: datetime
    zone: tzinfo
    all_day: bool = False

    def utc(self) -> datetime:
        """The instant; a time that the clocks skip counts as an hour later. Unread beyond the years 1 to 9999."""
        try:
            return self.wall.replace(tzinfo=self.zone).astimezone(UTC)
        except (OverflowError, ValueError):
            raise Unread(f"its date is out of range ({self.wall.year:04})") from None


@dataclass(frozen=True, slots=True)
class Length:
    """How long something takes: `nominal` on the wall clock, and `exact` on top (RFC 5545 3.3.6)."""

    nominal: timedelta = _NOTHING
    exact: timedelta = _NOTHING

    @property
    def size(self) -> timedelta:
        """Both together, as if no clock were ever put forward or back."""
        return self.nominal + self.exact

    def after(self, start: Moment) -> datetime:
        """The instant at which it is over. Raises Unread beyond the year 9999."""
        try:
            begin = start.utc()
            end = Moment(start.wall + self.nominal, start.zone).utc() + self.exact
            # In the hour that the clocks skip, an end on the wall can lie before its start.
            return end if end > begin else begin + self.nominal + self.exact
        except OverflowError:
            raise Unread("its end is out of range") from None


def moment(line: Property, text: str, zones: Zones, floating: tzinfo) -> Moment:
    """One DATE or DATE-TIME of a line. Times without zone are in `floating`; dates are in the reader's own zone."""
    text = text.strip().upper()
    if match := _DATE.fullmatch(text):
        return Moment(_checked(line, text, *map(int, match.groups())), zones.home, all_day=True)
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise Unread(f"its {line.name} is not a date or time: {text[:20]!r}")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    wall = _checked(line, text, year, month, day, hour, minute, min(second, 59) if second == 60 else second)
    if match[7]:
        return Moment(wall, UTC)
    name = line.parameter("TZID")
    return Moment(wall, zones.find(name) if name else floating)


def moments(lines: list[Property], zones: Zones, floating: tzinfo) -> Iterator[Moment]:
    """Every value of lines such as EXDATE."""
    for line in lines:
        for text in line.value.split(","):
            if text.strip():
                yield moment(line, text, zones, floating)


def period(line: Property, text: str, zones: Zones, floating: tzinfo) -> tuple[Moment, Length | None]:
    """A PERIOD (start/end or start/duration), or a start alone, whose length is then None."""
    begin, slash, rest = text.partition("/")
    start = moment(line, begin, zones, floating)
    if not slash:
        return start, None
    if _DURATION.fullmatch(rest.strip().upper()):
        return start, duration(rest)
    return start, between(start, moment(line, rest, zones, floating))


def duration(text: str) -> Length:
    """A DURATION: weeks and days on the wall clock, the rest exact. Raises Unread when it is negative or unreadable."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None:
        raise Unread(f"its duration cannot be read: {text[:20]!r}")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    try:
        nominal = timedelta(weeks=weeks, days=days)
        exact = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise Unread("its duration is out of range") from None
    if match[1] == "-" and (nominal or exact):
        raise Unread("its duration is negative")
    return Length(nominal, exact)


def between(start: Moment, end: Moment) -> Length:
    """From one moment to the other: on the wall clock within one zone, exact across zones. Unread when it is negative.

    A date that ends on itself lasts its day: RFC 5545 forbids it, several programs write it.
    """
    if start.all_day and end.all_day and start.wall == end.wall:
        return Length(_DAY)
    same = start.zone is end.zone
    taken = end.wall - start.wall if same else end.utc() - start.utc()
    if taken < _NOTHING:
        raise Unread("it ends before it starts")
    return Length(taken) if same else Length(exact=taken)


def length(event: Component, start: Moment, zones: Zones, floating: tzinfo) -> Length:
    """From DTEND, else DURATION, else a day for a date and nothing for a time (RFC 5545 3.6.1)."""
    end, lasts = event.one("DTEND"), event.one("DURATION")
    if end is not None:
        return between(start, moment(end, end.value, zones, floating))
    if lasts is not None:
        return duration(lasts.value)
    return Length(_DAY if start.all_day else _NOTHING)


def earlier(wall: datetime, by: timedelta) -> datetime:
    """A wall time moved back, at most to the year 1."""
    try:
        return wall - by
    except OverflowError:
        return _EARLIEST


def later(wall: datetime, by: timedelta) -> datetime:
    """A wall time moved on, at most to the year 9999."""
    try:
        return wall + by
    except OverflowError:
        return _LATEST


def _checked(line: Property, text: str, *fields: int) -> datetime:
    try:
        return datetime(*fields)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall time; its zone stands beside it
    except ValueError:
        raise Unread(f"its {line.name} is not a date or time that exists: {text[:20]!r}") from None
