"""TZID to a time zone: IANA names, Windows names, names with a path in front, and VTIMEZONE (RFC 5545 3.6.5)."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from calendars import rules
from calendars.bounds import Budget, Component, Unread

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
_LOCAL = re.compile(r"([0-9]{8})(?:T([0-9]{6})Z?)?")
_MOST_CHANGES = 500
_NOTHING = timedelta(0)
#: Two years back always hold the latest change of a zone that still changes.
_LOOK_BACK = timedelta(days=800)


class Zones:
    """The zones of one calendar. `home` is the reader's zone, `floating` the one for times that name none."""

    def __init__(self, calendar: Component, home: ZoneInfo, budget: Budget) -> None:
        self.home = home
        self._budget = budget
        self._found: dict[str, tzinfo | None] = {}
        self._defined: dict[str, Component] = {}
        for part in calendar.parts:
            if part.kind == "VTIMEZONE":
                for line in part.all("TZID"):
                    self._defined.setdefault(_plain(line.value), part)
        self.named = self._named(calendar)
        self.floating: tzinfo = self.named or home

    def find(self, name: str) -> tzinfo:
        """The zone of a TZID. Raises Unread when neither the file nor we know it."""
        name = _plain(name)
        if name not in self._found:
            self._found[name] = self._look_up(name)
        found = self._found[name]
        if found is None:
            raise Unread(f"its time zone {name[:40]!r} is not known")
        return found

    def _named(self, calendar: Component) -> tzinfo | None:
        """X-WR-TIMEZONE, when it is a zone."""
        for line in calendar.all("X-WR-TIMEZONE")[:1]:
            try:
                return self.find(line.value)
            except Unread:
                return None
        return None

    def _look_up(self, name: str) -> tzinfo | None:
        if self._budget.zones == 0:
            return None
        self._budget.zones -= 1
        if name.upper() in {"UTC", "GMT", "Z"}:
            return UTC
        # A name with a slash means the same everywhere; for any other, such as EST, the file's own word counts first.
        found = _iana(name) if "/" in name else None
        return found or self._own(name) or _iana(name) or _windows(name) or _iana_at_end(name)

    def _own(self, name: str) -> tzinfo | None:
        part = self._defined.get(name)
        try:
            return FileZone(part, self._budget) if part else None
        except Unread:
            return None


@dataclass(frozen=True, slots=True)
class _Change:
    """One STANDARD or DAYLIGHT: from `first` on (local time, offset `before`), and again as `rule` says."""

    first: datetime
    before: timedelta
    after: timedelta
    rule: rules.Rule | None
    extra: tuple[datetime, ...]

    def until(self, high: datetime) -> Iterator[datetime]:
        """When it took place in the years that lead to `high`, and at least the first time."""
        yield from (at for at in (self.first, *self.extra) if at <= high)


class FileZone(tzinfo):
    """A VTIMEZONE as a tzinfo for local times; each year is worked out once. Raises Unread when it cannot be read."""

    def __init__(self, component: Component, budget: Budget) -> None:
        self._budget = budget
        self._years: dict[int, tuple[list[datetime], list[_Change]]] = {}
        parts = [part for part in component.parts if part.kind in {"STANDARD", "DAYLIGHT"}]
        if not 1 <= len(parts) <= _MOST_CHANGES:
            raise Unread("its time zone cannot be read")
        self._changes = sorted((_change(part) for part in parts), key=lambda each: each.first)

    def utcoffset(self, at: datetime | None) -> timedelta:
        """The offset of a local time; a skipped one takes the offset before, one that comes twice the first."""
        if at is None:
            return _NOTHING
        wall = at.replace(tzinfo=None)
        onsets, changes = self._year(wall.year)
        place = bisect_right(onsets, wall) - 1
        if place < 0:
            return self._changes[0].before
        change = changes[place]
        skipped = wall < onsets[place] + max(_NOTHING, change.after - change.before)
        return change.before if skipped else change.after

    def dst(self, _at: datetime | None) -> timedelta:
        """Not told apart: only the offset counts here."""
        return _NOTHING

    def tzname(self, _at: datetime | None) -> str:
        """Zones of a file have no name that means anything elsewhere."""
        return "local"

    def _year(self, year: int) -> tuple[list[datetime], list[_Change]]:
        if year not in self._years:
            self._budget.spend(4 * sum(1 + len(change.extra) for change in self._changes))
            high = datetime(year, 12, 31, 23, 59, 59)  # noqa: DTZ001 - a wall time
            found = sorted(
                ((at, change) for change in self._changes for at in self._onsets(change, high)),
                key=lambda each: each[0],
            )
            self._years[year] = [at for at, _ in found], [change for _, change in found]
        return self._years[year]

    def _onsets(self, change: _Change, high: datetime) -> Iterator[datetime]:
        yield from change.until(high)
        if change.rule is None:
            return
        if change.rule.until:
            high = min(high, _local(change.rule.until) + timedelta(days=1))
        low = max(change.first, high - _LOOK_BACK) if high.year > 3 else change.first
        yield from rules.occurrences(change.rule, change.first, low, high, self._budget)


def _change(part: Component) -> _Change:
    start, before, after = (part.one(name) for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"))
    rule = part.one("RRULE")
    if start is None or before is None or after is None:
        raise Unread("its time zone cannot be read")
    extra = (text for line in part.all("RDATE") for text in line.value.split(",") if text.strip())
    return _Change(
        first=_local(start.value),
        before=_offset(before.value),
        after=_offset(after.value),
        rule=rules.parse(rule.value) if rule else None,
        extra=tuple(map(_local, extra)),
    )


def _local(text: str) -> datetime:
    match = _LOCAL.fullmatch(text.strip().upper())
    try:
        if match:
            return datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - a wall time
    except ValueError:
        pass
    raise Unread("its time zone cannot be read")


def _offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        raise Unread("its time zone cannot be read")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if size >= timedelta(days=1):
        raise Unread("its time zone cannot be read")
    return -size if match[1] == "-" else size


def _plain(name: str) -> str:
    return name.strip().strip('"')


def _iana(name: str) -> ZoneInfo | None:
    if not _NAME.fullmatch(name) or name in _NO_PLACE:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None


def _windows(name: str) -> ZoneInfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - a tenth of a second to load

    known = WINDOWS_TO_OLSON.get(name)
    return _iana(known) if known else None


def _iana_at_end(name: str) -> ZoneInfo | None:
    """`/freeassociation.sourceforge.net/Europe/Berlin` and its kin: the last three or two parts are the name."""
    parts = name.split("/")
    if len(parts) < 3:
        return None
    return _iana("/".join(parts[-3:])) or _iana("/".join(parts[-2:]))
