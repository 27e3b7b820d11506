"""The levels of a rematch that the solver proves: fewest moved, then most placed, then fewest if-needed hours.

If nobody is moved but those who are in every plan, then everybody else stays in every best plan: they are nailed to
their homes, which leaves a small exact model for the levels below, however large the roster is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.levels import if_needed, locks_are_kept, locks_kept, placed, reachable
from matching.errors import NoPlan
from matching.greedy import insert_leftovers
from matching.repair import repaired, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from matching.engine.keep_model import KeepModel
    from matching.engine.search import Search
    from matching.engine.solver import Answer
    from matching.problem import Group, Problem
    from matching.rematch import Standing

#: Variables up to which a model over everybody is built: more take minutes and gigabytes before they prove anything.
_MOST_VARIABLES = 60_000


class Keeping:
    """The best sound groups so far and the bounds proven on them; each step improves on the one before."""

    def __init__(self, standing: Standing, search: Search) -> None:
        self.standing = standing
        self._search = search
        self._explicit: set[int] = set()
        self._unavoidable = standing.unavoidable()
        self.groups = repaired(standing)
        self.least_moved = self._unavoidable
        self.most_placed = reachable(standing.problem)
        self.least_if_needed = 0

    @property
    def moved(self) -> int:
        """How many people sit elsewhere than before, or nowhere."""
        return self.standing.moved(self.groups)

    @property
    def placed(self) -> int:
        """How many members the groups hold."""
        return placed(self.standing.problem, self.groups)

    @property
    def if_needed(self) -> int:
        """How many of them touch their if-needed time."""
        return if_needed(self.standing.problem, self.groups)

    def move_fewest(self, *, until: float) -> None:
        """Lower ``moved`` and raise ``least_moved``, until they meet or so many seconds have passed.

        Raises ``NoPlan`` if the locks cannot be kept, or were not within the time.
        """
        self._pursue_moved(self._nailed(), exact=False, until=until)
        whole = self._where_moves_count()
        if _variables(whole) <= _MOST_VARIABLES:
            self._pursue_moved(whole, exact=True, until=until)
        if not locks_are_kept(self.standing.problem, self.groups):
            raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")

    def place_most(self, *, until: float) -> None:
        """Raise ``placed`` and lower ``most_placed`` among plans that move no more people."""
        problem, exact = self._below()

        def aim(model: KeepModel) -> None:
            model.model.add(model.moved <= self.moved)
            model.model.maximize(model.placed)

        for answer in self._answers(problem, aim, lambda: self.placed == self.most_placed, until=until):
            if answer.found and exact:
                self.most_placed = min(self.most_placed, answer.at_most)

    def use_least_if_needed(self, *, until: float) -> None:
        """Lower ``if_needed`` and raise ``least_if_needed`` among plans that move no more and place no fewer."""
        problem, exact = self._below()

        def aim(model: KeepModel) -> None:
            model.model.add(model.moved <= self.moved)
            model.model.add(model.placed >= self.placed)
            model.model.minimize(model.if_needed)

        for answer in self._answers(problem, aim, lambda: self.if_needed == self.least_if_needed, until=until):
            if answer.found and exact:
                self.least_if_needed = max(self.least_if_needed, answer.at_least)

    def possible(self) -> Problem:
        """A problem that holds every plan which moves no more people than these groups."""
        return self._nailed() if self.moved == self._unavoidable else self.standing.problem

    def only_one_way(self) -> bool:
        """Whether no other plan is as good so far: everybody placed is nailed to one home, and nobody else fits."""
        seats = [(unit, group.place) for group in self.groups for unit in group.units]
        nailed = all(self.standing.best_homes(unit) == (place,) for unit, place in seats)
        return nailed and self.moved == self._unavoidable and self.placed == self.most_placed

    def mix(self, groups: list[Group]) -> None:
        """Take groups that are no worse on these levels."""
        assert self._rank(groups) >= self._rank(self.groups)
        self.groups = groups

    def _pursue_moved(self, problem: Problem, *, exact: bool, until: float) -> None:
        for answer in self._answers(
            problem,
            lambda model: model.model.minimize(model.moved),
            lambda: self.moved == self.least_moved and locks_are_kept(self.standing.problem, self.groups),
            until=until,
        ):
            if answer.impossible and exact:
                raise NoPlan("The locked pods cannot all be formed: not enough people can meet at their times.")
            if answer.found:
                # Nailed, the model holds every plan without avoidable moves, so it can rule out no more than those.
                most = len(self.standing.problem.roster.members) if exact else self._unavoidable + 1
                self.least_moved = max(self.least_moved, min(answer.at_least, most))

    def _answers(
        self, problem: Problem, aim: Callable[[KeepModel], None], done: Callable[[], bool], *, until: float
    ) -> Iterator[Answer]:
        """Answers of ever finer models, each adopted before the next, until ``done`` or nothing finer is left."""
        if self._search.elapsed >= until or done():
            return
        from matching.engine.keep_model import KeepModel  # noqa: PLC0415 - OR-Tools takes a while, and is not always needed

        while self._search.elapsed < until and not done():
            model = KeepModel(self.standing, problem, self._explicit)
            aim(model)
            model.start_from(self.groups)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed)
            yield answer
            if not answer.found or not self._adopt(*model.groups(answer, self._search)):
                return

    def _below(self) -> tuple[Problem, bool]:
        """The problem for the levels below ``moved``, and whether it holds every plan that moves no more people."""
        if _variables(self.possible()) <= _MOST_VARIABLES:
            return self.possible(), True
        seats = {unit: group.place for group in self.groups for unit in group.units}
        stay = {unit: {place} for unit, place in seats.items() if self.standing.staying(unit, place)}
        return _restricted(self.standing.problem, stay), False

    def _nailed(self) -> Problem:
        """Everybody who could stay does or has no pod: holds every plan without avoidable moves."""
        best = {unit: self.standing.best_homes(unit) for unit in range(len(self.standing.problem.units))}
        return _restricted(self.standing.problem, {unit: homes for unit, homes in best.items() if homes})

    def _where_moves_count(self) -> Problem:
        """Homes alone where that is enough: closing every new pod moves nobody more, unless a lock needs one."""
        problem = self.standing.problem
        if any(unit.lock and not unit.lock.slot for unit in problem.units):
            return problem
        kept = {p for p, place in enumerate(problem.places) if p in self.standing.pod_at or place.lock}
        return trimmed(problem, lambda p: problem.places[p].units if p in kept else ())

    def _adopt(self, groups: list[Group], short: set[int]) -> bool:
        """Take the groups if they are better; whether a finer model may still improve them."""
        groups = insert_leftovers(self.standing.problem, groups)
        if self._rank(groups) > self._rank(self.groups):
            self.groups = groups
            self._search.report(placed=self.placed)
        news = short - self._explicit
        self._explicit |= short
        return bool(news)

    def _rank(self, groups: list[Group]) -> tuple[int, int, int, int]:
        problem, moved = self.standing.problem, self.standing.moved(groups)
        return locks_kept(problem, groups), -moved, placed(problem, groups), -if_needed(problem, groups)


def _restricted(problem: Problem, stay: Mapping[int, Container[int]]) -> Problem:
    """The problem in which some units are at certain places only."""
    return trimmed(problem, lambda p: (unit for unit in problem.places[p].units if unit not in stay or p in stay[unit]))


def _variables(problem: Problem) -> int:
    return sum(len(place.units) for place in problem.places)
