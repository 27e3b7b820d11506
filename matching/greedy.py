"""An instant plan: again and again the place where most people without a pod can meet.

Serves the search as a start and as a way out, and benchmarks as a baseline. Keeps every hard rule where it can: a lock
that it cannot keep is left out, and the groups it returns are sound one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.problem import Group
from matching.sets import union

if TYPE_CHECKING:
    from matching.problem import Problem


def greedy(problem: Problem) -> list[Group]:
    """Groups found by taking the largest common place first, locked pods before all others."""
    builder = _Builder(problem)
    for number, unit in enumerate(problem.units):
        if unit.lock:
            builder.open_for(number)
    while builder.open_largest():
        pass
    return insert_leftovers(problem, builder.groups)


def insert_leftovers(problem: Problem, groups: list[Group]) -> list[Group]:
    """The same groups, with everyone added who fits one that has room."""
    groups = list(groups)
    placed = {unit for group in groups for unit in group.units}
    sizes = [problem.members_of(group.units).bit_count() for group in groups]
    for number, unit in enumerate(problem.units):
        if number in placed or unit.lock:
            continue
        for index, group in enumerate(groups):
            if sizes[index] + unit.size > problem.pod_size.max:
                continue
            larger = Group(group.place, tuple(sorted((*group.units, number))))
            if not unit.members & ~problem.places[group.place].candidate.fits and problem.keeps_rules(larger):
                groups[index] = larger
                sizes[index] += unit.size
                break
    return groups


class _Builder:
    """Opens one pod after the other; ``groups`` are those opened so far."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._fits = [place.candidate.fits for place in problem.places]
        self._choices = [0] * len(problem.units)
        for unit in (unit for place in problem.places for unit in place.units):
            self._choices[unit] += 1
        self._left = union(unit.members for unit in problem.units if not unit.lock)
        self.groups: list[Group] = []

    def open_for(self, locked: int) -> None:
        """Open the pod of a locked unit where most others can come."""
        places = [p for p, place in enumerate(self._problem.places) if locked in place.units]
        for place in sorted(places, key=self._available, reverse=True):
            if self._open(place, (locked,)):
                return

    def open_largest(self) -> bool:
        """Open one more pod; False when no place has enough people left."""
        places = [p for p in range(len(self._fits)) if self._available(p) >= self._problem.pod_size.min]
        return any(self._open(place, ()) for place in sorted(places, key=self._available, reverse=True))

    def _available(self, place: int) -> int:
        return (self._left & self._fits[place]).bit_count()

    def _open(self, place: int, first: tuple[int, ...]) -> bool:
        """Fill a pod with those who have the fewest other places, an anchor among them."""
        group = Group(place, tuple(sorted(self._without_loners(self._filled(place, first), first))))
        if not self._problem.keeps_rules(group):
            return False
        self.groups.append(group)
        self._left &= ~self._problem.members_of(group.units)
        return True

    def _filled(self, place: int, first: tuple[int, ...]) -> list[int]:
        problem = self._problem
        units, home = problem.units, problem.places[place]
        waiting = sorted(
            (unit for unit in home.units if units[unit].members & self._left),
            key=lambda unit: (self._choices[unit], unit),
        )
        anchor = next((unit for unit in waiting if home.has_anchor(units[unit])), None)
        pod, inside, foes = list(first), problem.members_of(first), union(problem.foes[unit] for unit in first)
        for unit in sorted(waiting, key=lambda unit: unit != anchor):
            larger = inside | units[unit].members
            if larger.bit_count() <= problem.pod_size.max and not foes >> unit & 1:
                pod.append(unit)
                inside, foes = larger, foes | problem.foes[unit]
        return pod

    def _without_loners(self, pod: list[int], first: tuple[int, ...]) -> list[int]:
        """The pod without those who would be the only one of a kind that must not be alone."""
        for holders in self._problem.companions:
            alone = [unit for unit in pod if self._problem.units[unit].members & holders]
            if (self._problem.members_of(alone) & holders).bit_count() == 1 and alone[0] not in first:
                pod = [unit for unit in pod if unit != alone[0]]
        return pod
