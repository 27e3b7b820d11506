"""A first answer to changes: every earlier pod that can go on does, with newcomers on its empty chairs.

Serves the rematch as a start, and large rosters as an answer. Pods that are left with too few people take those who
have none, then borrow from pods that can spare somebody, before they are closed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matching.greedy import greedy, insert_leftovers
from matching.problem import Group
from matching.rematch import only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.problem import Place, Problem
    from matching.rematch import Standing


def repaired(standing: Standing) -> list[Group]:
    """Sound pods that move few people; locks are kept where that is easy."""
    builder = _Repair(standing)
    for home in sorted(standing.pod_at, key=lambda place: (-len(builder.wanted.get(place, ())), place)):
        builder.go_on(home)
    return insert_leftovers(standing.problem, builder.groups + builder.new_pods())


def trimmed(problem: Problem, units_at: Callable[[int], Iterable[int]]) -> Problem:
    """The same problem with fewer units at its places, numbered as before."""
    places = (_with_units(problem, place, tuple(units_at(p))) for p, place in enumerate(problem.places))
    return replace(problem, places=tuple(places))


def _with_units(problem: Problem, place: Place, units: tuple[int, ...]) -> Place:
    if len(units) == len(place.units):
        return place
    return replace(place, units=units, candidate=only(place.candidate, problem.members_of(units)))


class _Repair:
    """Lets pods go on one after the other; ``wanted`` are the units that would stay at each home."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._problem = standing.problem
        self._choices = [0] * len(self._problem.units)
        for place in self._problem.places:
            for unit in place.units:
                self._choices[unit] += 1
        self.wanted: dict[int, list[int]] = {}
        for unit in range(len(self._problem.units)):
            if homes := standing.best_homes(unit):
                self.wanted.setdefault(homes[0], []).append(unit)
        stay = {unit for units in self.wanted.values() for unit in units}
        self._free = set(range(len(self._problem.units))) - stay
        self.groups: list[Group] = []

    def go_on(self, home: int) -> None:
        """Open the pod at its home with those who stay and as few others as it needs; else set its people free."""
        wanted = self.wanted.get(home, [])
        stay = self._without_foes(home, wanted)
        self._free.update(set(wanted) - set(stay))
        group = self._filled(home, stay) or self._lent(home, stay)
        if group is None:
            self._free.update(stay)
        else:
            self._free.difference_update(group.units)
            self.groups.append(group)

    def _lent(self, home: int, stay: list[int]) -> Group | None:
        """The pod with whoever has no pod and fits, and fewer people from other pods than it would move to close it."""
        problem, groups = self._problem, list(self.groups)
        chosen = self._joined(home, stay, sorted(self._free & set(problem.places[home].units)))
        most = sum(self._standing.staying(unit, home) for unit in stay) - 1
        for n, group in enumerate(self.groups):
            for unit in group.units:
                smaller = Group(group.place, tuple(u for u in groups[n].units if u != unit))
                if (
                    most < problem.units[unit].size
                    or problem.units[unit].lock
                    or unit not in problem.places[home].units
                ):
                    continue
                if problem.keeps_rules(smaller) and len(larger := self._joined(home, chosen, [unit])) > len(chosen):
                    groups[n], chosen, most = smaller, larger, most - problem.units[unit].size
                if problem.keeps_rules(Group(home, tuple(sorted(chosen)))):
                    self.groups = groups
                    return Group(home, tuple(sorted(chosen)))
        return None

    def _joined(self, home: int, chosen: list[int], others: Iterable[int]) -> list[int]:
        """As many of the others added as size and foes allow."""
        problem, joined = self._problem, list(chosen)
        for unit in others:
            size = problem.members_of((*joined, unit)).bit_count()
            suits = unit in problem.places[home].units and unit not in joined
            if suits and size <= problem.pod_size.max and not problem.has_foes((*joined, unit)):
                joined.append(unit)
        return joined

    def new_pods(self) -> list[Group]:
        """Pods among those who have none, at open places only."""
        homes = self._standing.pod_at
        loose = trimmed(
            self._problem,
            lambda p: () if p in homes else (unit for unit in self._problem.places[p].units if unit in self._free),
        )
        return greedy(loose)

    def _without_foes(self, home: int, wanted: list[int]) -> list[int]:
        """As many of those who want to stay as may share a pod, locked ones and large units first."""
        problem, kept = self._problem, list[int]()
        needed = {unit for unit in self._problem.places[home].units if problem.units[unit].lock} & self._free
        order = sorted(
            (*needed, *wanted),
            key=lambda unit: (problem.units[unit].lock is None, -self._standing.staying(unit, home), unit),
        )
        for unit in order:
            size = problem.members_of((*kept, unit)).bit_count()
            if size <= problem.pod_size.max and not problem.has_foes((*kept, unit)):
                kept.append(unit)
        return kept

    def _filled(self, home: int, stay: list[int]) -> Group | None:
        """The pod with the fewest newcomers that make it sound, those with few other places first."""
        problem = self._problem
        waiting = sorted(self._free & set(problem.places[home].units), key=lambda unit: (self._choices[unit], unit))
        chosen, group = list(stay), Group(home, tuple(sorted(stay)))
        for unit in waiting:
            if problem.keeps_rules(group):
                return group
            size = problem.members_of((*chosen, unit)).bit_count()
            if unit not in chosen and size <= problem.pod_size.max and not problem.has_foes((*chosen, unit)):
                chosen.append(unit)
                group = Group(home, tuple(sorted(chosen)))
        return group if problem.keeps_rules(group) else None
