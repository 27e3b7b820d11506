"""The prices that make every known pod as cheap as it can be: the master program of the bound on goal match.

Give each member a price and if-needed time one for each strained member. If a plan's prices cannot add up to more than
nothing, and no pod's similarities exceed ``ratio`` times its pairs plus its prices, then no plan's mean similarity
exceeds ``ratio``. The least ratio for the pods known so far is a linear program (the dual of set partitioning after
Charnes and Cooper's transformation, Naval Research Logistics Quarterly 9, 1962), to which rows are added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.math_opt.python import expressions, model, parameters, solve, variables

from matching.engine.pricing import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from matching.engine.pricing import DearPod

#: Prices beyond this are never needed in sums of similarities of a pod's pairs.
_MOST = 50.0
_MARGIN = 1e-12


class Prices:
    """Prices for plans with exactly ``placed`` of ``n`` members and at most ``if_needed`` strained ones.

    ``alike`` is ``[n, n]``. A member's price is one that all share, of whatever sign, plus one of their own, never below
    zero, because not everybody need be placed.
    """

    def __init__(self, alike: NDArray[np.float64], *, placed: int, if_needed: int) -> None:
        self._alike = alike
        self._placed, self._if_needed = placed, if_needed
        self._known: set[tuple[int, ...]] = set()
        self._model = model.Model()
        self._ratio = self._model.add_variable(lb=0.0, ub=1.0)
        self._common = self._model.add_variable(lb=-_MOST, ub=_MOST)
        self._own = [self._model.add_variable(lb=0.0, ub=_MOST) for _ in alike]
        self._strain = self._model.add_variable(lb=0.0, ub=_MOST)
        spent = placed * self._common + expressions.fast_sum(self._own) + if_needed * self._strain
        self._model.add_linear_constraint(spent <= 0.0)
        self._model.minimize(self._ratio)
        self._solver = self._new_solver()

    def learn(self, pods: Iterable[DearPod]) -> int:
        """Heed these pods from now on; how many of them are new."""
        before = len(self._known)
        for pod in pods:
            key = (pod.strained, *pod.members)
            if key not in self._known:
                self._known.add(key)
                self._heed(pod)
        return len(self._known) - before

    def _heed(self, pod: DearPod) -> None:
        count = len(pod.members)
        alike = float(self._alike[np.ix_(pod.members, pod.members)].sum()) / 2
        price = count * self._common + expressions.fast_sum([self._own[i] for i in pod.members])
        price += pod.strained * self._strain + count * (count - 1) / 2 * self._ratio
        self._model.add_linear_constraint(price >= alike)

    def best(self) -> Terms | None:
        """Prices for the least ratio; None where the solver fails."""
        # What is left over from the solve before may lead GLOP astray; then it begins afresh.
        values = self._values() or self._values(afresh=True)
        if values is None:
            return None
        prices = values[self._common] + np.array([values[own] for own in self._own])
        return fair(Terms(values[self._ratio], prices, values[self._strain]), self._placed, self._if_needed)

    def _values(self, *, afresh: bool = False) -> dict[variables.Variable, float] | None:
        if afresh:
            self._solver = self._new_solver()
        try:
            answer = self._solver.solve(params=parameters.SolveParameters(threads=1))
            return answer.variable_values()
        except (AttributeError, RuntimeError, ValueError):
            # OR-Tools 9.15 trips over its own error when GLOP ends abnormally; without a solution it is a ValueError.
            return None

    def _new_solver(self) -> solve.IncrementalSolver:
        return solve.IncrementalSolver(self._model, parameters.SolverType.GLOP)


def fair(terms: Terms, placed: int, if_needed: int) -> Terms:
    """The same, lowered until no plan's prices can add up to more than nothing, whatever was rounded before."""
    strain = max(0.0, terms.strain)
    highest = np.sort(terms.prices)[::-1][:placed]
    surplus = (float(highest.sum()) + strain * if_needed) / placed
    return Terms(terms.ratio, terms.prices - surplus - _MARGIN * (1.0 + abs(surplus)), strain)
