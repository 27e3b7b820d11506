"""A feed in the style that people edit and copy: weekly meetings as one recurring event (RFC 5545 3.8.5).

What clients read differently is not written: COUNT instead of UNTIL, no RDATE, no RANGE, and a series near a clock
change or in a zone without a plain yearly rule is told flat, one event per occurrence in UTC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.components import calendar, event_lines, feed_lines, live
from calendars.errors import CalendarError
from calendars.values import Event, Feed, Status
from calendars.zone_rules import time_zone, vtimezone

_WEEK = timedelta(weeks=1)
_MORE_THAN_A_MONTH = timedelta(days=32)
_MINUTE = timedelta(minutes=1)
#: When time zones are known; far beyond, adding a day could leave the calendar.
_YEARS = range(1971, 9000)
#: Most clients read times in the night of a clock change wrongly.
_NIGHT = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Weekly occurrences of a feed that can be told as one recurring event (RFC 5545 3.8.5).

    `uid` is the series' own, never an occurrence's, and a series that moves to another hour for its later weeks only
    becomes two: the old one with fewer slots, and one with a new UID. `zone` is the IANA zone in whose wall clock the
    hour is fixed. `slots` are the UTC starts as once scheduled, in order; `events` says what became of each: an Event
    of the feed, or None when it was cancelled. `minutes` is the usual length. Words, place and organizer are those of
    every week. `sequence` grows, and `changed_at` moves at least a second, with every change to the series, also when
    one week is moved, changed, cancelled or put back. Raises CalendarError for anything a client would refuse.
    """

    uid: str
    zone: str
    slots: tuple[datetime, ...]
    events: tuple[Event | None, ...]
    title: str
    description: str = field(default="")
    location: str = field(default="")
    conference: str | None = field(default=None)
    alarm: int | None = field(default=None)
    minutes: int
    sequence: int
    changed_at: datetime
    created_at: datetime
    organizer_name: str
    organizer_address: str

    def __post_init__(self) -> None:
        time_zone(self.zone)
        if not self.slots:
            raise CalendarError("slots", self.slots, "must hold at least one start")
        if len(self.events) != len(self.slots):
            raise CalendarError("events", len(self.events), f"must be as many as slots ({len(self.slots)})")
        if not 1 <= self.minutes <= _WEEK // _MINUTE:
            raise CalendarError("minutes", self.minutes, f"must be 1 to {_WEEK // _MINUTE}, a week")
        for slot in self.slots:
            if slot.tzname() != "UTC" or slot.utcoffset() or slot.microsecond or slot.year not in _YEARS:
                raise CalendarError("slots", slot, "must be aware UTC instants in whole seconds of this age")
        _usual(self, self.slots[0])  # Event checks the rest


def render_series(feed: Feed, series: Sequence[Series]) -> bytes:
    """The feed as a text/calendar body in which each series is one recurring event (RFC 5545 3.4, 3.8.5).

    A series gives a master with RRULE and EXDATE in its zone's wall time, and an override (RECURRENCE-ID) for each
    week whose time, length, place or status is another; single weeks share the master's words. All its components
    bear the highest SEQUENCE and the latest stamp among the series and its events. Told flat, as `render` does it, are
    events of no series, and a series that is not weekly at one wall time, is all cancelled, comes within four hours of
    a clock change, or whose zone gives no VTIMEZONE. The first event of a series told flat bears the UID of the series:
    Thunderbird 153 shows a repeating event it once had until the same UID comes again.

    Raises CalendarError when no event takes place, when a series holds an event that is not one of the feed's or is
    another's, and when a UID names two things.
    """
    _check_whole(feed, series)
    flat = {event.uid: event for event in live(feed)}
    zones: dict[str, tuple[str, ...]] = {}
    parts: list[tuple[datetime, str, Iterator[str]]] = []
    for each in series:
        zone = _zone_lines(each)
        if zone is not None:
            zones[each.zone] = zone
            parts.append((each.slots[0], each.uid, _series_lines(each)))
            for event in filter(None, each.events):
                flat.pop(event.uid, None)
        else:
            _keep_uid(each, flat)
    parts += [(event.start, event.uid, event_lines(event)) for event in flat.values()]
    in_order = (lines for _, _, lines in sorted(parts, key=lambda part: part[:2]))
    return calendar(feed_lines(feed), *(zones[name] for name in sorted(zones)), *in_order)


def _keep_uid(series: Series, flat: dict[str, Event]) -> None:
    """Let the first event that is left of a series take its place."""
    for event in filter(None, series.events):
        if event.uid in flat:
            sequence, changed_at = _latest(series)
            flat[event.uid] = replace(event, uid=series.uid, sequence=sequence, changed_at=changed_at)
            return


