"""Pods whose members change places: the state that the search for good company works on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from matching.problem import Group
from matching.similarity import similarities

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.problem import Problem

_EPSILON = 1e-9
#: What one unit of squared unevenness of a ``spread`` trait costs, in units of summed similarity.
_SPREAD_WEIGHT = 0.25
#: Losses of summed similarity that are accepted about one time in three, at first and in the end.
_HOT, _COLD = 1.0, 0.05
_MOVE_SHARE = 0.15
_ROUND = 64


@dataclass(frozen=True, slots=True)
class _Pod:
    """Where, which units, the same as a set of members, and how many of them touch if-needed time."""

    place: int
    units: frozenset[int]
    members: int
    if_needed: int


class Mixer:
    """Pods that change in place; ``affinity[i][g]`` is the summed similarity of member ``i`` to pod ``g``.

    Only single members without a lock are moved. No step costs an if-needed hour more, breaks a rule or leaves the
    bounds on sizes.
    """

    def __init__(self, problem: Problem, groups: list[Group], *, seed: int) -> None:
        self._problem = problem
        self._dice = Random(seed)  # noqa: S311 - a reproducible search, no secret
        self._spread = _spread_values(problem)
        self._places = _places_by_unit(problem)
        self._anchored = _places_by_anchor(problem)
        self._pods = [self._pod(group.place, frozenset(group.units)) for group in groups]
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
        self._movable = sorted(self._home)
        self._member = {unit: problem.units[unit].members.bit_length() - 1 for unit in self._home}

    def groups(self) -> list[Group]:
        """The pods as they are now."""
        return [Group(pod.place, tuple(sorted(pod.units))) for pod in self._pods]

    def worth(self, groups: list[Group]) -> float:
        """Mean similarity of pod-mates, less the price of uneven traits per pair."""
        total = pairs = uneven = 0.0
        for group in groups:
            members = self._problem.members(self._problem.members_of(group.units))
            total += sum(self._alike[i][j] for i in members for j in members) / 2
            pairs += len(members) * (len(members) - 1) / 2
            uneven += self._unevenness(self._problem.members_of(group.units))
        return (total - _SPREAD_WEIGHT * uneven) / pairs if pairs else 0.0

    def anneal(self, proposals: int, go_on: Callable[[], bool]) -> None:
        """Random swaps and moves, ever less patient with those that make things worse."""
        if len(self._pods) < 2 or not self._movable:
            return
        for attempt in range(proposals):
            if attempt % _ROUND == 0 and not go_on():
                return
            heat = _HOT * (_COLD / _HOT) ** (attempt / proposals)
            least = heat * math.log(1.0 - self._dice.random())
            if self._dice.random() < _MOVE_SHARE:
                self._move(self._dice.choice(self._movable), self._dice.randrange(len(self._pods)), least)
            else:
                self._swap(self._dice.choice(self._movable), self._dice.choice(self._movable), least)

    def sweep(self, go_on: Callable[[], bool]) -> bool:
        """Try every swap and every move once, taking those that help; whether anything changed."""
        changed = False
        for unit in self._movable:
            if not go_on():
                return False
            for other in self._movable:
                changed |= other > unit and self._swap(unit, other, _EPSILON)
            for pod in range(len(self._pods)):
                changed |= self._move(unit, pod, _EPSILON)
        return changed

    def _swap(self, one: int, other: int, least: float) -> bool:
        """Exchange two members if that gains at least so much."""
        a, b = self._home[one], self._home[other]
        if a == b:
            return False
        i, j = self._member[one], self._member[other]
        gain = self._affinity[i][b] + self._affinity[j][a] - self._affinity[i][a] - self._affinity[j][b]
        gain -= 2 * self._alike[i][j]
        if gain < least and not self._spread:
            return False
        left, right = self._pods[a].units - {one} | {other}, self._pods[b].units - {other} | {one}
        return self._replace(a, left, b, right, gain=gain, least=least)

    def _move(self, unit: int, b: int, least: float) -> bool:
        """Let a member change to another pod if that gains at least so much, given the mean that a pair is worth."""
        a, size = self._home[unit], self._problem.pod_size
        from_size, to_size = self._pods[a].members.bit_count(), self._pods[b].members.bit_count()
        if a == b or from_size == size.min or to_size == size.max:
            return False
        i = self._member[unit]
        gain = self._affinity[i][b] - self._affinity[i][a] - self._mean() * (to_size - from_size + 1)
        left, right = self._pods[a].units - {unit}, self._pods[b].units | {unit}
        return self._replace(a, left, b, right, gain=gain, least=least)

    def _replace(
        self, a: int, left: frozenset[int], b: int, right: frozenset[int], *, gain: float, least: float
    ) -> bool:
        if self._spread:
            gain += self._evening(a, left, b, right)
        if gain < least:
            return False
        allowed = self._pods[a].if_needed + self._pods[b].if_needed
        one = self._settled(self._pods[a].place, left, allowed)
        other = self._settled(self._pods[b].place, right, allowed - one.if_needed) if one else None
        if one is None or other is None:
            return False
        self._set(a, one)
        self._set(b, other)
        return True

    def _settled(self, place: int, units: frozenset[int], allowed: int) -> _Pod | None:
        """A sound pod of these units at this place, or at another that all can make, within the if-needed hours."""
        common, anchored = -1, 0
        for unit in units:
            common &= self._places[unit]
            anchored |= self._anchored[unit]
        common &= anchored
        if not common:
            return None
        choices = [place] if common >> place & 1 else []
        if not choices or self._pod(place, units).if_needed > allowed:
            choices += self._problem.members(common)
        for choice in choices:
            pod = self._pod(choice, units)
            if pod.if_needed <= allowed:
                return pod if self._problem.keeps_rules(Group(choice, tuple(units))) else None
        return None

    def _pod(self, place: int, units: frozenset[int]) -> _Pod:
        members = self._problem.members_of(units)
        strained = members & ~self._problem.places[place].candidate.free
        return _Pod(place=place, units=units, members=members, if_needed=strained.bit_count())

    def _mean(self) -> float:
        """The mean similarity of pod-mates as it is now."""
        total = sum(self._affinity[self._member[unit]][g] for unit, g in self._home.items())
        sizes = (self._pods[g].members.bit_count() for g in self._home.values())
        return total / sum(size - 1 for size in sizes)

    def _set(self, g: int, pod: _Pod) -> None:
        before, self._pods[g] = self._pods[g].members, pod
        came = self._problem.members(pod.members & ~before)
        went = self._problem.members(before & ~pod.members)
        for i, row in enumerate(self._alike):
            self._affinity[i][g] += sum([row[j] for j in came]) - sum([row[j] for j in went])
        for unit in pod.units & self._home.keys():
            self._home[unit] = g

    def _evening(self, a: int, left: frozenset[int], b: int, right: frozenset[int]) -> float:
        """How much more even the ``spread`` traits become, in units of similarity."""
        before = self._unevenness(self._pods[a].members) + self._unevenness(self._pods[b].members)
        after = sum(self._unevenness(self._problem.members_of(units)) for units in (left, right))
        return _SPREAD_WEIGHT * (before - after)

    def _unevenness(self, members: int) -> float:
        size = members.bit_count()
        return sum(((members & holders).bit_count() - share * size) ** 2 for holders, share in self._spread)


def _places_by_unit(problem: Problem) -> list[int]:
    """For each unit the places where it can meet, as a set of place numbers."""
    places = [0] * len(problem.units)
    for p, place in enumerate(problem.places):
        for unit in place.units:
            places[unit] |= 1 << p
    return places


def _places_by_anchor(problem: Problem) -> list[int]:
    """For each unit the places that it can anchor, as a set of place numbers."""
    places = [0] * len(problem.units)
    for p, place in enumerate(problem.places):
        for unit in place.units:
            places[unit] |= place.has_anchor(problem.units[unit]) << p
    return places


def _spread_values(problem: Problem) -> list[tuple[int, float]]:
    """For each value of a ``spread`` trait who has it, and their share of the roster."""
    members = problem.roster.members
    found = []
    for trait in problem.roster.rules.spread:
        for value in sorted({member.traits[trait] for member in members if trait in member.traits}):
            holders = sum(1 << i for i, member in enumerate(members) if member.traits.get(trait) == value)
            found.append((holders, holders.bit_count() / len(members)))
    return found
