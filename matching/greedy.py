"""An instant plan: again and again the place where most people without a pod can meet.

Serves the search as a start and as a way out, and benchmarks as a baseline. Keeps every hard rule where it can: a lock
that it cannot keep is left out, and the groups it returns are sound one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.problem import Group

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
    for number, unit in enumerate(problem.units):
        if number in placed or unit.lock:
            continue
        for index, group in enumerate(groups):
            larger = Group(group.place, tuple(sorted((*group.units, number))))
            if number in problem.places[group.place].units and problem.keeps_rules(larger):
                groups[index] = larger
                break
    return groups


class _Builder:
    """Opens one pod after the other; ``groups`` are those opened so far."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._choices = [sum(u in place.units for place in problem.places) for u in range(len(problem.units))]
        self._left = {u for u, unit in enumerate(problem.units) if not unit.lock}
        self.groups: list[Group] = []

    def open_for(self, locked: int) -> None:
        """Open the pod of a locked unit where most others can come."""
        places = [p for p, place in enumerate(self._problem.places) if locked in place.units]
        for place in sorted(places, key=self._available, reverse=True):
            if self._open(place, (locked,)):
                return

    def open_largest(self) -> bool:
        """Open one more pod; False when no place has enough people left."""
        places = [p for p in range(len(self._problem.places)) if self._available(p) >= self._problem.pod_size.min]
        return any(self._open(place, ()) for place in sorted(places, key=self._available, reverse=True))

    def _available(self, place: int) -> int:
        chosen = self._problem.places[place].units
        return sum(self._problem.units[unit].size for unit in chosen if unit in self._left)

    def _open(self, place: int, first: tuple[int, ...]) -> bool:
        """Fill a pod with those who have the fewest other places, an anchor among them."""
        problem = self._problem
        waiting = sorted(self._left & set(problem.places[place].units), key=lambda unit: (self._choices[unit], unit))
        anchor = next((u for u in waiting if problem.places[place].has_anchor(problem.units[u])), None)
        pod = list(first)
        for unit in sorted(waiting, key=lambda unit: unit != anchor):
            size = problem.members_of((*pod, unit)).bit_count()
            if size <= problem.pod_size.max and not problem.has_foes((*pod, unit)):
                pod.append(unit)
        group = Group(place, tuple(sorted(self._without_loners(pod, first))))
        if not problem.keeps_rules(group):
            return False
        self.groups.append(group)
        self._left -= set(group.units)
        return True

    def _without_loners(self, pod: list[int], first: tuple[int, ...]) -> list[int]:
        """The pod without those who would be the only one of a kind that must not be alone."""
        for holders in self._problem.companions:
            alone = [unit for unit in pod if self._problem.units[unit].members & holders]
            if (self._problem.members_of(alone) & holders).bit_count() == 1 and alone[0] not in first:
                pod = [unit for unit in pod if unit != alone[0]]
        return pod
