"""Who of some members can make a series of instants, and which minutes the others would have to add."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from matching.clocks import clocks, day_number, to_minutes
from matching.roster import DAY, WEEK, Slot
from matching.sets import set_of
from matching.slots import meeting_starts, week_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.clocks import Clock, Starts
    from matching.roster import Member, Roster

#: First and last days, as numbers.
Spans = tuple[tuple[int, int], ...]


class Attendance:
    """Answers for the chosen members (numbers in ``roster.members``); sets of members are those of ``matching.slots``."""

    def __init__(self, roster: Roster, chosen: Iterable[int]) -> None:
        self._meeting, self._period = roster.meeting, roster.period
        self._members = {i: roster.members[i] for i in chosen}
        self._clocks = clocks({member.timezone for member in self._members.values()}, roster.period)
        self._offered = {i: offered(member) for i, member in self._members.items()}
        self._away = {i: _spans(member) for i, member in self._members.items() if member.away}
        self._crowds: dict[Clock, _Crowd] = {}
        for clock, crowd in self._by_clock().items():
            travellers = {i: self._away[i] for i in crowd if i in self._away}
            self._crowds[clock] = _Crowd(
                clock, {i: self._offered[i] for i in crowd}, travellers, roster.meeting.minutes
            )

    def clock(self, i: int) -> Clock:
        """The member's clock."""
        return self._clocks[self._members[i].timezone]

    def offered(self, i: int) -> int:
        """The minutes of the week that the member gave, free or if-needed."""
        return self._offered[i]

    def is_traveller(self, i: int) -> bool:
        """Whether the member is excused on some dates."""
        return i in self._away

    def fits(self, starts: Starts) -> int:
        """Who can come every week."""
        coming = 0
        for crowd in self._crowds.values():
            coming |= crowd.fits(starts)
        return coming

    def needed(self, i: int, starts: Starts) -> int:
        """The minutes of the member's week that these meetings touch when the member is not away."""
        crowd = self._crowds[self.clock(i)]
        attended = crowd.attended(i, starts) if i in self._away else starts
        return crowd.needed(attended)

    def grid(self) -> dict[Starts, int]:
        """Every series of instants on the grid of somebody's clock, with those whose clock it is: its anchors."""
        anchors: dict[Starts, int] = defaultdict(int)
        for crowd in self._by_clock().values():
            residents = set_of(crowd)
            zone = self._members[crowd[0]].timezone
            for start in range(0, WEEK, self._meeting.step):
                slot = Slot(weekday=start // DAY, start=start % DAY, timezone=zone, minutes=self._meeting.minutes)
                anchors[to_minutes(meeting_starts(slot, self._period))] |= residents
        return anchors

    def _by_clock(self) -> dict[Clock, list[int]]:
        found: dict[Clock, list[int]] = defaultdict(list)
        for i in self._members:
            found[self.clock(i)].append(i)
        return found


class _Crowd:
    """The members who share a clock: whatever it shows, it shows to all of them."""

    def __init__(self, clock: Clock, offers: dict[int, int], away: dict[int, Spans], minutes: int) -> None:
        self._clock, self._minutes = clock, minutes
        self._offers, self._away = offers, away
        self._touched = cache(self._touch)
        self._covering = cache(self._cover)
        self._coming = cache(self._come)

    def fits(self, starts: Starts) -> int:
        fits = -1
        for instant in starts:
            fits &= self._coming(instant)
            if not fits:
                break
        return fits

    def attended(self, i: int, starts: Starts) -> Starts:
        return tuple(instant for instant in starts if not self._is_away(i, instant))

    def needed(self, starts: Starts) -> int:
        needed = 0
        for instant in starts:
            needed |= self._touched(instant)
        return needed

    def _come(self, instant: int) -> int:
        excused = set_of(i for i in self._away if self._is_away(i, instant))
        return self._covering(self._touched(instant)) | excused

    def _touch(self, instant: int) -> int:
        return self._clock.touched(instant, self._minutes)

    def _cover(self, needed: int) -> int:
        return set_of(i for i, offer in self._offers.items() if not needed & ~offer)

    def _is_away(self, i: int, instant: int) -> bool:
        day = day_number(self._clock.wall(instant))
        return any(first <= day <= last for first, last in self._away[i])


def offered(member: Member) -> int:
    """The minutes of the week that a member gave, free or if-needed, as a set."""
    return week_minutes(member.free) | week_minutes(member.if_needed)


def _spans(member: Member) -> Spans:
    return tuple((span.first.toordinal(), span.last.toordinal()) for span in member.away)
