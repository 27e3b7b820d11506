"""The two levels that the solver proves: most people placed, then fewest if-needed hours among those plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.model import Assignment, SlotModel
from matching.engine.splitting import split
from matching.errors import NoPlan
from matching.greedy import greedy, insert_leftovers
from matching.rebuild import rebuild

if TYPE_CHECKING:
    from matching.engine.search import Search
    from matching.problem import Group, Problem

#: Attempts without success after which rebuilding gives way to the solver: about a second for 150 members.
_PATIENCE = 2500


class Levels:
    """The best sound groups so far and the bounds proven on them; each step improves on the one before."""

    def __init__(self, problem: Problem, search: Search) -> None:
        self._problem = problem
        self._search = search
        self._explicit: set[int] = set()
        self.groups = greedy(problem)
        self.most_placed = sum(
            unit.size for number, unit in enumerate(problem.units) if any(number in p.units for p in problem.places)
        )
        self.least_if_needed = 0

    @property
    def placed(self) -> int:
        """How many members the groups hold."""
        return sum(self._problem.units[unit].size for group in self.groups for unit in group.units)

    @property
    def if_needed(self) -> int:
        """How many of them touch their if-needed time."""
        return if_needed(self._problem, self.groups)

    def rebuild(self, *, until: float) -> None:
        """Better groups on both levels without the solver: a start for it that is hard to beat."""

        def go_on(placed: int) -> bool:
            self._search.report(placed=placed, bound=self.most_placed)
            return self._search.goes_on(until=until)

        groups = rebuild(self._problem, self.groups, seed=self._search.seed, patience=_PATIENCE, go_on=go_on)
        if self._rank(groups) > self._rank(self.groups):
            self.groups = groups

    def place_most(self, *, until: float) -> None:
        """Raise ``placed`` and lower ``most_placed``, until they meet or so many seconds have passed.

        Raises ``NoPlan`` if the locks cannot be kept, or were not within the time.
        """
        while self._search.elapsed < until and (self.placed < self.most_placed or not self._locks_kept()):
            model = SlotModel(self._problem, self._explicit)
            model.model.maximize(model.placed)
            model.hint(Assignment.of(self.groups), self.groups)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed, counts_placed=True)
            if answer.impossible:
                raise NoPlan("The locked pods cannot all be formed: not enough people can meet at their times.")
            if answer.found:
                self.most_placed = min(self.most_placed, int(answer.bound + 1e-6))
            if not answer.found or not self._adopt(model.read(answer)):
                break
        if not self._locks_kept():
            raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")

    def use_least_if_needed(self, *, until: float) -> None:
        """Lower ``if_needed`` and raise ``least_if_needed`` among plans that place no fewer."""
        while self._search.elapsed < until and self.if_needed > self.least_if_needed:
            model = SlotModel(self._problem, self._explicit)
            model.model.add(model.placed >= self.placed)
            model.model.minimize(model.if_needed)
            model.hint(Assignment.of(self.groups), self.groups)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed)
            if answer.found:
                self.least_if_needed = max(self.least_if_needed, _ceil(answer.bound))
            if not answer.found or not self._adopt(model.read(answer)):
                break

    def _adopt(self, assignment: Assignment) -> bool:
        """Take the assignment's pods if they are better; whether a finer model may still improve them."""
        groups, short = split(self._problem, assignment, self._search)
        groups = insert_leftovers(self._problem, groups)
        if self._rank(groups) > self._rank(self.groups):
            self.groups = groups
            self._search.report(placed=self.placed, bound=self.most_placed)
        news = short - self._explicit
        self._explicit |= short
        return bool(news)

    def _rank(self, groups: list[Group]) -> tuple[int, int, int]:
        units = [unit for group in groups for unit in group.units]
        locks = sum(self._problem.units[unit].lock is not None for unit in units)
        placed = sum(self._problem.units[unit].size for unit in units)
        return locks, placed, -if_needed(self._problem, groups)

    def _locks_kept(self) -> bool:
        inside = {unit for group in self.groups for unit in group.units}
        return all(number in inside for number, unit in enumerate(self._problem.units) if unit.lock)


def if_needed(problem: Problem, groups: list[Group]) -> int:
    """How many members of the groups touch their if-needed time."""
    return sum(problem.places[group.place].if_needed(problem.units[unit]) for group in groups for unit in group.units)


def _ceil(bound: float) -> int:
    """A lower bound on a whole number, rounded up past the solver's own rounding."""
    return int(-(-(bound - 1e-6) // 1))
