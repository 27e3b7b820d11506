"""Wall clocks as whole numbers: what many people's clocks show at many instants, without a date-time for each.

Instants are minutes since Monday 1970-01-05 00:00 UTC, so that the remainder by a week is the minute of the week.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.roster import WEEK, WEEKDAYS
from matching.slots import stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.roster import Period

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
#: Days around a period that its meetings and their local dates may reach.
_MARGIN = 3

Starts = tuple[int, ...]


def to_minutes(instants: Iterable[datetime]) -> Starts:
    """Date-times as minutes since the Monday that everything here counts from."""
    return tuple((instant - _MONDAY) // _MINUTE for instant in instants)


@dataclass(frozen=True, slots=True)
class Clock:
    """What clocks show during one period: ``offsets[n]`` minutes more than UTC until the instant ``changes[n]``.

    Zones that show the same all the time have equal clocks.
    """

    changes: Starts
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, zone: ZoneInfo, period: Period) -> Clock:
        """The clock of a zone for all that may happen in a period."""
        first = datetime.combine(period.start, datetime.min.time(), tzinfo=UTC) - timedelta(days=_MARGIN)
        noons = to_minutes(first + timedelta(days=n) for n in range(period.weeks * 7 + 2 * _MARGIN + 1))
        changes, offsets = [], [_offset(zone, noons[0])]
        for before, after in pairwise(noons):
            if _offset(zone, after) != offsets[-1]:
                changes.append(_change(zone, before, after))
                offsets.append(_offset(zone, after))
        return cls(tuple(changes), tuple(offsets))

    def wall(self, instant: int) -> int:
        """What the clock shows, counted from Monday 1970-01-05 00:00 on that clock."""
        return instant + self.offsets[bisect_right(self.changes, instant)]

    def touched(self, instant: int, minutes: int) -> int:
        """The minutes of the local week that a meeting from the instant on touches, as a set."""
        last = instant + minutes - 1
        if bisect_right(self.changes, instant) == bisect_right(self.changes, last):
            return stretch(self.wall(instant) % WEEK, minutes)
        covered = 0
        for moment in range(instant, last + 1):
            covered |= 1 << self.wall(moment) % WEEK
        return covered


def clocks(zones: Iterable[str], period: Period) -> dict[str, Clock]:
    """The clock of each zone; equal clocks are the same object."""
    found: dict[Clock, Clock] = {}
    return {name: found.setdefault(clock, clock) for name in zones for clock in (Clock.of(ZoneInfo(name), period),)}


def day_number(wall: int) -> int:
    """The proleptic ordinal (``date.toordinal``) of the date on a clock that shows ``wall``."""
    return _MONDAY.toordinal() + wall // (WEEK // len(WEEKDAYS))


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = (_MONDAY + instant * _MINUTE).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // _MINUTE


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first minute at which the clock no longer runs as it did ``before``."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after