def _latest(series: Series) -> tuple[int, datetime]:
    """The highest SEQUENCE and the latest stamp of a series and its events."""
    known = [event for event in series.events if event is not None]
    sequence = max([series.sequence, *(event.sequence for event in known)])
    return sequence, max([series.changed_at, *(event.changed_at for event in known)])


def _check_whole(feed: Feed, series: Sequence[Series]) -> None:
    free = {event.uid: event for event in feed.events}
    uids = set(free)
    for each in series:
        if each.uid in uids:
            raise CalendarError("series", each.uid, "must have a UID of its own")
        uids.add(each.uid)
        for event in filter(None, each.events):
            if free.pop(event.uid, None) != event:
                raise CalendarError("series", event.uid, "must hold events of the feed, each in one series only")


def _zone_lines(series: Series) -> tuple[str, ...] | None:
    """The VTIMEZONE a series needs, or None when it is better told flat."""
    zone = time_zone(series.zone)
    left = [event for event in series.events if event is not None and _takes_place(event)]
    if not left or not _is_weekly(series.slots, zone):
        return None
    spans = [(event.start, event.end) for event in left] + [(slot, _end(series, slot)) for slot in series.slots]
    if not all(start.year in _YEARS and end.year in _YEARS and _is_calm(start, end, zone) for start, end in spans):
        return None
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    # Whole months, so that pods of one zone share what was worked out.
    return vtimezone(series.zone, first=_month(first), last=_month(_month(last) + _MORE_THAN_A_MONTH))


def _is_weekly(slots: Sequence[datetime], zone: ZoneInfo) -> bool:
    first = _wall(slots[0], zone)
    return all(_wall(slot, zone) == first + number * _WEEK for number, slot in enumerate(slots))


def _is_calm(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether no clock change is near, so that every reader agrees about the wall times."""
    before, after = (at.astimezone(zone).utcoffset() for at in (start - _NIGHT, end + _NIGHT))
    return before == after


def _series_lines(series: Series) -> Iterator[str]:
    zone = time_zone(series.zone)
    sequence, changed_at = _latest(series)
    weeks = list(zip(series.slots, series.events, strict=True))

    def local(name: str, at: datetime) -> str:
        return f"{name};TZID={series.zone}:{_wall(at, zone):%Y%m%dT%H%M%S}"

    def component(event: Event, before: Sequence[str] = (), after: Sequence[str] = ()) -> Iterator[str]:
        times = (*before, local("DTSTART", event.start), local("DTEND", event.end), *after)
        return event_lines(replace(event, sequence=sequence, changed_at=changed_at), times)

    gone = [local("EXDATE", slot) for slot, event in weeks if event is None or not _takes_place(event)]
    yield from component(_usual(series, series.slots[0]), after=[f"RRULE:FREQ=WEEKLY;COUNT={len(weeks)}", *gone])
    for slot, event in weeks:
        if event is not None and _takes_place(event) and (week := _override(series, slot, event)):
            yield from component(week, before=[local("RECURRENCE-ID", slot)])


def _override(series: Series, slot: datetime, event: Event) -> Event | None:
    """The week as a component of the series, or None when it is as the master says."""
    start, end = event.start.replace(microsecond=0), event.end.replace(microsecond=0)
    place = event.location, event.conference
    as_usual = (start, end) == (slot, _end(series, slot)) and place == (series.location, series.conference)
    if as_usual and event.status is Status.CONFIRMED:
        return None
    return replace(
        event,
        uid=series.uid,
        title=series.title,
        description=series.description,
        organizer_name=series.organizer_name,
        organizer_address=series.organizer_address,
    )


def _usual(series: Series, slot: datetime) -> Event:
    """What takes place at a slot when nothing was changed."""
    return Event(
        uid=series.uid,
        start=slot,
        end=_end(series, slot),
        title=series.title,
        description=series.description,
        location=series.location,
        conference=series.conference,
        alarm=series.alarm,
        sequence=series.sequence,
        changed_at=series.changed_at,
        created_at=series.created_at,
        organizer_name=series.organizer_name,
        organizer_address=series.organizer_address,
    )


def _end(series: Series, slot: datetime) -> datetime:
    return slot + timedelta(minutes=series.minutes)


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _takes_place(event: Event) -> bool:
    return event.status is not Status.CANCELLED


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall time in a zone, without the zone."""
    return at.astimezone(zone).replace(tzinfo=None)
