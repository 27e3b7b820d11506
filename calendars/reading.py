"""When the owner of an uploaded calendar is busy: bytes in, intervals out, and nothing else is kept.

Events are put together here and not by a library: recurring_ical_events needs seven seconds for a daily event on
30 February and copies every occurrence. It serves as the second opinion in the tests.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars import events, rules
from calendars.bounds import Budget, Component, Unread, cut
from calendars.errors import CalendarError
from calendars.events import Entry, Times
from calendars.moments import Length, Moment, earlier, later
from calendars.moves import Gone, Moves, newest
from calendars.zones import Zones

_LONGEST = timedelta(days=400)
_MARGIN = timedelta(days=2)  # more than any two zones lie apart
_MOST_NAMED = 20
_UNMOVED = Moves([])


@dataclass(frozen=True, slots=True, order=True)
class Busy:
    """From `start` to `end`, two aware UTC instants, `start` before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: busy times in order, how many events were read, and a line for each that was left out.

    `skipped` holds at most 20 lines and then "and N more".
    """

    busy: tuple[Busy, ...]
    skipped: tuple[str, ...]
    events: int


def busy_times(data: bytes, *, start: datetime, end: datetime, zone: str) -> Reading:
    r"""When the owner of the calendar is busy between two aware UTC instants at most 400 days apart.

    Intervals are cut at `start` and `end` and merged where they overlap or touch. `zone` is the reader's IANA zone, for
    all-day events and for times that name no zone. Free, transparent and cancelled events are not busy; an event that
    cannot be read, or that repeats more often than daily, is left out and named in `skipped`. Raises CalendarError with
    field "file" when the whole file is refused, and "start", "end" or "zone" for the other arguments.

    >>> from datetime import UTC
    >>> file = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260302\nEND:VEVENT\nEND:VCALENDAR"
    >>> monday, sunday = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
    >>> busy_times(file, start=monday, end=sunday, zone="Asia/Kolkata").busy[0].end.isoformat()
    '2026-03-02T18:30:00+00:00'
    """
    reading = occurrences(data, start=start, end=end, zone=zone)
    cut_off = (Busy(max(each.start, start), min(each.end, end)) for each in reading.busy)
    return Reading(tuple(_merged(cut_off)), reading.skipped, reading.events)


def occurrences(data: bytes, *, start: datetime, end: datetime, zone: str) -> Reading:
    """Like `busy_times`, but one interval for each occurrence that touches the weeks, whole and not merged."""
    return _Reader(start, end, _home(zone)).read(data)


def _home(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (OSError, ValueError, LookupError):
        raise CalendarError("zone", zone, "must be an IANA time zone such as Europe/Berlin") from None


def _merged(intervals: Iterable[Busy]) -> Iterator[Busy]:
    """In order of start, those that overlap or touch as one."""
    last: Busy | None = None
    for each in intervals:
        if last is None:
            last = each
        elif each.start <= last.end:
            last = Busy(last.start, max(last.end, each.end))
        else:
            yield last
            last = each
    if last is not None:
        yield last


class _Reader:
    """One file and the weeks asked for, with what was found and what was left out so far."""

    def __init__(self, start: datetime, end: datetime, home: ZoneInfo) -> None:
        _check_weeks(start, end)
        self.start, self.end, self.home = start, end, home
        self.budget = Budget()
        self.skipped: list[str] = []
        self.left_out: set[int] = set()

    def read(self, data: bytes) -> Reading:
        busy: list[Busy] = []
        series: dict[str, list[Entry]] = defaultdict(list)
        count = 0
        for calendar in cut(data):
            zones = self.zones(calendar)
            cancels = calendar.word("METHOD") == "CANCEL"
            for part in calendar.parts:
                count += bool(part.number)
                if part.kind == "VEVENT":
                    for event in self.event(part, zones, cancels=cancels):
                        series[events.uid(part)].append(event)
                elif part.kind == "VFREEBUSY":
                    busy += self.free_busy(part, zones)
        for group in series.values():
            busy += self.expand(group)
        return Reading(tuple(sorted(busy)), self.said(), count - len(self.left_out))

    def zones(self, calendar: Component) -> Zones:
        self.budget.begin()
        return Zones(calendar, self.home, self.budget)

    def event(self, part: Component, zones: Zones, *, cancels: bool) -> Iterator[Entry]:
        """The event, or nothing when it cannot be read."""
        self.budget.begin()
        try:
            yield events.event(part, zones, cancels=cancels)
        except Unread as reason:
            self.skip(part, reason)

    def free_busy(self, part: Component, zones: Zones) -> list[Busy]:
        """The periods of a VFREEBUSY that are not free (RFC 5545 3.6.4)."""
        self.budget.begin()
        self.budget.own_occurrences = self.budget.occurrences
        try:
            return list(self.within(events.periods(part, zones)))
        except Unread as reason:
            self.skip(part, reason)
            return []

    def expand(self, group: list[Entry]) -> Iterator[Busy]:
        """The busy times of the events of one UID: the newest version, with single occurrences moved or cancelled."""
        series, overrides = newest(group)
        moves = Moves(overrides)
        for event in series:
            yield from self.taking_place(event, moves)
        for event in overrides:
            yield from self.taking_place(event, _UNMOVED)

    def taking_place(self, event: Entry, moves: Moves) -> list[Busy]:
        """The busy times of one event; none, and said so, when it asks for too much."""
        times = event.times
        if times is None:
            return []
        self.budget.begin()
        try:
            if times.rules or times.extra or self.touches(times):
                self.budget.expand()
                return list(self.within(self.series(times, moves)))
        except Unread as reason:
            self.skip(event.source, reason)
        return []

    def touches(self, times: Times) -> bool:
        return times.first.utc() < self.end and times.length.after(times.first) > self.start

    def within(self, found: Iterable[tuple[Moment, Length]]) -> Iterator[Busy]:
        for at, lasts in found:
            begin, end = at.utc(), lasts.after(at)
            if begin < self.end and end > self.start and begin < end:
                self.budget.found()
                yield Busy(begin, end)

    def series(self, times: Times, moves: Moves) -> Iterator[tuple[Moment, Length]]:
        """Every occurrence near the weeks that is neither excluded nor replaced, with its length."""
        moves.check()
        gone = Gone(times.gone)
        for at, lasts in self.starts(times, moves).items():
            if at not in gone:
                yield from moves.moved(at, lasts)

    def starts(self, times: Times, moves: Moves) -> dict[Moment, Length]:
        """When occurrences begin by DTSTART, RRULE and RDATE, before anything is taken away."""
        first = times.first
        longest = max(times.length.size, moves.longest)
        low = earlier(earlier(self.start.replace(tzinfo=None), longest), moves.farthest + _MARGIN)
        high = later(self.end.replace(tzinfo=None), moves.farthest + _MARGIN)
        # A series that was deleted from its first time on is written with an UNTIL before DTSTART.
        found = {} if times.rules else {first: times.length}
        for rule, until in times.rules:
            last = min(high, later(until.wall, _MARGIN)) if until else high
            for wall in rules.occurrences(rule, first.wall, low, last, self.budget):
                at = Moment(wall, first.zone, first.all_day)
                if until is None or _not_after(at, until):
                    found[at] = times.length
        for at, own in times.extra:
            found[at] = own or times.length
        return found

    def skip(self, part: Component, reason: Unread) -> None:
        if part.number in self.left_out:
            return
        self.left_out.add(part.number)
        if len(self.skipped) < _MOST_NAMED:
            line = f"Event {part.number}{events.shown(part)} was left out: {reason}."
            # A reason may quote the file, which may hold anything.
            self.skipped.append("".join(each for each in line if each.isprintable()))

    def said(self) -> tuple[str, ...]:
        more = len(self.left_out) - len(self.skipped)
        return (*self.skipped, f"and {more:,} more") if more else tuple(self.skipped)


def _check_weeks(start: datetime, end: datetime) -> None:
    for name, value in (("start", start), ("end", end)):
        if value.tzname() != "UTC" or value.utcoffset() or not 1900 <= value.year <= 9000:
            raise CalendarError(name, value, "must be an aware UTC instant between the years 1900 and 9000")
    if not start < end <= start + _LONGEST:
        raise CalendarError("end", end, f"must be after start and at most {_LONGEST.days} days later ({start})")


def _not_after(at: Moment, until: Moment) -> bool:
    if at.all_day or until.all_day:
        return at.wall.date() <= until.wall.date()
    return at.utc() <= until.utc()
