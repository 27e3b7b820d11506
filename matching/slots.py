"""Which slots fit whom in every week of the period, clock changes included.

Local weeks are integers used as sets of minutes: bit ``m`` stands for minute ``m`` since Monday 00:00. Sets of members
are integers too: bit ``i`` stands for ``roster.members[i]``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.plan import Fit
from matching.roster import DAY, WEEK, Slot
from matching.sets import numbers_in, set_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.roster import Member, Period, Roster, Window

Instants = tuple[datetime, ...]

_ALL_WEEK = (1 << WEEK) - 1


def stretch(start: int, minutes: int) -> int:
    """The ``minutes`` from minute ``start`` of the week on as a set; Sunday night runs into Monday morning."""
    bits = ((1 << minutes) - 1) << (start % WEEK)
    return (bits | bits >> WEEK) & _ALL_WEEK


def week_minutes(windows: Iterable[Window]) -> int:
    """All minutes of the local week that the windows cover, as a set."""
    covered = 0
    for window in windows:
        covered |= stretch(window.start, window.minutes)
    return covered


def minute_of_week(local: datetime) -> int:
    """Minutes since Monday 00:00 on that clock."""
    return local.weekday() * DAY + local.hour * 60 + local.minute


def is_away(member: Member, day: date) -> bool:
    """Whether the member is excused from meetings that start on that day of their own calendar."""
    return any(day in span for span in member.away)


def meeting_starts(slot: Slot, period: Period) -> Instants:
    """UTC instants of a slot's meetings, one per week of the period.

    A wall time that a clock change skips is read with the offset before the gap, one that happens twice means the
    first (RFC 5545, section 3.3.5); ``fold=0`` says both to ``zoneinfo``.
    """
    zone = ZoneInfo(slot.timezone)
    first = period.start + timedelta(days=(slot.weekday - period.start.weekday()) % 7)
    at = time(*divmod(slot.start, 60), tzinfo=zone, fold=0)
    days = (first + timedelta(weeks=week) for week in range(period.weeks))
    return tuple(datetime.combine(day, at).astimezone(UTC) for day in days)


def touched(zone: ZoneInfo, begin: datetime, minutes: int) -> int:
    """The minutes of the local week that a meeting from ``begin`` (UTC) on touches, as a set."""
    start, last = ((begin + timedelta(minutes=offset)).astimezone(zone) for offset in (0, minutes - 1))
    if start.utcoffset() == last.utcoffset():
        return stretch(minute_of_week(start), minutes)
    covered = 0
    for offset in range(minutes):
        covered |= 1 << minute_of_week((begin + timedelta(minutes=offset)).astimezone(zone))
    return covered


def fit(member: Member, starts: Instants, minutes: int) -> Fit | None:
    """How meetings at these instants suit the member, or None if some week does not.

    The plain reading of the contract, one meeting after the other; ``candidates`` is the fast one for many members.
    """
    zone = ZoneInfo(member.timezone)
    free = week_minutes(member.free)
    either = free | week_minutes(member.if_needed)
    worst = Fit.FREE
    for begin in starts:
        if is_away(member, begin.astimezone(zone).date()):
            continue
        needed = touched(zone, begin, minutes)
        if needed & ~either:
            return None
        if needed & ~free:
            worst = Fit.IF_NEEDED
    return worst


@dataclass(frozen=True, slots=True)
class Candidate:
    """Instants at which pods may meet: the slots that name them, one per anchor zone, and who can come.

    ``fits``, ``free`` and ``anchors`` are sets of members: who can come, who can come in free time every week, and who
    can come and lives in the zone of one of the slots.
    """

    starts: Instants
    slots: tuple[Slot, ...]
    fits: int
    free: int
    anchors: int


def candidates(roster: Roster) -> tuple[Candidate, ...]:
    """Every distinct series of instants on the roster's grid that somebody can make, in the order of the instants."""
    named: dict[Instants, list[Slot]] = defaultdict(list)
    minutes, step = roster.meeting.minutes, roster.meeting.step
    for zone in sorted({member.timezone for member in roster.members}):
        for start in range(0, WEEK, step):
            slot = Slot(weekday=start // DAY, start=start % DAY, timezone=zone, minutes=minutes)
            named[meeting_starts(slot, roster.period)].append(slot)
    audience = Audience(roster)
    found = (audience.candidate(starts, tuple(slots)) for starts, slots in sorted(named.items()))
    return tuple(candidate for candidate in found if candidate.anchors)


class Audience:
    """Answers who can make a series of instants, for all members of a roster at once."""

    def __init__(self, roster: Roster) -> None:
        self._zones = [_ZoneAudience(zone, roster) for zone in sorted({member.timezone for member in roster.members})]

    def candidate(self, starts: Instants, slots: tuple[Slot, ...]) -> Candidate:
        """The candidate for instants that these slots name."""
        anchor_zones = {slot.timezone for slot in slots}
        fits = free = anchors = 0
        for zone in self._zones:
            can, freely = zone.who(starts)
            fits |= can
            free |= freely
            if zone.name in anchor_zones:
                anchors |= can
        return Candidate(starts=starts, slots=slots, fits=fits, free=free, anchors=anchors)


class _ZoneAudience:
    """The members of one zone: whatever their clock shows, it shows to all of them."""

    def __init__(self, name: str, roster: Roster) -> None:
        self.name = name
        self._zone = ZoneInfo(name)
        self._minutes = roster.meeting.minutes
        inhabitants = [(i, member) for i, member in enumerate(roster.members) if member.timezone == name]
        self._everyone = set_of(i for i, _ in inhabitants)
        self._travellers = [(i, member) for i, member in inhabitants if member.away]
        free = [(i, week_minutes(member.free)) for i, member in inhabitants]
        either = [(i, free[n][1] | week_minutes(member.if_needed)) for n, (i, member) in enumerate(inhabitants)]
        self._covering = cache(lambda needed: (_supersets(either, needed), _supersets(free, needed)))
        self._can_start = _Starts(either, self._minutes, roster.meeting.step)
        self._freely_start = _Starts(free, self._minutes, roster.meeting.step)
        self._excused = cache(self._who_is_away)
        self._shift_days = _shift_days(self._zone, roster.period)

    def who(self, starts: Instants) -> tuple[int, int]:
        """Who can come every week, and who can do so in free time."""
        fits = free = self._everyone
        for begin in starts:
            local = begin.astimezone(self._zone)
            if begin.date() in self._shift_days:
                can, freely = self._covering(touched(self._zone, begin, self._minutes))
            else:
                start = minute_of_week(local)
                can, freely = self._can_start.at(start), self._freely_start.at(start)
            excused = self._excused(local.date()) if self._travellers else 0
            fits &= can | excused
            if not fits:
                return 0, 0
            free &= freely | excused
        return fits, free

    def _who_is_away(self, day: date) -> int:
        return set_of(i for i, member in self._travellers if is_away(member, day))


class _Starts:
    """At which minutes of their week who could begin, for people (number, minutes of their week) of one zone.

    Looked up per minute of the week, but reckoned person by person: each week of minutes is worn down once to the
    minutes at which a whole meeting fits, and only those on the grid are written into the table.
    """

    def __init__(self, weeks: list[tuple[int, int]], minutes: int, step: int) -> None:
        self._weeks = [(i, _beginnings(week, minutes)) for i, week in weeks]
        self._step = step
        self._tables: dict[int, dict[int, int]] = {}

    def at(self, minute: int) -> int:
        """The people who could begin a meeting at that minute of their week."""
        beyond = minute % self._step
        if beyond not in self._tables:
            self._tables[beyond] = self._table(beyond)
        return self._tables[beyond].get(minute, 0)

    def _table(self, beyond: int) -> dict[int, int]:
        grid = set_of(range(beyond, WEEK, self._step))
        people: dict[int, list[int]] = defaultdict(list)
        for i, beginnings in self._weeks:
            for minute in numbers_in(beginnings & grid):
                people[minute].append(i)
        return {minute: set_of(numbers) for minute, numbers in people.items()}


def _beginnings(week: int, minutes: int) -> int:
    """The minutes of the week from which on ``minutes`` in a row lie in the set, Sunday running into Monday."""
    doubled, reach = week | week << WEEK, 1
    while reach < minutes:
        stride = min(reach, minutes - reach)
        doubled &= doubled >> stride
        reach += stride
    return doubled & _ALL_WEEK


def _supersets(weeks: list[tuple[int, int]], needed: int) -> int:
    """The members whose minutes cover all needed ones."""
    return set_of(i for i, minutes in weeks if not needed & ~minutes)


def _shift_days(zone: ZoneInfo, period: Period) -> frozenset[date]:
    """UTC dates on which a meeting may run into a change of the zone's clock, one day of margin included."""
    first = period.start - timedelta(days=3)
    days = [first + timedelta(days=n) for n in range(period.weeks * 7 + 7)]
    offsets = [datetime.combine(day, time(), tzinfo=UTC).astimezone(zone).utcoffset() for day in days]
    changes = {i for i in range(len(days) - 1) if offsets[i] != offsets[i + 1]}
    return frozenset(days[i] for change in changes for i in (change - 1, change) if i >= 0)
