"""The best sound groups so far and the bounds on them: most people placed, then fewest if-needed hours.

Here is what needs no solver; ``matching.engine.proofs`` carries on from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.greedy import greedy, insert_leftovers
from matching.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.engine.search import Search
    from matching.problem import Group, Problem

#: Attempts without success after which rebuilding gives way to the solver: about a second for 150 members.
_PATIENCE = 2500


class Levels:
    """Groups that only become better, and bounds that only become tighter."""

    def __init__(self, problem: Problem, search: Search) -> None:
        self.problem = problem
        self.search = search
        self.groups = greedy(problem)
        self.most_placed = reachable(problem)
        self.least_if_needed = 0

    @property
    def placed(self) -> int:
        """How many members the groups hold."""
        return placed(self.problem, self.groups)

    @property
    def if_needed(self) -> int:
        """How many of them touch their if-needed time."""
        return if_needed(self.problem, self.groups)

    @property
    def are_proven(self) -> bool:
        """Whether no plan is better on these two levels, and every lock is kept."""
        return (self.placed, self.if_needed) == (self.most_placed, self.least_if_needed) and self.locks_are_kept

    @property
    def locks_are_kept(self) -> bool:
        """Whether every locked pod is there."""
        return locks_are_kept(self.problem, self.groups)

    def rebuild(self, *, until: float) -> None:
        """Better groups on both levels without the solver: a start for it that is hard to beat."""

        def go_on(placed: int) -> bool:
            self.search.report(placed=placed, bound=self.most_placed)
            return self.search.goes_on(until=until)

        self.adopt(rebuild(self.problem, self.groups, seed=self.search.seed, patience=_PATIENCE, go_on=go_on))

    def adopt(self, groups: list[Group]) -> bool:
        """Take these groups, with everyone added who fits in, if they are better; whether they were."""
        groups = insert_leftovers(self.problem, groups)
        if self._rank(groups) <= self._rank(self.groups):
            return False
        self.groups = groups
        self.search.report(placed=self.placed, bound=self.most_placed)
        return True

    def mix(self, groups: list[Group]) -> None:
        """Take groups that are no worse on these levels; whoever they made room for comes in."""
        groups = insert_leftovers(self.problem, groups)
        assert self._rank(groups) >= self._rank(self.groups)
        self.groups = groups

    def _rank(self, groups: list[Group]) -> tuple[int, int, int]:
        return locks_kept(self.problem, groups), placed(self.problem, groups), -if_needed(self.problem, groups)


def reachable(problem: Problem) -> int:
    """How many members can come to any place at all: no plan places more."""
    somewhere = {unit for place in problem.places for unit in place.units}
    return sum(problem.units[unit].size for unit in somewhere)


def placed(problem: Problem, groups: Iterable[Group]) -> int:
    """How many members the groups hold."""
    return sum(problem.units[unit].size for group in groups for unit in group.units)


def locks_kept(problem: Problem, groups: Iterable[Group]) -> int:
    """How many locked pods are among the groups."""
    return sum(problem.units[unit].lock is not None for group in groups for unit in group.units)


def locks_are_kept(problem: Problem, groups: Iterable[Group]) -> bool:
    """Whether every locked pod is."""
    return locks_kept(problem, groups) == sum(unit.lock is not None for unit in problem.units)


def if_needed(problem: Problem, groups: Iterable[Group]) -> int:
    """How many members of the groups touch their if-needed time."""
    return sum(problem.places[group.place].if_needed(problem.units[unit]) for group in groups for unit in group.units)
