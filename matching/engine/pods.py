"""Explicit pods at one place: the exact model of a split, used where counting alone cannot keep a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ortools.sat.python import cp_model

    from matching.problem import Problem


class Pods:
    """Pods numbered 0, 1, 2 ... at one place, of which the first few are open.

    ``here[unit]`` are the given variables "the unit meets at this place", ``inside[unit][pod]`` the new ones.
    """

    def __init__(
        self,
        model: cp_model.CpModel,
        problem: Problem,
        place: int,
        here: Mapping[int, cp_model.IntVar],
    ) -> None:
        self._model = model
        self._problem = problem
        self._place = problem.places[place]
        most = sum(problem.units[unit].size for unit in here) // problem.pod_size.min
        self.open = [model.new_bool_var(f"open {place} {pod}") for pod in range(most)]
        self.inside = {
            unit: [model.new_bool_var(f"unit {unit} in {place} {pod}") for pod in range(most)] for unit in here
        }
        for unit, variable in here.items():
            model.add(sum(self.inside[unit]) == variable)
        for earlier, later in zip(self.open, self.open[1:], strict=False):
            model.add_implication(later, earlier)
        for pod in range(most):
            self._size(pod)
            self._anchor(pod)
            self._apart(pod)
            self._never_alone(pod)

    def _size(self, pod: int) -> None:
        units, size = self._problem.units, self._problem.pod_size
        people = sum(units[unit].size * row[pod] for unit, row in self.inside.items())
        self._model.add(people >= size.min * self.open[pod])
        self._model.add(people <= size.max * self.open[pod])
        for row in self.inside.values():
            self._model.add_implication(row[pod], self.open[pod])

    def _anchor(self, pod: int) -> None:
        anchors = [row[pod] for unit, row in self.inside.items() if self._place.has_anchor(self._problem.units[unit])]
        self._model.add(sum(anchors) >= self.open[pod])

    def _apart(self, pod: int) -> None:
        for group in self._problem.apart:
            self._model.add_at_most_one(self.inside[unit][pod] for unit in group if unit in self.inside)

    def _never_alone(self, pod: int) -> None:
        for holders in self._problem.companions:
            shares = {unit: (self._problem.units[unit].members & holders).bit_count() for unit in self.inside}
            for unit, share in shares.items():
                if share == 1:
                    others = [self.inside[other][pod] for other in shares if other != unit and shares[other]]
                    self._model.add_bool_or([self.inside[unit][pod].negated(), *others])
