"""Getting people in by moving others along: an augmenting path through the pods that there are.

Somebody without a pod takes the seat of a member who takes the seat of another ... until one finds a pod with room. The
pods and their hours stay as they are. Found breadth first, as in bipartite matching (Hopcroft and Karp, SIAM J. Comput.
2, 1973, do many at once); a pod from which no room can be reached is never looked at again, so that failing costs
little. Without rules between members nobody who could get in this way is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.problem import Group
from matching.sets import numbers_in, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.problem import Problem


def moved_along(problem: Problem, groups: Iterable[Group], *, go_on: Callable[[], bool] = lambda: True) -> list[Group]:
    """The same pods at the same places with more members, where that is possible; all hard rules are kept.

    ``go_on`` is asked before each member; once it says no, the others stay where they are.
    """
    chains = _Chains(problem, list(groups))
    for unit in chains.without_pod():
        if not go_on():
            break
        chains.bring_in(unit)
    return chains.groups


class _Chains:
    def __init__(self, problem: Problem, groups: list[Group]) -> None:
        self._problem = problem
        self.groups = groups
        self._homes = [0] * len(problem.units)
        for number, group in enumerate(groups):
            for unit in problem.places[group.place].units:
                self._homes[unit] |= 1 << number
        self._hopeless = 0

    def without_pod(self) -> list[int]:
        """The units that may move on their own and have no pod, those with the fewest choices first."""
        placed = union(1 << unit for group in self.groups for unit in group.units)
        loose = (u for u, unit in enumerate(self._problem.units) if not unit.lock and not placed >> u & 1)
        return sorted((unit for unit in loose if self._homes[unit]), key=lambda unit: self._homes[unit].bit_count())

    def bring_in(self, unit: int) -> bool:
        """Find the unit a seat; whether there was one."""
        came_from: dict[int, tuple[int, int]] = {}
        seen, queue = self._hopeless, [unit]
        for mover in queue:
            for number in numbers_in(self._homes[mover] & ~seen):
                if self._takes(number, mover):
                    self._move(number, mover, came_from)
                    return True
                seen |= 1 << number
                for leaver in self._seats(number, mover):
                    came_from[leaver] = number, mover
                    queue.append(leaver)
        self._hopeless = seen
        return False

    def _takes(self, number: int, mover: int) -> bool:
        group = self.groups[number]
        return self._problem.keeps_rules(Group(group.place, (*group.units, mover)))

    def _seats(self, number: int, mover: int) -> list[int]:
        """The units of a pod whose seat the mover could take."""
        group, units = self.groups[number], self._problem.units
        if not self._is_plain(mover):
            swaps = ((leaver, Group(group.place, _swapped(group, leaver, mover))) for leaver in group.units)
            return [leaver for leaver, pod in swaps if not units[leaver].lock and self._problem.keeps_rules(pod)]
        anchors = self._problem.places[group.place].candidate.anchors
        inside = [unit for unit in (*group.units, mover) if units[unit].members & anchors]
        needed = inside[0] if len(inside) == 1 else None
        return [unit for unit in group.units if unit != needed and units[unit].size == 1 and not units[unit].lock]

    def _is_plain(self, unit: int) -> bool:
        """Whether no rule asks who sits with the unit, so that any one member can give them the seat."""
        return self._problem.units[unit].size == 1 and not self._problem.foes[unit] and not self._problem.companions

    def _move(self, number: int, mover: int, came_from: dict[int, tuple[int, int]]) -> None:
        """Seat the mover in the pod with room, whoever moved them in their old seat, and so on."""
        group = self.groups[number]
        self.groups[number] = Group(group.place, tuple(sorted((*group.units, mover))))
        while mover in came_from:
            number, follower = came_from[mover]
            group = self.groups[number]
            self.groups[number] = Group(group.place, _swapped(group, mover, follower))
            mover = follower


def _swapped(group: Group, leaver: int, mover: int) -> tuple[int, ...]:
    return tuple(sorted((*(unit for unit in group.units if unit != leaver), mover)))
