"""The slot-first model of a standing problem: a home holds one pod or none, so counting alone keeps every rule there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.model import Assignment, SlotModel
from matching.engine.splitting import split
from matching.problem import Group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.engine.search import Search
    from matching.engine.solver import Answer
    from matching.problem import Problem
    from matching.rematch import Standing


class KeepModel(SlotModel):
    """``moved`` counts the people who do not meet at their home; ``problem`` may have fewer units at its places."""

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

    def start_from(self, groups: list[Group]) -> None:
        """Tell the solver where to start."""
        self.hint(Assignment.of(groups), groups)
