"""The hour of a finished pod: among those that suit all its members as well, the one that is awkward for fewest."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.comfort import HUMANE, awkwardness, is_awkward
from matching.problem import Group, Place
from matching.sets import set_of
from matching.slots import candidates, touched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matching.problem import Problem
    from matching.slots import Candidate


class Hours:
    """All hours at which pods of a problem could meet, and for whom each is awkward."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._candidates = candidates(problem.roster)
        members = problem.roster.members
        self._home = {
            zone: set_of(i for i, member in enumerate(members) if member.timezone == zone and not member.away)
            for zone in {member.timezone for member in members}
        }
        self._travellers = [i for i, member in enumerate(members) if member.away]
        self._touches_night = cache(self._touched_night)

    def cost(self, places: Sequence[Place], groups: list[Group]) -> int:
        """What their hours cost the members of these groups."""
        return sum(self._cost(places[g.place].candidate, self._problem.members_of(g.units)) for g in groups)

    def least(self, placed: int) -> int:
        """A cost that no plan with so many members placed is below: everybody at the hours that suit them best."""
        reached = spared = 0
        for candidate in self._candidates:
            reached |= candidate.fits
            spared |= candidate.fits & ~self._awkward(candidate, candidate.fits & ~spared)
        unavoidable = sorted(self._weight(i) for i in self._problem.members(reached & ~spared))
        return sum(unavoidable[: max(0, placed - spared.bit_count())])

    def chosen(self, groups: list[Group]) -> tuple[Problem, list[Group]]:
        """The same pods at their best hours, and the problem that has these hours among its places."""
        places = list(self._problem.places)
        settled = []
        for group in groups:
            better = None if places[group.place].lock else self._better(group)
            if better is None:
                settled.append(group)
            else:
                settled.append(Group(len(places), group.units))
                places.append(Place(candidate=better, units=group.units))
        return replace(self._problem, places=tuple(places)), settled

    def _better(self, group: Group) -> Candidate | None:
        """Hours that are less awkward and ask for no more if-needed time; the earliest in the week among equals."""
        members = self._problem.members_of(group.units)
        now = self._problem.places[group.place].candidate
        strained = (members & ~now.free).bit_count()
        best, least = None, self._cost(now, members)
        for candidate in self._candidates if least else ():
            if members & ~candidate.fits or not members & candidate.anchors:
                continue
            if (members & ~candidate.free).bit_count() > strained:
                continue
            if (cost := self._cost(candidate, members)) < least:
                best, least = candidate, cost
        return best

    def _cost(self, candidate: Candidate, members: int) -> int:
        return sum(self._weight(i) for i in self._problem.members(self._awkward(candidate, members)))

    def _weight(self, i: int) -> int:
        return awkwardness(self._problem.roster.members[i])

    def _awkward(self, candidate: Candidate, members: int) -> int:
        """Those of the members for whom these hours are awkward."""
        found = 0
        for zone, inhabitants in self._home.items():
            if members & inhabitants and any(self._touches_night(zone, begin) for begin in candidate.starts):
                found |= members & inhabitants
        minutes = self._problem.roster.meeting.minutes
        for i in self._travellers:
            if members >> i & 1 and is_awkward(self._problem.roster.members[i], candidate.starts, minutes):
                found |= 1 << i
        return found

    def _touched_night(self, zone: str, begin: datetime) -> bool:
        return bool(touched(ZoneInfo(zone), begin, self._problem.roster.meeting.minutes) & ~HUMANE)
