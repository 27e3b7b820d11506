"""Goals inside fixed places: who shares a pod with whom, once places and if-needed hours are settled.

The search is plain: swap two members of different pods, or move one into a pod with room, as long as the mean
similarity of pod-mates rises and nothing above it gets worse. The bound comes from relaxing everything but sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.problem import Group
from matching.similarity import similarities

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.problem import Problem

_EPSILON = 1e-9
#: What one unit of squared unevenness of a ``spread`` trait costs, in units of summed similarity.
_SPREAD_WEIGHT = 0.25


def improve(problem: Problem, groups: list[Group], go_on: Callable[[], bool]) -> list[Group]:
    """The groups after as many improving swaps and moves as there are, or until ``go_on`` says no.

    Never places fewer people, never uses more if-needed hours, keeps every hard rule. Where ``spread`` names traits,
    an even mix of their values counts too.
    """
    if not any(member.goals or member.goal for member in problem.roster.members) and not problem.roster.rules.spread:
        return groups
    mixer = _Mixer(problem, groups)
    while go_on() and mixer.sweep(go_on):
        pass
    return mixer.groups()


def upper_bound(problem: Problem, placed: int) -> float:
    """A mean similarity of pod-mates that no plan with ``placed`` members exceeds.

    In a pod of size ``k`` a member's similarities to the others sum to at most ``S(k - 1)``, the sum of the ``k - 1``
    highest ones to people with whom they share a place and may share a pod. Adding up all members counts each pair
    twice, so the mean over pairs is at most ``sum S_i(w_i) / sum w_i`` with ``w_i = k_i - 1``; the largest value of
    that ratio over all choices of ``placed`` members and of ``w_i`` from ``min - 1`` to ``max - 1`` is found exactly
    by Dinkelbach's method (Management Science 13(7), 1967).
    """
    size = problem.pod_size
    if placed < size.min:
        return 0.0
    sums = [_best_sums(row, size.max - 1) for row in _possible_similarities(problem)]
    weights = range(size.min - 1, size.max)
    ratio = 0.0
    while True:
        best = [max((row[w] - ratio * w, w) for w in weights) for row in sums]
        chosen = sorted(range(len(best)), key=lambda i: best[i], reverse=True)[:placed]
        better = sum(sums[i][best[i][1]] for i in chosen) / sum(best[i][1] for i in chosen)
        if better <= ratio + _EPSILON:
            return max(ratio, better)
        ratio = better


def _possible_similarities(problem: Problem) -> list[list[float]]:
    """Each member's similarities to those who could be pod-mates, highest first."""
    table = similarities(problem.roster.members)
    mates = [0] * len(table)
    for place in problem.places:
        for i in problem.members(place.candidate.fits):
            mates[i] |= place.candidate.fits
    for number, unit in enumerate(problem.units):
        foes = problem.members_of(other for other in range(len(problem.units)) if problem.foes[number] >> other & 1)
        for i in problem.members(unit.members):
            mates[i] &= ~foes & ~(1 << i)
    return [sorted((row[j] for j in problem.members(mates[i])), reverse=True) for i, row in enumerate(table)]


def _best_sums(similar: list[float], most: int) -> list[float]:
    """Sums of the highest 0, 1, 2 ... ``most`` numbers."""
    sums = [0.0]
    for k in range(most):
        sums.append(sums[-1] + (similar[k] if k < len(similar) else 0.0))
    return sums


@dataclass(slots=True)
class _Pod:
    place: int
    units: set[int]
    members: int


