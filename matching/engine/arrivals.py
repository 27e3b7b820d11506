"""The goal level of a rematch: whoever is not staying anyway chooses the best company among the pods.

Plain descent over the few who are loose: one changes pods, two change places, or one changes with somebody who has no
pod. Nobody else moves, nobody fewer is placed, no if-needed hour is added, every rule holds after each step.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from matching.problem import Group
from matching.similarity import Interests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.rematch import Standing

_EPSILON = 1e-9
#: Sweeps nearly always end by themselves within a few.
_MOST_SWEEPS = 50


def improve(standing: Standing, groups: list[Group], *, go_on: Callable[[], bool]) -> list[Group]:
    """The groups with better company, until no step helps or ``go_on`` says no."""
    arrivals = _Arrivals(standing, groups)
    for _ in range(_MOST_SWEEPS):
        if not arrivals.sweep(go_on):
            break
    return arrivals.groups()


class _Arrivals:
    """Pods by number, ``_seats[g]`` their units; the pod after the last is the bench of those without one."""

    def __init__(self, standing: Standing, groups: list[Group]) -> None:
        self._standing = standing
        self._problem = standing.problem
        self._places = [group.place for group in groups]
        self._bench = len(groups)
        inside = {unit for group in groups for unit in group.units}
        waiting = set(range(len(self._problem.units))) - inside
        self._seats = [*(set(group.units) for group in groups), waiting]
        self._suits = [set(self._problem.places[place].units) for place in self._places]
        interests = cache(lambda i: Interests.of(self._problem.roster.members[i]))
        self._alike = cache(lambda i, j: interests(i).similarity(interests(j)))
        self._total = sum(self._company(g) for g in range(self._bench))
        self._pairs = sum(self._pairs_of(g) for g in range(self._bench))

    def groups(self) -> list[Group]:
        """The pods as they are now."""
        return [Group(place, tuple(sorted(self._seats[g]))) for g, place in enumerate(self._places)]

    def sweep(self, go_on: Callable[[], bool]) -> bool:
        """Try every step once, taking those that help; whether one did."""
        changed = False
        for unit, g in self._loose():
            if not go_on():
                return False
            if unit not in self._seats[g] or g == self._bench:
                continue
            steps = ((h, ()) for h in range(self._bench) if h != g)
            swaps = ((h, (other,)) for other, h in self._loose() if h != g)
            for h, others in (*steps, *swaps):
                if unit in self._seats[g] and self._fits(unit, h) and all(self._fits(other, g) for other in others):
                    changed |= self._exchange(g, {unit}, h, set(others))
        return changed

    def _loose(self) -> Iterator[tuple[int, int]]:
        """Units that do not stay where they were, with their pods now."""
        found = [
            (unit, g)
            for g, seats in enumerate(self._seats)
            for unit in sorted(seats)
            if not self._problem.units[unit].lock
            and (g == self._bench or not self._standing.staying(unit, self._places[g]))
        ]
        return iter(found)

    def _fits(self, unit: int, g: int) -> bool:
        return g == self._bench or unit in self._suits[g]

    def _exchange(self, g: int, leave: set[int], h: int, come: set[int]) -> bool:
        """Let some units of pod ``g`` change with some of ``h`` if that helps and breaks nothing."""
        before = self._seats[g], self._seats[h]
        if not come <= before[1]:
            return False
        worth = self._worth(g, h)
        self._seats[g], self._seats[h] = before[0] - leave | come, before[1] - come | leave
        after = self._worth(g, h)
        total, pairs = self._total + after[0] - worth[0], self._pairs + after[1] - worth[1]
        better = pairs and total / pairs > self._total / self._pairs + _EPSILON
        if better and after[2] >= worth[2] and after[3] <= worth[3] and self._sound(g) and self._sound(h):
            self._total, self._pairs = total, pairs
            return True
        self._seats[g], self._seats[h] = before
        return False

    def _worth(self, *pods: int) -> tuple[float, int, int, int]:
        """Summed similarity, pairs, people and if-needed hours of these pods; the bench counts for nothing."""
        real = [g for g in pods if g != self._bench]
        people = sum(self._problem.units[unit].size for g in real for unit in self._seats[g])
        return sum(map(self._company, real)), sum(map(self._pairs_of, real)), people, sum(map(self._strained, real))

    def _company(self, g: int) -> float:
        members = sorted(self._problem.members(self._problem.members_of(self._seats[g])))
        return sum(self._alike(i, j) for i, j in combinations(members, 2))

    def _pairs_of(self, g: int) -> int:
        size = self._problem.members_of(self._seats[g]).bit_count()
        return size * (size - 1) // 2

    def _strained(self, g: int) -> int:
        place = self._problem.places[self._places[g]]
        return sum(place.if_needed(self._problem.units[unit]) for unit in self._seats[g])

    def _sound(self, g: int) -> bool:
        return g == self._bench or self._problem.keeps_rules(Group(self._places[g], tuple(self._seats[g])))
