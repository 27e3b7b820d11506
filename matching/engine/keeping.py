"""The levels of a rematch that the solver proves: fewest moved, then most placed, then fewest if-needed hours.

The model is that of ``matching.engine.model`` over a standing problem: a home is a place with one pod or none, so that
counting alone keeps every rule there. Whoever meets at their home stays; the number of those is linear.

If nobody is moved but those who are in every plan, then everybody else stays in every best plan: they are nailed to
their homes, which leaves a small exact model for the levels below, however large the roster is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.levels import if_needed
from matching.engine.model import Assignment, SlotModel
from matching.engine.splitting import split
from matching.errors import NoPlan
from matching.greedy import insert_leftovers
from matching.problem import Group
from matching.repair import repaired, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from matching.engine.search import Search
    from matching.engine.solver import Answer
    from matching.problem import Problem
    from matching.rematch import Standing

#: Variables up to which a model over everybody is built: more take minutes and gigabytes before they prove anything.
_MOST_VARIABLES = 60_000


class KeepModel(SlotModel):
    """The slot-first model of a standing problem, in which each home holds its own pod or none."""

    def __init__(self, standing: Standing, problem: Problem, explicit: Iterable[int]) -> None:
        super().__init__(problem, explicit)
        self._standing = standing
        for home in standing.pod_at:
            self.model.add(self._pods[home] <= 1)
        for home, unit in standing.names.items():
            # Else the lock's unit would make another pod of the same name.
            self.model.add(self._pods[home] <= self._meets.get((unit, home), 0))
        stay = sum(standing.staying(unit, place) * met for (unit, place), met in self._meets.items())
        self.moved = standing.settled.bit_count() - stay

    def groups(self, answer: Answer, search: Search) -> tuple[list[Group], set[int]]:
        """Sound pods of the best solution, and the open places that could not be cut as counted."""
        found = self.read(answer).units_at
        homes = self._standing.pod_at
        going_on = [Group(place, units) for place, units in sorted(found.items()) if place in homes]
        new, short = split(
            self._problem, Assignment({place: units for place, units in found.items() if place not in homes}), search
        )
        return going_on + new, short


class Keeping:
    """The best sound groups so far and the bounds proven on them; each step improves on the one before."""

    def __init__(self, standing: Standing, search: Search) -> None:
        self._standing = standing
        self._search = search
        self._explicit: set[int] = set()
        self._unavoidable = standing.unavoidable()
        self.groups = repaired(standing)
        self.least_moved = self._unavoidable
        self.most_placed = _reachable(standing.problem)
        self.least_if_needed = 0

    @property
    def moved(self) -> int:
        """How many people sit elsewhere than before, or nowhere."""
        return self._standing.moved(self.groups)

    @property
    def placed(self) -> int:
        """How many members the groups hold."""
        units = self._standing.problem.units
        return sum(units[unit].size for group in self.groups for unit in group.units)

    @property
    def if_needed(self) -> int:
        """How many of them touch their if-needed time."""
        return if_needed(self._standing.problem, self.groups)

    def move_fewest(self, *, until: float) -> None:
        """Lower ``moved`` and raise ``least_moved``, until they meet or so many seconds have passed.

        Raises ``NoPlan`` if the locks cannot be kept, or were not within the time.
        """
        self._pursue_moved(self._nailed(), exact=False, until=until)
        whole = self._where_moves_count()
        if _variables(whole) <= _MOST_VARIABLES:
            self._pursue_moved(whole, exact=True, until=until)
        if not self._locks_kept():
            raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")

    def place_most(self, *, until: float) -> None:
        """Raise ``placed`` and lower ``most_placed`` among plans that move no more people."""
        problem, exact = self._below()

        def aim(model: KeepModel) -> None:
            model.model.add(model.moved <= self.moved)
            model.model.maximize(model.placed)

        for answer in self._answers(problem, aim, lambda: self.placed == self.most_placed, until=until):
            if answer.found and exact:
                self.most_placed = min(self.most_placed, int(answer.bound + 1e-6))

    def use_least_if_needed(self, *, until: float) -> None:
        """Lower ``if_needed`` and raise ``least_if_needed`` among plans that move no more and place no fewer."""
        problem, exact = self._below()

        def aim(model: KeepModel) -> None:
            model.model.add(model.moved <= self.moved)
            model.model.add(model.placed >= self.placed)
            model.model.minimize(model.if_needed)

        for answer in self._answers(problem, aim, lambda: self.if_needed == self.least_if_needed, until=until):
            if answer.found and exact:
                self.least_if_needed = max(self.least_if_needed, _ceil(answer.bound))

    def possible(self) -> Problem:
        """A problem that holds every plan which moves no more people than these groups."""
        return self._nailed() if self.moved == self._unavoidable else self._standing.problem

    def only_one_way(self) -> bool:
        """Whether no other plan is as good so far: everybody placed is nailed to one home, and nobody else fits."""
        seats = [(unit, group.place) for group in self.groups for unit in group.units]
        nailed = all(self._standing.best_homes(unit) == (place,) for unit, place in seats)
        return nailed and self.moved == self._unavoidable and self.placed == self.most_placed

    def _pursue_moved(self, problem: Problem, *, exact: bool, until: float) -> None:
        for answer in self._answers(
            problem,
            lambda model: model.model.minimize(model.moved),
            lambda: self.moved == self.least_moved and self._locks_kept(),
            until=until,
        ):
            if answer.impossible and exact:
                raise NoPlan("The locked pods cannot all be formed: not enough people can meet at their times.")
            if answer.found:
                # Nailed, the model holds every plan without avoidable moves, so it can rule out no more than those.
                most = len(self._standing.problem.roster.members) if exact else self._unavoidable + 1
                self.least_moved = max(self.least_moved, min(_ceil(answer.bound), most))

    def _answers(
        self, problem: Problem, aim: Callable[[KeepModel], None], done: Callable[[], bool], *, until: float
    ) -> Iterator[Answer]:
        """Answers of ever finer models, each adopted before the next, until ``done`` or nothing finer is left."""
        while self._search.elapsed < until and not done():
            model = KeepModel(self._standing, problem, self._explicit)
            aim(model)
            model.hint(Assignment.of(self.groups), self.groups)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed)
            yield answer
            if not answer.found or not self._adopt(*model.groups(answer, self._search)):
                return

    def _below(self) -> tuple[Problem, bool]:
        """The problem for the levels below ``moved``, and whether it holds every plan that moves no more people."""
        if _variables(self.possible()) <= _MOST_VARIABLES:
            return self.possible(), True
        seats = {unit: group.place for group in self.groups for unit in group.units}
        stay = {unit: {place} for unit, place in seats.items() if self._standing.staying(unit, place)}
        return _restricted(self._standing.problem, stay), False

    def _nailed(self) -> Problem:
        """Everybody who could stay does or has no pod: holds every plan without avoidable moves."""
        best = {unit: self._standing.best_homes(unit) for unit in range(len(self._standing.problem.units))}
        return _restricted(self._standing.problem, {unit: homes for unit, homes in best.items() if homes})

    def _where_moves_count(self) -> Problem:
        """Homes alone where that is enough: closing every new pod moves nobody more, unless a lock needs one."""
        problem = self._standing.problem
        if any(unit.lock and not unit.lock.slot for unit in problem.units):
            return problem
        kept = {p for p, place in enumerate(problem.places) if p in self._standing.pod_at or place.lock}
        return trimmed(problem, lambda p: problem.places[p].units if p in kept else ())

    def _adopt(self, groups: list[Group], short: set[int]) -> bool:
        """Take the groups if they are better; whether a finer model may still improve them."""
        groups = insert_leftovers(self._standing.problem, groups)
        if self._rank(groups) > self._rank(self.groups):
            self.groups = groups
            self._search.report(placed=self.placed)
        news = short - self._explicit
        self._explicit |= short
        return bool(news)

    def _rank(self, groups: list[Group]) -> tuple[int, int, int, int]:
        units = [self._standing.problem.units[unit] for group in groups for unit in group.units]
        locks = sum(unit.lock is not None for unit in units)
        placed = sum(unit.size for unit in units)
        return locks, -self._standing.moved(groups), placed, -if_needed(self._standing.problem, groups)

    def _locks_kept(self) -> bool:
        inside = {unit for group in self.groups for unit in group.units}
        return all(number in inside for number, unit in enumerate(self._standing.problem.units) if unit.lock)


def _restricted(problem: Problem, stay: Mapping[int, Container[int]]) -> Problem:
    """The problem in which some units are at certain places only."""
    return trimmed(problem, lambda p: (unit for unit in problem.places[p].units if unit not in stay or p in stay[unit]))


def _variables(problem: Problem) -> int:
    return sum(len(place.units) for place in problem.places)


def _reachable(problem: Problem) -> int:
    """Members who can come to any place at all."""
    everywhere = {unit for place in problem.places for unit in place.units}
    return sum(problem.units[unit].size for unit in everywhere)


def _ceil(bound: float) -> int:
    """A lower bound on a whole number, rounded up past the solver's own rounding."""
    return int(-(-(bound - 1e-6) // 1))
