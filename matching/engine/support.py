"""The linear relaxation of the slot-first model: places that half a pod would open, and members cut in pieces.

Its best solution uses few of the places. The same model with those places alone (and those of a plan at hand) is solved
many times faster and holds very good plans: relaxation enforced neighbourhood search (Berthold, Operations Research
Letters 42, 2014). Rules between members are left out here; the solver keeps them afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ortools.math_opt.python.expressions import fast_sum
from ortools.math_opt.python.model import Model
from ortools.math_opt.python.parameters import SolveParameters, SolverType
from ortools.math_opt.python.solve import solve

if TYPE_CHECKING:
    from ortools.math_opt.python.variables import LinearTypes

    from matching.problem import Problem

_OPENED = 1e-6


def places_for_most(problem: Problem, seconds: float) -> set[int]:
    """The places that the relaxation opens to place as many members as possible; none if time was too short."""
    relaxation = _Relaxation(problem)
    relaxation.model.maximize(relaxation.placed)
    return relaxation.opened(seconds)


def places_for_free_hours(problem: Problem, placed: int, seconds: float) -> set[int]:
    """The places that it opens to place so many with as little if-needed time as possible; none if time was short."""
    relaxation = _Relaxation(problem)
    relaxation.model.add_linear_constraint(relaxation.placed >= placed)
    relaxation.model.minimize(relaxation.if_needed)
    return relaxation.opened(seconds)


class _Relaxation:
    def __init__(self, problem: Problem) -> None:
        self.model = Model()
        size = problem.pod_size
        everywhere: list[list[LinearTypes]] = [[] for _ in problem.units]
        placed: list[LinearTypes] = []
        if_needed: list[LinearTypes] = []
        self._pods = []
        for place in problem.places:
            pods = self.model.add_variable(lb=0, ub=place.candidate.fits.bit_count() // size.min)
            self._pods.append(pods)
            here: list[LinearTypes] = []
            for number in place.units:
                unit, met = problem.units[number], self.model.add_variable(lb=0, ub=1)
                self.model.add_linear_constraint(met <= pods)
                everywhere[number].append(met)
                here.append(unit.size * met)
                if_needed.append(place.if_needed(unit) * met)
            self.model.add_linear_constraint(fast_sum(here) >= size.min * pods)
            self.model.add_linear_constraint(fast_sum(here) <= size.max * pods)
            placed += here
        for choices in everywhere:
            self.model.add_linear_constraint(fast_sum(choices) <= 1)
        self.placed = fast_sum(placed)
        self.if_needed = fast_sum(if_needed)

    def opened(self, seconds: float) -> set[int]:
        limits = SolveParameters(time_limit=timedelta(seconds=seconds))
        try:
            opened = solve(self.model, SolverType.GLOP, params=limits).variable_values(self._pods)
        except (AttributeError, RuntimeError, ValueError):
            # Without a solution it is a ValueError; OR-Tools 9.15 trips over its own error when GLOP ends abnormally.
            return set()
        return {place for place, pods in enumerate(opened) if pods > _OPENED}
