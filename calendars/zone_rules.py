"""A time zone as a VTIMEZONE that every client reads the same (RFC 5545 3.6.5), or none at all.

The footer of the zone's TZif file (RFC 8536 3.3) is the rule for the years to come. Only a rule that a yearly RRULE
tells in full, and that is true of every day the feed speaks of, is written; for every other zone say UTC.
"""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

from calendars.errors import CalendarError

_FIRST_YEAR = 1970  # onsets begin well before any feed
_NAME = r"<[A-Za-z0-9+-]+>|[A-Za-z]{3,}"
#: To the minute: RFC 5545 3.3.14 could say seconds, yet several clients cannot read them.
_OFFSET = r"[+-]?\d{1,2}(?::\d{2})?"
#: The Mm.w.d form within its own day: 24:00 and later, or before 0:00, is on a day that BYDAY cannot name.
_DAY = r"M(\d{1,2})\.([1-5])\.([0-6])(?:/((?:2[0-3]|[01]?\d)(?::[0-5]\d)?))?"
_FIXED = re.compile(rf"({_NAME})({_OFFSET})")
_YEARLY = re.compile(rf"({_NAME})({_OFFSET})({_NAME})({_OFFSET})?,{_DAY},{_DAY}")
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
#: Files of the machine that zoneinfo opens too, though no client would know their names.
_LOCAL = ("posix/", "right/", "localtime", "posixrules")
_STEP = timedelta(hours=6)
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Onset:
    """The yearly change to an offset: `week` 5 is the last, `weekday` 0 is Sunday, `time` is in the offset before."""

    name: str
    before: timedelta
    after: timedelta
    month: int
    week: int
    weekday: int
    time: timedelta

    def local(self, year: int) -> datetime:
        """The clock time at which clocks change, without a zone, as DTSTART of an observance wants it."""
        first = datetime(year, self.month, 1)  # noqa: DTZ001  # wall time
        day = first + timedelta(days=(self.weekday - first.isoweekday()) % 7, weeks=self.week - 1)
        if day.month != self.month:
            day -= timedelta(weeks=1)
        return day + self.time

    def instant(self, year: int) -> datetime:
        return (self.local(year) - self.before).replace(tzinfo=UTC)

    def lines(self) -> Iterator[str]:
        day = f"{-1 if self.week == 5 else self.week}{_WEEKDAYS[self.weekday]}"
        yield f"DTSTART:{self.local(_FIRST_YEAR):%Y%m%dT%H%M%S}"
        yield f"RRULE:FREQ=YEARLY;BYMONTH={self.month};BYDAY={day}"
        yield f"TZOFFSETFROM:{_offset_text(self.before)}"
        yield f"TZOFFSETTO:{_offset_text(self.after)}"
        yield f"TZNAME:{self.name}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a footer says: a fixed offset with its name, or two onsets a year."""

    name: str
    offset: timedelta
    onsets: tuple[_Onset, ...] = ()

    def changes(self, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
        """The instants of change from before `first` until after `last`, each with the offset that it begins."""
        if not self.onsets:
            return [(first, self.offset), (last + _SECOND, self.offset)]
        years = range(first.year - 1, last.year + 2)
        return sorted((onset.instant(year), onset.after) for year in years for onset in self.onsets)


def vtimezone(zone: str, *, first: datetime, last: datetime) -> tuple[str, ...] | None:
    """The unfolded lines of a VTIMEZONE for an IANA zone (RFC 5545 3.6.5), or None: write UTC instead.

    `first` and `last` are the UTC instants between which times of that zone will be told. None when the zone's future
    is not one yearly rule of plain weekdays, when its real offsets in between are others, when an offset has seconds,
    and for UTC itself. The same zone gives the same lines, whatever the instants. Raises CalendarError for a name that
    is no zone, and for instants that are not UTC or in the wrong order.
    """
    real = time_zone(zone)
    for name, value in (("first", first), ("last", last)):
        if value.utcoffset() != timedelta(0):
            raise CalendarError(name, value, "must be an aware UTC instant")
    if last < first:
        raise CalendarError("last", last, f"must not be before first ({first})")
    rule = _rule(zone)
    if rule is None or not _FIRST_YEAR < first.year <= last.year < 9000:
        return None
    return _lines(zone, rule) if _holds(rule, real, first.astimezone(UTC), last.astimezone(UTC)) else None


def time_zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of that name; CalendarError naming the field `zone` for any other text."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise CalendarError("zone", name, "must be an IANA time zone") from None


def _lines(zone: str, rule: _Rule) -> tuple[str, ...]:
    # Dublin calls its winter the time that is saved; for clients the later clock is daylight time everywhere.
    observances = [
        ("STANDARD" if onset.after < onset.before else "DAYLIGHT", tuple(onset.lines()))
        for onset in sorted(rule.onsets, key=lambda onset: onset.after)
    ]
    if not observances:
        observances = [("STANDARD", _fixed_lines(rule))]
    bodies = (line for kind, lines in observances for line in (f"BEGIN:{kind}", *lines, f"END:{kind}"))
    return ("BEGIN:VTIMEZONE", f"TZID:{zone}", *bodies, "END:VTIMEZONE")


def _fixed_lines(rule: _Rule) -> tuple[str, ...]:
    offset = _offset_text(rule.offset)
    return (
        f"DTSTART:{_FIRST_YEAR}0101T000000",
        f"TZOFFSETFROM:{offset}",
        f"TZOFFSETTO:{offset}",
        f"TZNAME:{rule.name}",
    )


@lru_cache(maxsize=1024)
def _holds(rule: _Rule, real: zoneinfo.ZoneInfo, first: datetime, last: datetime) -> bool:
    """Whether the zone's own offsets are those of the rule, four times a day and on both sides of every change."""
    return all(
        at.astimezone(real).utcoffset() == offset
        for (start, offset), (end, _) in pairwise(rule.changes(first, last))
        for at in _samples(max(start, first), min(end - _SECOND, last))
    )


def _samples(start: datetime, end: datetime) -> Iterator[datetime]:
    at = start
    while at < end:
        yield at
        at += _STEP
    if start <= end:
        yield end


@lru_cache(maxsize=1024)
def _rule(zone: str) -> _Rule | None:
    footer = "" if zone.startswith(_LOCAL) else _footer(zone)
    if fixed := _FIXED.fullmatch(footer):
        offset = _offset(fixed[2])
        # UTC under one of its own names is never told as a zone: clients disagree about what they mean.
        nowhere = "/" not in zone or zone.startswith("Etc/")
        return None if nowhere and not offset else _Rule(fixed[1].strip("<>"), offset)
    if yearly := _YEARLY.fullmatch(footer):
        return _yearly_rule(yearly)
    return None


def _yearly_rule(footer: re.Match[str]) -> _Rule | None:
    standard, summer = footer[1].strip("<>"), footer[3].strip("<>")
    usual = _offset(footer[2])
    other = usual + _HOUR if footer[4] is None else _offset(footer[4])
    if usual == other:
        return None
    onsets = (
        _onset(summer, usual, other, footer.groups()[4:8]),
        _onset(standard, other, usual, footer.groups()[8:12]),
    )
    return _Rule(standard, usual, onsets)


def _onset(name: str, before: timedelta, after: timedelta, day: tuple[str | None, ...]) -> _Onset:
    month, week, weekday = (int(part or 0) for part in day[:3])
    return _Onset(
        name=name,
        before=before,
        after=after,
        month=month,
        week=week,
        weekday=weekday,
        time=_clock(day[3] or "2"),  # RFC 8536 3.3.1 by way of POSIX: 02:00 unless said otherwise
    )


def _offset(text: str) -> timedelta:
    """East of Greenwich; POSIX counts west."""
    size = _clock(text.lstrip("+-"))
    return size if text.startswith("-") else -size


def _clock(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes or 0))


def _offset_text(offset: timedelta) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta(0) else '+'}{hours:02}{minutes:02}"


def _footer(zone: str) -> str:
    """The POSIX rule at the end of the file that zoneinfo reads for this zone; empty when there is none."""
    data = zone_file(zone)
    if not data.startswith(b"TZif") or data[4:5] < b"2" or not data.endswith(b"\n"):
        return ""
    return data[:-1].rpartition(b"\n")[2].decode("ascii", "replace")


def zone_file(zone: str) -> bytes:
    """The TZif file (RFC 8536) where zoneinfo finds it: in the machine's directories first, then in the tzdata package.

    Empty for a zone that there is not.
    """
    for directory in zoneinfo.TZPATH:
        path = Path(directory, zone)
        if path.is_file():
            return path.read_bytes()
    try:
        return resources.files("tzdata").joinpath("zoneinfo", zone).read_bytes()
    except (OSError, ModuleNotFoundError):
        return b""