class _Mixer:
    """Pods that change in place; ``affinity[i][g]`` is the summed similarity of member ``i`` to pod ``g``."""

    def __init__(self, problem: Problem, groups: list[Group]) -> None:
        self._problem = problem
        self._pods = [_Pod(group.place, set(group.units), problem.members_of(group.units)) for group in groups]
        self._alike = similarities(problem.roster.members)
        self._affinity = [
            [sum(row[j] for j in problem.members(pod.members)) for pod in self._pods] for row in self._alike
        ]
        self._home = {
            unit: g
            for g, pod in enumerate(self._pods)
            for unit in sorted(pod.units)
            if problem.units[unit].size == 1 and not problem.units[unit].lock
        }
        self._member = {unit: problem.units[unit].members.bit_length() - 1 for unit in self._home}
        self._can = [frozenset(problem.places[pod.place].units) for pod in self._pods]
        self._freely = [problem.places[pod.place].candidate.free for pod in self._pods]
        self._spread = _spread_values(problem)

    def groups(self) -> list[Group]:
        return [Group(pod.place, tuple(sorted(pod.units))) for pod in self._pods]

    def sweep(self, go_on: Callable[[], bool]) -> bool:
        """Try every swap and every move once; whether anything changed."""
        changed = False
        for unit in sorted(self._home):
            if not go_on():
                return False
            for other in sorted(self._home):
                changed |= other > unit and self._swap(unit, other)
            for pod in range(len(self._pods)):
                changed |= self._move(unit, pod)
        return changed

    def _swap(self, one: int, other: int) -> bool:
        a, b = self._home[one], self._home[other]
        if a == b or other not in self._can[a] or one not in self._can[b]:
            return False
        i, j = self._member[one], self._member[other]
        gain = self._affinity[i][b] + self._affinity[j][a] - self._affinity[i][a] - self._affinity[j][b]
        gain -= 2 * self._alike[i][j]
        if gain <= _EPSILON and not self._spread:
            return False
        if self._cost(i, b) + self._cost(j, a) > self._cost(i, a) + self._cost(j, b):
            return False
        left = self._pods[a].units - {one} | {other}
        right = self._pods[b].units - {other} | {one}
        if gain + self._evening(a, left, b, right) <= _EPSILON or not self._sound(a, left) or not self._sound(b, right):
            return False
        self._set(a, left)
        self._set(b, right)
        return True

    def _move(self, unit: int, b: int) -> bool:
        a, size = self._home[unit], self._problem.pod_size
        from_size, to_size = self._pods[a].members.bit_count(), self._pods[b].members.bit_count()
        if a == b or unit not in self._can[b] or from_size == size.min or to_size == size.max:
            return False
        i = self._member[unit]
        gain = self._affinity[i][b] - self._affinity[i][a] - self._mean() * (to_size - from_size + 1)
        if self._cost(i, b) > self._cost(i, a):
            return False
        left, right = self._pods[a].units - {unit}, self._pods[b].units | {unit}
        if gain + self._evening(a, left, b, right) <= _EPSILON or not self._sound(a, left) or not self._sound(b, right):
            return False
        self._set(a, left)
        self._set(b, right)
        return True

    def _mean(self) -> float:
        """The mean similarity of pod-mates as it is now."""
        total = sum(
            self._affinity[i][g] for g, pod in enumerate(self._pods) for i in self._problem.members(pod.members)
        )
        sizes = [pod.members.bit_count() for pod in self._pods]
        return total / sum(size * (size - 1) for size in sizes)

    def _cost(self, member: int, pod: int) -> int:
        return 1 - (self._freely[pod] >> member & 1)

    def _sound(self, pod: int, units: set[int]) -> bool:
        return self._problem.keeps_rules(Group(self._pods[pod].place, tuple(units)))

    def _set(self, g: int, units: set[int]) -> None:
        pod = self._pods[g]
        before, pod.units, pod.members = pod.members, units, self._problem.members_of(units)
        for i, row in enumerate(self._alike):
            self._affinity[i][g] += sum(row[j] for j in self._problem.members(pod.members & ~before))
            self._affinity[i][g] -= sum(row[j] for j in self._problem.members(before & ~pod.members))
        for unit in units & self._home.keys():
            self._home[unit] = g

    def _evening(self, a: int, left: set[int], b: int, right: set[int]) -> float:
        """How much more even the ``spread`` traits become."""
        if not self._spread:
            return 0.0
        before = self._unevenness(self._pods[a].members) + self._unevenness(self._pods[b].members)
        after = sum(self._unevenness(self._problem.members_of(units)) for units in (left, right))
        return _SPREAD_WEIGHT * (before - after)

    def _unevenness(self, members: int) -> float:
        size = members.bit_count()
        return sum(((members & holders).bit_count() - share * size) ** 2 for holders, share in self._spread)


def _spread_values(problem: Problem) -> list[tuple[int, float]]:
    """For each value of a ``spread`` trait who has it, and their share of the roster."""
    members = problem.roster.members
    found = []
    for trait in problem.roster.rules.spread:
        for value in sorted({member.traits[trait] for member in members if trait in member.traits}):
            holders = sum(1 << i for i, member in enumerate(members) if member.traits.get(trait) == value)
            found.append((holders, holders.bit_count() / len(members)))
    return found


def only_one_way(problem: Problem, placed: int) -> bool:
    """Whether everybody sits in one pod, so that nobody could have other pod-mates."""
    return placed == len(problem.roster.members) < 2 * problem.pod_size.min
