"""A VEVENT or VFREEBUSY as values: when it takes place, what it replaces, and whether it keeps anybody busy."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from calendars import text
from calendars.bounds import Component, Unread
from calendars.moments import Length, Moment, length, moment, moments, period
from calendars.rules import Rule, parse
from calendars.zones import Zones

_MOST_RULES = 5
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


@dataclass(frozen=True, slots=True)
class Times:
    """When an event takes place: its first time, then by rule (with UNTIL), by RDATE, and not on EXDATE."""

    first: Moment
    length: Length
    rules: tuple[tuple[Rule, Moment | None], ...] = ()
    extra: tuple[tuple[Moment, Length | None], ...] = ()
    gone: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A VEVENT. `times` is None when it keeps nobody busy; `replaces` is its RECURRENCE-ID, `onward` THISANDFUTURE."""

    source: Component
    sequence: int
    cancelled: bool
    times: Times | None
    replaces: Moment | None = None
    onward: bool = False

    @property
    def rank(self) -> tuple[int, bool]:
        """Which of several versions counts (RFC 5546 2.1.4); a cancellation wins over its equal."""
        return self.sequence, self.cancelled


def uid(part: Component) -> str:
    """The UID; events without one get a name of their own, so that they are never taken for versions of each other."""
    return next((line.value.strip() for line in part.all("UID")), "") or f"\0{part.number}"


def event(part: Component, zones: Zones, *, cancels: bool) -> Entry:
    """The event as a value; `cancels` says that its calendar has METHOD:CANCEL. Raises Unread when it cannot be read."""
    sequence = part.word("SEQUENCE")
    cancelled = cancels or part.word("STATUS") == "CANCELLED"
    free = part.word("TRANSP") == "TRANSPARENT" or part.word("X-MICROSOFT-CDO-BUSYSTATUS") in _FREE
    line = part.one("RECURRENCE-ID")
    replaces = moment(line, line.value, zones, _zone_of_start(part, zones)) if line else None
    if replaces:
        replaces.utc()  # refused here, an impossible date does not spoil the series
    return Entry(
        source=part,
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
        cancelled=cancelled,
        times=None if cancelled or free else _times(part, zones, single=replaces is not None),
        replaces=replaces,
        onward=line is not None and line.parameter("RANGE").upper() == "THISANDFUTURE",
    )


def _zone_of_start(part: Component, zones: Zones) -> tzinfo:
    """The zone of DTSTART, for a RECURRENCE-ID that names none."""
    name = next((line.parameter("TZID") for line in part.all("DTSTART")), "")
    return zones.find(name) if name else zones.floating


def _times(part: Component, zones: Zones, *, single: bool) -> Times:
    start = part.one("DTSTART")
    if start is None:
        raise Unread("it has no start (DTSTART)")
    first = moment(start, start.value, zones, zones.floating)
    lasts = length(part, first, zones, first.zone)
    first.utc()
    lasts.after(first)
    if single:
        return Times(first, lasts)
    if zones.named and first.zone is UTC and part.all("RRULE"):
        # Google writes UTC and means the wall clock of X-WR-TIMEZONE.
        first = Moment(first.wall.replace(tzinfo=UTC).astimezone(zones.named).replace(tzinfo=None), zones.named)
    return Times(
        first,
        lasts,
        rules=tuple(_rules(part, first, zones)),
        extra=tuple(_extra(part, first, zones)),
        gone=tuple(moments(part.all("EXDATE"), zones, first.zone)),
    )


def _rules(part: Component, first: Moment, zones: Zones) -> Iterator[tuple[Rule, Moment | None]]:
    lines = part.all("RRULE")
    if len(lines) > _MOST_RULES:
        raise Unread(f"it has {len(lines)} rules; at most {_MOST_RULES} are read")
    for line in lines:
        rule = parse(line.value)
        if first.all_day:
            rule = replace(rule, hours=frozenset(), minutes=frozenset(), seconds=frozenset())
        yield rule, moment(line, rule.until, zones, first.zone) if rule.until else None


def _extra(part: Component, first: Moment, zones: Zones) -> Iterator[tuple[Moment, Length | None]]:
    """RDATE (RFC 5545 3.8.5.2); a date for an event with a time takes place at that time."""
    for line in part.all("RDATE"):
        for value in filter(str.strip, line.value.split(",")):
            at, lasts = period(line, value, zones, first.zone)
            if at.all_day and not first.all_day:
                at = Moment(datetime.combine(at.wall, first.wall.time()), first.zone)
            yield at, lasts


def periods(part: Component, zones: Zones) -> Iterator[tuple[Moment, Length]]:
    """The periods of a VFREEBUSY that are not free (RFC 5545 3.8.2.6). Raises Unread."""
    for line in part.all("FREEBUSY"):
        if line.parameter("FBTYPE").upper() == "FREE":
            continue
        for value in filter(str.strip, line.value.split(",")):
            at, lasts = period(line, value, zones, zones.floating)
            yield at, lasts or Length()


def shown(part: Component) -> str:
    r"""The title for a message: without backslashes, controls and marks that turn the writing round."""
    title = next((line.value[:400] for line in part.all("SUMMARY")), "")
    shown = "".join(each for each in title.replace("\\n", " ") if unicodedata.category(each) not in {"Cf", "Co", "Cn"})
    shown = text.one_line(shown.replace("\\", ""))[:40].strip()
    return f" ({shown})" if shown else ""
