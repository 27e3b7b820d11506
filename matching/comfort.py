"""What makes a pod comfortable once everybody has one: an even mix, humane hours, a table that is not too large.

These are the last three levels of the objective. For each of them less is better and 0 is perfect.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.roster import DAY
from matching.slots import is_away, stretch, touched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matching.roster import Member, Roster
    from matching.slots import Instants

#: The minutes of the local week at which nobody minds meeting: 08:00 to 21:00 on every day.
HUMANE = sum(stretch(day * DAY + 8 * 60, 13 * 60) for day in range(7))
#: A pod of more people than this is a large one.
COMFORTABLE = 8


@dataclass(frozen=True, slots=True)
class Share:
    """A value of a ``spread`` trait: its holders (ids) and their share of the roster."""

    holders: frozenset[str]
    share: Fraction

    def unevenness(self, mates: Iterable[str]) -> int:
        """How many more or fewer holders a pod has than the whole numbers nearest to its fair part."""
        everyone = set(mates)
        count, fair = len(everyone & self.holders), self.share * len(everyone)
        return max(0, fair.__floor__() - count, count - fair.__ceil__())


def shares(roster: Roster) -> tuple[Share, ...]:
    """Every value of every ``spread`` trait that somebody in the roster has."""
    found = []
    for trait in roster.rules.spread:
        for value in sorted({member.traits[trait] for member in roster.members if trait in member.traits}):
            holders = frozenset(member.id for member in roster.members if member.traits.get(trait) == value)
            found.append(Share(holders, Fraction(len(holders), len(roster.members))))
    return tuple(found)


def balance(roster: Roster, pods: Sequence[Sequence[str]]) -> int:
    """The unevenness of all pods over all ``spread`` values."""
    return sum(share.unevenness(mates) for share in shares(roster) for mates in pods)


def is_awkward(member: Member, starts: Instants, minutes: int) -> bool:
    """Whether a meeting that the member attends touches minutes outside 08:00 to 21:00 on their own clock."""
    zone = ZoneInfo(member.timezone)
    return any(
        touched(zone, begin, minutes) & ~HUMANE
        for begin in starts
        if not is_away(member, begin.astimezone(zone).date())
    )


def awkwardness(member: Member) -> int:
    """What an awkward hour costs this member: the more they had before, the more.

    With ``h`` earlier ones it is ``(h + 1)**2 - h**2``: the sum over a community of the squares of everybody's counts
    grows least when those bear the hour who bore it least.
    """
    return 1 + 2 * member.awkward


def large_pods(sizes: Iterable[int]) -> int:
    """Seats above the comfortable size, over all pods."""
    return sum(max(0, size - COMFORTABLE) for size in sizes)
